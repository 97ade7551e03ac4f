"""Tokens of the last windows, kept so that a window that differs from one of them by some bases is nearly free.

An edit changes the few tokens around it; all others are those of the window without it. What changed is computed from
the bases each time, never from other tokens' differences, so that any number of edits in a row adds no error.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor

from .onehot import encode
from .progress import portion
from .trunk import Trunk
from .trunk.layers import Runs
from .trunk.levels import OnPart


class ReferenceCache:
    """Tokens by window, least recently used first out. Only one thread may use it: the one that runs the device's jobs.

    Args:
        trunk: What computes them.
        max_bytes: Of all that is kept; a window of the published model takes 9.6 MB. 0 keeps nothing.
    """

    def __init__(self, trunk: Trunk, max_bytes: int) -> None:
        self.trunk = trunk
        self.max_bytes = max_bytes
        self._kept: OrderedDict[bytes, Tensor] = OrderedDict()  # by the codes of the window's bases

    @property
    def n_bytes(self) -> int:
        """What is kept now."""
        return sum(len(key) + tokens.nbytes for key, tokens in self._kept.items())

    def missing(self, codes: np.ndarray) -> Runs:
        """Tokens of a window (uint8 ``[L]``) that would have to be computed, as ranges [first, end)."""
        return [] if codes.tobytes() in self._kept else self._nearest(codes)[1]

    def tokens(self, codes: np.ndarray, on_part: OnPart | None = None) -> Tensor:
        """Tokens of a window: as kept, or those that no kept window shares computed now.

        Args:
            codes: Of the bases, uint8 ``[L]``: A 0, C 1, G 2, T 3, N 4.
            on_part: Told the part that is done; where it raises, nothing new is kept.

        Returns:
            float32 ``[T, C]`` on the trunk's device. It is the cache's own: not to be changed in place. Gradients may
            be asked for by it, but none flow from it to the bases.

        Raises:
            SequenceError: L is not the model's input length.
        """
        key = codes.tobytes()
        if key not in self._kept:
            # Tensors made in inference mode could never again take part in a gradient.
            with torch.inference_mode(False), torch.no_grad():
                tokens = self._computed(codes, on_part)
            return self._keep(key, tokens)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _computed(self, codes: np.ndarray, on_part: OnPart | None) -> Tensor:
        nearest, missing = self._nearest(codes)
        one_hot = encode(codes)[None].to(self.trunk.device)
        if nearest is None:
            return self.trunk.tokens(one_hot, on_part=on_part)[0]
        self._kept.move_to_end(nearest)  # what edits are made of outlives the edits
        tokens = self._kept[nearest].clone()
        total, done = sum(hi - lo for lo, hi in missing), 0
        for lo, hi in missing:
            part = portion(on_part, done / total, (done + hi - lo) / total)
            tokens[lo:hi] = self.trunk.tokens(one_hot, lo, hi, part)[0]
            done += hi - lo
        return tokens

    def _nearest(self, codes: np.ndarray) -> tuple[bytes | None, Runs]:
        """The kept window that shares most tokens with this one, and the tokens that it does not share."""
        config = self.trunk.config
        nearest, missing, fewest = None, [(0, config.n_tokens)], config.n_tokens
        kept = [(key, np.frombuffer(key, dtype=np.uint8)) for key in self._kept if len(key) == codes.size]
        differing = [int((codes != other).reshape(-1, config.bin_size).any(axis=1).sum()) for _, other in kept]
        for i in np.argsort(differing, kind="stable"):
            if differing[i] >= fewest:  # a token reads all of its own bin, so at least so many are missing
                break
            key, other = kept[i]
            changed = self.trunk.changed(other, codes)
            count = sum(hi - lo for lo, hi in changed)
            if count < fewest:
                nearest, missing, fewest = key, changed, count
        return nearest, missing

    def _keep(self, key: bytes, tokens: Tensor) -> Tensor:
        self._kept[key] = tokens
        while self._kept and self.n_bytes > self.max_bytes:
            self._kept.popitem(last=False)
        return tokens
