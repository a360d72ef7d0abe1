"""A run of the speed benchmarks as one small JSON file a device: what was measured, as numbers, one row a line."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from benchmarks.naming.wording import counted
from benchmarks.results import files
from benchmarks.results.making import versions
from benchmarks.speed.shapes import SHAPES, work
from benchmarks.speed.timing import engine_step

Result = dict[str, Any]
SCHEMA = 1
AGREEMENT, AUDIT, FORMS = "agreement.json", "audit.json", "forms.json"  # lie beside the devices' files


def reduce(benchmarks: list[dict[str, Any]]) -> Result:
    """Return the result of the benchmarks in pytest-benchmark's JSON, and where they ran: `machine()` of there.

    floors: FLOP/s in fp32 and bf16, bytes/s read and written, each the best of all rounds, before and after the rest.
    rows: seconds of a model-step in each round, the textbook loop's before, between and after the engine's. memory:
    bytes.
    Raises ValueError when floors or rows are missing, they are of several machines, or that was too busy.
    """
    floors: dict[str, float] = {}
    machines: list[dict[str, Any]] = []
    rows, memory = {}, {}  # what was measured again replaces what was before
    for benchmark in benchmarks:
        extra, seconds = benchmark["extra_info"], benchmark["stats"]["data"]
        if "floor" in extra:
            best = _short(extra["amount"] / min(seconds))
            floors[extra["floor"]] = max(best, floors.get(extra["floor"], 0.0))
            machines += [extra["machine"]] if extra["machine"] not in machines else []
        elif "memory" in extra:
            memory[extra["memory"]["shape"]] = extra["memory"]
        elif "row" in extra:
            row = extra["row"]
            rows[row["shape"], row["precision"], row["cohort"]] = row, seconds
    if not rows or len(floors) < 3:
        raise ValueError(f"expected a run with 3 floors and some rows, got {len(floors)} and {len(rows)}")
    if len(machines) > 1:
        raise ValueError(f"expected a run of one machine, got {', '.join(str(m['device']) for m in machines)}")
    return {
        "schema": SCHEMA,
        **machines[0],
        "floors": floors,
        "shapes": _shapes(),
        "rows": [_row(*measured) for measured in rows.values()],
        "memory": list(memory.values()),
    }


def _row(row: dict[str, Any], seconds: list[float]) -> dict[str, Any]:
    if min(row["textbook"]) <= 0:
        raise ValueError(f"{row['shape']}: the machine was too busy to measure the textbook loop")
    own = {key: row[key] for key in ("shape", "precision", "cohort", "steps")}
    engine = [_short(s) for s in engine_step(row, seconds)]
    return {**own, "engine": engine, "textbook": [_short(s) for s in row["textbook"]]}


def _shapes() -> dict[str, Any]:
    return {
        shape.name: {
            "suite": shape.suite.name,
            "network": repr(shape.suite.network),
            "batch": shape.suite.recipe.batch,
            "steps": shape.steps,  # of the suite's whole recipe
            **asdict(work(shape)),
            "floor_bytes": {p: work(shape).floor_bytes(p) for p in shape.precisions},
        }
        for shape in SHAPES
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def machine(device: str) -> dict[str, Any]:
    """Return the device's name and kind, and the versions that matter."""
    kind = torch.device(device).type
    own = versions()
    if kind == "cuda":
        own |= {"cuda": str(torch.version.cuda), "cudnn": str(torch.backends.cudnn.version())}
        return {"device": torch.cuda.get_device_name(device), "kind": kind, "versions": own}
    threads = torch.get_num_threads()
    return {"device": f"{_processor()}, {counted(threads, 'thread')}", "kind": kind, "versions": own}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "CPU"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "CPU")


def slug(device: str) -> str:
    """Return a device's name as it stands in file names."""
    return re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")


def write(result: Result, folder: Path) -> Path:
    """Write DEVICE.json into a folder and return its path. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug(result['device'])}.json"
    files.write(path, dumps(result))
    return path


def dumps(result: dict[str, Any]) -> str:
    """Return JSON, sorted, with one line an entry of whatever lies at the top."""
    parts = []
    for key, value in sorted(result.items()):
        if isinstance(value, list):
            inner = ",\n  ".join(json.dumps(v, sort_keys=True) for v in value)
            parts.append(f' "{key}": [\n  {inner}\n ]')
        else:
            parts.append(f' "{key}": {json.dumps(value, sort_keys=True)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read(folder: Path) -> tuple[list[Result], dict[str, Any] | None]:
    """Return all devices' results by file name, and the agreement's, or None. Raises ValueError on another schema."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name in (AGREEMENT, AUDIT, FORMS):
            continue
        result = json.loads(path.read_text(encoding="utf-8"))
        if result.get("schema") != SCHEMA:
            raise ValueError(f"{path}: expected a speed result of schema {SCHEMA}, got {result.get('schema')}")
        found.append(result)
    agreement = folder / AGREEMENT
    return found, json.loads(agreement.read_text(encoding="utf-8")) if agreement.exists() else None


def beside(folder: Path, name: str) -> dict[str, Any] | None:
    """Return the record of that name beside the devices' files, or None. Raises ValueError on another schema."""
    path = folder / name
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if found.get("schema") != SCHEMA:
        raise ValueError(f"{path}: expected a record of schema {SCHEMA}, got {found.get('schema')}")
    return found
