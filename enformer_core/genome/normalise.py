"""Check a variant against the reference, and spell it as ``bcftools norm`` does."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import RefMismatch
from .edit import Edit, slack
from .interval import Interval
from .sequence import reverse_complement
from .variant import BASES, Variant

Fetch = Callable[[Interval], str]
"""Exactly ``interval.width`` upper-case ACGTN for an interval; N off the chromosome. ``Assembly.fetch`` is one."""

CONTEXT = 10
_SHOWN_BASES = 20
_BLOCK = 256


def check_ref(variant: Variant, fetch: Fetch, assembly: str = "") -> None:
    """Check that the reference allele is what the assembly has there.

    Args:
        variant: On a contig that ``fetch`` knows.
        fetch: Gives reference bases.
        assembly: The assembly's name, for the message.

    Raises:
        RefMismatch: It is not. The message shows ten bases on each side and says what may have gone wrong.
    """
    check_bases(variant.chrom, variant.start, variant.ref, fetch, assembly, alt=variant.alt)


def check_bases(chrom: str, start: int, ref: str, fetch: Fetch, assembly: str = "", *, alt: str = "") -> None:
    """Check that the reference has the bases ``ref`` from 0-based ``start`` on; ``alt``, if known, helps to explain.

    Raises:
        RefMismatch: It has not; see ``check_ref``.
    """
    end = start + len(ref)
    found = fetch(Interval(chrom, start, end))
    if found == ref:
        return
    left = fetch(Interval(chrom, start - CONTEXT, start))
    right = fetch(Interval(chrom, end, end + CONTEXT))
    place = f"{assembly} {chrom}:{start + 1}".lstrip()
    guesses = []
    if not BASES.issuperset(found):
        guesses.append("N is an unknown base, or one beyond the end of the chromosome")
    elif alt == found:
        guesses.append(f"ALT is what is there: REF and ALT may be swapped, as in {chrom}:{start + 1}:{alt}>{ref}")
    if reverse_complement(ref) == found:
        guesses.append("The complement of REF is what is there: the variant may be given for the minus strand")
    raise RefMismatch(
        f"REF is {_brief(ref)} but {place} is {_brief(found)}, within {left}[{_brief(found)}]{right}",
        hint=". ".join(guesses)
        or f"Check the position, and that the variant is given for {assembly or 'this assembly'}",
    )


def normalise(variant: Variant, fetch: Fetch) -> Variant:
    """Spell a variant as ``bcftools norm``: no base more than needed, and as far left as it goes.

    Bases that both alleles share are dropped from substitutions too. Where nothing but N, or nothing at all, lies to
    the left of an insertion or deletion, the base to its right is the anchor.

    Args:
        variant: One alternative allele, on a contig that ``fetch`` knows.
        fetch: Gives reference bases.

    Returns:
        The variant that gives the same haplotype, with its ``id``.

    Raises:
        RefMismatch: The reference allele is not what the assembly has there.
    """
    check_ref(variant, fetch)
    edit = Edit.of(variant)
    if edit.is_indel:
        edit = edit.shifted_left(_room(variant.chrom, edit, fetch))
    return anchored(variant.chrom, edit, fetch, id=variant.id)


def anchored(chrom: str, edit: Edit, fetch: Fetch, *, id: str = "") -> Variant:
    """An edit as VCF has it: an insertion or deletion together with the base before it, or else the one after.

    Raises:
        UnsupportedAllele: The edit changes nothing, or the bases around it are N.
    """
    deleted = fetch(Interval(chrom, edit.start, edit.end)) if edit.width else ""
    if deleted and edit.alt:
        return Variant(chrom, edit.start + 1, deleted, edit.alt, id)
    before = fetch(Interval(chrom, edit.start - 1, edit.start))
    if before in BASES:
        return Variant(chrom, edit.start, before + deleted, before + edit.alt, id)
    after = fetch(Interval(chrom, edit.end, edit.end + 1))
    return Variant(chrom, edit.start + 1, deleted + after, edit.alt + after, id)


def _room(chrom: str, edit: Edit, fetch: Fetch) -> int:
    """How far an insertion or deletion can move left; the reference is read in growing pieces."""
    unit = edit.alt or fetch(Interval(chrom, edit.start, edit.end))
    size = _BLOCK
    while edit.start:
        before = fetch(Interval(chrom, max(0, edit.start - size), edit.start))
        room = slack(unit, before)
        if room < len(before) or size >= edit.start:
            return room
        size *= 4
    return 0


def _brief(allele: str) -> str:
    if len(allele) <= _SHOWN_BASES:
        return allele
    return f"{allele[:_SHOWN_BASES]}... ({len(allele):,} bases)"
