"""Bases as numbers: codes (A 0, C 1, G 2, T 3, N 4), and one-hot over ACGT with N as four zeros (the authors' way)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

N = 4
_CODE = np.full(256, N, dtype=np.uint8)
_CODE[np.frombuffer(b"ACGTacgt", dtype=np.uint8)] = [0, 1, 2, 3, 0, 1, 2, 3]
_ROWS = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), dtype=np.float32)])


def one_hot(bases: str) -> Tensor:
    """Encode a sequence of length L as float32 ``[L, 4]``; any letter but ACGT becomes zeros."""
    return encode(codes_of(bases))


def codes_of(bases: str) -> np.ndarray:
    """Codes of a sequence of length L, uint8 ``[L]``; any letter but ACGT becomes N."""
    return _CODE[np.frombuffer(bases.encode("ascii", "replace"), dtype=np.uint8)]


def encode(codes: np.ndarray) -> Tensor:
    """One-hot: uint8 ``[..., L]`` to float32 ``[..., L, 4]``."""
    return torch.from_numpy(_ROWS[codes])


def fetched(codes: np.ndarray, start: int, end: int) -> np.ndarray:
    """Codes from ``start`` to before ``end`` (0-based), N beyond both ends of ``codes``."""
    found = np.full(end - start, N, dtype=np.uint8)
    low, high = max(start, 0), min(end, len(codes))
    if low < high:
        found[low - start : high - start] = codes[low:high]
    return found


def reverse_complement(encoded: Tensor) -> Tensor:
    """The other strand of ``[..., L, 4]``: positions and the order ACGT are both reversed."""
    return encoded.flip(-1, -2)
