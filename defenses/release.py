"""What a defense knows when it gives out outputs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np

GROUP = 32  # records; a network always runs on as many at once, since products of other sizes round differently

Predict = Callable[[np.ndarray], np.ndarray]
Records = tuple[np.ndarray, np.ndarray]


class ReleaseContext:
    """The queries to one trained model, and what its defender owns. Every array is a copy.

    queries (n, ...): the raw records that are asked; predict: (m, ...) -> (m, C), the model; members, spare: records
    and labels (x, y), those the model was trained on and those that the protocol gives as non-members (none: empty);
    key: of the model, from which its random numbers come; state: see models.Trained; group: how many records the model
    is run on at once.
    """

    def __init__(
        self,
        queries: np.ndarray,
        predict: Predict,
        members: Records,
        spare: Records,
        key: int,
        state: Mapping[str, np.ndarray] = MappingProxyType({}),
        group: int = GROUP,
    ) -> None:
        self._queries, self._predict, self._key, self._state = queries, predict, key, state
        self._members, self._spare, self._group = members, spare, group
        self._calls = 0

    @cached_property
    def inputs(self) -> np.ndarray:
        """The raw records that are asked, (n, ...)."""
        return self._queries.copy()

    @cached_property
    def members(self) -> Records:
        """The defender's own training records (r, ...) and their labels (r,)."""
        return self._members[0].copy(), self._members[1].copy()

    @cached_property
    def spare(self) -> Records:
        """Records (s, ...) and labels (s,) that the defender owns and the model was not trained on; s may be 0."""
        return self._spare[0].copy(), self._spare[1].copy()

    @cached_property
    def state(self) -> dict[str, np.ndarray]:
        """What the defense learnt beside the network, by name, as its training left it."""
        return {name: array.copy() for name, array in self._state.items()}

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the model's own logits (m, C) for raw records x (m, ...), each the same alone and in company.

        A few processors round a row of a narrow product, of ten columns, by its place: there up to the last digit.
        """
        size = self._group
        groups = [x[i : i + size] for i in range(0, len(x), size)] or [x]
        short = size - len(groups[-1])
        if short and len(x):
            groups[-1] = np.concatenate([groups[-1], np.repeat(groups[-1][-1:], short, axis=0)])
        return np.concatenate([self._predict(group) for group in groups])[: len(x)].copy()

    def uniform(self, *shape: int) -> np.ndarray:
        """Return random numbers (n, *shape), float32, uniform on [0, 1).

        Record i's are a function of the model's key, of the bytes of record i and of how many calls came before, and
        of nothing else: whoever asks again, alone or in company, learns nothing new. (Generator: Philox, Salmon et al.
        2011, under a key made by BLAKE2.)
        """
        self._calls += 1
        secret = hashlib.sha256(f"{self._key} {self._calls}".encode()).digest()
        out = np.empty((len(self._queries), math.prod(shape)), np.float32)
        for query, numbers in zip(self._queries, out, strict=True):
            key = int.from_bytes(hashlib.blake2b(query.tobytes(), digest_size=16, key=secret).digest(), "little")
            numbers[...] = np.random.Generator(np.random.Philox(key=key)).random(len(numbers), dtype=np.float32)
        return out.reshape(len(out), *shape)
