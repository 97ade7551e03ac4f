"""Predictions of single windows that are on disk, found again by what decides their numbers. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import EnformerError
from .cache import CacheKey, PredictionCache
from .window import sequence_sha256
from .work import Predict

Kept = tuple[np.ndarray, Mapping[str, str]]
"""float32 ``[bins, tracks]`` of one window, and what it was computed on."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a prediction.

    Attributes:
        values: float32 ``[bins, tracks]``, those of all windows after one another.
        sequence_sha256: Checksum of all bases that were read.
        device: What they were computed on, in words.
    """

    values: np.ndarray
    sequence_sha256: str
    device: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One window of a prediction.

    Attributes:
        read: Its bases, with those that its shifts reach on either side.
        key: By what it is found again.
    """

    read: str
    key: CacheKey


class KeptTiles:
    """What is kept of a model's predictions. Any thread may use it.

    Args:
        cache: Where they are.
        weights_sha256: Checksum of the model's weights.
        precision: What the model runs in.
    """

    def __init__(self, cache: PredictionCache, weights_sha256: str, precision: str) -> None:
        self._cache = cache
        self._weights_sha256, self._precision = weights_sha256, precision

    def tiles(self, asked: Predict) -> tuple[str, list[Tile]]:
        """Checksum of all bases that a prediction reads, and its windows, left to right."""
        margin = asked.averaging.max_shift
        read, parts = asked.window.bases_around(margin), asked.window.parts
        length, step = parts[0].interval.width, parts[0].output.width
        reads = [read[k * step : k * step + length + 2 * margin] for k in range(len(parts))]
        digest = sequence_sha256(read[margin : len(read) - margin])
        return digest, [Tile(each, self._key(each, asked)) for each in reads]

    def get(self, tile: Tile) -> Kept | None:
        """What was predicted of a window before, or None."""
        return self._cache.get(tile.key)

    def put(self, tile: Tile, values: np.ndarray, facts: Mapping[str, str]) -> Kept:
        """Keep what was predicted of a window."""
        self._cache.put(tile.key, values, facts)
        return values, facts

    def all_of(self, asked: Predict) -> Ran | None:
        """The whole prediction where every window of it is kept, or else None."""
        found = []
        try:
            digest, tiles = self.tiles(asked)
            for tile in tiles:
                kept = self.get(tile)
                if kept is None:
                    return None
                found.append(kept)
            return joined(found, digest)
        except EnformerError:  # a file that cannot be read is an error of the work, which meets it again
            return None

    def _key(self, read: str, asked: Predict) -> CacheKey:
        margin = asked.averaging.max_shift
        views = f"{read[: len(read) - 2 * margin]}|{read[2 * margin :]}" if margin else read
        digest, tracks = sequence_sha256(views), asked.tracks
        return CacheKey(self._weights_sha256, digest, asked.head, tracks, self._precision, str(asked.averaging))


def joined(kept: Sequence[Kept], digest: str) -> Ran:
    """All windows of a prediction as one, left to right; ``digest`` is that of their bases."""
    devices = dict.fromkeys(facts.get("device", "") for _, facts in kept)
    values = kept[0][0] if len(kept) == 1 else np.concatenate([values for values, _ in kept])
    return Ran(values, digest, " and ".join(devices))
