"""A remote file that is read like a local one: what is not there yet is fetched, and stays."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from ..bigwig_header import HEADER_BYTES, SUMMARY_BYTES, Identity, Parser
from .ranges import Part, RangeReader
from .sparse import READ_AHEAD, SparseFile, joined

_SUMMARY_AT = 44


class Changed(Exception):
    """What is here is not, or is no longer, a part of what the server has: it is to be fetched anew."""


class PartsFile:
    """One state of a remote file, with its parts in a sparse file. Not for threads to share.

    Args:
        path: Of the sparse file; there must be none.
        reader: Fetches the beginning.

    Raises:
        UrlNotAllowed: The host may not be asked.
        DownloadError: The file cannot be fetched.
        FileError: It is empty or too large, is a web page, or cannot be kept.
    """

    def __init__(self, path: Path, reader: RangeReader) -> None:
        part = reader.read(0, READ_AHEAD)
        self._sparse, self._tag = SparseFile(path, part.total), part.tag
        self._sparse.write(0, part.data)

    @property
    def path(self) -> Path:
        """The sparse file."""
        return self._sparse.path

    def check(self, reader: RangeReader) -> None:
        """Ask whether the file is still the same.

        Raises:
            Changed: It is not.
        """
        self._same(reader.read(0, HEADER_BYTES))

    def parser(self, reader: RangeReader) -> Parser:
        """Reads the file's head and index, and fetches what of them is not here."""
        size = self._sparse.size
        if size >= HEADER_BYTES:
            (summary,) = struct.unpack_from("<Q", self._sparse.read(0, HEADER_BYTES), _SUMMARY_AT)
            self.fill([(summary, min(summary + SUMMARY_BYTES, size))] if summary < size else [], reader)
        return Parser(_Handle(self, reader), Identity(0, 0, size, 0), reader.host)

    def has_room(self, ranges: Sequence[tuple[int, int]], limit: int) -> bool:
        """Whether these can be added: to at most ``limit`` bytes, or to so few that beginning anew would be no help."""
        here = self._sparse.ranges.n_bytes
        return here <= limit // 2 or here + sum(end - start for start, end in self._missing(ranges)) <= limit

    def fill(self, ranges: Sequence[tuple[int, int]], reader: RangeReader) -> None:
        """Fetch what of these is not here.

        Raises:
            Changed: The file is another one now.
        """
        for start, end in joined(self._missing(ranges)):
            part = self._same(reader.read(start, end))
            self._sparse.write(start, part.data)

    def read(self, start: int, size: int, reader: RangeReader) -> bytes:
        """Bytes of the file, which are fetched if they are not here, with some of those that follow."""
        end = min(start + size, self._sparse.size)
        if missing := self._sparse.ranges.missing(start, end):
            ahead = min(max(end, missing[0][0] + READ_AHEAD), self._sparse.size)
            self.fill([(missing[0][0], ahead)], reader)
        return self._sparse.read(start, end - start)

    def _missing(self, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        return [part for start, end in ranges for part in self._sparse.ranges.missing(start, end)]

    def _same(self, part: Part) -> Part:
        if (part.total, part.tag) != (self._sparse.size, self._tag):
            raise Changed
        return part


class _Handle:
    def __init__(self, file: PartsFile, reader: RangeReader) -> None:
        self._file, self._reader, self._place = file, reader, 0

    def seek(self, offset: int, /) -> None:
        self._place = offset

    def read(self, size: int, /) -> bytes:
        data = self._file.read(self._place, size, self._reader)
        self._place += len(data)
        return data
