"""The built-in attacks by name, in the order of the boards. Importing this file loads none of them."""

from __future__ import annotations

from importlib import import_module

BUILTIN: dict[str, str] = {
    "loss": "attacks.loss:Loss",
    "gap": "attacks.gap:Gap",
    "conf": "attacks.conf:Conf",
    "entropy": "attacks.entropy:Entropy",
    "mentr": "attacks.mentr:ModifiedEntropy",
    "c-loss": "attacks.c_loss:CLoss",
    "c-conf": "attacks.c_conf:CConf",
    "c-conf-max": "attacks.c_conf_max:CConfMax",
    "lira-offline": "attacks.lira_offline:LiraOffline",
    "lira-two-sided": "attacks.lira_two_sided:LiraTwoSided",
    "attack-r": "attacks.attack_r:AttackR",
    "two-stage": "attacks.two_stage:TwoStage",
    "two-stage-lira": "attacks.two_stage_lira:TwoStageLira",
}


def load(name: str) -> type:
    """The class of the built-in attack `name`. Raises KeyError on another name."""
    module, _, attribute = BUILTIN[name].partition(":")
    return getattr(import_module(module), attribute)
