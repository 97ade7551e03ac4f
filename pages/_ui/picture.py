"""What the figure shows, as plain data. Intervals are 0-based; arrays have one entry per bin."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from enformer_core.genome.genes.model import Gene
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.inference.tiling import ONE, Tile, Tiles, split
from enformer_core.tracks.compare import Correlation
from enformer_core.tracks.table import Track


def _nothing() -> np.ndarray:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One track: its prediction, and the experiment that it is compared with.

    Attributes:
        track: What is predicted.
        predicted: float32 ``[bins]``, one per bin of the picture.
        label: What the y axis shows, with its unit.
        experiment: float32 ``[output bins]`` on the regular bins of the output window; None without an experiment.
        file: The experiment's name.
        correlation: Of the bins in view; None where the two cannot be compared.
        problem: Why the experiment is not shown.
        note: What is to be known of the experiment, such as what is drawn as a gap.
        edited: float32 ``[edited bins]``, the prediction with the edits; None without edits.
    """

    track: Track
    predicted: np.ndarray
    label: str
    experiment: np.ndarray | None = None
    file: str = ""
    correlation: Correlation | None = None
    problem: str = ""
    note: str = ""
    edited: np.ndarray | None = None

    @property
    def name(self) -> str:
        """Short name: the ChIP target, the assay, or the identifier."""
        return track_name(self.track)

    @property
    def r(self) -> str:
        """Pearson's r of the view as text, with the number of bins."""
        if self.correlation is None:
            return ""
        if self.correlation.r is None:
            return f"r –   n {self.correlation.n:,}"
        return f"r = {self.correlation.r:.2f}   n {self.correlation.n:,}".replace("-", "−")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Everything on one axis.

    Attributes:
        read: All that is read.
        output: What the output bins cover.
        view: The part on screen, whole bins of the output.
        bin_size: In bp.
        starts: int64 ``[bins]``, where the predicted bins begin on the reference.
        ends: int64 ``[bins]``.
        rows: int64 ``[bins]``, their numbers among the output bins: those on the contig.
        lanes: Top to bottom.
        genes: Those that overlap the input window; None where there is no annotation.
        length: Of the contig; bases off it are N.
        edits: The applied variants, in the order of the genome.
        edited_starts: int64 ``[edited bins]``, where the bins of the edited haplotype begin on the reference.
        edited_ends: int64 ``[edited bins]``.
        simulated: What of it is a simulation, in words; empty for nothing.
        tiles: How many windows stand to the left and to the right of the one that was asked for.
    """

    read: Interval
    output: Interval
    view: Interval
    bin_size: int
    starts: np.ndarray
    ends: np.ndarray
    rows: np.ndarray
    lanes: tuple[Lane, ...]
    genes: tuple[Gene, ...] | None
    length: int
    edits: tuple[Variant, ...] = ()
    edited_starts: np.ndarray = field(default_factory=_nothing)
    edited_ends: np.ndarray = field(default_factory=_nothing)
    simulated: str = ""
    tiles: Tiles = ONE

    @property
    def windows(self) -> tuple[Tile, ...]:
        """The single windows, left to right."""
        return split(Tile(self.read, self.output), self.tiles)

    @property
    def in_view(self) -> np.ndarray:
        """bool ``[bins]``: the predicted bins that show."""
        return (self.ends > self.view.start) & (self.starts < self.view.end)


def track_name(track: Track) -> str:
    """Short name of a track: the ChIP target, the assay, or the identifier."""
    strand = f" {track.strand}".replace("-", "−") if track.strand in "+-" else ""
    return (track.target or track.assay or track.identifier) + strand


def highest(lane: Lane, picture: Picture) -> tuple[float, Interval] | None:
    """The highest predicted bin in view, and where it is on the reference; None where nothing shows."""
    rows = np.flatnonzero(picture.in_view)
    if not len(rows):
        return None
    row = int(rows[np.argmax(lane.predicted[rows])])
    where = Interval(picture.output.chrom, int(picture.starts[row]), int(picture.ends[row]))
    return float(lane.predicted[row]), where
