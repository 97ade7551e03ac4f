"""Running the windows of a question one after the other, each found again where it was predicted before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..tracks.table import TrackTable
from .averaging import Averaging
from .cache import CacheKey, PredictionCache
from .device import describe_device
from .embeddings import Embeddings
from .forward import head_values
from .head_tables import HeadTables
from .jobs import Job
from .trunk import Trunk
from .window import Window, sequence_sha256


@dataclass(frozen=True, slots=True)
class Request:
    """What is predicted of each window.

    Attributes:
        head: Whose tracks.
        tracks: Which of them.
        averaging: Over which views of a window.
    """

    head: str
    tracks: TrackTable
    averaging: Averaging


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it.

    Attributes:
        values: float32 ``[bins, tracks]``, those of all windows after one another.
        sequence_sha256: Checksum of all bases that were read.
        device: What they were computed on, in words.
    """

    values: np.ndarray
    sequence_sha256: str
    device: str


class TileRuns:
    """Predicts windows. Only the thread that runs the device's jobs may call ``run``.

    Args:
        trunk: The model.
        embeddings: Of the last windows.
        tables: The heads.
        cache: Where predictions are kept.
        weights_sha256: Checksum of the model's weights.
        precision: What the model runs in.
    """

    def __init__(
        self,
        trunk: Trunk,
        embeddings: Embeddings,
        tables: HeadTables,
        cache: PredictionCache,
        weights_sha256: str,
        precision: str,
    ) -> None:
        self._trunk, self._embeddings, self._tables, self._cache = trunk, embeddings, tables, cache
        self._weights_sha256, self._precision = weights_sha256, precision

    def run(self, window: Window, request: Request, job: Job) -> Ran:
        """Predict a window, or several edge to edge; what is at hand takes no time.

        Args:
            window: What is read.
            request: What is wanted of it.
            job: Told how far it is; where it was cancelled it raises, and windows that are done are kept.

        Raises:
            NumericalError: A value is NaN or infinite.
            OutOfDeviceMemory: A window or its tracks do not fit.
        """
        margin = request.averaging.max_shift
        read = window.bases_around(margin)
        parts = window.parts
        length, step = parts[0].interval.width, parts[0].output.width
        tiles = [read[k * step : k * step + length + 2 * margin] for k in range(len(parts))]
        keys = [self._key(tile, request) for tile in tiles]
        found = [self._cache.get(key) for key in keys]
        missing = [k for k, kept in enumerate(found) if kept is None]
        for n_done, k in enumerate(missing):
            which = f" window {k + 1} of {len(tiles)}" if len(tiles) > 1 else ""

            def on_progress(part: float, n_done: int = n_done, which: str = which) -> None:
                job.report((n_done + part) / len(missing), f"predicting{which}")

            on_progress(0.0)
            facts = {"device": describe_device(self._trunk.device)}
            values = self._mean(tiles[k], request, on_progress)
            self._cache.put(keys[k], values, facts)
            found[k] = values, facts
        kept = [entry for entry in found if entry is not None]
        devices = dict.fromkeys(facts.get("device", "") for _, facts in kept)
        digest = sequence_sha256(read[margin : len(read) - margin])
        values = kept[0][0] if len(kept) == 1 else np.concatenate([values for values, _ in kept])
        return Ran(values, digest, " and ".join(devices))

    def _key(self, read: str, request: Request) -> CacheKey:
        """By what a window's prediction is found again: ``read`` is the window with what its shifts reach."""
        margin = request.averaging.max_shift
        views = f"{read[: len(read) - 2 * margin]}|{read[2 * margin :]}" if margin else read
        return CacheKey(
            self._weights_sha256,
            sequence_sha256(views),
            request.head,
            tuple(int(i) for i in request.tracks.target_index),
            self._precision,
            str(request.averaging),
        )

    def _mean(self, read: str, request: Request, on_progress: Callable[[float], None]) -> np.ndarray:
        """Mean over the views of one window, float32 ``[bins, tracks]``."""
        indices = np.asarray(request.tracks.target_index)
        swapped = self._tables.partners(request.head, indices)
        views, margin = request.averaging.views(), request.averaging.max_shift
        length = len(read) - 2 * margin
        total = np.zeros((self._trunk.config.target_length, len(indices)))
        for done, (shift, reverse) in enumerate(views):

            def on_part(part: float, done: int = done) -> None:
                on_progress((done + part) / len(views))

            bases = read[margin + shift : margin + shift + length]
            embedding = self._embeddings.of(bases, reverse, on_part)
            values = head_values(self._trunk, embedding, request.head, swapped if reverse else indices)
            total += values[::-1] if reverse else values
        return (total / len(views)).astype(np.float32)
