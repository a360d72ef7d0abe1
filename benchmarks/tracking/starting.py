"""A gate for a repository of one's own: the workflow, and the baseline that it compares with."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from string import Template

from benchmarks.naming.loading import outsiders
from benchmarks.naming.registry import ATTACKS, Kind, Plugin, find
from benchmarks.results import files
from benchmarks.tracking import defended, stored
from benchmarks.tracking.baseline import OF
from datasets import drafts

WORKFLOW = Path(".github/workflows/strength.yml")


def outside(kind: Kind) -> list[str]:
    """The names of the plugins that other installed packages bring."""
    return [source.name for source in outsiders(kind.group)]


def places(root: Path, attacks: Sequence[Plugin], defenses: Sequence[Plugin]) -> list[Path]:
    """What will be written below the root of a repository. Raises ValueError where some of it is there already."""
    wanted = [root / WORKFLOW, *(root / OF[name] for name, of in _named(attacks, defenses) if of)]
    for path in wanted:
        if path.exists():
            raise ValueError(
                f"{path} is there already; `check` compares with it, and init begins anew: remove it first"
            )
    files.check_writable("init", root)
    return wanted


def begin(root: Path, attacks: Sequence[Plugin], defenses: Sequence[Plugin], requirement: str) -> int:
    """Write baseline and workflow below `root`; returns how many attacks and defenses broke, which the baseline lacks.

    Raises ValueError where nothing can be evaluated.
    """
    text = workflow(attacks, defenses, requirement)
    with drafts.folder(root) as draft:
        broken = stored.evaluate(stored.read(stored.FILE), attacks, draft / "attacks") if attacks else 0
        if defenses:
            panel = [find(ATTACKS, name) for name in defended.PANEL]
            broken += defended.evaluate(defenses, panel, draft / "defenses")
        for made in sorted(draft.iterdir()):
            (root / OF[made.name]).parent.mkdir(parents=True, exist_ok=True)
            drafts.rename(made, root / OF[made.name])
    (root / WORKFLOW).parent.mkdir(parents=True, exist_ok=True)
    files.write(root / WORKFLOW, text)
    return broken


def workflow(attacks: Sequence[Plugin], defenses: Sequence[Plugin], requirement: str) -> str:
    """The workflow of GitHub that evaluates and compares."""
    gated = [(name, of) for name, of in _named(attacks, defenses) if of]
    head, gate = (Template(files.read(Path(__file__).with_name(f)).decode()) for f in ("workflow.yml", "gate.yml"))
    text = head.substitute(subjects=" or ".join(name for name, _ in gated), requirement=shlex.quote(requirement))
    for subject, plugins in gated:
        words = shlex.join([f"--{subject}", *(plugin.name for plugin in plugins)])
        text += gate.substitute(subject=subject, words=words, baseline=OF[subject])
    return text


def requirement() -> str:
    """How pip finds this very package: its repository and commit. Raises ValueError where it came from a folder."""
    with suppress(PackageNotFoundError, TypeError, ValueError, KeyError):
        told = json.loads(distribution("mia-arena").read_text("direct_url.json") or "")
        return f"mia-arena @ {told['vcs_info']['vcs']}+{told['url']}@{told['vcs_info']['commit_id']}"
    raise ValueError(
        "--install: expected what pip installs to have this command, as 'mia-arena @ git+https://HOST/OWNER/NAME'; "
        "it is in no package index, and this one came from a folder"
    )


def _named(attacks: Sequence[Plugin], defenses: Sequence[Plugin]) -> list[tuple[str, Sequence[Plugin]]]:
    return [("attacks", attacks), ("defenses", defenses)]
