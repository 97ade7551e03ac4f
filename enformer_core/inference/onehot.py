"""Bases as the model reads them: one-hot over ACGT, with N as four zeros (the authors' way)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .codes import codes_of

_ROWS = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), dtype=np.float32)])


def one_hot(bases: str) -> Tensor:
    """Encode a sequence of length L as float32 ``[L, 4]``; any letter but ACGT becomes zeros."""
    return encode(codes_of(bases))


def encode(codes: np.ndarray) -> Tensor:
    """One-hot: uint8 ``[..., L]`` to float32 ``[..., L, 4]``."""
    return torch.from_numpy(_ROWS[codes])


def reverse_complement(encoded: Tensor) -> Tensor:
    """The other strand of ``[..., L, 4]``: positions and the order ACGT are both reversed."""
    return encoded.flip(-1, -2)
