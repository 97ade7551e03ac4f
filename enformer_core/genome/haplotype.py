"""A window with edits in it: its bases, and where each of them comes from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..errors import LocusError, VariantError
from .coordinate_map import CoordinateMap
from .edit import Edit, slack
from .interval import Interval
from .locus import format_locus
from .normalise import Fetch, check_ref
from .variant import Variant


@dataclass(frozen=True, slots=True)
class Haplotype:
    """Edits in a window of the reference, all on the same copy of the chromosome.

    Attributes:
        window: Where the model looks, in reference coordinates; it may run off the chromosome.
        edits: Variants on the window's contig that change something in it. They are kept in the order of the genome.
        anchor: 0-based reference position whose base keeps its place in the window, whatever is inserted or deleted
            around it; None for ``window.center``. If an edit deletes it, the next base takes its place.

    Raises:
        VariantError: An edit lies outside the window, two of them overlap, or one deletes more than half a window.
        LocusError: ``anchor`` lies outside the window.
    """

    window: Interval
    edits: tuple[Variant, ...] = ()
    anchor: int | None = None

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.edits, key=_place))
        object.__setattr__(self, "edits", ordered)
        if not self.window.start <= self._anchor < self.window.end:
            raise LocusError(f"anchor {self._anchor:,} (0-based) is not in the window {format_locus(self.window)}")
        for variant in ordered:
            _refuse_unfit(variant, self.window)
        for before, after in pairwise(ordered):
            if _collide(before, after):
                raise VariantError(
                    f"{after} overlaps with another variant, {before}",
                    hint="One haplotype can have only one of them: choose, or write both as one variant",
                )

    @property
    def _anchor(self) -> int:
        return self.window.center if self.anchor is None else self.anchor

    def consensus(self, fetch: Fetch) -> str:
        """The window's reference bases with the edits applied, as ``bcftools consensus`` gives them.

        Of an edit that crosses the window's edge the part inside is applied, its alternative bases paired one to one
        with the reference bases they replace.

        Returns:
            ``window.width`` bases, plus those inserted, less those deleted.

        Raises:
            RefMismatch: A reference allele is not what ``fetch`` gives.
        """
        self._check_refs(fetch)
        start, end = self.window.start, self.window.end
        inside = [
            Edit(
                max(edit.start, start),
                min(edit.end, end),
                edit.alt[max(0, start - edit.start) : end - edit.start if edit.end > end else None],
            )
            for edit in map(Edit.of, self.edits)
        ]
        return _applied(fetch(self.window), start, inside)

    def sequence(self, fetch: Fetch) -> str:
        """What the model sees: exactly ``window.width`` bases, with the anchor at its index.

        Edits are applied to a reference that reaches beyond the window, and the window is taken from the result: what
        is inserted pushes bases out at the ends, what is deleted draws real flanks in. Off the chromosome there is N.
        An edit that can be spelled in several ways gives the same bases for each.

        Raises:
            RefMismatch: A reference allele is not what ``fetch`` gives.
        """
        self._check_refs(fetch)
        extended, reference, edits = self._placed(fetch)
        origin = CoordinateMap.build(extended.start, 0, edits)
        first = int(origin.to_alt(self._anchor)) - (self._anchor - self.window.start)
        return _applied(reference, extended.start, edits)[first : first + self.window.width]

    def coordinate_map(self, fetch: Fetch) -> CoordinateMap:
        """Where each base of ``sequence(fetch)`` lies in the reference, and the reverse."""
        extended, _, edits = self._placed(fetch)
        origin = CoordinateMap.build(extended.start, 0, edits)
        first = int(origin.to_alt(self._anchor)) - (self._anchor - self.window.start)
        return CoordinateMap.build(extended.start, -first, edits)

    def _check_refs(self, fetch: Fetch) -> None:
        for variant in self.edits:
            check_ref(variant, fetch)

    def _placed(self, fetch: Fetch) -> tuple[Interval, str, list[Edit]]:
        """The extended reference with its bases, and the edits in their leftmost spelling.

        Which side of the anchor a deletion in a repeat is on would else depend on its spelling. An edit moves only
        through bases that no other edit has changed.
        """
        edits = [Edit.of(variant) for variant in self.edits]
        spare = sum(edit.width for edit in edits)
        extended = Interval(self.window.chrom, self.window.start - spare, self.window.end + spare)
        reference = fetch(extended)
        placed = []
        lowest = extended.start
        for edit in edits:
            if edit.is_indel:
                at = edit.start - extended.start
                unit = edit.alt or reference[at : at + edit.width]
                edit = edit.shifted_left(slack(unit, reference[lowest - extended.start : at]))
            placed.append(edit)
            lowest = edit.end
        return extended, reference, placed


def _place(variant: Variant) -> tuple[int, int, Variant]:
    edit = Edit.of(variant)
    return edit.start, edit.end, variant


def _collide(before: Variant, after: Variant) -> bool:
    """Whether both change the same bases, or insert at the same place and do not tell in which order."""
    first, second = Edit.of(before), Edit.of(after)
    both_insert_here = first.width == second.width == 0 and first.start == second.start
    return second.start < first.end or (both_insert_here and before.interval.overlaps(after.interval))


def _refuse_unfit(variant: Variant, window: Interval) -> None:
    edit = Edit.of(variant)
    touches = edit.start < window.end and edit.end > window.start
    if not edit.width:
        touches = window.start <= edit.start <= window.end
    if variant.chrom != window.chrom or not touches:
        raise VariantError(
            f"{variant} changes nothing in the window, which is {format_locus(window)}",
            hint="Move the window there, or leave the variant out",
        )
    n_deleted = edit.width - len(edit.alt)
    if n_deleted > window.width // 2:
        raise VariantError(
            f"{variant.chrom}:{variant.pos} deletes {n_deleted:,} bases",
            hint=f"At most half a window, {window.width // 2:,} bases, can be deleted",
        )


def _applied(reference: str, offset: int, edits: list[Edit]) -> str:
    """``reference``, whose first base is at ``offset``, with ``edits`` in order and inside it."""
    pieces = []
    done = 0
    for edit in edits:
        pieces += [reference[done : edit.start - offset], edit.alt]
        done = edit.end - offset
    return "".join([*pieces, reference[done:]])
