"""The lines of a text file that somebody gave us, plain, gzip or bgzip, within limits that hold while it is read.

Runs in the limited process (``child_main``) only.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import FileFormatError, FileTooLarge

MAX_TEXT = 128 * 1024**2
"""Bytes of text, decompressed."""

MAX_LINE = 1 << 20
"""Bytes of one line."""

MAX_RATIO = 100
"""Bytes of text per compressed byte. Annotations reach 30; a gzip bomb has a thousand."""

_PIECE = 1 << 16
_FREE = 1 << 20  # the ratio says nothing of a few bytes
_GZIP = b"\x1f\x8b"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AGAIN = "Copy or download it again"


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of each line, without its end; bytes that are no UTF-8 become U+FFFD.

    Args:
        path: A regular file.

    Raises:
        FileFormatError: It is binary, UTF-16, damaged or cut short; the message has the number of the last good line.
        FileTooLarge: A line is above 1 MiB, the text above 128 MiB, or 100 times its compressed size.
        OSError: It cannot be read.
    """
    number = 0
    try:
        for number, line in enumerate(_lines(path), start=1):
            if len(line) > MAX_LINE:
                raise FileTooLarge(
                    f"the line has more than {MAX_LINE:,} bytes", where=f"line {number:,}", hint="Shorten or remove it"
                )
            yield number, line.removesuffix(b"\r").decode("utf-8", "replace")
    except (FileFormatError, FileTooLarge) as exc:
        if exc.where:
            raise
        raise type(exc)(exc.what, where=f"after line {number:,}", hint=exc.hint) from exc


def _lines(path: Path) -> Iterator[bytes]:
    """Lines without their line feed. One that is longer than is allowed comes in parts, each of them too long."""
    rest, is_start = b"", True
    for piece in _pieces(path):
        text = _without_mark(piece) if is_start else piece
        is_start = False
        if b"\0" in text:
            raise FileFormatError("the file is binary, or text in UTF-16", hint="Save it as plain text in UTF-8")
        *whole, rest = (rest + text).split(b"\n")
        yield from whole
        if len(rest) > MAX_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest


def _without_mark(piece: bytes) -> bytes:
    if piece.startswith(_UTF16):
        raise FileFormatError("the text is in UTF-16", hint="Save it as plain text in UTF-8")
    return piece.removeprefix(codecs.BOM_UTF8)


def _pieces(path: Path) -> Iterator[bytes]:
    """The text in pieces of 64 KiB."""
    total = 0
    with path.open("rb", buffering=0) as raw:
        is_packed = raw.read(2) == _GZIP
        raw.seek(0)
        for piece in _unpacked(raw) if is_packed else iter(lambda: raw.read(_PIECE), b""):
            total += len(piece)
            if total > MAX_TEXT:
                raise FileTooLarge(
                    f"the file has more than {MAX_TEXT // 1024**2} MiB of text",
                    hint="Keep the chromosomes or the columns that you need",
                )
            yield piece


def _unpacked(raw: BinaryIO) -> Iterator[bytes]:
    """What gzip holds, all members of it. Memory is bounded: no more than a piece is decompressed at a time."""
    start = raw.read(18)
    is_bgzip = len(start) == 18 and start[3] & 4 and start[12:14] == b"BC"
    if is_bgzip:
        _check_end(raw)
    raw.seek(0)
    taken = given = 0
    member = zlib.decompressobj(wbits=31)
    waiting = b""
    while True:
        if not waiting:
            waiting = raw.read(_PIECE)
            taken += len(waiting)
            if not waiting:
                break
        if member.eof:
            waiting = waiting.lstrip(b"\0") if not waiting.startswith(_GZIP) else waiting  # tape blocks end in zeros
            if not waiting:
                continue
            member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(waiting, _PIECE)
        except zlib.error as exc:
            raise FileFormatError(f"the compressed file is damaged: {exc}", hint=_AGAIN) from exc
        waiting = member.unused_data if member.eof else member.unconsumed_tail
        given += len(piece)
        if given > _FREE and given > MAX_RATIO * taken:
            raise FileTooLarge(
                f"the file decompresses to more than {MAX_RATIO} times its size, as only made-up files do",
                hint="Decompress it, look at what is in it, and give the part that you need",
            )
        if piece:
            yield piece
    if not member.eof:
        raise FileFormatError("the compressed file is cut short", hint=_AGAIN)


def _check_end(raw: BinaryIO) -> None:
    """A bgzip file ends in an empty block, so that one that was cut between two blocks is found out."""
    raw.seek(max(0, raw.seek(0, 2) - len(_BGZF_END)))
    if raw.read(len(_BGZF_END)) != _BGZF_END:
        raise FileFormatError("the bgzip file is cut short: its last block is missing", hint=_AGAIN)
