"""Reading the ``.fai`` index of a FASTA file, and checking that it describes that file.

A stale index does not fail: it returns other bases, or pieces of header lines. A cut-off one hides contigs. So an
index is believed only after the text around each record's two ends has been seen to be what the index says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import FastaError, FileTooLarge, shown
from .fasta_bytes import index_command, stale

MAX_FAI_BYTES = 64 * 1024**2
MAX_HEADER_BYTES = 64 * 1024
_ROW = re.compile(rb"([^\t\n\r]+)\t(\d{1,15})\t(\d{1,15})\t(\d{1,12})\t(\d{1,12})\r?")
_BLANK = b"\n\r"


class Text(Protocol):
    """Uncompressed text that can be read anywhere."""

    size: int

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset``; fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a ``.fai``: a contig, and how its lines lie in the uncompressed text.

    Attributes:
        name: The first word of the header.
        length: Number of bases.
        offset: Byte of the first base.
        line_bases: Bases on each line but the last.
        line_width: The same with the line's end, in bytes.
    """

    name: str
    length: int
    offset: int
    line_bases: int
    line_width: int

    def byte_of(self, position: int) -> int:
        """The byte that holds the 0-based base ``position``."""
        return self.offset + position // self.line_bases * self.line_width + position % self.line_bases

    @property
    def end(self) -> int:
        """The byte after the last base."""
        return self.byte_of(self.length - 1) + 1


def read_fai(path: Path, fasta: Path) -> list[Record]:
    """Read a ``.fai``, in the order of its rows.

    Raises:
        FastaError: It is missing, empty, no ``.fai``, names a contig twice, or has an empty contig.
        FileTooLarge: It is above 64 MiB.
    """
    if not path.is_file():
        raise FastaError(f"{fasta} has no index {path.name}", hint=f"Make it with: {index_command(fasta)}")
    if path.stat().st_size > MAX_FAI_BYTES:
        raise FileTooLarge(f"{path} has {path.stat().st_size:,} bytes, more than any FASTA index needs")
    raw = path.read_bytes()
    lines = raw.split(b"\n")
    if lines.pop():  # what follows the last line end
        raise stale(fasta, f"{path.name} is cut short in line {len(lines) + 1}", path)
    records = [_record(line, number, path, fasta) for number, line in enumerate(lines, start=1)]
    if not records:
        raise stale(fasta, f"{path.name} is empty", path)
    seen: set[str] = set()
    for record in records:
        if record.name in seen:
            raise FastaError(
                f"the name {shown(record.name)} stands for two sequences",
                where=str(path),
                hint="Give each sequence of the FASTA file its own name, then index it again",
            )
        seen.add(record.name)
    return records


def check_index(records: list[Record], text: Text, fai: Path, fasta: Path) -> None:
    """Check every row of an index against the text.

    For each record: what lies between it and the record before is one header line with its name (and blank lines);
    its first, middle and last line ends are where the row says, with bases on both sides. After the last record the
    text ends. So a row that was dropped, or a byte inserted anywhere, shows.

    Raises:
        FastaError: A row does not describe the text.
    """
    ordered = sorted(records, key=lambda r: r.offset)
    end = 0
    for record in ordered:
        _check_header(record, end, text, fai, fasta)
        _check_lines(record, text, fai, fasta)
        end = record.end
    rest = text.size - end
    if rest > MAX_HEADER_BYTES or text.read(end, rest).strip(_BLANK):
        raise stale(fasta, f"the text goes on after {shown(ordered[-1].name)}, the last sequence in {fai.name}", fai)


def _record(line: bytes, number: int, fai: Path, fasta: Path) -> Record:
    match = _ROW.fullmatch(line)
    if match is None:
        raise stale(fasta, f"line {number} of {fai.name}, {shown(line[:90].decode('latin-1'))}, is no index row", fai)
    name = match[1].decode("utf-8", errors="replace")
    length, offset, line_bases, line_width = (int(x) for x in match.groups()[1:])
    if length == 0:
        raise FastaError(
            f"the sequence {shown(name)} is empty", where=f"{fai} line {number}", hint="Remove it from the FASTA file"
        )
    if not 0 < line_bases < line_width <= line_bases + 2:
        raise stale(fasta, f"line {number} of {fai.name} has lines of {line_bases} bases in {line_width} bytes", fai)
    return Record(name, length, offset, line_bases, line_width)


def _check_header(record: Record, begin: int, text: Text, fai: Path, fasta: Path) -> None:
    name = shown(record.name)
    if not begin < record.offset < text.size or record.end > text.size:
        raise stale(fasta, f"{name} would lie outside the text, or inside another sequence", fai)
    if record.offset - begin > MAX_HEADER_BYTES:
        raise stale(fasta, f"{record.offset - begin:,} bytes before {name} belong to no sequence in {fai.name}", fai)
    gap = text.read(begin, record.offset - begin)
    line = gap.lstrip(_BLANK)
    ended = begin == 0 or gap[:1] in (b"\n", b"\r")
    if not (ended and line.startswith(b">") and line.endswith(b"\n") and line.count(b"\n") == 1):
        raise stale(fasta, f"the text before {name} is {shown(line.decode('latin-1'))}, not its header line", fai)
    words = line[1:].split()
    found = words[0].decode("utf-8", errors="replace") if words else ""
    if found != record.name:
        raise stale(fasta, f"the sequence where {name} should be is called {shown(found)}", fai)


def _check_lines(record: Record, text: Text, fai: Path, fasta: Path) -> None:
    full = (record.length - 1) // record.line_bases  # lines that another line follows
    ending = b"\r\n" if record.line_width - record.line_bases == 2 else b"\n"
    for line in {0, full // 2, full - 1} if full else ():
        at = record.byte_of((line + 1) * record.line_bases - 1)
        around = text.read(at, len(ending) + 2)
        if around[1:-1] != ending or around[:1] in b">\r\n" or around[-1:] in b">\r\n":
            raise stale(fasta, f"line {line + 1:,} of {shown(record.name)} does not end where {fai.name} says", fai)
    last = text.read(record.end - 1, 1)
    if not last or last in b">\r\n":
        raise stale(fasta, f"{shown(record.name)} does not end where {fai.name} says", fai)
