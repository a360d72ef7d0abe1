"""The networks that are built in, by name. Imports no torch."""

BUILTIN: dict[str, str] = {
    "mlp": "models.networks:Mlp",
    "cnn": "models.networks:Cnn",
    "alexnet": "models.networks:AlexNet",
    "wrn": "models.networks:WideResNet",
    "densenet": "models.densenet:DenseNet",
}
