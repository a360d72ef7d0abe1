"""Pictures of the documentation: saved whole or not at all, without a screen."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def save(figure: Figure, path: Path) -> None:
    """Save a figure as PNG and close it. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        figure.savefig(draft, format="png", dpi=130, bbox_inches="tight")
        os.replace(draft, path)
    finally:
        plt.close(figure)
        draft.unlink(missing_ok=True)
