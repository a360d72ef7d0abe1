"""The command line: ``mia-arena``, or ``python -m mia_arena``."""

from __future__ import annotations

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
