"""What the trunk makes of the last sequences, kept: adding a track to a window at hand, or an edit, costs little."""

from __future__ import annotations

import time
from collections import OrderedDict

import numpy as np
from torch import Tensor

from ..genome.sequence import reverse_complement
from .codes import codes_of
from .forward import embed_window
from .memory import memory_errors
from .reference import ReferenceCache
from .trunk import Trunk
from .trunk.levels import OnPart
from .window import sequence_sha256

_KEPT = 16  # of the published model 11 MB each
_TOKENS_BYTES = 256 * 1024**2  # of the published model 26 windows, on its device


class Embeddings:
    """Embeddings and tokens of the last sequences. Only the thread that runs the device's jobs may use them.

    Args:
        trunk: What computes them.

    Attributes:
        window_seconds: What the last window took that shared nothing with one at hand; None before the first.
    """

    def __init__(self, trunk: Trunk) -> None:
        self._reference = ReferenceCache(trunk, _TOKENS_BYTES)
        self._kept: OrderedDict[str, Tensor] = OrderedDict()
        self.window_seconds: float | None = None

    def of(self, bases: str, reverse: bool = False, on_progress: OnPart | None = None) -> Tensor:
        """Everything before the heads: float32 ``[bins, channels]`` on the CPU.

        Args:
            bases: Of a whole window, ACGTN.
            reverse: Whether to read the other strand; its bins are then in its own order.
            on_progress: Told the part that is done; may raise to stop.

        Raises:
            OutOfDeviceMemory: One window does not fit.
        """
        read = reverse_complement(bases) if reverse else bases
        key = sequence_sha256(read)
        if key not in self._kept:
            self._kept[key] = self._computed(codes_of(read), on_progress)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _computed(self, codes: np.ndarray, on_progress: OnPart | None) -> Tensor:
        is_whole = self._reference.missing(codes) == [(0, self._reference.trunk.config.n_tokens)]
        begun = time.monotonic()
        embedding = embed_window(self._reference, codes, on_progress)
        if is_whole:
            self.window_seconds = time.monotonic() - begun
        return embedding

    def tokens(self, bases: str, on_part: OnPart | None = None) -> Tensor:
        """Tokens of a whole window: float32 ``[T, C]`` on the trunk's device, not to be changed in place.

        Raises:
            OutOfDeviceMemory: One window does not fit.
        """
        with memory_errors(self._reference.trunk.device, f"one window of {len(bases):,} bp"):
            return self._reference.tokens(codes_of(bases), on_part)
