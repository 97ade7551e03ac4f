"""Pooling base-level values into bins."""

from __future__ import annotations

import numpy as np

# Compared in float32: the float32 nearest to 1e38 lies a little below it.
UNUSABLE = np.float32(1e38)


class Bins:
    """Collects values piece by piece.

    A bin pools the bases that have data, however few; a bin without any is NaN. NaN is no data. Infinities and values
    of 1e38 and beyond are no measurements: they count as no data too, and are counted in ``n_unusable``.

    Args:
        n_bins: Number of bins.
        bin_size: Bases per bin.
        statistic: ``mean`` over the bases that have data, ``sum``, ``max`` or ``min``.

    Attributes:
        n_covered: Bases with data.
        n_unusable: Bases with infinite or absurdly large values.
        n_overflowed: Bins whose pooled value does not fit float32; they become NaN. Counted by ``result``.
    """

    def __init__(self, n_bins: int, bin_size: int, statistic: str) -> None:
        self.bin_size = bin_size
        self.statistic = statistic
        self.values = np.full(n_bins, np.nan, dtype=np.float64)
        self.n_covered = self.n_unusable = self.n_overflowed = 0

    def add(self, first: int, offset: int, values: np.ndarray) -> None:
        """Pool one piece.

        Args:
            first: Bin in which the piece lies with its first whole bin; no other piece shares a bin with this one.
            offset: Base, counted from the start of bin 0, of the first value; within or after bin ``first``.
            values: float32 [bases].
        """
        before = offset - first * self.bin_size
        n_bins = -(-(before + len(values)) // self.bin_size)
        padded = np.full(n_bins * self.bin_size, np.nan, dtype=np.float32)
        padded[before : before + len(values)] = values
        has_number = ~np.isnan(padded)
        usable = np.abs(padded) < UNUSABLE
        self.n_unusable += int((has_number & ~usable).sum())
        self.n_covered += int(usable.sum())
        self.values[first : first + n_bins] = self._pooled(
            padded.reshape(n_bins, self.bin_size), usable.reshape(n_bins, self.bin_size)
        )

    def result(self) -> np.ndarray:
        """float32 [n_bins]."""
        too_large = np.abs(self.values) > np.finfo(np.float32).max
        self.n_overflowed = int(too_large.sum())
        return np.where(too_large, np.nan, self.values).astype(np.float32)

    def _pooled(self, values: np.ndarray, usable: np.ndarray) -> np.ndarray:
        counts = usable.sum(axis=1)
        covered = counts > 0
        pooled = np.full(len(values), np.nan)
        if self.statistic in ("max", "min"):
            pool, neutral = (np.max, -np.inf) if self.statistic == "max" else (np.min, np.inf)
            pooled[covered] = pool(np.where(usable, values, neutral), axis=1)[covered]
            return pooled
        sums = np.where(usable, values, 0.0).sum(axis=1, dtype=np.float64)
        pooled[covered] = sums[covered] / counts[covered] if self.statistic == "mean" else sums[covered]
        return pooled
