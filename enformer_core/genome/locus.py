"""Locus text, read and written: the only door where 1-based positions become 0-based intervals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import LocusError, shown
from .interval import Interval
from .typed import CHROM, MAX_TEXT, in_range, plain, refuse_digits, refuse_strange, whole_number

FORMS = "Write it as chr1:1,000,000-1,200,000, chr1:1Mb-1.2Mb, chr1:1000000 or chr1:1000000±500"

_WITH_COLON = re.compile(rf"({CHROM})\s*:\s*(.*)")
_WITH_SPACE = re.compile(rf"({CHROM}) +([-+]?[0-9].*)")
_WITH_DASH = re.compile(r"([A-Za-z0-9_.]+)-([0-9][0-9,]*-[0-9][0-9,]*)")  # as gnomAD writes a region
_WHOLE = re.compile(CHROM)

_SIGN = re.compile(r" *(\.\.|±|\+/-|\+-|\+|-) *")
_UNIT_GAP = re.compile(r"(?<=[0-9]) +(?=(?:[kKmM][bB]?[pP]?|[bB][pP]?)(?![A-Za-z0-9]))")
_SIGNED = re.compile(r"[-+] *[0-9,.]*[A-Za-z]*")
_NUMBER = re.compile(r"([0-9]+|[0-9]{1,3}(?:[, ][0-9]{3})+)(?:\.([0-9]+))?(k|m|)(?:bp?)?", re.IGNORECASE)
_ZEROS = {"": 0, "k": 3, "m": 6}


@dataclass(frozen=True, slots=True)
class Locus:
    """What a locus text says, before an assembly has been asked.

    Attributes:
        chrom: The contig's name as it was typed: ``1`` stays ``1``.
        start: 0-based position of the first base; None for the whole chromosome.
        end: 0-based position after the last base; None for the whole chromosome.
        notes: How the text was read, where the reader could not know it.
    """

    chrom: str
    start: int | None
    end: int | None
    notes: tuple[str, ...] = ()


def parse_locus(text: str) -> Locus:
    """Read a locus as people type and paste it.

    Positions are 1-based and both ends belong to the locus, as UCSC, IGV and samtools show them; a tab-separated line
    is BED and 0-based, and the notes say so. Accepted, with commas, any dash and spaces wherever they help:
    ``chr1:1,001-2,000``, ``chr1:1001..2000``, ``chr1 1001 2000``, ``1-1001-2000``, one base ``chr1:1000``, its
    surroundings ``chr1:1000±500`` (also ``+-`` and ``+/-``; clipped at the chromosome's start), a length
    ``chr1:1001+1000``, and a chromosome alone. A number may be in ``k``, ``kb``, ``M`` or ``Mb``, with decimals if
    they make whole bases: ``1.5Mb`` is base 1,500,000. ``1e6`` is refused.

    Args:
        text: At most 200 characters.

    Returns:
        The locus, 0-based and half-open: ``chr1:1-4`` gives ``start`` 0 and ``end`` 4.

    Raises:
        LocusError: The text cannot be read; where start and end are swapped, ``clipped`` is the locus in order.
    """
    if len(text) > MAX_TEXT:
        raise LocusError(f"a locus of {len(text):,} characters is too long", hint=f"At most {MAX_TEXT} are read")
    clean = plain(text)
    refuse_strange(clean, LocusError)
    if not clean:
        raise LocusError("there is no locus in the text", hint=FORMS)
    if "\t" in clean:
        return _bed(clean)
    for pattern in (_WITH_COLON, _WITH_SPACE, _WITH_DASH):
        if found := pattern.fullmatch(clean):
            return _positions(found[1], found[2])
    if _WHOLE.fullmatch(clean):
        return Locus(clean, None, None)
    raise LocusError(f"{shown(clean)} cannot be read as a locus", hint=FORMS)


def format_locus(interval: Interval) -> str:
    """Write an interval 1-based with both ends, as ``chr1:1,001-2,000``; ``parse_locus`` reads it back.

    An input window that begins before its chromosome has a first position below 1, which only serves to be shown.
    """
    return f"{interval.chrom}:{interval.start + 1:,}-{interval.end:,}"


def _positions(chrom: str, text: str) -> Locus:
    """Read what follows the chromosome."""
    text = _UNIT_GAP.sub("", text.strip())
    if not text:
        raise LocusError(f"there is no position after {shown(chrom)}", hint=FORMS)
    if signed := _SIGNED.match(text):
        raise LocusError(f"positions start at 1, not at {shown(signed[0])}", hint="Count the first base as 1")
    first, sign, second = (*_SIGN.split(text, maxsplit=1), "", "")[:3]
    if not sign:
        tokens = first.split()
        if len(tokens) > 2:
            raise LocusError(f"{shown(text)} is more than a start and an end", hint=FORMS)
        first, second = tokens[0], tokens[-1]
    if sign in ("", "-", ".."):
        return _from_to(chrom, first, second)
    if sign == "+":
        start, length = _bases(first), _bases(second)
        return _locus(chrom, start, start + length - 1)
    return _around(chrom, _bases(first), _bases(second, lowest=0))


def _from_to(chrom: str, first: str, second: str) -> Locus:
    start, end = _bases(first), _bases(second)
    if start > end:
        swapped = f"{chrom}:{end}-{start}"
        raise LocusError(f"start {start} is after end {end}", hint=f"Did you mean {swapped}?", clipped=swapped)
    if first[-1].isdigit() and second[-1].isalpha() and start < 1000 <= end:  # "10-12Mb" may have meant 10Mb
        return _locus(chrom, start, end, f"the start is base {start}: the unit of {second} is read for the end alone")
    return _locus(chrom, start, end)


def _around(chrom: str, center: int, flank: int) -> Locus:
    if center > flank:
        return _locus(chrom, center - flank, center + flank)
    return _locus(chrom, 1, center + flank, "clipped at the chromosome's start")


def _bed(line: str) -> Locus:
    columns = [column.strip() for column in line.split("\t")]
    if len(columns) < 3 or not _WHOLE.fullmatch(columns[0]):
        raise LocusError(
            f"{shown(line)} is not a BED line", hint="A line with tabs needs a chromosome, a start and an end (0-based)"
        )
    start, end = (whole_number(column, LocusError, lowest=0) for column in columns[1:3])
    if start >= end:
        raise LocusError(f"start {start} is not before end {end} in a BED line", hint="BED counts from 0, end excluded")
    locus = _locus(columns[0], start + 1, end)
    return Locus(locus.chrom, locus.start, locus.end, ("read as a BED line, 0-based", *locus.notes))


def _locus(chrom: str, start: int, end: int, *notes: str) -> Locus:
    """From 1-based ``start`` to ``end``, both included."""
    return Locus(chrom, in_range(start, LocusError) - 1, in_range(end, LocusError), notes)


def _bases(token: str, *, lowest: int = 1) -> int:
    """A number of bases, exactly: ``1,000``, ``1.5Mb``, ``20 kb``."""
    refuse_digits(token, LocusError)
    if _SIGNED.fullmatch(token):
        raise LocusError(f"positions start at {lowest}, not at {shown(token)}", hint="Count the first base as 1")
    found = _NUMBER.fullmatch(token)
    if not found:
        raise LocusError(
            f"{shown(token)} is not a position",
            hint="Write digits, with commas between groups of three, or k, kb, M, Mb: 1,500,000 or 1.5Mb",
        )
    whole, fraction, unit = re.sub("[, ]", "", found[1]), found[2] or "", found[3].lower()
    value, rest = divmod(int(whole + fraction) * 10 ** _ZEROS[unit], 10 ** len(fraction))
    if rest:
        raise LocusError(f"{shown(token)} is not a whole number of bases", hint="Write the position in full")
    return in_range(value, LocusError, lowest=lowest)
