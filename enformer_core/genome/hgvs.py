"""HGVS descriptions of changes in genomic DNA (``g.`` and ``m.``), such as ``NC_000001.11:g.1024_1026del``."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import VariantError, shown
from .alleles import plain_allele
from .typed import whole_number
from .written import MAX_SPAN, VariantText

_RANGE = r"(?P<first>[0-9]+)(?:_(?P<last>[0-9]+))?"
_BASES = "[ACGTUNRYSWKMBDHVacgtunryswkmbdhv]"

FORMS = "g. descriptions can be substitutions, del, ins, dup, inv and delins, as NC_000001.11:g.1024_1026delinsAC"


def read_hgvs(text: str, chrom: str, description: str) -> VariantText:
    """Read what follows ``g.``: positions are 1-based, both ends belong.

    Args:
        text: The whole text, to be kept for display.
        chrom: The contig's name.
        description: Such as ``1024A>C`` or ``1024_1030del``.

    Raises:
        VariantError: It is of another kind, or its positions make no sense.
        UnsupportedAllele: A base is not one of ACGT.
    """
    for pattern, reader in _KINDS:
        if found := pattern.fullmatch(description):
            first = whole_number(found["first"], VariantError)
            last = whole_number(found["last"], VariantError) if found["last"] else first
            _refuse_range(first, last)
            return reader(text, chrom, first, last, found)
    raise VariantError(f"the HGVS description {shown(description)} is not of a kind that can be read", hint=FORMS)


def _refuse_range(first: int, last: int) -> None:
    if first > last:
        raise VariantError(f"start {first} is after end {last}", hint=f"Did you mean {last}_{first}?")
    if last - first >= MAX_SPAN:
        raise VariantError(
            f"{first}_{last} covers {last - first + 1:,} bases", hint=f"A variant may cover {MAX_SPAN:,} at most"
        )


def _substitution(text: str, chrom: str, first: int, last: int, found: re.Match[str]) -> VariantText:
    deleted = _stated(found["deleted"], first, last)
    return VariantText(text, chrom, first - 1, last, deleted, plain_allele("ALT", found["inserted"]))


def _deletion(text: str, chrom: str, first: int, last: int, found: re.Match[str]) -> VariantText:
    return VariantText(text, chrom, first - 1, last, _stated(found["deleted"], first, last), "")


def _insertion(text: str, chrom: str, first: int, last: int, found: re.Match[str]) -> VariantText:
    if last != first + 1:
        raise VariantError(
            f"an insertion lies between two neighbours, not at {shown(f'{first}_{last}')}",
            hint=f"Write it as {first}_{first + 1}ins{found['inserted']}",
        )
    return VariantText(text, chrom, first, first, "", plain_allele("ALT", found["inserted"]))


def _duplication(text: str, chrom: str, first: int, last: int, found: re.Match[str]) -> VariantText:
    deleted = _stated(found["deleted"], first, last)
    return VariantText(text, chrom, first - 1, last, deleted, None, "duplicate")


def _inversion(text: str, chrom: str, first: int, last: int, found: re.Match[str]) -> VariantText:
    deleted = _stated(found["deleted"], first, last)
    return VariantText(text, chrom, first - 1, last, deleted, None, "invert")


def _stated(bases: str, first: int, last: int) -> str | None:
    """The reference bases that a description repeats, if it does."""
    if not bases:
        return None
    if len(bases) != last - first + 1:
        raise VariantError(
            f"{shown(bases)} has {len(bases)} bases, but {first} to {last} are {last - first + 1}",
            hint="Give both ends of the range, or leave the bases out",
        )
    return plain_allele("REF", bases)


_KINDS: tuple[tuple[re.Pattern[str], Callable[[str, str, int, int, re.Match[str]], VariantText]], ...] = (
    (re.compile(rf"{_RANGE}(?P<deleted>{_BASES}+)>(?P<inserted>{_BASES}+)"), _substitution),
    (re.compile(rf"{_RANGE}del(?P<deleted>{_BASES}*)ins(?P<inserted>{_BASES}+)"), _substitution),
    (re.compile(rf"{_RANGE}del(?P<deleted>{_BASES}*)"), _deletion),
    (re.compile(rf"{_RANGE}ins(?P<inserted>{_BASES}+)"), _insertion),
    (re.compile(rf"{_RANGE}dup(?P<deleted>{_BASES}*)"), _duplication),
    (re.compile(rf"{_RANGE}inv(?P<deleted>{_BASES}*)"), _inversion),
)
