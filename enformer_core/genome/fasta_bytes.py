"""The bytes of a FASTA file, plain or compressed with bgzip, by their position in the uncompressed text."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from Bio.bgzf import BgzfReader

from ..errors import FastaError, FileError

SETUP = "enformer-browser setup index"
BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
MAX_BLOCK = 1 << 16
CHUNK = 1 << 20
WHOLE_BYTES = 64 * 1024**2
PIECES = 512
PIECE_BYTES = 4096
_DAMAGE = (ValueError, RuntimeError, struct.error, zlib.error)  # what Biopython raises for a damaged block
_OTHER_KINDS = {
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ\x00": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"PK\x03\x04": "a zip archive",
    b"\x43\x27\x41\x1a": "a 2bit file",
    b"\x1a\x41\x27\x43": "a 2bit file",
    b"%PDF": "a PDF",
    b"BAM\x01": "a BAM file",
    b"CRAM": "a CRAM file",
}


@dataclass(frozen=True, slots=True)
class Blocks:
    """Where the blocks of a bgzip file start, first block included: ascending, both lists of one length."""

    compressed: list[int]
    uncompressed: list[int]


def fai_path(fasta: Path) -> Path:
    """Where the index of a FASTA file is: beside it, ``.fai`` added."""
    return fasta.with_name(fasta.name + ".fai")


def gzi_path(fasta: Path) -> Path:
    """Where the block index of a bgzip FASTA file is: beside it, ``.gzi`` added."""
    return fasta.with_name(fasta.name + ".gzi")


def index_command(path: Path) -> str:
    """The command that makes the index of a FASTA file."""
    return f"{SETUP} {path}"


def is_bgzip(path: Path) -> bool:
    """Whether a FASTA file is compressed with bgzip; False for plain text.

    Raises:
        FileError: There is no such file, or it may not be read.
        FastaError: It is neither: plain gzip, another compression or another kind of file, which is named.
    """
    if not path.is_file():
        raise FileError(f"there is no FASTA file {path}" if not path.exists() else f"{path} is not a file")
    try:
        with path.open("rb") as handle:
            head = handle.read(CHUNK // 16)
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    if not head:
        raise FastaError(f"{path} is empty")
    if head.startswith(b"\x1f\x8b"):
        if head[2:4] == b"\x08\x04" and b"BC\x02\x00" in head[10:40]:
            return True
        raise FastaError(
            f"{path} is compressed with gzip, which has no random access",
            hint=f"Compress it with bgzip instead: gunzip -c {path.name} | bgzip > new.fa.gz",
        )
    for magic, kind in _OTHER_KINDS.items():
        if head.startswith(magic):
            raise FastaError(f"{path} is {kind}, not a FASTA file", hint="Give a FASTA file, plain or bgzip")
    if b"\x00" in head:
        raise FastaError(f"{path} is a binary file, not a FASTA file", hint="Give a FASTA file, plain or bgzip")
    return False


def read_gzi(path: Path, fasta: Path) -> Blocks:
    """Read a ``.gzi``, trusting none of its numbers: the count must fit the file before anything is allocated.

    Raises:
        FastaError: It is missing, damaged, or of another file.
    """
    if not path.is_file():
        raise FastaError(f"{fasta} has no block index {path.name}", hint=f"Make it with: {index_command(fasta)}")
    size = path.stat().st_size
    fasta_size = fasta.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(8)
        count = struct.unpack("<Q", head)[0] if len(head) == 8 else -1
        # Each block takes 26 bytes or more, so that the FASTA's own size bounds the count too.
        if count < 0 or size != 8 + 16 * count or count > fasta_size // 26:
            says = f"says {count:,} blocks in {size:,} bytes" if count >= 0 else "is cut short"
            raise stale(fasta, f"{path.name} {says}", path)
        numbers = struct.unpack(f"<{2 * count}Q", handle.read(16 * count))
    blocks = Blocks([0, *numbers[0::2]], [0, *numbers[1::2]])
    steps = zip(blocks.uncompressed, blocks.uncompressed[1:], strict=False)
    if not all(0 < b - a <= MAX_BLOCK for a, b in steps):
        raise stale(fasta, f"{path.name} has blocks of impossible size", path)
    steps = zip(blocks.compressed, [*blocks.compressed[1:], fasta_size], strict=True)
    if not all(a < b for a, b in steps):
        raise stale(fasta, f"{path.name} has blocks out of order or beyond the file's end", path)
    return blocks


def stale(fasta: Path, what: str, index: Path) -> FastaError:
    """The error for an index that does not describe its FASTA file."""
    return FastaError(
        f"{what}: the index {index.name} is damaged or was made for another file",
        where=str(fasta),
        hint=f"Make it again with: {index_command(fasta)} --force",
    )


class FastaBytes:
    """Random access to the text of a FASTA file. One thread at a time; not across a fork.

    pyfaidx is not used for this: it raises at the borders of 64-KiB blocks, which bgzip files of some writers have,
    and it writes an index beside a bgzip file whose ``.gzi`` is missing, whatever it is told.

    Args:
        path: The file, plain or bgzip.
        blocks: Its block index, or None for plain text.

    Attributes:
        size: Bytes of uncompressed text.
        signature: Size and time of the file when it was opened; another one means another content.

    Raises:
        FastaError: The file is damaged, or its block index does not describe it.
    """

    def __init__(self, path: Path, blocks: Blocks | None) -> None:
        self.path = path
        self._raw: BinaryIO = path.open("rb")
        try:
            self.signature = _signature(self._raw)
            self._bgzip = _BgzipText(path, self._raw, blocks) if blocks else None
            self.size = self._bgzip.size if self._bgzip else self.signature[0]
        except _DAMAGE as exc:
            self._raw.close()
            raise _unreadable(path, str(exc)) from exc
        except BaseException:
            self._raw.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset`` of the uncompressed text; fewer only where the text ends.

        Raises:
            FastaError: The file is damaged, was changed while open, or its block index does not describe it.
            FileError: The disk or network failed.
        """
        size = max(0, min(size, self.size - offset))
        if size == 0:
            return b""
        try:
            if _signature(self._raw) != self.signature:
                raise FastaError(f"{self.path} was changed while it was open", hint="Open the assembly again")
            if self._bgzip is not None:
                return self._bgzip.read(offset, size)
            self._raw.seek(offset)
            return self._raw.read(size)
        except _DAMAGE as exc:
            raise _unreadable(self.path, f"near byte {offset:,} of the text, {exc}") from exc
        except OSError as exc:
            raise FileError(f"{self.path} cannot be read: {exc.strerror or exc}", hint="Check the disk") from exc


