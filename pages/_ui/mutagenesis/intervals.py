"""Which bases are asked about: read from text, offered from what is on view, and refused in words. No page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from enformer_core.errors import EnformerError, InputError, LocusError
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from ..explain.interval import AROUND

if TYPE_CHECKING:
    from enformer_core.inference.window import Window


@dataclass(frozen=True, slots=True)
class Refused:
    """Why bases cannot be asked about.

    Attributes:
        error: What is wrong, and what to do.
        instead: Locus text (1-based) of bases that could be meant; empty where there are none.
    """

    error: EnformerError
    instead: str = ""


def read(text: str, window: Window) -> Interval | Refused:
    """The bases that a text names.

    Args:
        text: Locus text, 1-based, at most 200 characters.
        window: What the model reads; with its edits.

    Returns:
        Bases of the reference, some of which the window has and knows; or why not.
    """
    from enformer_core.interpret.question import located, stretch

    try:
        found = located(window, text)
    except LocusError as error:
        return Refused(error, error.clipped or "")
    except EnformerError as error:
        return Refused(error)
    try:
        first, end = stretch(window, found)
    except LocusError as error:
        return Refused(error, error.clipped or _nearest(found, window))
    if not window.bases()[first:end].strip("N"):
        what = f"all {found.width:,} bp of {format_locus(found)} are N, which has no substitutions"
        return Refused(InputError(what, hint="Choose bases that are known"))
    return found


def around(position: int, window: Window, width: int = AROUND) -> Interval:
    """So many bases about a 0-based position of the reference, as far as the window and the contig go."""
    low, high = _limits(window)
    start = min(max(position - width // 2, low), max(high - width, low))
    return Interval(window.interval.chrom, start, min(start + width, high))


def on_reference(position: int, window: Window) -> int:
    """The 0-based place on the reference of a position of the window, which edits may have moved."""
    if window.coordinates is None:
        return position
    return int(window.coordinates.to_ref(position - window.interval.start))


def inside(view: Interval | None, window: Window) -> Interval | None:
    """What is on view, as far as the window holds it; None where it holds nothing of it."""
    low, high = _limits(window)
    return view and view.intersection(Interval(window.interval.chrom, low, high))


def _nearest(wanted: Interval, window: Window) -> str:
    """The bases of the window next to those that lie outside it."""
    if wanted.chrom != window.interval.chrom:
        return ""
    return format_locus(around(wanted.center, window, min(wanted.width, AROUND)))


def _limits(window: Window) -> tuple[int, int]:
    """First base of the reference that the window holds, and the one after the last."""
    low, high = (on_reference(x, window) for x in (window.interval.start, window.interval.end))
    return max(low, 0), min(high, window.contigs[window.interval.chrom])
