"""A first look at a bigWig in plain Python, before a C library sees it.

Everything that libBigWig follows blindly is checked here: counts against caps, offsets against the file's size, and
chromosome numbers against their count (libBigWig writes to an array at the number that the file gives).
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple, Protocol

from ..errors import BigWigError, shown
from .file_kind import kind_of

MAGIC = 0x888FFC26
TREE_MAGIC = 0x78CA8C91
INDEX_MAGIC = 0x2468ACE0
VERSIONS = range(1, 5)
MAX_ZOOM_LEVELS = 64
MAX_CONTIGS = 100_000
MAX_NAME_BYTES = 255
HEADER_BYTES, ZOOM_BYTES, TREE_BYTES, INDEX_BYTES, SUMMARY_BYTES = 64, 24, 32, 48, 40


class Identity(NamedTuple):
    """What tells one state of a file from another: a replaced or changed file differs in at least one."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @staticmethod
    def of(status: os.stat_result) -> Identity:
        """The identity in a stat result."""
        return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class BigWigHeader:
    """What the head of a bigWig says.

    Attributes:
        identity: The file that was read.
        contigs: Length of each chromosome, by the file's own names. Read-only.
        numbers: The number that stands for each chromosome in the index. Read-only.
        version: Format version.
        n_zoom_levels: Number of summaries.
        index: Byte at which the index of the data begins; 0 where the file was closed without any data.
    """

    identity: Identity
    contigs: Mapping[str, int]
    numbers: Mapping[str, int]
    version: int
    n_zoom_levels: int
    index: int

    @property
    def has_entries(self) -> bool:
        """False where the file was closed without any data."""
        return bool(self.index)


class Source(Protocol):
    """What a bigWig is read from: an open file, or one that is fetched in parts."""

    def seek(self, offset: int, /) -> object:
        """Go to a byte."""
        ...

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes from there."""
        ...


def read_header(path: Path) -> BigWigHeader:
    """Check a file's header and chromosome list.

    Raises:
        BigWigError: The file is missing, is no regular file, is no bigWig (saying what it is instead), or is damaged.
    """
    with open_regular(path) as handle:
        identity = Identity.of(os.fstat(handle.fileno()))
        try:
            return Parser(handle, identity, str(path)).header()
        except OSError as exc:
            raise BigWigError(f"the file cannot be read: {exc.strerror or exc}", where=str(path)) from exc


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; never waits on a pipe, never touches a device.

    Raises:
        BigWigError: There is no such file, it may not be read, or it is a folder, pipe or device.
    """
    reason = unusable_name(path)
    if reason:
        raise BigWigError(f"the path {shown(path)} {reason}", hint="Rename the file")
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise BigWigError("this is no regular file", where=str(path), hint="Give the path of a bigWig file")
        handle = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)
    except FileNotFoundError as exc:
        raise BigWigError("the file is not there (any more)", where=shown(path), hint="Check the path") from exc
    except OSError as exc:
        raise BigWigError(f"the file cannot be opened: {exc.strerror or exc}", where=shown(path)) from exc
    if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):  # exchanged since it was looked at
        handle.close()
        raise BigWigError("this is no regular file", where=str(path), hint="Give the path of a bigWig file")
    return handle  # type: ignore[return-value]


def unusable_name(path: Path) -> str:
    """Why pyBigWig cannot take a path (it crashes when it writes to a name that is no UTF-8), or ``""``."""
    text = str(path)
    if "\0" in text:
        return "holds a NUL character"
    return "is not valid UTF-8" if any("\ud800" <= c <= "\udfff" for c in text) else ""


