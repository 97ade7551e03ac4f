"""Running the windows of a question one after the other, each found again where it was predicted before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .device import describe_device
from .embeddings import Embeddings
from .forward import head_values
from .head_tables import HeadTables
from .jobs import Job
from .kept_tiles import KeptTiles, Ran, joined
from .trunk import Trunk
from .work import Predict


class TileRuns:
    """Predicts windows. Only the thread that runs the device's jobs may call ``run``.

    Args:
        trunk: The model.
        embeddings: Of the last windows.
        tables: The heads.
        kept: What is kept of its predictions.
    """

    def __init__(self, trunk: Trunk, embeddings: Embeddings, tables: HeadTables, kept: KeptTiles) -> None:
        self._trunk, self._embeddings, self._tables, self._kept = trunk, embeddings, tables, kept

    def run(self, asked: Predict, job: Job) -> Ran:
        """Predict a window, or several edge to edge; what is at hand takes no time.

        Args:
            asked: Which, and what of it.
            job: Told how far it is; where it was cancelled it raises, and windows that are done are kept.

        Raises:
            NumericalError: A value is NaN or infinite.
            OutOfDeviceMemory: A window or its tracks do not fit.
        """
        digest, tiles = self._kept.tiles(asked)
        found = [self._kept.get(tile) for tile in tiles]
        missing = [k for k, kept in enumerate(found) if kept is None]
        for n_done, k in enumerate(missing):
            which = f" window {k + 1} of {len(tiles)}" if len(tiles) > 1 else ""

            def on_progress(part: float, n_done: int = n_done, which: str = which) -> None:
                job.report((n_done + part) / len(missing), f"predicting{which}")

            on_progress(0.0)
            facts = {"device": describe_device(self._trunk.device)}
            found[k] = self._kept.put(tiles[k], self._mean(tiles[k].read, asked, on_progress), facts)
        return joined([kept for kept in found if kept is not None], digest)

    def _mean(self, read: str, asked: Predict, on_progress: Callable[[float], None]) -> np.ndarray:
        """Mean over the views of one window, float32 ``[bins, tracks]``."""
        indices = np.asarray(asked.tracks)
        swapped = self._tables.partners(asked.head, indices)
        views, margin = asked.averaging.views(), asked.averaging.max_shift
        length = len(read) - 2 * margin
        total = np.zeros((self._trunk.config.target_length, len(indices)))
        for done, (shift, reverse) in enumerate(views):

            def on_part(part: float, done: int = done) -> None:
                on_progress((done + part) / len(views))

            bases = read[margin + shift : margin + shift + length]
            embedding = self._embeddings.of(bases, reverse, on_part)
            values = head_values(self._trunk, embedding, asked.head, swapped if reverse else indices)
            total += values[::-1] if reverse else values
        return (total / len(views)).astype(np.float32)
