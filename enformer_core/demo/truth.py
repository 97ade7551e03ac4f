"""The true tracks of any haplotype of the simulated genome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..genome.assembly import Assembly
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.normalise import Fetch
from .assays import IDENTIFIERS, TRACKS
from .chromosomes import SIM1, codes_of
from .grammar import BIN, CELL, MARGIN, signal

#: bp that the published model reads, and how much of that on each side of what it predicts.
WINDOW, CROP = 196_608, 40_960
_FLANK = -(-MARGIN // BIN) * BIN


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What the simulated genome does in the output window of a haplotype.

    Attributes:
        values: float32 ``[bins, 16]``, noise-free, the mean over each bin; columns as in ``IDENTIFIERS``.
        cells: float32 ``[4 * bins, 16]``: the same in cells of 32 bp.
        interval: What the bins cover, 0-based and half-open, in the coordinates of the edited window.
    """

    values: np.ndarray
    cells: np.ndarray
    interval: Interval

    def track(self, identifier: str) -> np.ndarray:
        """float32 ``[bins]`` of one track."""
        return self.values[:, IDENTIFIERS.index(identifier)]


def truth(haplotype: Haplotype, assembly: Assembly | None = None) -> Truth:
    """The true tracks of a haplotype, exact up to the ends of its output window.

    More of the chromosome is read than the model sees, with the same edits and the same anchor. Cells and bins start
    at the output window's first base; where that is a multiple of 128 and nothing is edited, the answer is the
    genome-wide signal.

    Args:
        haplotype: Its window is what a model reads: the output window is that less 40,960 bp on each side.
        assembly: The simulated assembly, by default the registered one.

    Raises:
        InputError: The window leaves no whole number of bins.
        RefMismatch: A reference allele is not what the assembly has there.
        FileError: The assembly is not set up.
    """
    if assembly is not None:
        return truth_from(haplotype, assembly.fetch)
    with Assembly.open(SIM1.name) as opened:
        return truth_from(haplotype, opened.fetch)


def truth_from(haplotype: Haplotype, fetch: Fetch, output: Interval | None = None) -> Truth:
    """Like ``truth``, with anything that gives reference bases; and for a part of the window, whole bins of it."""
    window = haplotype.window
    output = output or _output(window)
    wider = Interval(window.chrom, output.start - _FLANK, output.end + _FLANK)
    reads = Interval(window.chrom, min(wider.start, window.start), max(wider.end, window.end))
    anchor = window.center if haplotype.anchor is None else haplotype.anchor
    bases = Haplotype(reads, haplotype.edits, anchor).sequence(fetch)
    first = wider.start - reads.start
    tracks = signal(codes_of(bases[first : first + wider.width])).tracks
    cells = tracks[_FLANK // CELL : (_FLANK + output.width) // CELL]
    means = cells.reshape(-1, BIN // CELL, len(TRACKS)).astype(np.float64).mean(axis=1)
    return Truth(means.astype(np.float32), cells, output)


def _output(window: Interval) -> Interval:
    width = window.width - 2 * CROP
    if width <= 0 or width % BIN:
        raise InputError(
            f"a window of {window.width:,} bp leaves {max(width, 0):,} bp without {CROP:,} on each side",
            hint=f"Choose one that leaves whole bins of {BIN} bp, such as 196,608",
        )
    return Interval(window.chrom, window.start + CROP, window.end - CROP)
