"""A window prepared for edits within a few tokens: fast where bfloat16 products are fast.

The difference of two bfloat16 predictions is rounding. So the *difference* goes through the network, not the edited
window: every nonlinearity ``g`` becomes ``g(x + d) - g(x)`` about the reference, which is kept in float32, and every
product is a product with ``d``, so that rounding is relative to the effect and not to the prediction. It is the
network itself in other terms, not a linearisation.

Shapes: E edits, S tokens of the span; else as in ``layers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import NumericalError
from .layers import Layer, Norm, Runs, blocks, join, split, take
from .levels import GELU
from .trunk import Trunk, gelu

_LARGEST = 60.0
"""Change of a logit up to which ``expm1`` and weights in float32 are safe. Real edits stay far below."""


class DeltaEdits:
    """Predictions of edited windows as differences from the reference, which go through the network as such.

    Args:
        trunk: Of float32: the reference is computed with it.
        tokens: float32 ``[T, C]`` of the reference window.
        span: Tokens [first, end) that edits may change.
        bins: Output bins, distinct and in order.
        head: Whose tracks.
        columns: Which of them.
        dtype: Of matrix products with the difference.

    Attributes:
        reference: float32 ``[N, tracks]``.
    """

    def __init__(
        self,
        trunk: Trunk,
        tokens: Tensor,
        span: tuple[int, int],
        bins: Sequence[int],
        head: str,
        columns: Sequence[int],
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:
        self._span, self._n_tokens = span, len(tokens)
        x, rows, last = tokens[None], trunk.rows(bins), len(trunk.layers) - 1
        self._layers = []
        for i, (layer, cast) in enumerate(zip(trunk.layers, trunk.layers_as(dtype), strict=True)):
            kept = _KeptLayer.of(layer, cast, x, rows if i == last else [(0, len(tokens))])
            self._layers.append(kept)
            x = kept.output
            kept.output = x if i == last else x[:, :0]  # the next layer keeps it as its input
        self._final = _KeptFinal.of(trunk, x, head, columns, dtype)
        self.reference = F.softplus(self._final.before_softplus)[0]

    def change(self, difference: Tensor) -> Tensor:
        """Differences of the span's tokens ``[E, S, C]`` -> of the prediction, float32 ``[E, N, tracks]``.

        Raises:
            NumericalError: The edit changes a logit so much that this path is not exact; use ``ExactEdits``.
        """
        d = difference.new_zeros(len(difference), self._n_tokens, difference.shape[2])
        d[:, slice(*self._span)] = difference
        largest = []
        for layer in self._layers:
            d, change = layer(d)
            largest.append(change)
        if not float(torch.stack(largest).max()) <= _LARGEST:  # NaN is no less a reason
            raise NumericalError("an edit changes attention too much for the fast method", hint="Use method exact")
        return self._final(d)


@dataclass(slots=True)
class _KeptLayer:
    """One layer at the reference, with what differences are taken about. R rows are computed, of T."""

    layer: Layer  # with weights of the type that differences are multiplied in
    rows: Runs
    x: Tensor  # [1, T, C], input
    query: Tensor  # [1, H, R, K]
    key: Tensor  # [1, H, T, K]
    value: Tensor  # [1, H, T, V]
    weights: Tensor  # [1, H, R, T], attention
    middle: Tensor  # [1, R, C], after attention
    hidden: Tensor  # [1, R, 2 C], before the ReLU
    output: Tensor  # [1, R, C]

    @staticmethod
    def of(layer: Layer, cast: Layer, x: Tensor, rows: Runs) -> _KeptLayer:
        normed = layer.attention_norm(x)
        query, key, value = layer.queries(take(normed, rows)), layer.keys(normed), layer.values(normed)
        parts = [
            layer.logits(query[:, :, at : at + b - a], key, a).softmax(-1) for at, (a, b) in blocks(rows, x.device.type)
        ]
        weights = torch.cat(parts, dim=2)
        middle = take(x, rows) + F.linear(join(weights @ value), layer.out, layer.out_bias)
        hidden = F.linear(layer.mlp_norm(middle), layer.expand, layer.expand_bias)
        output = middle + F.linear(F.relu(hidden), layer.contract, layer.contract_bias)
        return _KeptLayer(cast, rows, x, query, key, value, weights, middle, hidden, output)

    def __call__(self, d: Tensor) -> tuple[Tensor, Tensor]:
        """``[E, T, C]`` -> ``[E, R, C]``, and the largest change of a logit."""
        mixed, largest = self._attention(norm_change(self.layer.attention_norm, self.x, d))
        d = take(d, self.rows) + self._times(join(mixed), self.layer.out)
        change = self._times(norm_change(self.layer.mlp_norm, self.middle, d), self.layer.expand)
        return d + self._times(relu_change(self.hidden, change), self.layer.contract), largest

    def _attention(self, normed: Tensor) -> tuple[Tensor, Tensor]:
        """Changes of the normed input ``[E, T, C]`` -> of the mixed values ``[E, H, R, V]``."""
        layer, heads = self.layer, self.layer.n_heads
        query = split(self._times(take(normed, self.rows), layer.query) * layer.scale, heads)
        key, value = split(self._times(normed, layer.key), heads), split(self._times(normed, layer.value), heads)
        new_key, parts, largest = self.key + key, [], []
        for at, (a, b) in blocks(self.rows, normed.device.type):
            old, change = self.query[:, :, at : at + b - a], query[:, :, at : at + b - a]
            logits = self._product(old + layer.content_bias, key.transpose(-1, -2))
            logits += self._product(change, new_key.transpose(-1, -2))
            logits += layer.relative(change.to(self.layer.query.dtype), a).float()
            largest.append(logits.abs().max())
            weights = self.weights[:, :, at : at + b - a]
            grown = torch.expm1(
                logits
            )  # softmax(l + d) - softmax(l) = w (e - s) / (1 + s), s = sum(w e), e = exp(d) - 1
            total = (weights * grown).sum(-1, keepdim=True)
            change = weights * (grown - total) / (1 + total)
            parts.append(self._product(change, self.value) + self._product(weights + change, value))
        return torch.cat(parts, dim=2), torch.stack(largest).max()

    def _times(self, x: Tensor, weight: Tensor) -> Tensor:
        return F.linear(x.to(self.layer.query.dtype), weight).float()

    def _product(self, a: Tensor, b: Tensor) -> Tensor:
        return (a.to(self.layer.query.dtype) @ b.to(self.layer.query.dtype)).float()


@dataclass(slots=True)
class _KeptFinal:
    """What follows the transformer, at the reference."""

    trunk: Trunk
    x: Tensor  # [1, N, C]
    widened: Tensor  # [1, N, 2 C], before the GELU
    before_softplus: Tensor  # [1, N, tracks]
    widen: Tensor
    head: Tensor

    @staticmethod
    def of(trunk: Trunk, x: Tensor, head: str, columns: Sequence[int], dtype: torch.dtype) -> _KeptFinal:
        final = trunk.final
        widened = final.widen(final.activate(x))
        before = final.linear(gelu(widened), head, columns)
        return _KeptFinal(trunk, x, widened, before, final.weight.to(dtype), final.rows(head, columns)[0].to(dtype))

    def __call__(self, d: Tensor) -> Tensor:
        """``[E, N, C]`` -> ``[E, N, tracks]``."""
        final = self.trunk.final
        change = silu_change(final.scaled(self.x), final.scale * d) / GELU
        change = F.linear(change.to(self.widen.dtype), self.widen).float()
        change = silu_change(GELU * self.widened, GELU * change) / GELU
        change = F.linear(change.to(self.head.dtype), self.head).float()
        return softplus_change(self.before_softplus, change)


def norm_change(norm: Norm, x: Tensor, d: Tensor) -> Tensor:
    """``norm(x + d) - norm(x)``, exact however small ``d`` is: ``[1, R, C]``, ``[E, R, C]`` -> ``[E, R, C]``."""
    x, d = x - x.mean(-1, keepdim=True), d - d.mean(-1, keepdim=True)
    before = x.square().mean(-1, keepdim=True) + norm.eps
    grown = (d * (2 * x + d)).mean(-1, keepdim=True)
    old, new = before.rsqrt(), (before + grown).rsqrt()
    # 1 / sqrt(b) - 1 / sqrt(a) = (a - b) / (a sqrt(b) + b sqrt(a))
    change = -grown * old * new / (1 / old + 1 / new)
    return (d * new + x * change) * norm.weight


def relu_change(x: Tensor, d: Tensor) -> Tensor:
    """``relu(x + d) - relu(x)``, exact however small ``d`` is."""
    return torch.where(x > 0, torch.maximum(d, -x), F.relu(x + d))


def silu_change(x: Tensor, d: Tensor) -> Tensor:
    """``silu(x + d) - silu(x)``, exact however small ``d`` is."""
    new = torch.sigmoid(x + d)
    # sigmoid(b) - sigmoid(a) = -sigmoid(b) sigmoid(-a) expm1(a - b)
    exact = new * (d - x * torch.sigmoid(-x) * torch.expm1(-d))
    return torch.where(d.abs() < 1, exact, F.silu(x + d) - F.silu(x))


def softplus_change(x: Tensor, d: Tensor) -> Tensor:
    """``softplus(x + d) - softplus(x)``, exact however small ``d`` is."""
    exact = torch.log1p(torch.sigmoid(x) * torch.expm1(d))
    return torch.where(d.abs() < 1, exact, F.softplus(x + d) - F.softplus(x))
