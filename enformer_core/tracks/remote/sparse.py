"""A local file of a remote one's length, in which only the parts that were needed are filled."""

from __future__ import annotations

import os
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from pathlib import Path

from ...errors import FileError, OutOfDisk
from ...files import FULL
from ..bigwig_header import MAGIC

READ_AHEAD = 16 * 1024
#: Two parts with less than this between them are fetched as one: asking once more takes longer.
MAX_GAP = 64 * 1024
MAX_PIECE = 8 * 1024**2
_ZOOM_COUNT = slice(6, 8)


class Ranges:
    """Which bytes are there: ranges that neither touch nor overlap, in order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    @property
    def n_bytes(self) -> int:
        """How many there are."""
        return sum(self._ends) - sum(self._starts)

    def add(self, start: int, end: int) -> None:
        """Bytes from ``start`` up to ``end`` are there now."""
        if start >= end:
            return
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]

    def missing(self, start: int, end: int) -> list[tuple[int, int]]:
        """The ranges between two bytes that are not there."""
        found, place = [], start
        for i in range(bisect_right(self._ends, start), bisect_left(self._starts, end)):
            if place < self._starts[i]:
                found.append((place, self._starts[i]))
            place = self._ends[i]
        if place < end:
            found.append((place, end))
        return found


class SparseFile:
    """A file with holes, and a record of what is no hole. Not for threads to share.

    It is a copy but for one thing: its head says that it has no summaries, which are never read here. Otherwise the
    readers would look at the beginning of each, and each would be one more request.

    Args:
        path: Where it is made; there must be no file.
        size: Length of the remote file.

    Raises:
        OutOfDisk: The disk is full.
        FileError: It cannot be made.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size, self.ranges = path, size, Ranges()
        try:
            with path.open("xb") as handle:
                handle.truncate(size)
                self._mtime_ns = os.fstat(handle.fileno()).st_mtime_ns
        except OSError as exc:
            raise _explained(exc, path) from exc

    def write(self, offset: int, data: bytes) -> None:
        """Fill a part.

        Raises:
            OutOfDisk: The disk is full.
            FileError: The file is gone, or cannot be written.
        """
        if offset == 0:
            data = _without_summaries(data)
        try:
            with self.path.open("r+b") as handle:
                handle.seek(offset)
                handle.write(data)
            # What was there is as it was: a reader that works on it meanwhile is not to take it for another file.
            os.utime(self.path, ns=(self._mtime_ns, self._mtime_ns))
        except OSError as exc:
            raise _explained(exc, self.path) from exc
        self.ranges.add(offset, offset + len(data))

    def read(self, offset: int, size: int) -> bytes:
        """Bytes that were filled.

        Raises:
            FileError: The file is gone.
        """
        try:
            with self.path.open("rb") as handle:
                handle.seek(offset)
                return handle.read(size)
        except OSError as exc:
            raise _explained(exc, self.path) from exc


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that are near each other as one, and long ones in pieces."""
    near: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if near and start - near[-1][1] <= MAX_GAP:
            near[-1] = (near[-1][0], max(end, near[-1][1]))
        else:
            near.append((start, end))
    return [(at, min(at + MAX_PIECE, end)) for start, end in near for at in range(start, end, MAX_PIECE)]


def _without_summaries(head: bytes) -> bytes:
    if head[:4] != struct.pack("<I", MAGIC) or len(head) < _ZOOM_COUNT.stop:
        return head  # no bigWig that can be read: what it is will be said of what came
    changed = bytearray(head)
    changed[_ZOOM_COUNT] = b"\0\0"
    return bytes(changed)


def _explained(exc: OSError, path: Path) -> FileError | OutOfDisk:
    if exc.errno in FULL:
        return OutOfDisk(f"the disk that holds {path.parent} is full", hint="Free some space and try again")
    return FileError(f"what was fetched cannot be kept: {exc.strerror or exc}", hint="Try again")
