"""Checksums of a file that grows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import FileIO

from ..files import CHUNK


class Digests:
    """The checksums of the bytes so far.

    Args:
        algorithms: Names of checksums, ``sha256`` and perhaps ``md5``.

    Attributes:
        size: Bytes so far.
    """

    def __init__(self, algorithms: tuple[str, ...]) -> None:
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
        self.size = 0

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        for digest in self._hashes.values():
            digest.update(data)
        self.size += len(data)

    def read(self, handle: FileIO, on_read: Callable[[int], object]) -> None:
        """Add the rest of a file.

        Args:
            handle: The open file.
            on_read: Called with the bytes so far; may raise to stop.
        """
        while piece := handle.read(CHUNK):
            self.update(piece)
            on_read(self.size)

    def hexdigest(self, algorithm: str) -> str:
        """One of the checksums."""
        return self._hashes[algorithm].hexdigest()