class _BgzipText:
    """The uncompressed text of an open bgzip file."""

    def __init__(self, path: Path, raw: BinaryIO, blocks: Blocks) -> None:
        if not ends_whole(path):
            raise FastaError(
                f"{path} is cut short: the marker that ends a bgzip file is missing", hint="Get the file again"
            )
        self._raw = raw
        self._blocks = blocks
        self._reader = BgzfReader(fileobj=raw, mode="rb")
        self._reader.seek(blocks.compressed[-1] << 16)
        tail = len(self._reader.read(MAX_BLOCK + 1))
        if tail > MAX_BLOCK:
            raise stale(path, "the file goes on after the last indexed block", gzi_path(path))
        self.size = blocks.uncompressed[-1] + tail

    def read(self, offset: int, size: int) -> bytes:
        """Read whole blocks, so that their sizes prove the block index right where it is used."""
        starts, files = self._blocks.uncompressed, self._blocks.compressed
        first = bisect_right(starts, offset) - 1
        after = bisect_left(starts, offset + size)
        to_the_end = after == len(starts)
        wanted = (self.size if to_the_end else starts[after]) - starts[first]
        self._reader.seek(files[first] << 16)
        pieces = []
        while wanted > 0 and (piece := self._reader.read(min(wanted, CHUNK))):
            pieces.append(piece)
            wanted -= len(piece)
        if wanted or not (to_the_end or self._only_empty_blocks(self._reader.tell() >> 16, files[after])):
            raise ValueError("the block index does not describe the file")
        return b"".join(pieces)[offset - starts[first] :][:size]

    def _only_empty_blocks(self, begin: int, end: int) -> bool:
        """Whether nothing, or the end markers of bgzip files that were joined, lies between two file offsets."""
        if begin == end:
            return True
        self._raw.seek(begin)
        return 0 < end - begin < CHUNK and not self._raw.read(end - begin).replace(BGZF_EOF, b"")


def ends_whole(path: Path) -> bool:
    """Whether a bgzip file ends with the empty block that marks its end."""
    with path.open("rb") as handle:
        handle.seek(-min(len(BGZF_EOF), path.stat().st_size), os.SEEK_END)
        return handle.read() == BGZF_EOF


def fingerprint(path: Path, indexes: Sequence[Path]) -> str:
    """Checksum of index files and of a FASTA file's size and bytes: all up to 64 MiB, else 512 pieces of 4 KiB."""
    digest = hashlib.sha256(b"enformer assembly 1\n")
    for index in indexes:
        digest.update(hashlib.sha256(index.read_bytes()).digest())
    size = path.stat().st_size
    digest.update(size.to_bytes(8, "little"))
    with path.open("rb") as handle:
        if size <= WHOLE_BYTES:
            digest.update(handle.read())
            return digest.hexdigest()
        for piece in range(PIECES):
            handle.seek(piece * (size - PIECE_BYTES) // (PIECES - 1))
            digest.update(handle.read(PIECE_BYTES))
    return digest.hexdigest()


def _unreadable(path: Path, why: str) -> FastaError:
    return FastaError(
        f"a block cannot be read: {why}",
        where=str(path),
        hint=f"Make the index again with: {index_command(path)} --force; if that fails, get the file again",
    )


def _signature(handle: BinaryIO) -> tuple[int, int]:
    facts = os.fstat(handle.fileno())
    return facts.st_size, facts.st_mtime_ns
