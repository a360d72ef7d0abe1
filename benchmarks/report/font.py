"""The font of charts on paper: of matplotlib's DejaVu Sans the letters of European scripts, without ligatures.

A PDF holds the letters that it uses. To find them in the whole font, whose tables tell how letters join and move in all
scripts, took more than half of a PDF's time. The old table of kerning stays.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
from pathlib import Path

from benchmarks.results import files

NAME = "DejaVu Sans Plain"
ORIGINAL = "DejaVu Sans"
LETTERS = (range(0x20, 0x530), range(0x1E00, 0x2400), range(0xFB00, 0xFB07), range(0xFFFD, 0xFFFE))
NAMES = {1: NAME, 3: NAME, 4: NAME, 6: NAME.replace(" ", ""), 16: NAME}  # by their numbers in the table of names


@functools.cache
def parameters() -> dict[str, list[str]]:
    """Make the font known to matplotlib, in whose cache its file is; returns the parameters (rcParams) that ask for it
    and, where a letter is missing, for the whole one. Raises OSError.
    """
    import matplotlib
    from matplotlib import font_manager

    original = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf").read_bytes()
    made_of = hashlib.sha256(original + Path(__file__).read_bytes()).hexdigest()[:12]  # how it is made, too
    place = Path(matplotlib.get_cachedir(), f"mia-arena-sans-{made_of}.ttf")
    try:
        font_manager.fontManager.addfont(place)
    except (OSError, RuntimeError):  # it is not there yet, or damaged
        with contextlib.suppress(PermissionError):  # of Windows, where another process has just made it, and reads it
            files.write(place, plain(original))
        font_manager.fontManager.addfont(place)
    return {"font.family": [NAME, "sans-serif"], "font.sans-serif": [ORIGINAL]}


def plain(original: bytes) -> bytes:
    """The font with LETTERS and under its own name; the same bytes at all times."""
    from fontTools import subset  # comes with matplotlib, which writes PDFs with it
    from fontTools.ttLib import TTFont

    wanted = subset.Options(glyph_names=True, layout_features=[], legacy_kern=True, notdef_outline=True, name_IDs=["*"])
    wanted.drop_tables += ["GSUB", "GPOS", "GDEF", "MATH", "FFTM"]
    made = io.BytesIO()
    with TTFont(io.BytesIO(original), lazy=True, recalcTimestamp=False) as font:
        picking = subset.Subsetter(wanted)
        picking.populate(unicodes=[letter for some in LETTERS for letter in some])
        picking.subset(font)
        for name in font["name"].names:
            if name.nameID in NAMES:
                name.string = NAMES[name.nameID]
        font.save(made)
    return made.getvalue()
