"""Making the index of a FASTA file, byte for byte that of ``samtools faidx``, and checking every line on the way."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..errors import FastaError, FileError, OutputExists, shown
from ..files import written_aside
from .fasta_bytes import ends_whole, fai_path, gzi_path, is_bgzip
from .fasta_index import Record

Progress = Callable[[float, str], None]
LETTERS = b"ACGTUNRYSWKMBDHVacgtunryswkmbdhv"
REPORT_EVERY_LINES = 1 << 18


def index_fasta(path: Path, *, overwrite: bool = False, progress: Progress | None = None) -> None:
    """Make ``.fai`` (and ``.gzi`` for bgzip) beside a FASTA file, each whole or not at all.

    Args:
        path: FASTA file, plain or bgzip.
        overwrite: Replace an index that is there.
        progress: Called now and then with the fraction done (0 to 1) and what is being done.

    Raises:
        FastaError: The file is no FASTA file, with the line: no header, lines of unlike length, a blank line inside a
            sequence, an empty sequence, a name used twice, a letter that is no nucleotide code, or a damaged file.
        OutputExists: An index is there and ``overwrite`` is False.
        OutOfDisk: The disk filled up.
        FileError: The file cannot be read, or its folder may not be written.
    """
    bgzip = is_bgzip(path)
    targets = [gzi_path(path), fai_path(path)] if bgzip else [fai_path(path)]
    for target in targets:
        if target.exists() and not overwrite:
            raise OutputExists(f"{target} already exists", hint="Ask to overwrite it (--force)")
    try:
        if bgzip and not ends_whole(path):
            raise FastaError(f"{path} is cut short: the marker that ends a bgzip file is missing", hint="Get it again")
        rows = b"".join(_row(record) for record in _records(path, bgzip, progress))
        contents = [_gzi(path), rows] if bgzip else [rows]
    except (EOFError, gzip.BadGzipFile, zlib.error, struct.error) as exc:
        raise FastaError(f"{path} is damaged: {exc}", hint="Get the file again") from exc
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the disk") from exc
    with ExitStack() as stack:
        asides = [stack.enter_context(written_aside(target, overwrite=overwrite)) for target in targets]
        for aside, content in zip(asides, contents, strict=True):
            aside.write_bytes(content)


def _row(record: Record) -> bytes:
    numbers = (record.length, record.offset, record.line_bases, record.line_width)
    return b"\t".join([record.name.encode(), *(str(n).encode() for n in numbers)]) + b"\n"


@dataclass(slots=True)
class _Open:
    """The sequence being read."""

    name: str
    header_line: int
    offset: int
    length: int = 0
    line_bases: int = 0
    line_width: int = 0
    short_line: int = 0  # number of the line that was shorter than the first, which must be the last
    blank_line: int = 0

    def closed(self, path: Path) -> Record:
        if self.length == 0:
            raise _bad(path, self.header_line, f"the sequence {shown(self.name)} is empty", "Remove it")
        return Record(self.name, self.length, self.offset, self.line_bases, self.line_width)


def _records(path: Path, bgzip: bool, progress: Progress | None) -> Iterator[Record]:
    current: _Open | None = None
    names: set[str] = set()
    position = number = 0
    total = path.stat().st_size
    with path.open("rb") as raw, gzip.open(raw) if bgzip else raw as handle:
        for number, line in enumerate(handle, start=1):
            position += len(line)
            if line[:1] == b">":
                if current is not None:
                    yield current.closed(path)
                current = _opened(line, number, position, names, path)
            elif current is not None:
                _take(line, number, current, path)
            elif line.strip(b"\r\n"):
                raise _bad(path, number, f"{shown(_text(line))} stands before any header", "A FASTA file starts with >")
            if progress is not None and number % REPORT_EVERY_LINES == 0:
                progress(min(1.0, raw.tell() / total), f"Indexing {current.name if current else path.name}")
        if current is None:
            raise _bad(path, number, "there is no sequence in the file", "A FASTA file starts with >")
        yield current.closed(path)


def _opened(line: bytes, number: int, offset: int, names: set[str], path: Path) -> _Open:
    words = line[1:].split()
    name = _text(words[0]) if words else ""
    if not name:
        raise _bad(path, number, "the header has no name", "Write a name after the >")
    if name in names:
        raise _bad(path, number, f"the name {shown(name)} is used twice", "Give each sequence its own name")
    names.add(name)
    return _Open(name, number, offset)


def _take(line: bytes, number: int, current: _Open, path: Path) -> None:
    """Add a line of bases; the common one, as wide as the first, takes the short way out."""
    if (
        len(line) == current.line_width
        and not current.short_line
        and not current.blank_line
        and line.endswith(b"\n")
        and len(bases := line.rstrip(b"\r\n")) == current.line_bases
        and not bases.translate(None, LETTERS)
    ):
        current.length += current.line_bases
        return
    bases = line.rstrip(b"\r\n")
    name = shown(current.name)
    if not bases:
        current.blank_line = current.blank_line or number
        return
    if current.blank_line:
        raise _bad(path, current.blank_line, f"there is a blank line inside {name}", "Remove it")
    if other := bases.translate(None, LETTERS):
        raise _bad_letter(path, number, bases.index(other[:1]) + 1, bases, other)
    if current.short_line:
        raise _bad(path, current.short_line, f"lines of unlike length in {name}", "Wrap all lines at one width")
    if not current.line_bases:
        current.line_bases = len(bases)
        current.line_width = max(len(line), len(bases) + 1)  # a file may end without a line end
    elif len(bases) > current.line_bases or (len(bases) == current.line_bases and line.endswith(b"\n")):
        raise _bad(path, number, f"lines of unlike length in {name}", "Wrap all lines at one width, with one line end")
    elif len(bases) < current.line_bases or not line.endswith(b"\n"):
        current.short_line = number
    current.length += len(bases)


def _bad_letter(path: Path, number: int, column: int, bases: bytes, other: bytes) -> FastaError:
    if b"\x00" in bases:
        return FastaError(f"{path} is a binary file, not a FASTA file", hint="Give a FASTA file, plain or bgzip")
    letter = shown(other[:1].decode("latin-1"))
    return _bad(path, number, f"{letter} in column {column} is no nucleotide code", "Sequences hold IUPAC codes only")


def _bad(path: Path, number: int, what: str, hint: str) -> FastaError:
    return FastaError(what, where=f"{path} line {number}", hint=hint)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace").rstrip("\r\n")


def _gzi(path: Path) -> bytes:
    """The block index as htslib writes it: where each block but the first starts, blocks without content left out."""
    starts: list[int] = []
    compressed = uncompressed = 0
    with path.open("rb") as handle:
        while head := handle.read(18):
            block_size = struct.unpack("<H", head[16:18])[0] + 1
            if head[:4] != b"\x1f\x8b\x08\x04" or head[10:16] != b"\x06\x00BC\x02\x00":
                raise gzip.BadGzipFile(f"no bgzip block at byte {compressed:,}")
            handle.seek(compressed + block_size - 4)
            length = struct.unpack("<I", handle.read(4))[0]
            if uncompressed and length:
                starts += [compressed, uncompressed]
            compressed += block_size
            uncompressed += length
    return struct.pack(f"<{1 + len(starts)}Q", len(starts) // 2, *starts)
