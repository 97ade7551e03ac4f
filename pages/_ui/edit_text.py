"""What a person types as an edit, read and put on the bases of a window. Positions in texts are 1-based."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from enformer_core.errors import InputError, LocusError, RefMismatch, VariantError, shown
from enformer_core.genome import variant_text
from enformer_core.genome.alleles import plain_allele
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import parse_locus
from enformer_core.genome.normalise import Fetch
from enformer_core.genome.typed import MAX_TEXT, plain, refuse_strange
from enformer_core.genome.variant import BASES, Variant
from enformer_core.genome.written import MAX_SPAN, VariantText

if TYPE_CHECKING:
    from enformer_core.inference.window import Window

FORMS = "Write chr1:1000:A>C, del chr1:100-200, ins chr1:100 ACGT (after base 100) or dup chr1:100-200"
MAX_INSERTED = 10_000
"""Bases that can be inserted at once."""

_COMMAND = re.compile(r"(?:^|(?<=[ ,;]))(?=(?:del|ins|dup) )", re.IGNORECASE)
_TIGHT = re.compile(r" *([:-]|\.\.) *")
# Between one edit and the next. A comma before three digits belongs to a number.
_NEXT = re.compile(
    r"(?: *; *| *,(?![0-9]{3}(?![0-9])) *| +)"
    r"(?=(?:[A-Za-z][A-Za-z0-9_.|*#]*[:_-]|[0-9]{1,2}[:_])(?:[gm]\.)?[0-9]|[0-9]{1,2}-[0-9]+-[A-Za-z])"
)


def typed_edits(text: str, window: Window) -> tuple[Variant, ...]:
    """Read edits and put them on the window's assembly, or on its pasted sequence, whose name is the contig's.

    Args:
        text: Variants in any form that ``variant_text.read_variants`` takes, and ``del chr1:100-200``,
            ``ins chr1:100 ACGT`` (after base 100) and ``dup chr1:100-200``; one a line, or with commas, semicolons
            or spaces between them. At most 200 characters for each, except that 10,000 bases can be inserted.
        window: What is on view. The edits need not lie in it.

    Returns:
        At least one, in the order of the text; insertions and deletions with the base before them, as in VCF.

    Raises:
        VariantError: An edit cannot be read, or lies beyond its chromosome.
        RefMismatch: The reference allele is not what is there; see ``mended``.
        LocusError: A place cannot be read, or there is no such chromosome.
    """
    return tuple(placed(written, window) for written in read_edits(text))


def read_edits(text: str) -> list[VariantText]:
    """Read edits as ``typed_edits`` does, without an assembly.

    Raises:
        VariantError: One cannot be read; where there are several lines the message names the line.
        LocusError: A place cannot be read.
    """
    if len(text) > variant_text.MAX_LIST:
        raise VariantError(
            f"a list of {len(text):,} characters is too long", hint=f"At most {variant_text.MAX_LIST:,} are read"
        )
    lines = plain(text).splitlines()
    found: list[VariantText] = []
    for number, line in enumerate(lines, start=1):
        try:
            found += _line(line.strip())
        except (VariantError, LocusError) as error:
            where = f"line {number}" if len(lines) > 1 else error.where
            hint = FORMS if error.hint == variant_text.FORMS else error.hint
            raise type(error)(error.what, where=where, hint=hint) from error
    if not found:
        raise VariantError("there is no edit in the text", hint=FORMS)
    return found


def placed(written: VariantText, window: Window) -> Variant:
    """A variant on the contig that it names, with the bases that are there.

    Raises:
        VariantError: It lies beyond the contig's end, or is meant for another assembly.
        RefMismatch: The bases it states are not those that are there.
        LocusError: There is no such contig.
    """
    chrom, name = _contig(written.chrom, window), _name(window)
    length = window.contigs[chrom]
    if written.end > length:
        raise VariantError(
            f"position {max(written.end, written.start + 1):,} is beyond the end of {chrom}",
            hint=f"{chrom}{f' of {name}' if window.assembly else ''} ends at {length:,}",
        )
    return written.resolve(reference(window), chrom=chrom, assembly=name)


def mended(text: str, window: Window) -> tuple[str, tuple[Variant, ...]] | None:
    """What may have been meant by edits whose REF is not what is there.

    Where ALT is what is there, the two are swapped; else REF becomes what is there.

    Returns:
        What was done to them, for a button, and all edits of the text; None where that does not help.
    """
    found: list[Variant] = []
    swaps: list[bool] = []  # of each mistaken one
    n_bases = 0
    try:
        for written in read_edits(text):
            try:
                found.append(placed(written, window))
            except RefMismatch:
                corrected = _corrected(written, window)
                found.append(placed(corrected, window))
                swaps.append(corrected.inserted == written.deleted)
                n_bases += len(corrected.deleted or "")
    except InputError:  # another mistake, or bases that nobody knows
        return None
    if not swaps:
        return None
    if any(swaps):
        return "Swap REF and ALT" if all(swaps) else "Correct REF, or swap it with ALT", tuple(found)
    return f"Use the reference's base{'s' if n_bases > 1 else ''}", tuple(found)


def reference(window: Window) -> Fetch:
    """What gives the bases of the assembly or of the pasted sequence, without any edit; N off their ends."""
    return lambda interval: replace(window, interval=interval, haplotype=None).bases()


def _corrected(written: VariantText, window: Window) -> VariantText:
    """A variant whose REF is wrong, with the REF that is there: swapped with ALT if that is what is there."""
    chrom = _contig(written.chrom, window)
    there = reference(window)(Interval(chrom, written.start, written.end))
    if there == written.inserted:
        return replace(written, deleted=there, inserted=written.deleted)
    return replace(written, deleted=there) if BASES.issuperset(there) else written


def _contig(typed: str, window: Window) -> str:
    """The contig's own name."""
    if window.assembly is not None:
        return window.assembly.contig(typed)
    name = next(iter(window.contigs))
    if typed.lower() in (name.lower(), "sequence"):
        return name
    raise LocusError(
        f"{shown(typed)} is not the name of the pasted sequence", hint=f"Its name is {shown(name)}, and counts from 1"
    )


