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
    "lira-offline-fixed": "attacks.lira_offline_fixed:LiraOfflineFixed",
    "lira-two-sided": "attacks.lira_two_sided:LiraTwoSided",
    "lira-online": "attacks.lira_online:LiraOnline",
    "lira-online-fixed": "attacks.lira_online_fixed:LiraOnlineFixed",
    "lira-online-uncentred": "attacks.lira_online_uncentred:LiraOnlineUncentred",
    "lira-common": "attacks.lira_common:LiraCommon",
    "hamp-lira": "attacks.hamp_lira:HampLira",
    "hamp-lira-fixed": "attacks.hamp_lira:HampLiraFixed",
    "hamp-lira-offline": "attacks.hamp_lira:HampLiraOffline",
    "hamp-lira-offline-fixed": "attacks.hamp_lira:HampLiraOfflineFixed",
    "bavaria-n": "attacks.bavaria:BavariaN",
    "bavaria-t": "attacks.bavaria:BavariaT",
    "bavaria-n-offline": "attacks.bavaria_offline:BavariaNOffline",
    "bavaria-t-offline": "attacks.bavaria_offline:BavariaTOffline",
    "base": "attacks.rmia:Base",
    "base-offline": "attacks.rmia:BaseOffline",
    "rmia": "attacks.rmia:Rmia",
    "rmia-offline": "attacks.rmia:RmiaOffline",
    "pmia-class": "attacks.pmia:PmiaClass",
    "pmia-nearest": "attacks.pmia:PmiaNearest",
    "attack-p": "attacks.attack_p:AttackP",
    "attack-r": "attacks.attack_r:AttackR",
    "quantile": "attacks.quantile:Quantile",
    "quantile-network": "attacks.quantile:QuantileNetwork",
    "quantile-pinball": "attacks.quantile_pinball:QuantilePinball",
    "shadow-top3": "attacks.shadow_classifier:ShadowTop3",
    "shadow-network": "attacks.shadow_classifier:ShadowNetwork",
    "hamp-nn": "attacks.hamp_nn:HampNn",
    "trajectory": "attacks.trajectory:Trajectory",
    "label-augmentation": "attacks.label_augmentation:LabelAugmentation",
    "label-regression": "attacks.label_regression:LabelRegression",
    "label-regression-flips": "attacks.label_regression_flips:LabelRegressionFlips",
    "label-noise": "attacks.label_noise:LabelNoise",
    "label-flips": "attacks.label_flips:LabelFlips",
    "label-distance": "attacks.label_distance:LabelDistance",
    "per-class": "attacks.per_class:ClassThresholds",
    "two-stage": "attacks.two_stage:TwoStage",
    "two-stage-lira": "attacks.two_stage_lira:TwoStageLira",
}


def load(name: str) -> type:
    """The class of the built-in attack `name`. Raises KeyError on another name."""
    module, _, attribute = BUILTIN[name].partition(":")
    return getattr(import_module(module), attribute)
