"""The defenses that are built in, by name, in the order of boards. Imports no torch."""

BUILTIN: dict[str, str] = {
    "none": "defenses.none:NoDefense",
    "l2": "defenses.l2:L2",
    "early-stopping": "defenses.early_stopping:EarlyStopping",
    "dropout": "defenses.dropout:Dropout",
    "mixup": "defenses.mixup:Mixup",
    "label-smoothing": "defenses.label_smoothing:LabelSmoothing",
    "confidence-penalty": "defenses.confidence_penalty:ConfidencePenalty",
    "relaxloss": "defenses.relaxloss:RelaxLoss",
    "ccl": "defenses.ccl:Ccl",
    "hamp-label-smoothing": "defenses.hamp_label_smoothing:HampLabelSmoothing",
    "hamp-training": "defenses.hamp_training:HampTraining",
    "hamp-output": "defenses.hamp_output:HampOutput",
    "hamp": "defenses.hamp:Hamp",
    "selena": "defenses.selena:Selena",
    "dmp": "defenses.dmp:Dmp",
    "memguard": "defenses.memguard:MemGuard",
    "advreg": "defenses.adv_reg:AdvReg",
    "dp-sgd": "defenses.dp_sgd:DpSgd",
}
