"""Predictions kept on disk, found again by what they were computed from.

An entry is one file named by the checksum of everything that decides its numbers. It ends with a checksum of itself:
an entry that was cut short or damaged is a miss, never an error. Entries appear by renaming, so that any number of
processes may read and write one folder, and one killed in the middle leaves only a ``.part`` file, which is cleared
away later.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import EnformerError
from ..files import written_aside

SCHEMA = 1
_MAGIC = b"enformer-prediction\n"
_DIGEST_BYTES = 32
_HEADER_LIMIT = 1 << 16
_LEFT_BEHIND_S = 3600.0


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Everything that decides a prediction's numbers."""

    weights_sha256: str
    sequence_sha256: str
    head: str
    tracks: tuple[int, ...]
    precision: str
    averaging: str

    @property
    def name(self) -> str:
        """Checksum of the key, and the entry's file name."""
        parts = (
            SCHEMA,
            self.weights_sha256,
            self.sequence_sha256,
            self.head,
            self.tracks,
            self.precision,
            self.averaging,
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class PredictionCache:
    """A folder of predictions that stays below a size.

    Args:
        folder: Made when the first entry is written.
        max_bytes: The oldest entries are dropped above this; 0 keeps nothing.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes

    def get(self, key: CacheKey) -> tuple[np.ndarray, dict[str, str]] | None:
        """The values ``[bins, tracks]`` and the facts stored with them, or None."""
        path = self._path(key)
        try:
            found = _decode(path.read_bytes())
        except OSError:
            return None
        if found is None:
            path.unlink(missing_ok=True)
            return None
        with suppress(OSError):  # another process may have dropped it just now, or the folder is read-only
            os.utime(path)  # the time of last use, which decides what is dropped first
        return found

    def put(self, key: CacheKey, values: np.ndarray, facts: Mapping[str, str]) -> None:
        """Keep ``values`` (float32 ``[bins, tracks]``) and a few facts; a full or read-only disk is no error."""
        entry = _encode(values, facts)
        if len(entry) > self.max_bytes:
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_aside(path, overwrite=True) as aside:
                aside.write_bytes(entry)
            self._shrink()
        except (EnformerError, OSError):
            return

    def size(self) -> tuple[int, int]:
        """Number of entries, and their bytes."""
        sizes = [size for _, size, _ in self._entries()]
        return len(sizes), sum(sizes)

    def clear(self) -> tuple[int, int]:
        """Drop every entry; returns how many there were, and their bytes."""
        entries = self._entries()
        for path, _, _ in entries:
            path.unlink(missing_ok=True)
        for part in self.folder.glob("??/.*.part"):
            part.unlink(missing_ok=True)
        return len(entries), sum(size for _, size, _ in entries)

    def _path(self, key: CacheKey) -> Path:
        return self.folder / key.name[:2] / key.name

    def _entries(self) -> Sequence[tuple[Path, int, float]]:
        found = []
        for path in self.folder.glob("??/*"):
            try:
                status = path.stat()
            except OSError:
                continue  # dropped by another process
            if not path.name.startswith("."):
                found.append((path, status.st_size, status.st_mtime))
        return found

    def _shrink(self) -> None:
        """Drop the least recently used entries. Two processes that do so at once drop the same ones."""
        entries = sorted(self._entries(), key=lambda e: e[2])
        excess = sum(size for _, size, _ in entries) - self.max_bytes
        for path, size, _ in entries:
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size
        for part in self.folder.glob("??/.*.part"):
            try:
                if time.time() - part.stat().st_mtime > _LEFT_BEHIND_S:
                    part.unlink()
            except OSError:
                continue  # its writer finished, or another process was faster


def _encode(values: np.ndarray, facts: Mapping[str, str]) -> bytes:
    header = json.dumps({"shape": values.shape, "facts": dict(facts)}, sort_keys=True).encode()
    body = _MAGIC + len(header).to_bytes(4, "little") + header + np.ascontiguousarray(values, dtype="<f4").tobytes()
    return body + hashlib.sha256(body).digest()


def _decode(entry: bytes) -> tuple[np.ndarray, dict[str, str]] | None:
    body, digest = entry[:-_DIGEST_BYTES], entry[-_DIGEST_BYTES:]
    if not body.startswith(_MAGIC) or hashlib.sha256(body).digest() != digest:
        return None
    start = len(_MAGIC) + 4
    length = int.from_bytes(body[len(_MAGIC) : start], "little")
    if length > _HEADER_LIMIT:
        return None
    header = json.loads(body[start : start + length])
    values = np.frombuffer(body, dtype="<f4", offset=start + length).reshape(header["shape"])
    return values.astype(np.float32), header["facts"]
