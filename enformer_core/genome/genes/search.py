"""Finding gene names that start like a text, or are like it, among all names of an index."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from .build import is_accession, name_key

NEAR = 65.0


class Name(NamedTuple):
    """A name that a search can find.

    Attributes:
        key: ``name_key(label)``.
        label: The name as it is written.
        kind: Kind of name, as the index stores it.
        gene: The gene's number in the index.
        minor: 0 for names of protein-coding genes, which go first, else 1.
    """

    key: str
    label: str
    kind: int
    gene: int
    minor: int


class Names:
    """All symbols and aliases of an index, in memory.

    Args:
        names: In the order of their keys.
    """

    def __init__(self, names: Sequence[Name]) -> None:
        self._names = names
        self._keys = [n.key for n in names]
        self._lengths = np.array([len(key) for key in self._keys], dtype=np.int64)
        self._letters = _letters("".join(self._keys), self._lengths)

    def starting(self, text: str, limit: int) -> list[Name]:
        """Names that start with ``text`` and go on: of protein-coding genes first, then shorter ones first."""
        prefix = name_key(text)
        begin = bisect_left(self._keys, prefix)
        end = bisect_left(self._keys, prefix + "\U0010ffff")
        found = (n for n in self._names[begin:end] if n.key != prefix)
        return nsmallest(limit, found, key=lambda n: (n.minor, n.kind, len(n.key), n.key))

    def near(self, text: str, limit: int) -> list[Name]:
        """Names that are spelt much like ``text``, the likest first."""
        if is_accession(text):
            return []
        key = name_key(text)
        choices = {place: self._keys[place] for place in self._perhaps_near(key)}
        found = process.extract(key, choices, scorer=fuzz.ratio, processor=None, score_cutoff=NEAR, limit=4 * limit)
        scored = [(-score, self._names[place]) for _, score, place in found]
        scored.sort(key=lambda pair: (pair[0], pair[1].minor, pair[1].kind, pair[1].key))
        return [name for _, name in scored[:limit]]

    def _perhaps_near(self, key: str) -> list[int]:
        """Places of the names that have enough letters of ``key`` to be near it.

        The ratio is twice the letters in common over all letters, so that letters which a name lacks bound it from
        above. That leaves a few thousand of 140,000 names to compare in earnest, which would take 15 ms for all.
        """
        common = np.zeros(len(self._keys), dtype=np.int64)
        for letter, times in Counter(ord(c) % 64 for c in key).items():
            common += times * (self._letters >> np.uint64(letter) & np.uint64(1)).astype(np.int64)
        return np.flatnonzero(200 * common >= NEAR * (self._lengths + len(key))).tolist()


def _letters(joined: str, lengths: np.ndarray) -> np.ndarray:
    """Which letters each name has, as bits of a uint64; letters that fall on one bit only make the bound looser.

    Args:
        joined: All names, one after the other.
        lengths: The number of characters of each, above 0.
    """
    if not len(lengths):
        return np.zeros(0, dtype=np.uint64)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    bits = np.uint64(1) << (codes % 64).astype(np.uint64)
    return np.bitwise_or.reduceat(bits, np.cumsum(lengths) - lengths)
