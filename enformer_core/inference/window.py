"""What the model reads for a question: one window of bases, or several edge to edge.

A window is centred on ``c`` and reads ``[c - input_length // 2, ...)``. For a locus ``c = (start + end) // 2``; for a
gene it is the 0-based transcription start site of the chosen transcript, so that the site is the first base of the
middle output bin. What is wider than one window takes several, edge to edge: see ``tiling``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..genome.assembly import Assembly
from ..genome.coordinate_map import CoordinateMap
from ..genome.genes.model import Gene
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.sequence import Sequence
from ..genome.variant import Variant
from .placing import Edit as Edit
from .placing import Pasted
from .tiling import ONE, Tile, Tiles, split

Query = str | Interval | Gene | Haplotype | Sequence


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a model reads and writes: window and bin sizes in bp, output bins, and where they begin in the window."""

    input_length: int
    bin_size: int
    n_bins: int
    output_offset: int

    def input_interval(self, chrom: str, center: int) -> Interval:
        """The bases that are read around a 0-based centre."""
        return Interval.centered(chrom, center, self.input_length)

    def output_interval(self, window: Interval) -> Interval:
        """The bases that the output bins of an input window cover."""
        start = window.start + self.output_offset
        return Interval(window.chrom, start, start + self.n_bins * self.bin_size)


@dataclass(frozen=True, slots=True)
class Window:
    """One input window, or several edge to edge, ready to be read.

    Attributes:
        interval: All that is read, 0-based; it may run off its chromosome.
        output: What the output bins cover.
        contigs: Length of each contig of the assembly, or of the pasted sequence alone.
        asked: The part that was asked for, where that is not the whole output.
        haplotype: The edits, where there are any.
        notes: What a person should know about this window.
        assembly: Where the bases come from; None for a pasted sequence.
        sequence: The pasted sequence; None for a window on an assembly.
        tiles: How many windows stand to the left and to the right of the one that was asked for.
        whole: What was asked for, where one window does not hold it: a locus, a gene, a sequence.
        partly: The note that says so, as long as a part of it is not predicted.
    """

    interval: Interval
    output: Interval
    contigs: Mapping[str, int]
    asked: Interval | None = None
    haplotype: Haplotype | None = None
    notes: tuple[str, ...] = ()
    assembly: Assembly | None = field(default=None, repr=False)
    sequence: Sequence | None = field(default=None, repr=False)
    tiles: Tiles = ONE
    whole: Interval | None = None
    partly: str = ""

    @property
    def edits(self) -> tuple[Variant, ...]:
        """The edits that are applied."""
        return self.haplotype.edits if self.haplotype else ()

    @property
    def coordinates(self) -> CoordinateMap | None:
        """Where each base of the edited window lies on the reference; None without edits."""
        return self.haplotype.coordinate_map(self._fetch) if self.haplotype else None

    @property
    def parts(self) -> tuple[Tile, ...]:
        """The single windows, left to right."""
        return split(Tile(self.interval, self.output), self.tiles)

    @property
    def core(self) -> Tile:
        """The single window that was asked for."""
        return self.parts[self.tiles[0]]

    def bases(self, shift: int = 0) -> str:
        """The input bases, upper-case ACGTN, of the window moved by ``shift`` bp."""
        margin = abs(shift)
        return self.bases_around(margin)[margin + shift : margin + shift + self.interval.width]

    def bases_around(self, margin: int) -> str:
        """The input bases with ``margin`` bp more on either side, all of which edits move as one."""
        interval = Interval(self.interval.chrom, self.interval.start - margin, self.interval.end + margin)
        if not self.haplotype:
            return self._fetch(interval)
        anchor = self.interval.center if self.haplotype.anchor is None else self.haplotype.anchor
        return Haplotype(interval, self.haplotype.edits, anchor).sequence(self._fetch)

    def _fetch(self, interval: Interval) -> str:
        if self.assembly:
            return self.assembly.fetch(interval)
        return Pasted(self.sequence).fetch(interval) if self.sequence else "N" * interval.width


def sequence_sha256(bases: str) -> str:
    """Checksum of input bases."""
    return hashlib.sha256(bases.encode()).hexdigest()
