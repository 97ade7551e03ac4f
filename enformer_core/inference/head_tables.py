"""What the columns of each head are, as the files beside the weights say."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import TargetsError, TrackError, shown
from ..tracks.table import TrackTable


class HeadTables:
    """Tables of tracks by head, each read once. Any thread may ask.

    Args:
        folder: The model's.
        heads: Number of tracks of each.
    """

    def __init__(self, folder: Path, heads: Mapping[str, int]) -> None:
        self._folder, self._heads = folder, heads
        self._tables: dict[str, TrackTable] = {}
        self._lock = threading.Lock()

    def head(self, name: str | None = None) -> str:
        """A head's name, checked; by default ``human``, or else the model's first.

        Raises:
            TrackError: The model has no such head.
        """
        if name is None:
            return "human" if "human" in self._heads else next(iter(self._heads))
        if name not in self._heads:
            raise TrackError(f"the model has no head {shown(name)}", hint=f"Its heads: {', '.join(self._heads)}")
        return name

    def table(self, head: str) -> TrackTable:
        """The tracks of a head that exists; named by number where there is no ``targets_<head>.txt``.

        Raises:
            TargetsError: The table cannot be read, or has another number of rows than the head.
        """
        with self._lock:
            if head not in self._tables:
                self._tables[head] = self._read(head)
            return self._tables[head]

    def partners(self, head: str, indices: np.ndarray) -> np.ndarray:
        """For each track of a head the one that shows it on the other strand: its partner if stranded, else itself."""
        table = self.table(head)
        found = [table.pair(int(i)) for i in indices]
        return np.array([i if p is None else p for i, p in zip(indices, found, strict=True)], dtype=np.int64)

    def _read(self, head: str) -> TrackTable:
        file = self._folder / f"targets_{head}.txt"
        if not file.is_file():
            return TrackTable.unnamed(self._heads[head], head)
        table = TrackTable.read(file)
        if len(table) != self._heads[head]:
            raise TargetsError(
                f"the table has {len(table):,} rows, but the head {head} has {self._heads[head]:,} tracks",
                where=str(file),
                hint="Use the table that came with these weights, or take it away to name tracks by number",
            )
        return table
