"""A window prepared for edits within a few tokens: exact, and without what they leave as it was.

In the first layer all other tokens are still the reference's. Its attention is split by column: what the columns
outside the span add up to is computed once, and each edit brings its own columns, merged by the sums of their
exponentials (as in flash attention). From the second layer on everything differs, and is computed.

Shapes: S tokens of the span, E edits; else as in ``layers``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .layers import Layer, blocks
from .trunk import Trunk


class ExactEdits:
    """Predictions of edited windows as differences from the reference, in the trunk's own precision.

    Args:
        trunk: Of float32: the difference of two bfloat16 predictions is rounding.
        tokens: float32 ``[T, C]`` of the reference window.
        span: Tokens [first, end) that edits may change.
        bins: Output bins, distinct and in order.
        head: Whose tracks.
        columns: Which of them.

    Attributes:
        reference: float32 ``[N, tracks]``, computed in the same way as the edits.
    """

    def __init__(
        self,
        trunk: Trunk,
        tokens: Tensor,
        span: tuple[int, int],
        bins: Sequence[int],
        head: str,
        columns: Sequence[int],
    ) -> None:
        self._trunk, self._tokens, self._span = trunk, tokens, span
        self._bins, self._head, self._columns = bins, head, columns
        self._first = _FirstLayer(trunk.layers[0], tokens, span)
        self.reference = self._values(torch.zeros_like(tokens[None, slice(*span)]))[0]

    def change(self, difference: Tensor) -> Tensor:
        """Differences of the span's tokens ``[E, S, C]`` -> of the prediction, float32 ``[E, N, tracks]``."""
        return self._values(difference) - self.reference

    def _values(self, difference: Tensor) -> Tensor:
        new = self._tokens[slice(*self._span)] + difference
        x = self._trunk.finish(self._first(new), 1, self._bins)
        return self._trunk.tracks(x, self._head, self._columns)


class _FirstLayer:
    """The first transformer layer on windows that differ from one another in the tokens of a span alone."""

    def __init__(self, layer: Layer, tokens: Tensor, span: tuple[int, int]) -> None:
        self._layer, self._tokens, self._span = layer, tokens, span
        inside = slice(*span)
        hidden = layer.attention_norm(tokens[None]).to(layer.query.dtype)
        self._query, self._key, self._value = layer.queries(hidden), layer.keys(hidden), layer.values(hidden)
        log_sums, mixed, positions = [], [], []
        for _, (a, b) in blocks([(0, len(tokens))], tokens.device.type):
            query = self._query[:, :, a:b]
            positions.append(layer.relative(query + layer.position_bias, a)[..., inside].clone())
            outside = layer.logits(query, self._key, a).float()
            outside[..., inside] = -torch.inf
            log_sums.append(outside.logsumexp(-1, keepdim=True))
            mixed.append((outside - log_sums[-1]).exp().to(self._value.dtype) @ self._value)
        self._log_sum = torch.cat(log_sums, dim=2)  # [1, H, T, 1] over the columns outside the span
        self._mixed = torch.cat(mixed, dim=2)  # [1, H, T, V], what these columns mix to
        self._positions = torch.cat(positions, dim=2)  # [1, H, T, S]

    def __call__(self, new: Tensor) -> Tensor:
        """The span's tokens ``[E, S, C]`` -> the layer's output ``[E, T, C]``."""
        layer, (first, end) = self._layer, self._span
        hidden = layer.attention_norm(new).to(layer.query.dtype)
        key, value = layer.keys(hidden), layer.values(hidden)
        logits = ((self._query + layer.content_bias) @ key.transpose(-1, -2) + self._positions).float()
        log_sum = torch.logaddexp(self._log_sum, logits.logsumexp(-1, keepdim=True))
        mixed = (self._log_sum - log_sum).exp().to(value.dtype) * self._mixed
        mixed += (logits - log_sum).exp().to(value.dtype) @ value
        # The span's own queries are new as well.
        keys, values = _with(self._key, key, first, end), _with(self._value, value, first, end)
        mixed[:, :, first:end] = layer.attend(layer.queries(hidden), keys, values, [(first, end)])
        x = self._tokens.expand(len(new), -1, -1).clone()
        x[:, first:end] = new
        return layer.after(x, mixed)


def _with(old: Tensor, new: Tensor, first: int, end: int) -> Tensor:
    """``[1, H, T, K]`` for each edit, with rows ``first`` to ``end`` of ``[E, H, S, K]``."""
    joined = old.expand(len(new), -1, -1, -1).clone()
    joined[:, :, first:end] = new
    return joined
