"""Variant text, read: the forms of VCF, gnomAD, GTEx, SPDI and HGVS, one or several at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ..errors import VariantError, shown
from .alleles import plain_allele
from .hgvs import read_hgvs
from .typed import CHROM, MAX_TEXT, plain, refuse_strange, whole_number
from .variant import Variant
from .written import MAX_SPAN, VariantText

FORMS = "Write it as chr1:1000:A>C, 1-1000-A-C, NC_000001.11:g.1000A>C or a VCF line"
MAX_LIST = 100_000
"""Characters that a list of variants may have."""

_ACCESSION = r"(?:N[CTWG]_[0-9]+|[A-Z]{1,2}_?[0-9]{5,9})\.[0-9]+"
_DASHED_CHROM = r"(?P<chrom>[A-Za-z0-9_.]+)"
_ALLELE = r"(?:[A-Za-z*.<\[\]-][^\s:>/]*)?"

_TIGHT = re.compile(r" *([:>/,]) *")
_NEXT = re.compile(r"(?<![ ,])[ ,]++(?=[A-Za-z0-9][A-Za-z0-9_.|*#]*[:_-](?:[gmcnrp]\.)?[0-9])")


def parse_variants(text: str, *, assembly: str = "") -> list[Variant]:
    """Read one variant or several, in any form that states both alleles; see ``read_variants``.

    Nothing is looked up: contigs are as typed and reference alleles unchecked.

    Args:
        text: At most 200 characters for each variant.
        assembly: The assembly they are meant for, if known: one that names another (``_b37``) is refused.

    Raises:
        VariantError: A variant cannot be read, or needs the reference's bases: a deletion without its anchor base.
        UnsupportedAllele: An allele is symbolic, ambiguous, missing or the like.
    """
    variants = []
    for written in read_variants(text):
        written.refuse_other_build(assembly)
        if written.variant is None:
            raise VariantError(
                f"{shown(written.text)} leaves out bases that only an assembly knows",
                hint="Choose an assembly, or write both alleles in full, as chr1:1000:AT>A",
            )
        variants.append(written.variant)
    return variants


def read_variants(text: str) -> list[VariantText]:
    """Read one variant or several, without an assembly.

    Between variants there is a line end, ``;``, a comma or a space. Each is ``chr1:1024:A>C``, ``chr1:1024 A>C``,
    ``chr1 1024 A C``, ``1:1024:A:C``, ``1-1024-A-C`` (gnomAD), ``chr1_1024_A_C_b38`` (GTEx), HGVS
    ``NC_000001.11:g.1024A>C`` with del, ins, dup, inv and delins, SPDI ``NC_000001.11:1023:A:C``, or a line of VCF
    with tabs, of which the first five columns are read. Only SPDI, known by its accession and three colons, counts
    from 0. Alternative alleles separated by commas become a variant each, with the same ``id``.

    Args:
        text: At most 200 characters for each variant, 100,000 in all.

    Returns:
        At least one, in the order of the text.

    Raises:
        VariantError: A variant cannot be read; where there are several lines the message names the line.
        UnsupportedAllele: An allele is symbolic, ambiguous, missing or the like.
    """
    if len(text) > MAX_LIST:
        raise VariantError(f"a list of {len(text):,} characters is too long", hint=f"At most {MAX_LIST:,} are read")
    lines = plain(text).splitlines()
    variants = []
    for number, line in enumerate(lines, start=1):
        try:
            variants += [variant for piece in _pieces(line) for variant in _read_one(piece)]
        except VariantError as exc:
            if len(lines) == 1:
                raise
            raise type(exc)(exc.what, where=f"line {number}", hint=exc.hint) from exc
    if not variants:
        raise VariantError("there is no variant in the text", hint=FORMS)
    return variants


def looks_like_variant(text: str) -> bool:
    """Whether a text, or the first of several variants in it, has the form of a variant, be it right or wrong."""
    if len(text) > MAX_LIST:
        return False
    first = next((piece for line in plain(text).splitlines() for piece in _pieces(line)), "")
    return _is_vcf(first) or (len(first) <= MAX_TEXT and any(pattern.fullmatch(first) for pattern, _ in _FORMS))


def _pieces(line: str) -> Iterator[str]:
    """Split a line at ``;``, and at commas and spaces that the beginning of a variant follows."""
    line = line.strip()
    if _is_vcf(line):
        yield line
        return
    if line.startswith("#"):  # a header of VCF
        return
    for part in line.replace("\t", " ").split(";"):
        yield from (piece for piece in _NEXT.split(_tight(part).strip(",")) if piece)


def _tight(piece: str) -> str:
    return _TIGHT.sub(r"\1", " ".join(piece.split()))


def _is_vcf(line: str) -> bool:
    return line.count("\t") >= 4 and not line.startswith("#")


def _read_one(piece: str) -> list[VariantText]:
    if _is_vcf(piece):
        chrom, pos, name, ref, alts = (column.strip() for column in piece.split("\t", 5)[:5])
        short = " ".join((chrom, pos, name, ref, alts))
        _refuse_text(short)
        return _alleles(short, chrom, pos, ref, alts, id="" if name == "." else name)
    _refuse_text(piece)
    for pattern, reader in _FORMS:
        if found := pattern.fullmatch(piece):
            return reader(found)
    raise VariantError(f"{shown(piece)} cannot be read as a variant", hint=FORMS)


def _refuse_text(piece: str) -> None:
    if len(piece) > MAX_TEXT:
        raise VariantError(
            f"{shown(piece)} is too long for a variant", hint=f"At most {MAX_TEXT} characters are read for each"
        )
    refuse_strange(piece, VariantError)


def _alleles(
    text: str, chrom: str, pos: str, ref: str, alts: str, *, id: str = "", build: str = ""
) -> list[VariantText]:
    start = whole_number(pos, VariantError) - 1
    deleted = plain_allele("REF", ref)
    inserted = [plain_allele("ALT", alt) for alt in alts.split(",")]
    written = [
        VariantText(text, chrom, start, start + len(deleted), deleted, alt, id=id, build=build, notes=_notes(chrom))
        for alt in inserted
    ]
    for one in written:
        _ = one.variant  # refuses REF equal to ALT
    return written


def _delimited(found: re.Match[str]) -> list[VariantText]:
    return _alleles(found[0], found["chrom"], found["pos"], found["ref"], found["alt"])


def _gtex(found: re.Match[str]) -> list[VariantText]:
    build = found["build"] or ""
    if build and not re.fullmatch(r"(?:b|GRCh)3[678]|hg1[89]|hg38", build, re.IGNORECASE):
        raise VariantError(
            f"{shown(found[0])} names an assembly {shown(build)} that is not known", hint="Known are b36, b37 and b38"
        )
    return _alleles(found[0], found["chrom"], found["pos"], found["ref"], found["alt"], build=build)


def _spdi(found: re.Match[str]) -> list[VariantText]:
    start = whole_number(found["pos"], VariantError, lowest=0)
    deleted = found["deleted"]
    stated: str | None
    if deleted.isdigit():
        n_deleted = whole_number(deleted, VariantError, lowest=0)
        stated = None if n_deleted else ""
    else:
        stated = plain_allele("REF", deleted) if deleted else ""
        n_deleted = len(stated)
    inserted = plain_allele("ALT", found["inserted"]) if found["inserted"] else ""
    if n_deleted > MAX_SPAN:
        raise VariantError(f"{shown(found[0])} covers {n_deleted:,} bases", hint=f"At most {MAX_SPAN:,} can be covered")
    if stated == inserted:
        raise VariantError(f"{shown(found[0])} changes nothing", hint="Give other bases to insert than to delete")
    chrom = found["chrom"]
    note = f"read as SPDI, 0-based: base {start + 1:,}"
    return [VariantText(found[0], chrom, start, start + n_deleted, stated, inserted, notes=(note, *_notes(chrom)))]


def _hgvs(found: re.Match[str]) -> list[VariantText]:
    written = read_hgvs(found[0], found["chrom"], found["description"])
    return [replace(written, notes=_notes(written.chrom))]


def _transcript(found: re.Match[str]) -> list[VariantText]:
    what = "a protein" if found["kind"] == "p" else "a transcript"
    raise VariantError(
        f"{shown(found[0])} is a position in {what}, which is not supported",
        hint="Give the genomic position, as NC_000017.11:g.7676154G>C or chr17:7676154:G>C",
    )


def _rsid(found: re.Match[str]) -> list[VariantText]:
    raise VariantError(
        f"{shown(found[0])} is a dbSNP name, and its position cannot be looked up here",
        hint="Give position and alleles, as chr1:1000:A>C; dbSNP's page of the variant shows them",
    )


def _notes(chrom: str) -> tuple[str, ...]:
    bare = chrom.lower().removeprefix("chr")
    if bare in ("m", "mt"):
        return (f"{chrom} is circular, and is read here as if it ended at its first and last base",)
    if bare in ("x", "y"):
        return (f"{chrom} has one copy in some cells and two in others: the prediction is for one copy",)
    return ()


_PLACE = rf"(?P<chrom>{CHROM})(?::(?=\S)| (?=[-+0-9]))(?P<pos>[^\s:>/]+)"

# Tried in this order, each against a whole piece of text with single spaces.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[VariantText]]], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"[rR][sS][0-9]+", _rsid),
        (r"(?:[^\s:]+:)?(?P<kind>[cnrp])\.\S+", _transcript),
        (rf"(?P<chrom>{CHROM})(?:\([^\s()]*\))?:[gm]\.(?P<description>\S*)", _hgvs),
        (rf"(?P<chrom>{CHROM}):(?P<description>[0-9]+[A-Za-z]+>[A-Za-z]+)", _hgvs),
        (rf"(?P<chrom>{_ACCESSION}):(?P<pos>[^\s:>]*):(?P<deleted>[^\s:>]*):(?P<inserted>[^\s:>]*)", _spdi),
        (rf"{_PLACE}:(?P<ref>{_ALLELE})[>/:](?P<alt>\S*)", _delimited),
        (rf"{_PLACE} (?P<ref>[A-Za-z*.<]+)[ >/](?P<alt>[A-Za-z*.<\[\]]\S*)", _delimited),
        (rf"{_DASHED_CHROM}-(?P<pos>[-+]?[0-9][^\s:>-]*)-(?P<ref>[A-Za-z*.<][^\s:>-]*|)-(?P<alt>\S*)", _delimited),
        (
            rf"{_DASHED_CHROM}_(?P<pos>[-+]?[0-9][^\s_]*)_(?P<ref>[A-Za-z*.<][^\s_]*|)_(?P<alt>[^\s_]*)"
            r"(?:_(?P<build>[A-Za-z]+[0-9]+))?",
            _gtex,
        ),
    )
)
