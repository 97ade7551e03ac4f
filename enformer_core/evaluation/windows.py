"""Predictions of windows of one chromosome, with edits, at a fraction of the cost of a full run each.

A token of the convolutions depends on a few hundred bases only. So the tokens of the whole chromosome are computed
once, those that an edit or the end of a window touches are computed anew, and only the transformer runs for every
edit. What comes out is what the model gives for the same bases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import InputError
from ..inference.onehot import encode, fetched
from ..model import Enformer
from ..model.enformer import RelativeAttention

_QUERIES = 96  # per turn of the attention: what one turn makes stays in the processor's cache


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


def receptive_field(model: Enformer) -> tuple[int, int]:
    """How many bases left of its first and right of its last base a token depends on."""
    low, high = 0, 0
    blocks = [model.stem, *model.tower]
    kernels = [
        next(layer.kernel_size[0] for layer in block.modules() if isinstance(layer, nn.Conv1d)) for block in blocks
    ]
    for kernel in reversed(kernels):  # from the token back: the pool's pair, then the convolution's width
        low, high = 2 * low - (kernel - 1) // 2, 2 * high + 1 + kernel // 2
    return -low, high + 1 - model.config.bin_size


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
        self._model, self._codes, self._head = model, codes, head
        self._device = next(model.parameters()).device
        self._columns = torch.as_tensor(columns, dtype=torch.int64).to(self._device)
        self._left, self._right = receptive_field(model)
        self._margin = -(-max(self._left, self._right) // config.bin_size)
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
            return self._predicted(self._spliced(start, edit)[None])[0].cpu().numpy()

    def _all_tokens(self) -> Tensor:
        """``[tokens, C]`` from one window left of the chromosome to one right of it."""
        size, margin, bin_size = self.config.n_tokens, self._margin, self.config.bin_size
        last = len(self._codes) // bin_size + size
        found = []
        with torch.inference_mode():
            for a in range(self._first, last, size):
                b = min(a + size, last)
                part = fetched(self._codes, (a - margin) * bin_size, (b + margin) * bin_size)
                found.append(self._tower(part[None])[0, margin : margin + b - a])
        return torch.cat(found)

    def _tower(self, codes: np.ndarray) -> Tensor:
        """uint8 ``[B, L]`` -> ``[B, L / bin, C]``; zeros beyond the ends, as at the ends of a window."""
        x = self._model.stem(encode(codes).to(self._device).transpose(1, 2))
        for block in self._model.tower:
            x = block(x)
        return x.transpose(1, 2)

    def _spliced(self, start: int, edit: Edit | None) -> Tensor:
        """``[T, C]``: the kept tokens of a window, with those computed anew that are not what they were."""
        n, bin_size = self.config.n_tokens, self.config.bin_size
        begin = start - self._first
        if not 0 <= begin <= len(self._tokens) - n:
            raise InputError(f"the window that begins at bin {start:,} does not touch the chromosome")
        if edit is None:
            tokens, codes = self._tokens[begin : begin + n].clone(), fetched(self._codes, *self._bases(start))
            patches = [(0, self._margin), (n - self._margin, n)]
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
            patches = [(0, self._margin), (first, last), (n - self._margin, n)]
        for a, b in patches:
            low, high = max(a - self._margin, 0), min(b + self._margin, n)
            segment = self._tower(codes[None, low * bin_size : high * bin_size])[0]
            tokens[a:b] = segment[a - low : b - low]
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
        first = -(-(a - self._right - bin_size + 1) // bin_size)
        return max(first, 0), min((b - 1 + self._left) // bin_size + 1, self.config.n_tokens)

    def _predicted(self, x: Tensor) -> Tensor:
        """The transformer and the head: ``[B, T, C]`` -> ``[B, bins, tracks]``."""
        model = self._model
        for block in model.transformer:
            attention, norm = block.get_submodule("attention"), block.get_submodule("attention_norm")
            x = x + attend(attention, norm(x), model.positions)  # pyright: ignore[reportArgumentType]
            hidden = F.relu(block.get_submodule("expand")(block.get_submodule("mlp_norm")(x)))
            x = x + block.get_submodule("contract")(hidden)
        return model.tracks(model.final(x), self._head, self._columns)


def attend(attention: RelativeAttention, x: Tensor, positions: Tensor) -> Tensor:
    """``attention(x, positions)`` in evaluation mode, a few queries at a time: the same sums, less memory moved."""
    n = x.shape[1]
    query, key, value = (
        _split(layer(x), attention.n_heads) for layer in (attention.query, attention.key, attention.value)
    )
    query = query * attention.scale
    position_key = _split(attention.position_key(positions)[None], attention.n_heads)
    mixed = torch.empty_like(value)
    for a, b in _turns(n):
        content = (query[:, :, a:b] + attention.content_bias) @ key.transpose(-1, -2)
        # Of the columns, one for each distance from 1 - n to n - 1, those that these queries can meet.
        columns = position_key[:, :, n - b : 2 * n - 1 - a]
        relative = ((query[:, :, a:b] + attention.position_bias) @ columns.transpose(-1, -2)).contiguous()
        # Row i begins one column further left than row i - 1: a view with a shorter stride, no copy.
        stride = relative.stride()
        shifted = relative.as_strided(
            content.shape, (*stride[:2], stride[2] - 1, 1), relative.storage_offset() + b - a - 1
        )
        mixed[:, :, a:b] = (content + shifted).softmax(dim=-1) @ value
    return attention.out(mixed.transpose(1, 2).flatten(2))


def _turns(n: int) -> Iterator[tuple[int, int]]:
    return ((a, min(a + _QUERIES, n)) for a in range(0, n, _QUERIES))


def _split(x: Tensor, n_heads: int) -> Tensor:
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2).contiguous()
