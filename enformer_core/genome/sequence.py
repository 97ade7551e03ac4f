"""A pasted sequence, cleaned, with a note for everything that was done to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import SequenceError, shown

MAX_AMBIGUOUS = 0.10
"""Part of a sequence that IUPAC codes other than N may make up."""

AMBIGUITY_CODES = "RYSWKMBDHV"
_NAME_LENGTH = 80
_LINE_END = re.compile(r"\r\n|\r|\n")
# Possessive quantifiers: a long line that does not match is still read once only.
_LINE_NUMBERS = re.compile(r"([ \t]*+[0-9]++[ \t]++)?+([^\r\n]*?[^0-9\s])([ \t]++[0-9]++[ \t]*+)?")
_LETTERS = f"ACGTUN{AMBIGUITY_CODES}"
_OFFENDING = re.compile(rf"[^{_LETTERS}{_LETTERS.lower()}\s]")
_AMBIGUOUS = re.compile(f"[{AMBIGUITY_CODES}]")
_AMINO_ACIDS = frozenset("EFIJLOPQXZ")
_COMPLEMENT = str.maketrans("ACGTNacgtn", "TGCANtgcan")
_NOT_A_BASE = re.compile("[^ACGTN]")


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence to predict from.

    Attributes:
        bases: Upper-case ACGTN, at least one.
        name: From the FASTA header, for display.
        notes: What was removed or converted, and what is odd about it.

    Raises:
        SequenceError: ``bases`` is empty or holds anything else; ``parse_sequence`` cleans what people paste.
    """

    bases: str
    name: str = "sequence"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.bases:
            raise SequenceError("the sequence has no bases", hint="Write it in A, C, G, T and N")
        if wrong := _NOT_A_BASE.search(self.bases):
            raise SequenceError(
                f"{shown(wrong[0])} is not one of A, C, G, T and N",
                where=f"base {wrong.start() + 1:,}",
                hint="Use parse_sequence for lower case, spaces, RNA and ambiguity codes",
            )


def parse_sequence(text: str, *, limit: int = 1_000_000) -> Sequence:
    """Read one sequence as people paste it: bare or as FASTA, in lines, with line numbers, in lower case, as RNA.

    U becomes T. IUPAC codes become N, which the model sees as four zeros; above 10 % of them the text is refused.

    Args:
        text: At most ``limit`` characters.
        limit: Length above which nothing is read at all.

    Raises:
        SequenceError: Too long, empty, several records, or a character that is no base, with its line and column.
    """
    if len(text) > limit:
        raise SequenceError(
            f"a text of {len(text):,} characters is too long", hint=f"At most {limit:,} are read; paste a shorter part"
        )
    lines = _LINE_END.split(text.lstrip("\ufeff"))
    name, first = _header(lines)
    pieces = []
    n_numbers = 0
    for number, line in enumerate(lines[first:], start=first + 1):
        piece, n_cut = _bases_of(line, number)
        pieces.append(piece)
        n_numbers += n_cut
    typed = "".join(pieces)
    if not typed:
        raise SequenceError("the sequence has no bases", hint="Paste it in A, C, G, T and N, with or without a header")
    bases, notes = _converted(typed)
    removed = [
        *(["the FASTA header"] if first else []),
        *([f"{n_numbers:,} line numbers"] if n_numbers else []),
        *(["spaces and line ends"] if any(c.isspace() for c in "\n".join(lines[first:]).strip()) else []),
    ]
    return Sequence(bases, name or "sequence", (*([f"removed {', '.join(removed)}"] if removed else []), *notes))


def reverse_complement(bases: str) -> str:
    """The other strand, read from its own 5' end. Upper or lower case ACGTN.

    Raises:
        SequenceError: There is something else in ``bases``.
    """
    if wrong := _NOT_A_BASE.search(bases.upper()):
        raise SequenceError(f"{shown(wrong[0])} has no complement", where=f"base {wrong.start() + 1:,}")
    return bases.translate(_COMPLEMENT)[::-1]


def _header(lines: list[str]) -> tuple[str, int]:
    """Name of the only record (empty if there is no header), and the index of the line after the header."""
    headers = [i for i, line in enumerate(lines) if line.lstrip().startswith(">")]
    if not headers:
        return "", 0
    n_records = len(headers) + any(line.strip() for line in lines[: headers[0]])
    if n_records > 1:
        raise SequenceError(
            f"there are {n_records:,} sequences in the text",
            where=f"line {headers[-1] + 1}",
            hint="Paste one at a time: they are never joined",
        )
    words = lines[headers[0]].lstrip().removeprefix(">").split()
    return "".join(c for c in (words[0] if words else "") if c.isprintable())[:_NAME_LENGTH], headers[0] + 1


def _bases_of(line: str, number: int) -> tuple[str, int]:
    """The letters of one line, and how many line numbers were cut off its ends (GenBank has one, EMBL the other)."""
    start, end, n_cut = 0, len(line), 0
    if numbered := _LINE_NUMBERS.fullmatch(line):
        start, end = numbered.span(2)
        n_cut = sum(group is not None for group in (numbered[1], numbered[3]))
    if wrong := _OFFENDING.search(line, start, end):
        raise SequenceError(
            f"{shown(wrong[0])} is not a base",
            where=f"line {number:,}, column {wrong.start() + 1:,}",
            hint="It is an amino acid: paste the DNA instead"
            if wrong[0].upper() in _AMINO_ACIDS
            else "A sequence is made of A, C, G, T, U, N and IUPAC codes",
        )
    return "".join(line[start:end].split()), n_cut


def _converted(typed: str) -> tuple[str, list[str]]:
    """Upper-case ACGTN, and notes."""
    notes = []
    bases = typed.upper()
    if n_lower := sum(c.islower() for c in typed):
        notes.append(f"{n_lower:,} lower-case letters made upper case")
    if n_rna := bases.count("U"):
        notes.append(f"{n_rna:,} U (RNA) read as T")
        bases = bases.replace("U", "T")
    if codes := _AMBIGUOUS.findall(bases):
        listed = ", ".join(sorted(set(codes)))
        if len(codes) > MAX_AMBIGUOUS * len(bases):
            raise SequenceError(
                f"{len(codes):,} of {len(bases):,} letters are ambiguity codes ({listed})",
                hint=f"At most {MAX_AMBIGUOUS:.0%} can be: is it a protein, or a consensus?",
            )
        notes.append(f"{len(codes):,} ambiguity codes ({listed}) became N")
        bases = _AMBIGUOUS.sub("N", bases)
    if len(bases) > 1 and len(set(bases)) == 1:
        notes.append(f"every base is {bases[0]}: a prediction is not meaningful")
    return bases, notes
