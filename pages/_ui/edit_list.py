"""What can be done to the edits of what is on view: by letters, ranges and text, each as one step. No page.

Every action checks the edits together, as the model will read them, before it takes them over. Positions are 0-based
unless they stand in a text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from enformer_core.errors import EnformerError, InputError, LocusError, UnsupportedAllele, VariantError, shown
from enformer_core.genome.alleles import plain_allele
from enformer_core.genome.edit import Edit
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.genome.normalise import anchored
from enformer_core.genome.query import VariantQuery, parse_query
from enformer_core.genome.variant import BASES, Variant
from enformer_core.genome.written import VariantText

from .edit_text import MAX_INSERTED, placed, reference, typed_edits
from .listed_edits import MAX_EDITS as MAX_EDITS
from .listed_edits import EditList as EditList
from .listed_edits import ListedEdit as ListedEdit

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

    from .state import Session


def substitute(state: Session, window: Window, position: int, letter: str) -> None:
    """Change one base. An edit of that base gives way; the letter that the reference has takes it back.

    Of several bases that are substituted together only this one changes.

    Args:
        state: Whose edits.
        window: What is on view.
        position: 0-based, on the window's contig.
        letter: A, C, G or T, in either case.

    Raises:
        EnformerError: The position lies outside the window, the base there is N, or the letter is no base.
    """
    letter = plain_allele("the base", letter)
    if len(letter) != 1:
        raise VariantError(f"{shown(letter)} is more than one base", hint="Type one letter a base")
    chrom = window.interval.chrom
    there = _base(window, position)
    gone = _touched(state.edit_list, chrom, position, position + 1)
    new = [] if letter == there else [Variant(chrom, position + 1, there, letter)]
    if len(gone) == 1:
        edit = Edit.of(state.edit_list.items[gone[0]].variant)
        if edit.width == len(edit.alt) > 1:
            new = _retyped(window, edit, position, letter)
    put(state, window, state.edit_list.exchanged(gone, new))


def delete(state: Session, window: Window, interval: Interval) -> None:
    """Delete bases. Edits of them give way; deletions that overlap become one.

    Args:
        state: Whose edits.
        window: What is on view.
        interval: 0-based and half-open, on the window's contig.

    Raises:
        EnformerError: It lies outside the contig or the window, or holds N, or is more than half a window.
    """
    _refuse_outside(window, interval)
    edits, chrom, start, end = state.edit_list, interval.chrom, interval.start, interval.end
    gone = _touched(edits, chrom, start, end)
    for edit in [Edit.of(edits.items[index].variant) for index in gone]:
        if not edit.alt:
            start, end = min(start, edit.start), max(end, edit.end)
    text = f"del {format_locus(Interval(chrom, start, end))}"
    new = placed(VariantText(text, chrom, start, end, None, ""), window)
    put(state, window, edits.exchanged(gone, [new]))


def insert(state: Session, window: Window, position: int, letters: str) -> None:
    """Insert bases before a base. What was inserted there, and an edit that goes across, gives way.

    Args:
        state: Whose edits.
        window: What is on view.
        position: 0-based, on the window's contig: as ``ins chr1:POSITION`` is typed, since what is inserted before
            0-based 100 stands after the base that is shown as 100.
        letters: A, C, G and T, in either case, at most 10,000.

    Raises:
        EnformerError: The position lies outside the contig or the window, or a letter is no base.
    """
    letters = plain_allele("the inserted sequence", letters)
    if len(letters) > MAX_INSERTED:
        raise VariantError(f"{len(letters):,} bases cannot be inserted at once", hint=f"At most {MAX_INSERTED:,} can")
    chrom = window.interval.chrom
    if not 0 <= position <= window.contigs[chrom]:
        raise LocusError(f"nothing can be inserted before base {position + 1:,} of {chrom}", hint=_ends(window))
    gone = _touched(state.edit_list, chrom, position, position)
    new = placed(VariantText(f"ins {chrom}:{position}", chrom, position, position, "", letters), window)
    put(state, window, state.edit_list.exchanged(gone, [new]))


def apply_text(state: Session, window: Window, text: str) -> None:
    """Apply what was typed or pasted, all of it as one step; see ``edit_text.typed_edits``.

    Raises:
        EnformerError: Something in it cannot be read or applied; then nothing is.
    """
    apply_variants(state, window, typed_edits(text, window))


def apply_variants(state: Session, window: Window, variants: tuple[Variant, ...]) -> None:
    """Apply variants, their REF checked, as one step.

    Raises:
        EnformerError: They cannot be applied together with those that are.
    """
    put(state, window, state.edit_list.add(*variants))


def put(state: Session, window: Window, edits: EditList) -> None:
    """Put another list in force: one that came of ``toggle``, ``moved``, ``remove``, ``cleared`` and the like.

    Raises:
        EnformerError: One of its edits is outside the window, or two cannot be applied together.
    """
    if not set(edits.applied) <= set(state.edits):
        _ = Haplotype(window.interval, (*asked_variants(state.text, window), *edits.applied))
    _take(state, edits)


def undo(state: Session) -> None:
    """Take the last step back, if there is one."""
    _take(state, state.edit_list.undo())


def redo(state: Session) -> None:
    """Take a step again that was taken back, if there is one."""
    _take(state, state.edit_list.redo())


def attempt(state: Session, action: Callable[[], None], text: str = "") -> bool:
    """Do an action, and keep what goes wrong for the card of edits to say, beside the ``text`` that was typed.

    Returns:
        Whether it was done.
    """
    try:
        action()
    except EnformerError as error:
        state.edit_problem = (text, error)
        return False
    return True


def place_wanted(state: Session, predictor: Predictor) -> None:
    """Turn the edits of a link into the list, once the assembly is there.

    Raises:
        EnformerError: They do not fit the assembly; they stay wanted.
    """
    if not state.wanted_edits or predictor.assembly is None:
        return
    from enformer_core.inference.placing import place_edits

    state.edit_list, state.wanted_edits = EditList.of(place_edits(state.wanted_edits, predictor.assembly)), ()


def asked_variants(text: str, window: Window) -> tuple[Variant, ...]:
    """The variants that the question itself names, which are applied besides the list; none for other questions.

    Raises:
        EnformerError: The question cannot be read.
    """
    query = parse_query(text) if window.sequence is None else None
    return tuple(placed(written, window) for written in query.texts) if isinstance(query, VariantQuery) else ()


def _take(state: Session, edits: EditList) -> None:
    if set(edits.applied) != set(state.edits):
        state.example = ""
    state.edit_list, state.edit_problem, state.refused_edit = edits, None, None


def _touched(edits: EditList, chrom: str, start: int, end: int) -> list[int]:
    """Lines whose edit changes a base from ``start`` to ``end``, or inserts or goes across within, where they are on.

    For the place of an insertion, ``start`` and ``end`` are the same: another insertion there is touched too.
    """
    found = []
    for index, item in enumerate(edits.items):
        edit = Edit.of(item.variant)
        across = edit.start < end and edit.end > start
        both_insert = edit.start == edit.end == start == end
        if item.is_on and item.variant.chrom == chrom and (across or both_insert):
            found.append(index)
    return found


def _retyped(window: Window, edit: Edit, position: int, letter: str) -> list[Variant]:
    """A substitution of several bases with another letter at ``position``; none where nothing is left of it."""
    fetch, chrom = reference(window), window.interval.chrom
    at = position - edit.start
    alt = edit.alt[:at] + letter + edit.alt[at + 1 :]
    ref = fetch(Interval(chrom, edit.start, edit.end))
    if alt == ref:
        return []
    return [anchored(chrom, Edit.of(Variant(chrom, edit.start + 1, ref, alt)), fetch)]


def _base(window: Window, position: int) -> str:
    """The reference's base, which is to be known."""
    chrom = window.interval.chrom
    _refuse_outside(window, Interval(chrom, position, position + 1))
    base = reference(window)(Interval(chrom, position, position + 1))
    if base not in BASES:
        raise UnsupportedAllele(
            f"base {position + 1:,} of {chrom} is N, which is unknown", hint="Only known bases can be changed"
        )
    return base


def _refuse_outside(window: Window, interval: Interval) -> None:
    if not window.interval.contains(interval):
        raise InputError(
            f"{format_locus(interval)} lies outside the window, which is {format_locus(window.interval)}",
            hint="Move the window there first",
        )
    if interval.start < 0 or interval.end > window.contigs[interval.chrom]:
        raise LocusError(f"{format_locus(interval)} runs off {interval.chrom}", hint=_ends(window))


def _ends(window: Window) -> str:
    chrom = window.interval.chrom
    return f"{chrom} ends at {window.contigs[chrom]:,}"
