"""The transformer for the queries that are asked for: relative keys computed once, logits some queries at a time.

Shapes: B windows, T tokens, R rows (queries), C channels, H heads, K channels of a query or key, V of a value.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...model import Enformer
from ...model.enformer import TransformerBlock

_QUERIES = {"cpu": 96}  # per turn: what one turn makes stays in a processor's cache
_ALL = 1 << 30

Runs = list[tuple[int, int]]
"""Rows as consecutive ranges [first, end), in order."""


@dataclass(frozen=True, slots=True)
class Norm:
    """A layer norm, computed in float32 whatever it is given."""

    weight: Tensor
    bias: Tensor
    eps: float

    def __call__(self, x: Tensor) -> Tensor:
        """``[..., C]`` -> ``[..., C]``."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


@dataclass(frozen=True, slots=True)
class Layer:
    """One transformer block. Weights are views of the model's where their type is the same.

    Attributes:
        query, key, value, out, expand, contract: ``[out, in]``.
        content_bias, position_bias: ``[H, 1, K]``.
        position_keys: ``[H, 2 T - 1, K]``, by distance from ``1 - T`` to ``T - 1``; they depend on no input.
        scale: Of the queries.
    """

    attention_norm: Norm
    query: Tensor
    key: Tensor
    value: Tensor
    content_bias: Tensor
    position_bias: Tensor
    position_keys: Tensor
    scale: float
    out: Tensor
    out_bias: Tensor
    mlp_norm: Norm
    expand: Tensor
    expand_bias: Tensor
    contract: Tensor
    contract_bias: Tensor

    @property
    def n_heads(self) -> int:
        """Attention heads."""
        return self.position_keys.shape[0]

    def __call__(self, x: Tensor, runs: Runs | None = None) -> Tensor:
        """``[B, T, C]`` -> ``[B, R, C]``: the rows of ``runs``, or all."""
        hidden = self.attention_norm(x).to(self.query.dtype)
        if (
            runs is not None
            and sum(b - a for a, b in runs) < (self.key.shape[0] + self.value.shape[0]) / self.n_heads / 2
        ):
            return self.after(take(x, runs), self._attend_few(hidden, runs))
        rows = [(0, x.shape[1])] if runs is None else runs
        mixed = self.attend(self.queries(take(hidden, runs)), self.keys(hidden), self.values(hidden), rows)
        return self.after(take(x, runs), mixed)

    def _attend_few(self, hidden: Tensor, runs: Runs) -> Tensor:
        """``attend`` for a few rows, without keys and values: ``[B, T, C]`` -> ``[B, H, R, V]``.

        A logit is ``q (W h)`` = ``(q W) h``, and a mixed value ``sum a (W h)`` = ``W sum a h``: a product for each row
        and head in place of one for each token.
        """
        query = self.queries(take(hidden, runs))
        by_head = self.key.unflatten(0, (self.n_heads, -1))  # [H, K, C]
        folded = (query + self.content_bias) @ by_head  # [B, H, R, C]
        content = (folded.flatten(1, 2) @ hidden.transpose(1, 2)).unflatten(1, folded.shape[1:3])  # [B, H, R, T]
        parts, place = [], 0
        for first, end in runs:
            parts.append(self.relative(query[:, :, place : place + end - first] + self.position_bias, first))
            place += end - first
        weights = (content + torch.cat(parts, dim=2)).softmax(dim=-1, dtype=torch.float32).to(hidden.dtype)
        context = (weights.flatten(1, 2) @ hidden).unflatten(1, weights.shape[1:3])  # [B, H, R, C]
        return context @ self.value.unflatten(0, (self.n_heads, -1)).transpose(1, 2)

    def after(self, x: Tensor, mixed: Tensor) -> Tensor:
        """What comes after the heads were mixed: ``[B, R, C]``, ``[B, H, R, V]`` -> ``[B, R, C]``."""
        x = x + F.linear(join(mixed), self.out, self.out_bias)
        hidden = F.linear(self.mlp_norm(x).to(self.expand.dtype), self.expand, self.expand_bias)
        return x + F.linear(F.relu(hidden, inplace=True), self.contract, self.contract_bias)

    def queries(self, hidden: Tensor) -> Tensor:
        """``[B, R, C]`` -> ``[B, H, R, K]``, scaled."""
        return split(F.linear(hidden, self.query) * self.scale, self.n_heads)

    def keys(self, hidden: Tensor) -> Tensor:
        """``[B, T, C]`` -> ``[B, H, T, K]``."""
        return split(F.linear(hidden, self.key), self.n_heads)

    def values(self, hidden: Tensor) -> Tensor:
        """``[B, T, C]`` -> ``[B, H, T, V]``."""
        return split(F.linear(hidden, self.value), self.n_heads)

    def attend(self, query: Tensor, key: Tensor, value: Tensor, runs: Runs) -> Tensor:
        """Mix values: queries ``[B, H, R, K]`` of the rows in ``runs`` -> ``[B, H, R, V]``."""
        if len(query) > 1 and query.device.type == "cpu":  # what is made of one window stays in a processor's cache
            each = zip(query.split(1), key.split(1), value.split(1), strict=True)
            return torch.cat([self.attend(*window, runs) for window in each])
        parts = []
        for a, (first, end) in blocks(runs, query.device.type):
            weights = self.logits(query[:, :, a : a + end - first], key, first).softmax(dim=-1, dtype=torch.float32)
            parts.append(weights.to(value.dtype) @ value)
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)

    def logits(self, query: Tensor, key: Tensor, first: int) -> Tensor:
        """Of consecutive queries ``[B, H, R, K]`` from row ``first`` on: content and position, ``[B, H, R, T]``."""
        content = (query + self.content_bias) @ key.transpose(-1, -2)
        return content.add_(self.relative(query + self.position_bias, first))

    def relative(self, query: Tensor, first: int) -> Tensor:
        """The part of relative position: ``[B, H, R, K]``, with its bias added -> ``[B, H, R, T]``."""
        rows, n_tokens = query.shape[2], (self.position_keys.shape[1] + 1) // 2
        last = first + rows - 1
        # Row i and column j are at distance j - i, which is column j - i + T - 1 of the keys. Of all distances, these
        # rows can meet only those from -last to T - 1 - first.
        by_distance = (
            query @ self.position_keys[:, n_tokens - 1 - last : 2 * n_tokens - 1 - first].transpose(-1, -2)
        ).contiguous()
        # Each row begins one column further left than the row above it: a view with a shorter stride, no copy.
        strides = by_distance.stride()
        shape = (*by_distance.shape[:3], n_tokens)
        return by_distance.as_strided(shape, (*strides[:2], strides[2] - 1, 1), by_distance.storage_offset() + rows - 1)


