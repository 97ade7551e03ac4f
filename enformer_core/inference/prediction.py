"""A prediction: values, what they are of, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..provenance import Provenance
from ..tracks.table import TrackTable
from .tiling import ONE, Tiles

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predicted tracks of one window, or of several edge to edge.

    Attributes:
        values: float32 ``[bins, tracks]``, on the model's scale (see ``docs/definitions.md``), read-only.
        tracks: One row per column of ``values``.
        interval: What the bins cover, 0-based and half-open; bin b covers ``start + b * bin_size`` on. With edits that
            change the length these are positions of the edited window: see ``reference_bins``.
        bin_size: Width of a bin in bp.
        provenance: How to make it again.
        input_interval: What the model read.
        contigs: Length of each contig, for files that need them.
        notes: What a person should know about this prediction.
        coordinates: Where the bases of the edited window lie on the reference; None without edits.
        tiles: How many windows stand to the left and to the right of the one that was asked for.
    """

    values: np.ndarray
    tracks: TrackTable
    interval: Interval
    bin_size: int
    provenance: Provenance
    input_interval: Interval
    contigs: Mapping[str, int]
    notes: tuple[str, ...] = ()
    coordinates: CoordinateMap | None = None
    tiles: Tiles = ONE

    def __post_init__(self) -> None:
        expected = (self.interval.width // self.bin_size, len(self.tracks))
        if self.values.shape != expected or self.values.dtype != np.float32:
            raise InputError(f"values are {self.values.dtype} {self.values.shape}, expected float32 {expected}")
        self.values.setflags(write=False)

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return self.values.shape[0]

    @property
    def middle_bin(self) -> int:
        """The bin that begins with the middle of the window that was asked for: 448 of 896."""
        left, right = self.tiles
        n_bins = self.n_bins // (1 + left + right)
        return left * n_bins + n_bins // 2

    @property
    def starts(self) -> np.ndarray:
        """0-based start of each bin, int64 ``[bins]``."""
        return self.interval.start + self.bin_size * np.arange(self.n_bins, dtype=np.int64)

    def reference_bins(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the bins lie on the reference, within the contig.

        Bins off the contig and bins inside an insertion are left out; a bin that spans a deletion is as much longer.

        Returns:
            ``starts``, ``ends`` (0-based, half-open) and ``kept`` (row numbers of ``values``), int64 of equal length.
        """
        edges = self.interval.start + self.bin_size * np.arange(self.n_bins + 1, dtype=np.int64)
        if self.coordinates is not None:
            edges = self.coordinates.to_ref(edges - self.input_interval.start)
        edges = np.clip(edges, 0, self.contigs[self.interval.chrom])
        kept = np.flatnonzero(edges[1:] > edges[:-1])
        return edges[kept], edges[kept + 1], kept

    def frame(self) -> pd.DataFrame:
        """One row per bin: chrom, start, end (0-based, half-open), then a column per track, named by its number."""
        import pandas as pd

        columns = {"chrom": self.interval.chrom, "start": self.starts, "end": self.starts + self.bin_size}
        named = {f"track_{t.target_index}": self.values[:, i] for i, t in enumerate(self.tracks)}
        return pd.DataFrame(columns | named)

    def to_bigwig(self, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write one bigWig per track, and ``provenance.json``, into a folder (made if it is not there).

        Raises:
            OutputExists: A file is there and ``overwrite`` is False.
            OutOfDisk: The disk is full; nothing half-written is left.
        """
        from .export import write_bigwigs

        return write_bigwigs(self, Path(folder), overwrite=overwrite)

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write to ``.npz``, ``.tsv`` or ``.parquet``, or to a folder of bigWigs if the path has none of these endings.

        Returns:
            The files that were written.
        """
        from .export import save

        return save(self, Path(path), overwrite=overwrite)
