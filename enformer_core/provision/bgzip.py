"""From any text to bgzip, which can be read from anywhere: in a stream, with little memory, on several processors."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from ..errors import FastaError
from ..files import written_aside
from ..genome.fasta_bytes import BGZF_EOF

Progress = Callable[[float, str], None]
BLOCK = 0xFF00  # of text in a block, as bgzip has it: what cannot be compressed still fits 64 KiB
LEVEL = 4  # of zlib; for DNA, 6 takes five times as long and saves 3 %
_BATCH = 64  # blocks to a task: 4 MB of text
_MOST_THREADS = 8
_GZIP = b"\x1f\x8b"


def to_bgzip(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Compress a text with bgzip; a source that is bgzip already is copied as it is.

    Args:
        source: Plain text or gzip.
        target: Written whole or not at all; what is there is replaced.
        progress: Called with the fraction of the source that was read.

    Raises:
        FastaError: The source is damaged gzip.
        OutOfDisk: The disk filled up.
        FileError: A file cannot be read or written.
    """
    with written_aside(target, overwrite=True) as aside:
        if _is_bgzip(source):
            shutil.copyfile(source, aside)
            return
        with aside.open("wb") as out, source.open("rb") as raw:
            total = max(1, source.stat().st_size)
            try:
                for blocks in _compressed(raw):
                    out.write(blocks)
                    if progress is not None:
                        progress(min(1.0, raw.tell() / total), f"Compressing {target.name}")
            except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
                raise FastaError(f"{source} is damaged: {exc}", hint="Fetch the file again") from exc
            out.write(BGZF_EOF)


def block(text: bytes) -> bytes:
    """One bgzip block of up to ``BLOCK`` bytes of text."""
    body = _deflated(text, LEVEL)
    if len(body) > BLOCK + 64:
        body = _deflated(text, 0)
    header = struct.pack("<4BIBBHBBHH", 0x1F, 0x8B, 8, 4, 0, 0, 0xFF, 6, 0x42, 0x43, 2, len(body) + 25)
    return header + body + struct.pack("<II", zlib.crc32(text), len(text))


def _compressed(raw: BinaryIO) -> Iterator[bytes]:
    """Blocks in their order, a batch at a time; zlib lets go of Python's lock, so that threads do."""
    head = raw.read(2)
    raw.seek(0)
    text: BinaryIO = gzip.open(raw) if head == _GZIP else raw  # type: ignore[assignment]  # noqa: SIM115
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="enformer-bgzip") as pool:
        waiting: deque[Future[bytes]] = deque()
        try:
            while piece := text.read(BLOCK * _BATCH):
                waiting.append(pool.submit(_blocks, piece))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for task in waiting:
                task.cancel()


def _blocks(piece: bytes) -> bytes:
    return b"".join(block(piece[i : i + BLOCK]) for i in range(0, len(piece), BLOCK))


def _deflated(text: bytes, level: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15)
    return compressor.compress(text) + compressor.flush()


def _is_bgzip(source: Path) -> bool:
    with source.open("rb") as handle:
        head = handle.read(18)
    return head[:4] == b"\x1f\x8b\x08\x04" and head[12:16] == b"BC\x02\x00"
