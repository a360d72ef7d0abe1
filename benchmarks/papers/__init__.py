"""Papers, each reproduced claim by claim."""

BUILTIN = {"hp-mia": "benchmarks.papers.hp_mia.paper:PAPER"}