class Parser:
    """Reads parts of one bigWig, every one checked against the file's size.

    Args:
        handle: The file.
        identity: What it is, with its size.
        where: What a message calls it.
    """

    def __init__(self, handle: Source, identity: Identity, where: str) -> None:
        self.handle, self.identity, self.where = handle, identity, where

    def header(self) -> BigWigHeader:
        """Check the header and the chromosome list.

        Raises:
            BigWigError: It is no bigWig, or it is damaged.
        """
        start = self.handle.read(HEADER_BYTES)
        if start[:4] == struct.pack(">I", MAGIC):
            raise BigWigError(
                "this bigWig is in big-endian byte order, which cannot be read here",
                where=self.where,
                hint="Make it again with a current program, such as bedGraphToBigWig",
            )
        if start[:4] != struct.pack("<I", MAGIC):
            self.handle.seek(0)
            kind = kind_of(self.handle.read(4096))
            raise BigWigError(f"this is {kind}, not a bigWig", where=self.where, hint="Choose a bigWig file")
        if len(start) < HEADER_BYTES:
            raise self.damaged(f"it is cut short at {len(start)} bytes, inside its header")
        _, version, n_zoom, tree, data, index, _, _, _, summary, _, _ = struct.unpack("<IHHQQQHHQQIQ", start)
        if version not in VERSIONS:
            raise self.damaged(f"format version {version} is unknown")
        if n_zoom > MAX_ZOOM_LEVELS:
            raise self.damaged(f"it claims {n_zoom:,} zoom levels; at most {MAX_ZOOM_LEVELS} are read")
        contigs, numbers = self.contigs(tree)
        self.within(data, 8, "the data")
        if summary:
            self.within(summary, SUMMARY_BYTES, "the summary")
        if index:  # 0 in a file that was closed without any entry
            self.index(index, "the index")
            self.zooms(n_zoom)
        return BigWigHeader(self.identity, MappingProxyType(contigs), MappingProxyType(numbers), version, n_zoom, index)

    def zooms(self, n_zoom: int) -> None:
        """Check the list of summaries, and where their indexes begin."""
        levels = self.at(HEADER_BYTES, n_zoom * ZOOM_BYTES, "the zoom levels")
        for _, _, data, index in struct.iter_unpack("<IIQQ", levels):
            self.within(data, 4, "a zoom level")
            self.index(index, "the index of a zoom level")

    def index(self, offset: int, what: str) -> None:
        """Check that an index begins at a byte."""
        (magic,) = struct.unpack_from("<I", self.at(offset, INDEX_BYTES, what))
        if magic != INDEX_MAGIC:
            raise self.damaged(f"{what} is not where the header says")

    def contigs(self, offset: int) -> tuple[dict[str, int], dict[str, int]]:
        """Lengths and numbers by name; the walk is bounded by the number of chromosomes that the tree may hold."""
        tree = self.at(offset, TREE_BYTES, "the chromosome list")
        magic, _, key_bytes, value_bytes, n_contigs, _ = struct.unpack("<IIIIQQ", tree)
        if magic != TREE_MAGIC:
            raise self.damaged("the chromosome list is not where the header says")
        if not 1 <= n_contigs <= MAX_CONTIGS:
            raise self.damaged(f"it claims {n_contigs:,} chromosomes; 1 to {MAX_CONTIGS:,} are read")
        if not 1 <= key_bytes <= MAX_NAME_BYTES or value_bytes != 8:
            raise self.damaged("the chromosome list has an impossible layout")
        contigs: dict[str, int] = {}
        numbers: dict[str, int] = {}
        waiting, seen = [offset + TREE_BYTES], 0
        while waiting:
            items, is_leaf = self.node(waiting.pop(), key_bytes)
            seen += 1 + len(items)
            if seen > 4 * n_contigs + 64:
                raise self.damaged("the chromosome list runs in circles")
            if not is_leaf:
                waiting += [struct.unpack("<Q", value)[0] for _, value in items]
                continue
            for key, value in items:
                name = self.name(key)
                numbers[name], contigs[name] = struct.unpack("<II", value)
        if len(contigs) != n_contigs or set(numbers.values()) != set(range(n_contigs)):
            raise self.damaged("the chromosome list contradicts itself")
        return contigs, numbers

    def node(self, offset: int, key_bytes: int) -> tuple[list[tuple[bytes, bytes]], bool]:
        """The keys and values of one node of the chromosome tree, and whether it is a leaf."""
        kind, _, count = struct.unpack("<BBH", self.at(offset, 4, "the chromosome list"))
        if kind > 1 or not count:
            raise self.damaged("the chromosome list contradicts itself")
        items = self.at(offset + 4, count * (key_bytes + 8), "the chromosome list")
        return list(struct.iter_unpack(f"{key_bytes}s8s", items)), kind == 1

    def name(self, key: bytes) -> str:
        """The name in a key."""
        try:
            name = key.rstrip(b"\0").decode("utf-8")
        except UnicodeDecodeError as exc:
            raise self.damaged("a chromosome's name is not text") from exc
        if not name or not name.isprintable():
            raise self.damaged(f"a chromosome is named {shown(name)}")
        return name

    def at(self, offset: int, size: int, what: str) -> bytes:
        """These bytes, all of them."""
        self.within(offset, size, what)
        self.handle.seek(offset)
        found = bytearray()
        while len(found) < size:  # unbuffered: a read may give less than was asked for
            part = self.handle.read(size - len(found))
            if not part:
                raise self.damaged(f"it ends inside {what}")
            found += part
        return bytes(found)

    def within(self, offset: int, size: int, what: str) -> None:
        """Check that these bytes lie in the file, behind its header."""
        if offset < HEADER_BYTES or offset + size > self.identity.size:
            raise self.damaged(f"{what} should be at byte {offset:,}, but the file has {self.identity.size:,} bytes")

    def damaged(self, what: str) -> BigWigError:
        """The error that says so."""
        return BigWigError(f"the bigWig is damaged: {what}", where=self.where, hint="Copy or download it again")
