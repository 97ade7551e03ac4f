"""How well a prediction follows an experiment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError

MIN_BINS = 8


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r over ``n`` bins; None below 8 bins, or where one side does not vary."""

    r: float | None
    n: int


def pearson(predicted: ArrayLike, experiment: ArrayLike) -> Correlation:
    """Pearson correlation over whole bins, in float64.

    Args:
        predicted: float [bins], as displayed.
        experiment: float [bins], as displayed. Bins where either side is NaN or infinite are left out.

    Raises:
        InputError: The two are not one-dimensional and equally long.
    """
    x, y = np.asarray(predicted, dtype=np.float64), np.asarray(experiment, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError(f"two rows of bins are needed, equally long; these have the shapes {x.shape} and {y.shape}")
    both = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[both], y[both], int(both.sum())
    # Compared before centring: a constant minus its rounded mean is not quite 0, and would give an r of noise.
    if n < MIN_BINS or x.min() == x.max() or y.min() == y.max():
        return Correlation(None, n)
    r = float(np.dot(_unit(x), _unit(y)))
    return Correlation(max(-1.0, min(1.0, r)), n)


def _unit(x: np.ndarray) -> np.ndarray:
    """Centred, of length 1.

    Scaled by powers of two, which round nothing, so that no square overflows or vanishes; centred twice, because the
    first mean of large numbers is itself rounded.
    """
    x = _scaled(x)
    x = x - x.mean()
    x = _scaled(x - x.mean())
    return x / np.sqrt(np.dot(x, x))


def _scaled(x: np.ndarray) -> np.ndarray:
    return np.ldexp(x, -int(np.frexp(np.abs(x).max())[1]))
