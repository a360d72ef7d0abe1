"""Papers, each reproduced claim by claim, and a question of ours that is asked in the same way."""

BUILTIN = {
    "hp-mia": "benchmarks.papers.hp_mia.paper:PAPER",
    "hamp": "benchmarks.papers.hamp.paper:PAPER",
    "which-attack": "benchmarks.papers.which_attack.paper:PAPER",
}
