"""Pictures of the documentation: saved whole or not at all, without a screen."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from benchmarks.results import files


def save(figure: Figure, path: Path) -> None:
    """Save a figure as PNG and close it. Raises OSError."""
    try:
        files.write_figure(path, figure, dpi=130, bbox_inches="tight")
    finally:
        plt.close(figure)
