"""Small files of somebody's outputs, sound and spoilt, in each format."""

import json

import numpy as np
import pandas as pd

N, C = 6, 3
LABELS = np.array([0, 1, 2, 0, 1, 2])
MEMBER = np.array([True, True, True, False, False, False])
SHARES = np.array(
    [
        [0.75, 0.125, 0.125],
        [0.25, 0.5, 0.25],
        [0.0, 0.0, 1.0],
        [0.5, 0.375, 0.125],
        [0.625, 0.25, 0.125],
        [0.125, 0.75, 0.125],
    ]
)
IDS = np.array(["r0", "r1", "r2", "r3", "r4", "r5"])
SEX = np.array(["f", "m", "f", "m", "f", "m"])
BASE = {"label": LABELS, "member": MEMBER, "probabilities": SHARES, "id": IDS, "group": SEX}


def arrays(**changes):
    """The arrays of a sound file with some changed, or left out where None."""
    return {name: array for name, array in (BASE | changes).items() if array is not None}


def flat(made, prefix="prob"):
    """The same as columns (n,): ``prob_0``, ``prob_1``, ..."""
    columns = {}
    for name, array in made.items():
        if name == "probabilities":
            columns |= {f"{prefix}_{c}": array[:, c] for c in range(array.shape[1])}
        else:
            columns[name] = array
    return columns


def written(path, made):
    """`path`, with arrays, columns, text or bytes in it."""
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif isinstance(made, str):
        path.write_bytes(made.encode())
    elif path.suffix == ".npz":
        np.savez(path, **made)
    elif path.suffix == ".parquet":
        pd.DataFrame(flat(made)).to_parquet(path)
    else:
        pd.DataFrame(flat(made)).to_csv(path, index=False)
    return path


def header(shape, descr="<f8"):
    """The bytes of an .npy header that claims this, whatever follows."""
    text = f"{{'descr': {json.dumps(descr)}, 'fortran_order': False, 'shape': {shape}, }}".replace('"', "'").encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
