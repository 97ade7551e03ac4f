"""Sequences as FASTA text that ``samtools faidx`` can index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import SequenceError, shown
from .variant import BASES

LINE = 60
_LETTERS = BASES | {"N"}


@dataclass(frozen=True, slots=True)
class FastaRecord:
    """One sequence of a FASTA file.

    Attributes:
        name: The first word of the header.
        bases: Upper-case ACGTN, at least one.
        description: The rest of the header, on one line.

    Raises:
        SequenceError: The name is empty or holds a space, or the bases are none.
    """

    name: str
    bases: str
    description: str = ""

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable() or len(self.name.split()) != 1 or " " in self.name:
            raise SequenceError(f"a sequence cannot be called {shown(self.name)}", hint="Name it with one word")
        if not self.bases:
            raise SequenceError(f"the sequence {shown(self.name)} has no bases", hint="Leave it out")
        if others := set(self.bases) - _LETTERS:
            raise SequenceError(f"{shown(min(others))} in {shown(self.name)} is not one of A, C, G, T and N")


def fasta_text(records: Iterable[FastaRecord], *, width: int = LINE) -> str:
    """FASTA text, with ``width`` bases a line and a line end after the last.

    Raises:
        SequenceError: Two records have one name.
    """
    lines, names = [], set()
    for record in records:
        if record.name in names:
            raise SequenceError(f"two sequences are called {shown(record.name)}", hint="Give each its own name")
        names.add(record.name)
        lines.append(_header(record))
        lines += [record.bases[i : i + width] for i in range(0, len(record.bases), width)]
    return "\n".join(lines) + "\n" if lines else ""


def fai_text(records: Iterable[FastaRecord], *, width: int = LINE) -> str:
    """The index of ``fasta_text`` with the same arguments, as ``samtools faidx`` makes it."""
    rows, offset = [], 0
    for record in records:
        offset += len(_header(record).encode()) + 1
        length = len(record.bases)
        rows.append(f"{record.name}\t{length}\t{offset}\t{min(width, length)}\t{min(width, length) + 1}\n")
        offset += length + -(-length // width)
    return "".join(rows)


def _header(record: FastaRecord) -> str:
    description = " ".join("".join(c if c.isprintable() else " " for c in record.description).split())
    return f">{record.name} {description}".rstrip()