def _name(window: Window) -> str:
    """How messages call what the bases are from."""
    return window.assembly.build or window.assembly.name if window.assembly else "the pasted sequence"


def _line(line: str) -> Iterator[VariantText]:
    if line.startswith("#"):  # a header of VCF
        return
    if "\t" in line:
        yield from variant_text.read_variants(line)
        return
    for piece in _COMMAND.split(" ".join(line.split())):
        rest = piece.strip(" ,;")
        if _COMMAND.match(f"{rest} "):
            word, _, rest = rest.partition(" ")
            head, *tail = _NEXT.split(_TIGHT.sub(r"\1", rest), maxsplit=1)
            yield _command(word.lower(), head.strip(" ,;"))
            rest = tail[0] if tail else ""
        if rest:
            yield from variant_text.read_variants(rest)


def _command(word: str, rest: str) -> VariantText:
    text = f"{word} {rest}"
    refuse_strange(rest, VariantError)
    if word == "ins":
        return _insertion(text, rest)
    chrom, start, end = _place(text, rest)
    if end - start > MAX_SPAN:
        raise VariantError(f"{shown(text)} covers {end - start:,} bases", hint=f"At most {MAX_SPAN:,} can be covered")
    change: Literal["replace", "duplicate"] = "replace" if word == "del" else "duplicate"
    return VariantText(text, chrom, start, end, None, "" if word == "del" else None, change)


def _insertion(text: str, rest: str) -> VariantText:
    place, _, letters = rest.rpartition(" ")
    if not place or not letters.isalpha():
        raise VariantError(
            f"{shown(text)} does not say where and what to insert",
            hint="Write it as ins chr1:100 ACGT (after base 100)",
        )
    if len(letters) > MAX_INSERTED:
        raise VariantError(
            f"{len(letters):,} bases cannot be inserted at once", hint=f"At most {MAX_INSERTED:,} can be"
        )
    chrom, start, end = _place(text, place)
    if end - start != 1:
        raise VariantError(
            f"{shown(text)} names {end - start:,} bases; what is inserted stands after one",
            hint=f"Write it as ins {chrom}:{start + 1} {letters[:20]}",
        )
    return VariantText(text, chrom, end, end, "", plain_allele("the inserted sequence", letters))


def _place(text: str, locus: str) -> tuple[str, int, int]:
    """Contig as typed, 0-based start and end."""
    if not locus or len(locus) > MAX_TEXT:
        raise VariantError(f"{shown(text)} does not say where", hint=FORMS)
    found = parse_locus(locus)
    if found.start is None or found.end is None:
        raise VariantError(f"{shown(text)} names a whole chromosome", hint="Add positions, as in chr1:100-200")
    return found.chrom, found.start, found.end
