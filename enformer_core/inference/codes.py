"""Bases as numbers: A 0, C 1, G 2, T 3, N 4. Needs numpy alone."""

from __future__ import annotations

import numpy as np

N = 4
_CODE = np.full(256, N, dtype=np.uint8)
_CODE[np.frombuffer(b"ACGTacgt", dtype=np.uint8)] = [0, 1, 2, 3, 0, 1, 2, 3]


def codes_of(bases: str) -> np.ndarray:
    """Codes of a sequence of length L, uint8 ``[L]``; any letter but ACGT becomes N."""
    return _CODE[np.frombuffer(bases.encode("ascii", "replace"), dtype=np.uint8)]


def fetched(codes: np.ndarray, start: int, end: int) -> np.ndarray:
    """Codes from ``start`` to before ``end`` (0-based), N beyond both ends of ``codes``."""
    found = np.full(end - start, N, dtype=np.uint8)
    low, high = max(start, 0), min(end, len(codes))
    if low < high:
        found[low - start : high - start] = codes[low:high]
    return found
