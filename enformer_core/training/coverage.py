"""The targets of whole contigs in small cells, read from bigWigs once and kept as files.

A cell has ``resolution`` bp, so that windows may start at multiples of it; a bin pools whole cells. Bases without data
count as 0.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..genome.interval import Interval
from ..settings import Settings
from ..tracks.bigwig_read import BigWigReader
from ..tracks.table import Track
from ..tracks.transform import Statistic, transform
from .arrays import mapped, written_rows
from .sources import Source

# Pieces keep each request to the reading processes short, and their answers small.
_CELLS_PER_PIECE = 100_000
_FILES_PER_REQUEST = 16
_TIMEOUT_S = 600.0
Progress = Callable[[float, str], None]


class Coverage:
    """Targets of one head.

    Args:
        cells: Contig to float32 [cells, tracks]: per cell the sum over its bases, or their maximum.
        tracks: One per column.
        kind: ``soft``, ``hard`` or ``none``: how coverage becomes a target (see ``tracks.transform``).
        resolution: Bases per cell.
    """

    def __init__(self, cells: dict[str, np.ndarray], tracks: Sequence[Track], kind: str, resolution: int) -> None:
        self._cells = cells
        self._resolution = resolution
        self._kind = kind
        self._statistics = np.array([transform(kind).statistic(track) for track in tracks])
        self._clip = np.array([track.clip for track in tracks], dtype=np.float32)
        self._scale = np.array([track.scale for track in tracks], dtype=np.float32)

    def bins(self, chrom: str, start: int, n_bins: int, bin_size: int, tracks: slice = slice(None)) -> np.ndarray:
        """Targets as the model should predict them.

        Args:
            chrom: Contig.
            start: 0-based, a multiple of the resolution, on the contig.
            n_bins: Number of bins.
            bin_size: Bases per bin, a multiple of the resolution.
            tracks: Columns to read.

        Returns:
            float32 ``[n_bins, tracks]``.
        """
        per_bin = bin_size // self._resolution
        first = start // self._resolution
        cells = self._cells[chrom][first : first + n_bins * per_bin, tracks]
        if missing := n_bins * per_bin - len(cells):  # the last bins run over the contig's end
            cells = np.pad(cells, ((0, missing), (0, 0)))
        cells = cells.reshape(n_bins, per_bin, -1)
        statistics = self._statistics[tracks]
        pooled = cells.sum(axis=1)
        pooled[:, statistics == "mean"] /= bin_size
        if (largest := statistics == "max").any():
            pooled[:, largest] = cells[:, :, largest].max(axis=1)
        return self._on_model_scale(pooled, tracks)

    def _on_model_scale(self, x: np.ndarray, tracks: slice) -> np.ndarray:
        """As ``Transform.apply``, for all tracks at once."""
        if self._kind == "none":
            return x
        clip, scale = self._clip[tracks], self._scale[tracks]
        if self._kind == "hard":
            return np.clip(x, 0, clip) * scale
        return (np.minimum(x, clip) + np.sqrt(np.maximum(x - clip, 0))) * scale


def read_coverage(
    source: Source,
    resolution: int,
    folder: Path,
    settings: Settings,
    progress: Progress = lambda fraction, message: None,
) -> Coverage:
    """Read the contigs that a head's intervals lie on, or take them from ``folder`` where they were read before.

    Raises:
        FileError: A bigWig cannot be read, or belongs to another assembly.
        OutOfDisk: The folder has no room.
    """
    statistics: list[Statistic] = [_cell_statistic(track, source.transform) for track in source.tracks]
    cells: dict[str, np.ndarray] = {}
    with BigWigReader(settings.model_copy(update={"bigwig_timeout_s": _TIMEOUT_S})) as reader:
        for number, chrom in enumerate(source.contigs):
            progress(number / len(source.contigs), f"reading the experiments of {source.name} on {chrom}")
            file = folder / f"{_key(source, chrom, statistics, resolution)}.npy"
            if not file.is_file():
                _write_cells(file, source, chrom, statistics, resolution, reader)
            cells[chrom] = mapped(file)
    return Coverage(cells, list(source.tracks), source.transform, resolution)


def _cell_statistic(track: Track, kind: str) -> Statistic:
    """Cells of a mean hold sums, so that bases without data count as 0."""
    return "max" if transform(kind).statistic(track) == "max" else "sum"


def _key(source: Source, chrom: str, statistics: Sequence[Statistic], resolution: int) -> str:
    """A name that changes with anything that the cells depend on."""
    files = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in source.files]
    facts = [chrom, source.assembly.contigs[chrom], resolution, files, list(statistics)]
    return f"cells-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]}"


def _write_cells(
    file: Path, source: Source, chrom: str, statistics: Sequence[Statistic], resolution: int, reader: BigWigReader
) -> None:
    n_cells = -(-source.assembly.contigs[chrom] // resolution)
    with written_rows(file, (n_cells, len(statistics)), np.float32) as write:
        for first in range(0, n_cells, _CELLS_PER_PIECE):
            last = min(first + _CELLS_PER_PIECE, n_cells)
            piece = Interval(chrom, first * resolution, last * resolution)
            write(_piece(source, piece, statistics, resolution, reader))


def _piece(
    source: Source, piece: Interval, statistics: Sequence[Statistic], resolution: int, reader: BigWigReader
) -> np.ndarray:
    """float32 ``[cells, tracks]`` of a part of a contig."""
    cells = np.zeros((piece.width // resolution, len(statistics)), dtype=np.float32)
    for statistic in dict.fromkeys(statistics):
        rows = [row for row, own in enumerate(statistics) if own == statistic]
        for group in (rows[i : i + _FILES_PER_REQUEST] for i in range(0, len(rows), _FILES_PER_REQUEST)):
            files = [source.files[row] for row in group]
            signals = reader.read(files, piece, resolution, statistic, source.assembly.contigs)
            for row, signal in zip(group, signals, strict=True):
                if isinstance(signal, FileError):
                    raise signal
                cells[:, row] = np.nan_to_num(signal.values, nan=0.0)
    return cells
