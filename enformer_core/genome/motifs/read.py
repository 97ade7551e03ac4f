"""Reading motifs in JASPAR's text format, plain or gzip.

# JASPAR 2026 CORE vertebrates         comments before the first motif: the library's name, then all else about it
>MA0035.5 GATA1                        id and name
A [ 2 9 ... ]                          counts of the position's bases, 5' to 3'; brackets may be left out
C [ ... ]
G [ ... ]
T [ ... ]
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import FileError, FileFormatError, FileTooLarge, InputError, shown
from .motif import MAX_WIDTH, Motif, MotifLibrary

MAX_TEXT = 16 * 1024**2
"""Bytes of text, decompressed; all 5,935 matrices of JASPAR 2026 have under 2 MB."""

MAX_MOTIFS = 5_000
_ORDER = "ACGT"
_ROW = re.compile(r"([ACGT])\s*+(?:\[([^\[\]]*)\]|([^\[\]]*))")
_Lines = Iterator[tuple[int, str]]


def read_motifs(path: Path) -> MotifLibrary:
    """Read a library of motifs.

    Args:
        path: JASPAR's text format, plain or gzip: at most 5,000 motifs and 16 MiB of text.

    Raises:
        FileFormatError: A line is not what it should be, with its number; or the file is damaged, or holds no motif.
        FileTooLarge: There is more in it than is read.
        FileError: It is missing or cannot be read.
    """
    lines = _text(path).splitlines()
    comments = [line.lstrip("# ").rstrip() for line in lines[: _first(lines)] if line.startswith("#")]
    if lines and lines[0].startswith("MEME version"):
        raise _bad(path, 1, "the file is in MEME's format", "Save it in JASPAR's, with counts instead of frequencies")
    numbered = ((n, line.strip()) for n, line in enumerate(lines, start=1) if line.strip() and line[0] != "#")
    motifs: dict[str, Motif] = {}
    for number, line in numbered:
        motif = _motif(path, number, line, numbered)
        if motif.id in motifs:
            raise _bad(path, number, f"there is a motif {shown(motif.id)} already", "Give each its own id")
        motifs[motif.id] = motif
        if len(motifs) > MAX_MOTIFS:
            raise FileTooLarge(f"it holds more than {MAX_MOTIFS:,} motifs", where=str(path), hint="Give a part of them")
    if not motifs:
        raise FileFormatError(
            "it holds no motif", where=str(path), hint="A motif is a line >id name and four rows of counts"
        )
    return MotifLibrary(comments[0] if comments else path.name, " ".join(comments[1:]), tuple(motifs.values()))


def _first(lines: list[str]) -> int:
    """Index of the first motif's line; the number of lines where there is none."""
    return next((at for at, line in enumerate(lines) if line.startswith(">")), len(lines))


def _motif(path: Path, number: int, line: str, following: _Lines) -> Motif:
    """The motif whose first line this is; its rows are taken from those that follow."""
    words = line.removeprefix(">").split(maxsplit=1)
    if not line.startswith(">") or not words:
        raise _bad(path, number, f"{shown(line)} does not begin a motif", "Begin each with >, its id and its name")
    rows = [_row(path, number, base, following) for base in _ORDER]
    if len(widths := {len(row) for row in rows}) > 1:
        what = f"the rows of {shown(words[0])} have {min(widths)} to {max(widths)} counts"
        raise _bad(path, number, what, "Give as many for each base")
    try:
        return Motif(words[0], words[-1], np.array(rows).T)
    except InputError as exc:
        raise _bad(path, number, exc.what, exc.hint or "Correct or remove the motif") from exc


def _row(path: Path, header: int, base: str, following: _Lines) -> list[float]:
    number, line = next(following, (header, ""))
    if not line:
        raise _bad(path, header, f"the motif has no row of {base}", "The file is cut short: get it again")
    found = _ROW.fullmatch(line.upper())
    if not found or found[1] != base:
        raise _bad(path, number, f"{shown(line)} is not the row of {base}", "Rows are A, C, G, T, in this order")
    words = (found[2] if found[2] is not None else found[3]).split()
    if not 1 <= len(words) <= MAX_WIDTH:
        raise _bad(path, number, f"the row has {len(words):,} counts", f"From 1 to {MAX_WIDTH} are read")
    try:
        return [float(word) for word in words]
    except ValueError as exc:
        raise _bad(path, number, f"{shown(line)} has something that is no number", "Write counts with spaces") from exc


def _text(path: Path) -> str:
    try:
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            content = (gzip.GzipFile(fileobj=raw) if packed else raw).read(MAX_TEXT + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
        raise FileFormatError(f"it is damaged or cut short: {exc}", where=str(path), hint="Get it again") from exc
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    if len(content) > MAX_TEXT:
        raise FileTooLarge(f"it has more than {MAX_TEXT:,} bytes of text", where=str(path), hint="Give a part of it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        what = f"it is not UTF-8 text: {exc.reason} at byte {exc.start:,}"
        raise FileFormatError(what, where=str(path), hint="Give a text file in JASPAR's format") from exc


def _bad(path: Path, number: int, what: str, hint: str) -> FileFormatError:
    return FileFormatError(what, where=f"{path} line {number:,}", hint=hint)
