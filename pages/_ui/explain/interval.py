"""Which bases are mutated: those that were chosen, or those around the strongest element; and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from enformer_core.genome.interval import Interval

if TYPE_CHECKING:
    from enformer_core.interpret.elements import Element

    from .subject import Subject

#: Bases that are mutated around the middle of the strongest element.
AROUND = 200
#: Bases of a stretch that can be chosen.
WIDTHS = (20, 50, 100, 200, 500)
_MOST_STRETCHES = 400


def chosen(subject: Subject, text: str) -> Interval:
    """The bases of a locus text on the contigs of the window.

    Raises:
        LocusError: The text cannot be read, or leads past the end of its contig.
    """
    from enformer_core.interpret.question import located, stretch

    found = located(subject.window, text)
    stretch(subject.window, found)
    return found


def strongest(subject: Subject, elements: Sequence[Element]) -> Interval | None:
    """The bases around the middle of the strongest element; None where there is none."""
    if not elements:
        return None
    window, middle = subject.window, elements[0].interval.center
    length = window.contigs[window.interval.chrom]
    start = min(max(middle - AROUND // 2, window.interval.start, 0), min(window.interval.end, length) - AROUND)
    return Interval(window.interval.chrom, start, start + AROUND)


def is_wide(interval: Interval) -> bool:
    """Whether so many bases are scanned by stretches rather than mutated one by one."""
    from enformer_core.interpret.explain_mutagenesis import LIMIT

    return interval.width > LIMIT


def scan_width(interval: Interval) -> int:
    """Of the stretches of a scan, in bp: the finest that keeps it to some hundred of them."""
    return next((width for width in WIDTHS if interval.width <= width * _MOST_STRETCHES), WIDTHS[-1])
