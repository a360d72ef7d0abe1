"""The defenses that are built in, by name, in the order of boards. Imports no torch."""

BUILTIN: dict[str, str] = {
    "none": "defenses.none:NoDefense",
    "l2": "defenses.l2:L2",
    "label-smoothing": "defenses.label_smoothing:LabelSmoothing",
    "hamp": "defenses.hamp:Hamp",
    "selena": "defenses.selena:Selena",
    "dmp": "defenses.dmp:Dmp",
    "memguard": "defenses.memguard:MemGuard",
}
