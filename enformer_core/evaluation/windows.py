"""Predictions of windows of one chromosome, with edits, at a fraction of the cost of a full run each.

A token of the convolutions depends on a few hundred bases only. So the tokens of the whole chromosome are computed
once, those that an edit or the end of a window touches are computed anew, and only the transformer runs for every
edit. What comes out is what the model gives for the same bases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..inference.codes import fetched
from ..inference.onehot import encode
from ..inference.trunk import Trunk
from ..model import Enformer


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """Bases that are put in the place of others.

    Attributes:
        start: 0-based first base that is replaced.
        end: 0-based base after the last one.
        bases: uint8 ``[any]``: A 0, C 1, G 2, T 3, N 4. Its length differs from what it replaces by whole bins.
    """

    start: int
    end: int
    bases: np.ndarray

    @property
    def removed(self) -> int:
        """By how many bp the sequence becomes shorter."""
        return self.end - self.start - len(self.bases)

    def applied(self, codes: np.ndarray, start: int, length: int) -> np.ndarray:
        """uint8 ``[length]``: what stands from ``start`` on after the edit, N beyond the ends of ``codes``."""
        before = fetched(codes, start, self.start)
        after = fetched(codes, self.end, start + length + self.removed)
        return np.concatenate([before, self.bases, after])


class ChromosomeWindows:
    """Windows of one chromosome as one model's head predicts them.

    Args:
        model: In evaluation mode, on the device to use.
        codes: uint8 ``[L]`` of the chromosome, whole bins.
        head: Whose tracks.
        columns: int64 ``[tracks]``: which of them, in this order.
    """

    def __init__(self, model: Enformer, codes: np.ndarray, head: str, columns: np.ndarray) -> None:
        config = model.config
        if len(codes) % config.bin_size:
            raise InputError(f"the chromosome has {len(codes):,} bp, which are not whole bins of {config.bin_size}")
        self.config = config
        self._codes, self._head, self._columns = codes, head, columns
        self._trunk = Trunk(model)
        self._first = -config.n_tokens  # number of the first token that is kept: windows may run off both ends
        self._tokens = self._all_tokens()

    @property
    def n_tokens(self) -> int:
        """Bins of an input window."""
        return self.config.n_tokens

    @property
    def crop(self) -> int:
        """Bins from the first input bin to the first output bin."""
        return self.config.crop

    @property
    def n_bins(self) -> int:
        """Bins of an output window."""
        return self.config.target_length

    def predict(self, start: int, edit: Edit | None = None) -> np.ndarray:
        """Tracks of one window.

        Args:
            start: First bin of the input window, counted on the chromosome; it may lie off its ends.
            edit: In chromosome coordinates; None for the reference.

        Returns:
            float32 ``[bins, tracks]``: the output bins, from ``start + crop`` on. Right of an edit that changes the
            length, bins hold what was moved there.

        Raises:
            InputError: The window or the edit lies elsewhere, or the edit changes the length by a part of a bin.
        """
        with torch.inference_mode():
            # One window at a time: two do not fit into the processor's cache and take more than twice as long.
            embedding = self._trunk.embed(self._spliced(start, edit)[None])
            return self._trunk.tracks(embedding, self._head, self._columns)[0].cpu().numpy()

    def _all_tokens(self) -> Tensor:
        """``[tokens, C]`` from one window left of the chromosome to one right of it."""
        size, margin, bin_size = self.config.n_tokens, self._trunk.margin, self.config.bin_size
        last = len(self._codes) // bin_size + size
        found = []
        with torch.inference_mode():
            for a in range(self._first, last, size):
                b = min(a + size, last)
                part = fetched(self._codes, (a - margin) * bin_size, (b + margin) * bin_size)
                found.append(self._computed(part, margin, margin + b - a))
        return torch.cat(found)

    def _computed(self, codes: np.ndarray, lo: int, hi: int) -> Tensor:
        """Tokens ``lo`` to ``hi`` of uint8 ``[L]``: ``[hi - lo, C]``; zeros beyond the ends, as beyond a window's."""
        return self._trunk.levels.tokens(encode(codes)[None].to(self._trunk.device), lo, hi)[0]

    def _spliced(self, start: int, edit: Edit | None) -> Tensor:
        """``[T, C]``: the kept tokens of a window, with those computed anew that are not what they were."""
        n, bin_size, margin = self.config.n_tokens, self.config.bin_size, self._trunk.margin
        begin = start - self._first
        if not 0 <= begin <= len(self._tokens) - n:
            raise InputError(f"the window that begins at bin {start:,} does not touch the chromosome")
        if edit is None:
            tokens, codes = self._tokens[begin : begin + n].clone(), fetched(self._codes, *self._bases(start))
            patches = [(0, margin), (n - margin, n)]
        else:
            first, last = self._touched(start, edit)
            moved = edit.removed // bin_size
            if begin + moved > len(self._tokens) - n or begin + moved < 0:
                raise InputError(
                    f"an edit of {edit.removed:,} bp at {edit.start:,} moves the window off the chromosome"
                )
            tokens = torch.cat(
                [self._tokens[begin : begin + first], self._tokens[begin + first + moved :][: n - first]]
            )
            codes = edit.applied(self._codes, self._bases(start)[0], n * bin_size)
            patches = [(0, margin), (first, last), (n - margin, n)]
        for a, b in patches:
            low, high = max(a - margin, 0), min(b + margin, n)
            tokens[a:b] = self._computed(codes[low * bin_size : high * bin_size], a - low, b - low)
        return tokens

    def _bases(self, start: int) -> tuple[int, int]:
        return start * self.config.bin_size, (start + self.config.n_tokens) * self.config.bin_size

    def _touched(self, start: int, edit: Edit) -> tuple[int, int]:
        """First and after the last token of the window that an edit changes."""
        bin_size, low, high = self.config.bin_size, *self._bases(start)
        if edit.removed % bin_size:
            raise InputError(
                f"an edit changes the length by {edit.removed:,} bp, which are not whole bins of {bin_size}"
            )
        if not (low <= edit.start <= edit.end <= high and edit.start + len(edit.bases) < high):
            raise InputError(
                f"the edit at {edit.start:,} (0-based) does not lie in the window from {low:,} to {high:,}"
            )
        a = edit.start - low
        b = max(a + len(edit.bases), a + 1)  # of a plain deletion, the place where its ends meet
        left, right = self._trunk.levels.reach
        first = -(-(a - right - bin_size + 1) // bin_size)
        return max(first, 0), min((b - 1 + left) // bin_size + 1, self.config.n_tokens)
