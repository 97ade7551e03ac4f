"""One trunk for everything: predictions, edits, mutagenesis, contributions and attention.

``model.Enformer`` is the architecture as it is read and trained; this gives the same numbers from the same weights.
It falls into two parts, and that is what makes edits cheap: a token (128 bp) of the convolutions depends on a few
hundred bases only, so that an edit leaves nearly all tokens as they were; the transformer then lets every token see
every other.

Shapes: B windows, L base pairs, T tokens, N output bins, C channels, H heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import SequenceError
from ...model import Enformer
from ..device import PRECISIONS
from .layers import Layer, Runs, layers_of, runs_of, take
from .layers import cast as cast_layer
from .levels import GELU, Levels, OnPart, affine


class Trunk:
    """A model's weights, arranged to be run fast on the model's device.

    Args:
        model: In evaluation mode. Most of its weights are used as they are, not copied.
        precision: ``float32``, or ``bfloat16`` for matrix products; sums, norms and softmax stay float32.

    Attributes:
        config: The model's.
        device: Where it runs.
        dtype: Of matrix products.
        levels: The convolutions.
        layers: The transformer.
        margin: Tokens to either side of its own that a base can change.
    """

    def __init__(self, model: Enformer, precision: str = "float32") -> None:
        self.config = model.config
        self.dtype = PRECISIONS[precision]
        self.device = next(model.parameters()).device
        self.levels = Levels(model, self.dtype)
        self.layers = layers_of(model, self.dtype)
        self.margin = -(-max(self.levels.reach) // self.config.bin_size)
        self.final = Final(model, self.dtype)
        self._cast = {self.dtype: self.layers}

    def tokens(self, one_hot: Tensor, lo: int = 0, hi: int | None = None, on_part: OnPart | None = None) -> Tensor:
        """The convolutions: ``[B, L, 4]`` -> tokens ``lo`` to ``hi`` of each window, float32 ``[B, hi - lo, C]``.

        Args:
            one_hot: ACGT; N is four zeros. Any floats will do, and gradients flow to them where they are asked for.
            lo: First token.
            hi: After the last one; by default all.
            on_part: Told the part that is done.

        Raises:
            SequenceError: L is not the model's input length.
        """
        if one_hot.shape[1] != self.config.input_length:
            raise SequenceError(
                f"{one_hot.shape[1]:,} bp cannot be read", hint=f"The model reads {self.config.input_length:,} bp"
            )
        hi = self.config.n_tokens if hi is None else hi
        return self.levels.tokens(one_hot.to(self.device), lo, hi, on_part).float()

    def changed(self, before: np.ndarray, after: np.ndarray) -> Runs:
        """Tokens that can differ between two windows.

        Args:
            before, after: Codes of the bases, uint8 ``[L]``.

        Returns:
            Ranges [first, end) of tokens, in order, apart from each other.
        """
        (left, right), bin_size = self.levels.reach, self.config.bin_size
        so_far = np.concatenate([[0], np.cumsum(before != after)])
        starts = bin_size * np.arange(self.config.n_tokens)
        low, high = np.maximum(starts - left, 0), np.minimum(starts + bin_size + right, len(before))
        return runs_of(np.flatnonzero(so_far[high] > so_far[low]).tolist())

    def reached(self, start: int, end: int) -> tuple[int, int]:
        """Tokens [first, end) that read any of the bases ``start`` to ``end`` of the window."""
        left, right = self.levels.reach
        bin_size = self.config.bin_size
        # Token t reads bases [t * bin - left, (t + 1) * bin + right).
        first = -(-(start - right - bin_size + 1) // bin_size)
        return max(first, 0), min((end - 1 + left) // bin_size + 1, self.config.n_tokens)

    def embed(self, tokens: Tensor, bins: Sequence[int] | None = None, on_part: OnPart | None = None) -> Tensor:
        """The transformer, and all that comes before the heads: ``[B, T, C]`` -> ``[B, N, 2 C]``.

        Args:
            tokens: Of whole windows.
            bins: Output bins, distinct and in order; all by default. Only these are computed in the last layer.
            on_part: Told the part that is done.
        """
        return self.finish(tokens, 0, bins, on_part)

    def finish(self, x: Tensor, done: int, bins: Sequence[int] | None = None, on_part: OnPart | None = None) -> Tensor:
        """The same from the input of layer number ``done`` on."""
        rows, last = self.rows(bins), len(self.layers) - 1
        for i, layer in enumerate(self.layers[done:], done):
            x = layer(x, rows if i == last else None)
            if on_part is not None:
                on_part((i + 1 - done) / (last + 1 - done))
        return self.final(x if done <= last else take(x, rows))

    def layers_as(self, dtype: torch.dtype) -> list[Layer]:
        """The transformer with the weights of its products in another type; made once."""
        if dtype not in self._cast:
            self._cast[dtype] = [cast_layer(layer, dtype) for layer in self.layers]
        return self._cast[dtype]

    def rows(self, bins: Sequence[int] | None) -> Runs:
        """Output bins as rows of the transformer."""
        crop = self.config.crop
        if bins is None:
            return [(crop, crop + self.config.target_length)]
        return runs_of([crop + b for b in bins])

    def tracks(self, embedding: Tensor, head: str, indices: Sequence[int] | np.ndarray | None = None) -> Tensor:
        """A head, or some rows of it: ``[..., 2 C]`` -> float32 ``[..., tracks]``, not negative."""
        return F.softplus(self.final.linear(embedding, head, indices))


class Final:
    """What turns rows of the transformer into an embedding, and the linear part of each head."""

    def __init__(self, model: Enformer, dtype: torch.dtype) -> None:
        block = model.final.block
        self.scale, self._shift = affine(block.norm)
        self.weight = block.conv.weight.detach()[:, :, 0].to(dtype)
        self.bias = cast(Tensor, block.conv.bias).detach().to(dtype)
        heads = {name: cast(nn.Linear, head) for name, head in model.heads.items()}
        self._heads = {n: (head.weight.detach().to(dtype), head.bias.detach().to(dtype)) for n, head in heads.items()}

    def __call__(self, x: Tensor) -> Tensor:
        """``[B, N, C]`` -> float32 ``[B, N, 2 C]``."""
        return gelu(self.widen(self.activate(x)))

    def activate(self, x: Tensor) -> Tensor:
        """Batch norm and GELU, ``[B, N, C]``."""
        return F.silu(self.scaled(x)) / GELU

    def scaled(self, x: Tensor) -> Tensor:
        """Batch norm, times the 1.702 of the GELU behind it, ``[B, N, C]``."""
        return torch.addcmul(self._shift, x, self.scale)

    def widen(self, x: Tensor) -> Tensor:
        """``[B, N, C]`` -> ``[B, N, 2 C]``, before the GELU."""
        return F.linear(x.to(self.weight.dtype), self.weight, self.bias).float()

    def linear(self, embedding: Tensor, head: str, indices: Sequence[int] | np.ndarray | None = None) -> Tensor:
        """A head before its softplus: ``[..., 2 C]`` -> float32 ``[..., tracks]``."""
        weight, bias = self.rows(head, indices)
        return F.linear(embedding.to(weight.dtype), weight, bias).float()

    def rows(self, head: str, indices: Sequence[int] | np.ndarray | None = None) -> tuple[Tensor, Tensor]:
        """Weight ``[tracks, 2 C]`` and bias ``[tracks]`` of a head, or of some of its tracks."""
        weight, bias = self._heads[head]
        if indices is None:
            return weight, bias
        chosen = torch.tensor(np.asarray(indices), dtype=torch.int64, device=weight.device)
        return weight[chosen], bias[chosen]


def gelu(x: Tensor) -> Tensor:
    """``x sigmoid(1.702 x)``."""
    return F.silu(GELU * x) / GELU
