"""What an experiment would measure of the simulated genome: counted reads, from samples that differ a little."""

from __future__ import annotations

import numpy as np

from .assays import BIN, CELL
from .chance import Chance, normal, poisson

#: Reads counted for each unit of signal in a cell of 32 bp.
DEPTH = 2.0
_SAMPLES_DIFFER = 0.1  # by this part, from one 128-bp block to the next
_CELLS_PER_BLOCK = BIN // CELL


def measured(chance: Chance, signal: np.ndarray) -> np.ndarray:
    """One experiment of one track.

    Args:
        chance: A stream of its own.
        signal: float32 ``[cells]``, noise-free; whole blocks of 128 bp.

    Returns:
        float32 ``[cells]``: counts divided by the depth.
    """
    factor = np.maximum(1.0 + _SAMPLES_DIFFER * normal(chance, len(signal) // _CELLS_PER_BLOCK), 0.0)
    mean = signal.astype(np.float64) * np.repeat(factor, _CELLS_PER_BLOCK) * DEPTH
    return (poisson(chance, mean) / DEPTH).astype(np.float32)
