"""Contig names: the aliases that people type, and the assemblies that are recognised by their chromosomes' lengths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rapidfuzz.distance import OSA

from .known_assemblies import KNOWN, REFSEQ

_UCSC_SCAFFOLD = re.compile(r"chr[0-9A-Za-z]+_([A-Z]{1,2}\d+)v(\d+)(?:_random|_alt|_fix)?", re.ASCII)
_MITOCHONDRION = ("chrM", "MT", "M", "chrMT")
_CHROM_OF = {accession: chrom for table in REFSEQ.values() for chrom, accession in table.items()}
# GRCh38 and GRCh37 share one mitochondrial accession, which therefore names no assembly.
_BUILDS_OF = {a: [b for b, table in REFSEQ.items() if a in table.values()] for a in _CHROM_OF}


def canonical(name: str) -> str:
    """How UCSC spells a chromosome's name: ``chr1`` for ``1``, ``CHR1`` and ``NC_000001.11``; others are unchanged."""
    if chrom := _CHROM_OF.get(name.upper()):
        return chrom
    bare = name[3:] if name[:3].lower() == "chr" else name
    if bare.upper() in ("M", "MT"):
        return "chrM"
    if (bare.isascii() and bare.isdigit() and bare[0] != "0") or bare.upper() in ("X", "Y"):
        return f"chr{bare.upper()}"
    return name


def alias_table(contigs: Iterable[str]) -> dict[str, str]:
    """Every name that leads to a contig, in lower case, to the contig's own name.

    Args:
        contigs: The names as a file spells them.

    Returns:
        Lower-case alias to contig. An alias that would lead to two contigs is left out; a contig's own name always
        leads to it, so ``a`` and ``A`` in one file are told apart by their exact spelling only (see ``resolve``).
    """
    own = list(contigs)
    found: dict[str, set[str]] = {}
    for contig in own:
        for alias in _aliases(contig):
            found.setdefault(alias.lower(), set()).add(contig)
    table = {alias: next(iter(names)) for alias, names in found.items() if len(names) == 1}
    lower: dict[str, set[str]] = {}
    for contig in own:
        lower.setdefault(contig.lower(), set()).add(contig)
    for name, names in lower.items():  # a file's own names go before aliases of other contigs
        if len(names) == 1:
            table[name] = next(iter(names))
        else:
            table.pop(name, None)
    return table


def resolve(text: str, contigs: Mapping[str, int], table: Mapping[str, str]) -> str | None:
    """The contig that ``text`` names, or None.

    RefSeq accessions of a known assembly are resolved only where the contig's length is that assembly's, so that
    ``NC_000001.10`` (hg19) never leads to chr1 of hg38.

    Args:
        text: What was typed.
        contigs: Contig name to length in bases.
        table: ``alias_table(contigs)``.
    """
    name = text.strip()
    if name in contigs:
        return name
    if contig := table.get(name.lower()):
        return contig
    chrom = _CHROM_OF.get(name.upper())
    contig = table.get(chrom.lower()) if chrom else None
    if chrom is None or contig is None:
        return None
    lengths = [KNOWN[build].get(chrom) for build in _BUILDS_OF[name.upper()]]
    return contig if contigs[contig] in lengths else None


def nearest(text: str, contigs: Iterable[str], limit: int = 4) -> list[str]:
    """The contig names most like ``text``, best first.

    ``chr23`` and ``chr24`` of PLINK's numbering suggest X and Y first.
    """
    own = list(contigs)
    typed = text.strip().lower()
    bare = typed.removeprefix("chr")
    last = max((int(n) for c in own if (n := canonical(c)[3:]).isascii() and n.isdigit() and len(n) < 4), default=0)
    sex = {str(last + 1): "chrX", str(last + 2): "chrY"}.get(bare) if last else None
    first = [c for c in own if sex and canonical(c) == sex]

    def rank(indexed: tuple[int, str]) -> tuple[int, int, int, int]:
        place, contig = indexed
        other = contig.lower().removeprefix("chr")
        both = bare[:9].isdigit() and other[:9].isdigit()
        apart = abs(int(bare[:9]) - int(other[:9])) if both else 0
        return OSA.distance(bare, other), bare[-1:].isdigit() != other[-1:].isdigit(), apart, place

    ranked = [c for _, c in sorted(enumerate(own), key=rank) if c not in first]
    return (first + ranked)[:limit]


def accession_note(text: str) -> str:
    """What is known of a RefSeq accession that does not belong to an assembly: ``NC_000001.10 is chr1 of hg19``."""
    name = text.strip().upper()
    if name in _CHROM_OF:
        return f"{name} is {_CHROM_OF[name]} of {' and '.join(_BUILDS_OF[name])}"
    base = re.fullmatch(r"NC_\d{6}", name, re.ASCII)
    known = [a for a in _CHROM_OF if base and a.startswith(f"{name}.")]
    if known:
        return f"{name} needs its version: " + ", ".join(f"{a} is {_CHROM_OF[a]} of {_BUILDS_OF[a][0]}" for a in known)
    return ""


def recognise(lengths: Mapping[str, int]) -> str | None:
    """Name the assembly that chromosomes of these lengths belong to: hg19, hg38, mm10, mm39 or None.

    One chromosome is enough, and all known ones must agree. The mitochondrion is left out: hg19 has been distributed
    with two.
    """
    nuclear = _nuclear(lengths)
    for build, known in KNOWN.items():
        shared = nuclear.keys() & known.keys()
        if shared and all(nuclear[chrom] == known[chrom] for chrom in shared):
            return build
    return None


def mismatch(found: Mapping[str, int], expected: Mapping[str, int], expected_name: str = "") -> str:
    """Say how a file's chromosomes differ from an assembly's, or return an empty text where they agree.

    Args:
        found: Contig lengths of the file; only contigs that both have are compared, whatever they are called.
        expected: Contig lengths of the assembly.
        expected_name: The assembly's name, for the message.

    Returns:
        For example ``chr1 length 249,250,621 = hg19, expected hg38 (248,956,422)``.
    """
    theirs = {canonical(name): (name, length) for name, length in found.items()}
    for name, length in expected.items():
        chrom = canonical(name)
        if chrom == "chrM" or chrom not in theirs or theirs[chrom][1] == length:
            continue
        their_name, their_length = theirs[chrom]
        build = next((b for b, known in KNOWN.items() if known.get(chrom) == their_length), None)
        equals = f" = {build}" if build else ""
        name_of_expected = expected_name or recognise(expected) or "the assembly"
        return f"{their_name} length {their_length:,}{equals}, expected {name_of_expected} ({length:,})"
    return ""


def is_circular(contig: str) -> bool:
    """Whether a contig is the mitochondrial chromosome, whose ends are joined in the cell."""
    return canonical(contig) == "chrM"


def _nuclear(lengths: Mapping[str, int]) -> dict[str, int]:
    named = {canonical(name): length for name, length in lengths.items()}
    return {name: length for name, length in named.items() if name != "chrM"}


def _aliases(contig: str) -> list[str]:
    chrom = canonical(contig)
    if chrom == "chrM":
        return [contig, *_MITOCHONDRION]
    names = [contig, chrom]
    if chrom.startswith("chr"):
        names.append(chrom[3:])
    if scaffold := _UCSC_SCAFFOLD.fullmatch(contig):  # chr16_KI270728v1_random is KI270728.1 at Ensembl and GENCODE
        names.append(f"{scaffold[1]}.{scaffold[2]}")
    return names
