"""What a search box holds: nothing, a locus, variants, a sequence, or else the name of a gene."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import LocusError, shown
from .locus import Locus, parse_locus
from .sequence import AMBIGUITY_CODES, Sequence, parse_sequence
from .spreadsheet_dates import genes_of_date
from .typed import CHROM, MAX_TEXT, plain, refuse_strange
from .variant_text import looks_like_variant, read_variants
from .written import VariantText

SHORTEST_SEQUENCE = 20
FORMS = "Try a gene (TP53), a locus (chr1:1,000-2,000), a variant (chr1:1000:A>C) or a sequence of 20 bases or more"

_MOSTLY = 0.8
_SHORTEST_BLOCK = 10

_HEADER = re.compile(r"^[ \t]*>", re.MULTILINE)
_LETTERS = frozenset("ACGTUN" + AMBIGUITY_CODES + ("ACGTUN" + AMBIGUITY_CODES).lower())
_CHROMOSOME = re.compile(
    r"chr(?:[0-9]{1,2}[lr]?|[xymwz]|mt|un|ebv|[ivx]+)(?:_[a-z0-9_.]+)?|[0-9]{1,2}|[xym]|mt|n[ctw]_[0-9]+\.[0-9]+",
    re.IGNORECASE,
)
_PLACE = re.compile(rf"(?:{CHROM} +[-+]?[0-9]|[A-Za-z0-9_.]+-[0-9,]+-[0-9]).*")
_OTHER_ASSEMBLY = re.compile(
    r"(?:\{([A-Za-z0-9._-]+)\}|(hg[0-9]+|grc[hm][0-9]+|mm[0-9]+|b3[678])[: ]).*", re.IGNORECASE
)
_GENE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@/+()-]*")


@dataclass(frozen=True, slots=True)
class EmptyQuery:
    """Nothing was typed: show a prompt, no error."""


@dataclass(frozen=True, slots=True)
class LocusQuery:
    """A place, or a whole chromosome, as it was typed."""

    locus: Locus


@dataclass(frozen=True, slots=True)
class VariantQuery:
    """One variant or several, as they were typed; ``VariantText.resolve`` puts each on an assembly."""

    texts: tuple[VariantText, ...]


@dataclass(frozen=True, slots=True)
class SequenceQuery:
    """A pasted sequence, cleaned."""

    sequence: Sequence


@dataclass(frozen=True, slots=True)
class GeneQuery:
    """Anything else that can be a name.

    Attributes:
        name: As it was typed. An unusual contig, such as ``scaffold_12``, comes as a name too.
        hint: What the name may really be; empty for most.
        suggestions: Genes that the hint is about.
    """

    name: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()


def parse_query(text: str) -> EmptyQuery | LocusQuery | VariantQuery | SequenceQuery | GeneQuery:
    """Tell what a text is, and read it. No assembly is asked.

    A sequence is a text with a line that starts with ``>``, or of 20 letters or more that are all IUPAC codes of bases
    (numbers of lines do not count); so ``GATTACA`` is a gene. One word of 20 letters and digits of which four in five
    are bases, and capital letters in blocks as proteins are printed, are read as a sequence too, so that the reader
    says which character is no base. All else is at most 200 characters. A variant has the form of one,
    right or wrong. A locus has a colon, is a line of BED, a name with a position, or a usual chromosome's name alone
    (``chr7``, ``7``, ``X``, ``MT``). One word is a gene.

    Args:
        text: As it was typed or pasted.

    Raises:
        LocusError: A locus that cannot be read, one for another assembly, or a text that is nothing we know.
        VariantError: A variant that cannot be read, or a dbSNP name, or a position in a transcript or protein.
        SequenceError: A sequence that cannot be read.
    """
    if not text or text.isspace():
        return EmptyQuery()
    if _is_sequence(text):
        return SequenceQuery(parse_sequence(text))
    if len(text) > MAX_TEXT:
        raise LocusError(
            f"{shown(text)} is too long for a search",
            hint=f"At most {MAX_TEXT} characters are read, or a sequence of A, C, G, T and N",
        )
    clean = plain(text)
    if not clean:
        return EmptyQuery()
    refuse_strange(clean, LocusError)
    _refuse_other_assembly(clean)
    if (genes := genes_of_date(clean)) is not None:
        return _date(clean, genes)
    if "\t" in clean and clean.split("\t")[2:3] and clean.split("\t")[2].strip().isdigit():
        return LocusQuery(parse_locus(clean))  # a line of BED: in VCF the third column is a name
    if looks_like_variant(clean):
        return VariantQuery(tuple(read_variants(clean)))
    if ":" in clean or "\t" in clean or _CHROMOSOME.fullmatch(clean) or _PLACE.fullmatch(clean):
        return LocusQuery(parse_locus(clean))
    if _GENE.fullmatch(clean):
        return GeneQuery(clean)
    raise LocusError(f"{shown(clean)} is not a gene, a locus, a variant or a sequence", hint=FORMS)


def _is_sequence(text: str) -> bool:
    """Whether to read a text as a sequence; of a long one the beginning tells, and the reader finds what is wrong."""
    start = text[:1000].lstrip("\ufeff").lstrip()
    if _HEADER.search(start):
        return True
    words = [word for word in start.split() if not word.isdigit()]
    letters = "".join(words)
    if len(letters) < SHORTEST_SEQUENCE:
        return False
    n_bases = sum(c in _LETTERS for c in letters)
    if n_bases == len(letters) or _is_protein(words):
        return True
    is_one_word = len(words) == 1 and letters.isascii() and letters.isalnum()
    return (is_one_word or len(text) > MAX_TEXT) and n_bases >= _MOSTLY * len(letters)


def _is_protein(words: list[str]) -> bool:
    """Whether these are capital letters in blocks of ten or more, as proteins are printed and no gene is called."""
    letters = "".join(words)
    in_blocks = all(len(word) >= _SHORTEST_BLOCK for word in words[:-1])
    return in_blocks and letters.isascii() and letters.isalpha() and letters.isupper()


def _refuse_other_assembly(text: str) -> None:
    if found := _OTHER_ASSEMBLY.fullmatch(text):
        raise LocusError(
            f"{shown(text)} names the assembly {shown(found[1] or found[2])}",
            hint="Choose the assembly for the whole search, and give the position without its name; "
            "positions are not carried over from one assembly to another",
        )


def _date(text: str, genes: tuple[str, ...]) -> GeneQuery:
    hint = f"{text} looks like a date that a spreadsheet made of a gene's name"
    return GeneQuery(text, f"{hint}: try {' or '.join(genes)}" if genes else hint, genes)