def cast(layer: Layer, dtype: torch.dtype) -> Layer:
    """The layer with the weights that the input is multiplied with in ``dtype``; norms and biases as they are."""
    names = ("query", "key", "value", "position_keys", "out", "expand", "contract")
    return replace(layer, **{name: getattr(layer, name).to(dtype) for name in names})


def layers_of(model: Enformer, dtype: torch.dtype) -> list[Layer]:
    """The transformer blocks of a model in evaluation mode, matrix products in ``dtype``."""
    return [_layer(typing.cast(TransformerBlock, block), model.positions, dtype) for block in model.transformer]


def take(x: Tensor, runs: Runs | None) -> Tensor:
    """Rows of ``[B, T, C]``; all of them, not copied, if ``runs`` is None."""
    if runs is None:
        return x
    parts = [x[:, first:end] for first, end in runs]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def runs_of(rows: Sequence[int]) -> Runs:
    """Sorted, distinct rows as consecutive ranges."""
    runs: Runs = []
    for row in rows:
        if runs and runs[-1][1] == row:
            runs[-1] = (runs[-1][0], row + 1)
        else:
            runs.append((row, row + 1))
    return runs


def blocks(runs: Runs, device: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """Turns of a few consecutive rows: (place among the rows asked for, (first row, end))."""
    step, place = _QUERIES.get(device, _ALL), 0
    for first, end in runs:
        for a in range(first, end, step):
            b = min(a + step, end)
            yield place, (a, b)
            place += b - a


def split(x: Tensor, n_heads: int) -> Tensor:
    """``[B, T, H * K]`` -> ``[B, H, T, K]``."""
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def join(x: Tensor) -> Tensor:
    """``[B, H, T, V]`` -> ``[B, T, H * V]``."""
    return x.transpose(1, 2).flatten(2)


def _layer(block: TransformerBlock, positions: Tensor, dtype: torch.dtype) -> Layer:
    attention = block.attention
    with torch.no_grad():  # in float32: in bfloat16 distances above 256 are no longer told apart
        position_keys = split(attention.position_key(positions)[None], attention.n_heads)[0]
    return Layer(
        attention_norm=_norm(block.attention_norm),
        query=attention.query.weight.detach().to(dtype),
        key=attention.key.weight.detach().to(dtype),
        value=attention.value.weight.detach().to(dtype),
        content_bias=attention.content_bias.detach()[0].to(dtype),
        position_bias=attention.position_bias.detach()[0].to(dtype),
        position_keys=position_keys.to(dtype).contiguous(),
        scale=attention.scale,
        out=attention.out.weight.detach().to(dtype),
        out_bias=attention.out.bias.detach().to(dtype),
        mlp_norm=_norm(block.mlp_norm),
        expand=block.expand.weight.detach().to(dtype),
        expand_bias=block.expand.bias.detach().to(dtype),
        contract=block.contract.weight.detach().to(dtype),
        contract_bias=block.contract.bias.detach().to(dtype),
    )


def _norm(norm: nn.LayerNorm) -> Norm:
    return Norm(norm.weight.detach(), norm.bias.detach(), norm.eps)
