"""What one head is trained on: bases and targets of windows, and what is known of the training bins as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..inference.codes import N, codes_of, fetched
from .config import Stage
from .coverage import Coverage
from .sources import Source, rows_named
from .windows import Window, grid

COMPLEMENT = np.array([3, 2, 1, 0, N], dtype=np.uint8)


class Sequences:
    """The bases of whole contigs as numbers: A 0, C 1, G 2, T 3, N 4."""

    def __init__(self, assembly: Assembly, contigs: Sequence[str]) -> None:
        whole = (Interval(chrom, 0, assembly.contigs[chrom]) for chrom in contigs)
        with assembly:  # nothing more is read from it afterwards
            self._codes = {i.chrom: codes_of(assembly.fetch(i)) for i in whole}

    def codes(self, chrom: str, start: int, length: int) -> np.ndarray:
        """uint8 ``[length]`` from 0-based ``start``; N beyond the contig's ends."""
        return fetched(self._codes[chrom], start, start + length)


@dataclass(frozen=True)
class HeadData:
    """Everything that one head is trained on, in memory or mapped."""

    source: Source
    sequences: Sequences
    coverage: Coverage
    bin_size: int

    def bases(self, windows: Sequence[Window], intervals: Sequence[Interval], length: int) -> np.ndarray:
        """Bases as numbers, uint8 ``[B, length]``."""
        found = []
        for window in windows:
            codes = self.sequences.codes(intervals[window.interval].chrom, window.start + window.shift, length)
            found.append(COMPLEMENT[codes][::-1] if window.flipped else codes)
        return np.stack(found)

    def targets(self, windows: Sequence[Window], intervals: Sequence[Interval], stage: Stage) -> np.ndarray:
        """float32 ``[B, N, tracks]``: the central bins; those of a flipped window in reverse order."""
        crop = (stage.input_length - stage.target_length * self.bin_size) // 2
        found = []
        for window in windows:
            chrom = intervals[window.interval].chrom
            bins = self.coverage.bins(chrom, window.start + crop, stage.target_length, self.bin_size)
            found.append(bins[::-1] if window.flipped else bins)
        return np.stack(found)

    def training_bins(self, row: int) -> np.ndarray:
        """Targets of one track in every whole bin of the training intervals: float32 ``[bins]``."""
        parts = []
        for interval in self.source.train:
            low, n_bins = grid(interval, self.bin_size)
            parts.append(self.coverage.bins(interval.chrom, low, n_bins, self.bin_size, slice(row, row + 1))[:, 0])
        return np.concatenate(parts)


@dataclass(frozen=True)
class HeadStatistics:
    """Of a head's training bins, float64 ``[tracks]`` each."""

    mean: np.ndarray
    std: np.ndarray

    @staticmethod
    def of(data: HeadData) -> HeadStatistics:
        """Measure them, a track at a time."""
        columns = [data.training_bins(row) for row in range(len(data.source.tracks))]
        mean = [float(column.mean(dtype=np.float64)) for column in columns]
        return HeadStatistics(np.array(mean), np.array([float(c.std(dtype=np.float64)) for c in columns]))


def track_weights(data: HeadData, statistics: HeadStatistics, stage: Stage) -> np.ndarray:
    """float32 ``[tracks]``: 1 / std, of mean 1, times the factors that the stage names."""
    weight = 1 / np.maximum(statistics.std, 1e-6)
    weight /= weight.mean()
    for name, factor in stage.track_weights.items():
        weight[rows_named(data.source.tracks, name)] *= factor
    return weight.astype(np.float32)


def find_peaks(data: HeadData, stage: Stage) -> list[np.ndarray]:
    """For each track that counts, the bins of the training intervals above a quantile of its own.

    Returns:
        Per track int64 ``[peaks, 2]``: number of the interval, and 0-based position of the bin's first base.
    """
    if not stage.peaks:
        return []
    numbers, positions = [], []
    for number, interval in enumerate(data.source.train):
        low, n_bins = grid(interval, data.bin_size)
        numbers.append(np.full(n_bins, number))
        positions.append(low + np.arange(n_bins) * data.bin_size)
    places = np.stack([np.concatenate(numbers), np.concatenate(positions)], axis=1)
    tracks = data.source.tracks
    named = sorted({row for name in stage.peak_tracks for row in rows_named(tracks, name)})
    found = []
    for row in named if stage.peak_tracks else range(len(tracks)):
        values = data.training_bins(row)
        if len(values):
            found.append(places[values > np.quantile(values, stage.peak_quantile)])
    return found
