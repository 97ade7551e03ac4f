"""What an explanation is asked about: a window, a target and a stretch of bases, checked before the model runs."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ..errors import InputError, LocusError, SettingsError, shown
from ..genome.interval import Interval
from ..genome.locus import format_locus, parse_locus
from ..inference.jobs import Job
from ..inference.predictor import Predictor
from ..inference.tiling import ONE
from ..inference.window import Edit, Query, Window, sequence_sha256
from ..provenance import Provenance
from .target import Target

if TYPE_CHECKING:
    from ..inference.trunk.levels import OnPart

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Question:
    """A question about some bases of one window.

    Attributes:
        window: What the model reads.
        target: What is explained.
        head: The head that its tracks belong to.
        start: First base, counted from 0 at the start of the window, after edits.
        end: After the last base.
    """

    window: Window
    target: Target
    head: str
    start: int
    end: int

    @staticmethod
    def ask(
        predictor: Predictor, query: Query | Window, edits: Items[Edit], target: Target, interval: Interval | str | None
    ) -> Question:
        """Put the parts together.

        Args:
            predictor: Who is asked.
            query: See ``Predictor.predict``.
            edits: Variants that are applied together.
            target: What is explained.
            interval: On the reference; None for the whole window.

        Raises:
            InputError: Something is wrong with one of them.
        """
        head = head_of(predictor, target)
        window = window_of(predictor, query, edits)
        start, end = (0, window.interval.width) if interval is None else stretch(window, located(window, interval))
        return Question(window, target, head, start, end)

    @property
    def interval(self) -> Interval:
        """The bases in question, in positions of the edited window as ``Prediction.interval`` has them."""
        first = self.window.interval.start
        return Interval(self.window.interval.chrom, first + self.start, first + self.end)

    def notes(self, predictor: Predictor) -> tuple[str, ...]:
        """What a person should know about the window."""
        return predictor.notes(self.window, self.head)

    def provenance(self, predictor: Predictor, bases: str, averaging: str = "none") -> Provenance:
        """How to make a result again; ``bases`` are all that the model read."""
        return predictor.provenance(self.window, self.head, sequence_sha256(bases), averaging)


def window_of(predictor: Predictor, query: Query | Window, edits: Items[Edit] = ()) -> Window:
    """The window that a question is about; a window is taken as it is.

    Raises:
        InputError: The question cannot be understood, or edits are given for a window.
    """
    if not isinstance(query, Window):
        return predictor.window(query, edits)
    if query.tiles != ONE:
        raise InputError(
            f"{format_locus(query.output)} is predicted by {len(query.parts)} windows; an explanation is of one",
            hint="Ask for it without tiles",
        )
    if edits:
        raise InputError("a window holds its edits already", hint="Give them to Predictor.window")
    return query


def head_of(predictor: Predictor, target: Target) -> str:
    """The head of a target, which has all that the target names.

    Raises:
        InputError: The model has no such bin.
        TrackError: It has no such head, or the head has no such track.
    """
    head = predictor.head(target.head)
    target.checked(predictor.geometry.n_bins, predictor.heads[head])
    return head


def located(window: Window, interval: Interval | str) -> Interval:
    """An interval, or locus text (1-based), on the contigs of a window. For a pasted sequence that is its own name.

    Raises:
        LocusError: The text cannot be read, there is no such contig, or the text leads past its end.
    """
    if window.assembly is not None:
        if isinstance(interval, str):
            return window.assembly.locate(interval)
        return Interval(window.assembly.contig(interval.chrom), interval.start, interval.end)
    chrom = window.interval.chrom
    if isinstance(interval, str):
        locus = parse_locus(interval)
        start, end = locus.start or 0, window.contigs[chrom] if locus.end is None else locus.end
        interval = Interval(locus.chrom, start, end)
    if interval.chrom != chrom:
        raise LocusError(
            f"there is no chromosome {shown(interval.chrom)} in a pasted sequence", hint=f"Its name is {chrom}"
        )
    return interval


def stretch(window: Window, interval: Interval) -> tuple[int, int]:
    """Where bases of the reference stand in a window: first index, and the one after the last.

    In an edited window, bases that are inserted between them belong to them, and those inserted at their borders do
    not.

    Raises:
        LocusError: They lie outside the input window, or a part of them does (``clipped`` is the part inside), or
            edits delete them all.
    """
    whole, coordinates = window.interval, window.coordinates
    seen = whole
    if coordinates is not None:
        low, high = int(coordinates.to_ref(0)), int(coordinates.to_ref(whole.width))
        seen = Interval(whole.chrom, low, max(high, low + 1))
    if not seen.contains(interval):
        inside = seen.intersection(interval)
        part = format_locus(inside) if inside else None
        raise LocusError(
            f"{format_locus(interval)} does not lie in the input window, which is {format_locus(seen)}",
            hint=f"The part inside is {part}" if part else "Choose bases inside it, or move the window",
            clipped=part,
        )
    if coordinates is None:
        return interval.start - whole.start, interval.end - whole.start
    places = coordinates.to_alt([interval.start, interval.end - 1, interval.end])
    start, last, end = np.asarray(places).tolist()
    end = min(end, last + 1, whole.width)
    if end <= start or int(coordinates.to_ref(start)) >= interval.end:
        raise LocusError(f"no base of {format_locus(interval)} is left: the edits delete it", hint="Choose other bases")
    return start, end


def refuse_rounded(predictor: Predictor) -> None:
    """Differences between sequences need a model in float32.

    Raises:
        SettingsError: It was loaded in bfloat16.
    """
    if predictor.precision != "float32":
        raise SettingsError(
            f"effects of edits cannot be measured with a model in {predictor.precision}, whose rounding is as large",
            hint="Load it with precision float32; the fast method still multiplies in bfloat16, without that loss",
        )


def part_of(job: Job, begin: float, end: float, message: str) -> OnPart:
    """What a part of a job that goes from ``begin`` to ``end`` of the whole is to call; raises when it is cancelled."""
    return lambda part: job.report(begin + part * (end - begin), message)


def read(window: Window, job: Job) -> str:
    """The bases that the model reads, ACGTN."""
    job.report(0.0, "reading the sequence")
    return window.bases()


def finished(job: Job[Result]) -> Result:
    """Wait for a job; Ctrl-C cancels it."""
    try:
        return job.result()
    except KeyboardInterrupt:
        job.cancel()
        raise
