"""The edited prediction on the reference. Positions are 0-based."""

from __future__ import annotations

import numpy as np


def at(positions: np.ndarray, starts: np.ndarray, ends: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values of the bins that hold the positions; NaN where there is none."""
    row = np.searchsorted(starts, positions, side="right") - 1
    inside = (row >= 0) & (positions < ends[np.maximum(row, 0)]) if len(ends) else np.zeros(len(positions), bool)
    found = np.full(len(positions), np.nan, dtype=np.float32)
    found[inside] = values[row[inside]]
    return found
