"""Bases as numbers: one-hot over ACGT, N as four zeros (as in the authors' code)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_CODE = np.full(256, 4, dtype=np.uint8)
_CODE[np.frombuffer(b"ACGTacgt", dtype=np.uint8)] = [0, 1, 2, 3, 0, 1, 2, 3]
_ROWS = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), dtype=np.float32)])


def one_hot(bases: str) -> Tensor:
    """Encode a sequence of length L as float32 ``[L, 4]``; any letter but ACGT becomes zeros."""
    return torch.from_numpy(_ROWS[_CODE[np.frombuffer(bases.encode("ascii", "replace"), dtype=np.uint8)]])


def reverse_complement(encoded: Tensor) -> Tensor:
    """The other strand of ``[..., L, 4]``: positions and the order ACGT are both reversed."""
    return encoded.flip(-1, -2)
