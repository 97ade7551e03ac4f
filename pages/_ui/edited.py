"""Where an edited prediction differs from the reference's enough to be drawn. Positions are 0-based."""

from __future__ import annotations

import numpy as np

#: Starts and ends (0-based, int64 ``[bins]``), and values (float32 ``[bins]``), in order.
Bins = tuple[np.ndarray, np.ndarray, np.ndarray]
#: Part of a lane's range below which a difference is not drawn.
SHARE = 0.01


def differs(
    edited: tuple[np.ndarray, np.ndarray, np.ndarray],
    reference: tuple[np.ndarray, np.ndarray, np.ndarray],
    least: float,
) -> np.ndarray:
    """Which edited bins differ by more than ``least`` from every reference bin that they overlap.

    An insertion or deletion moves the bins of one side by a part of a bin; comparing with the range of the bins
    underneath keeps such a bin from counting as changed where the signal merely slopes.

    Args:
        edited: The bins of the edited haplotype, on the reference.
        reference: The reference's own, which touch one another.
        least: Smallest difference that counts.

    Returns:
        bool ``[edited bins]``; False where no reference bin lies underneath.
    """
    starts, ends, values = edited
    low, high = _underneath(starts, ends, *reference)
    with np.errstate(invalid="ignore"):
        return (values > high + least) | (values < low - least)


def at(positions: np.ndarray, starts: np.ndarray, ends: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values of the bins that hold the positions; NaN where there is none."""
    row = np.searchsorted(starts, positions, side="right") - 1
    inside = (row >= 0) & (positions < ends[np.maximum(row, 0)]) if len(ends) else np.zeros(len(positions), bool)
    found = np.full(len(positions), np.nan, dtype=np.float32)
    found[inside] = values[row[inside]]
    return found


def drawn(starts: np.ndarray, ends: np.ndarray, values: np.ndarray, shows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A step line through the bins that show, as x (0-based edges) and y, with a NaN after each stretch."""
    xs: list[float] = []
    ys: list[float] = []
    for row in np.flatnonzero(shows).tolist():
        if xs and (row == 0 or not shows[row - 1] or starts[row] != ends[row - 1]):
            xs.append(xs[-1])
            ys.append(float("nan"))
        xs += [float(starts[row]), float(ends[row])]
        ys += [float(values[row]), float(values[row])]
    return np.array(xs), np.array(ys)


def _underneath(
    starts: np.ndarray, ends: np.ndarray, ref_starts: np.ndarray, ref_ends: np.ndarray, ref_values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest reference value under each edited bin; NaN where there is none."""
    low = np.full(len(starts), np.nan)
    high = np.full(len(starts), np.nan)
    first = np.searchsorted(ref_ends, starts, side="right")
    last = np.searchsorted(ref_starts, ends, side="left")
    for row in np.flatnonzero(first < last).tolist():
        under = ref_values[first[row] : last[row]]
        low[row], high[row] = under.min(), under.max()
    return low, high
