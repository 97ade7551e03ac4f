"""How much each token takes from each other one: attention weights of chosen queries, and whole maps as small pictures.

A token is one bin (128 bp) of the input window; token ``config.crop + b`` is output bin b. Only the weights that are
asked for are formed, some queries at a time, and the layers above the last one that is asked for are not run.

Shapes: T tokens, C channels, H heads, K channels of a query or key. A weight says where a layer looks, not what it
does with what it finds there: for what a base contributes, ask for contributions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..errors import InputError, NumericalError
from ..inference.memory import memory_errors
from ..inference.trunk import Trunk
from ..inference.trunk.layers import Layer, Runs, blocks, runs_of
from ..inference.trunk.levels import OnPart
from .choosing import chosen, whole_number


@torch.inference_mode()
def attention(
    trunk: Trunk,
    tokens: Tensor,
    queries: Sequence[int],
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    *,
    key_width: int = 1,
    on_part: OnPart | None = None,
) -> NDArray[np.float32]:
    """Attention weights of some queries.

    Args:
        trunk: The model.
        tokens: ``[T, C]`` of one window, from ``trunk.tokens``.
        queries: Tokens that look, 0 to T - 1, in any order, each once.
        layers: From 0, the one nearest to the sequence, in any order; all by default.
        heads: From 0, in any order; all by default.
        key_width: Keys are added up in groups of so many tokens, so that a row still sums to 1. Group k holds tokens
            ``[k * key_width, (k + 1) * key_width)``; the last one is shorter where T is no multiple.
        on_part: Told the part that is done, after each layer.

    Returns:
        ``[layers, heads, queries, keys]`` in the order asked for: how much a query (a row, which sums to 1) takes
        from each group of keys.

    Raises:
        InputError: A query, layer or head does not exist, is named twice, or none is named; or ``key_width`` is not
            from 1 to T.
        NumericalError: A weight is NaN.
        OutOfDeviceMemory: There is too little memory.
    """
    n_tokens = _n_tokens(trunk, tokens)
    rows = chosen(queries, n_tokens, "query token")
    seen = chosen(range(len(trunk.layers)) if layers is None else layers, len(trunk.layers), "layer")
    looking = _heads(trunk, heads)
    width = whole_number(key_width, n_tokens, "key_width")
    with memory_errors(trunk.device, "the attention weights that are asked for"):
        return _checked(_rows(trunk, tokens, seen, looking, rows, width, on_part))


@torch.inference_mode()
def attention_picture(
    trunk: Trunk,
    tokens: Tensor,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
    *,
    size: int = 256,
    on_part: OnPart | None = None,
) -> NDArray[np.float32]:
    """The whole map of each layer and head, as small as a page can draw. The full one is never held at once.

    Tokens are put together in groups of ``ceil(T / size)``, the last of which can be shorter. There are at most
    ``size`` groups, and no more than T.

    Args:
        trunk: The model.
        tokens: ``[T, C]`` of one window, from ``trunk.tokens``.
        layers: From 0, the one nearest to the sequence, in any order; all by default.
        heads: From 0, in any order; all by default.
        size: The most groups to a side.
        on_part: Told the part that is done, after each layer.

    Returns:
        ``[layers, heads, groups, groups]``: the mean over the queries of a group (a row, which sums to 1) of the sum
        over the keys of a group.

    Raises:
        InputError: A layer or head does not exist, is named twice, or none is named; or ``size`` is not a whole
            number from 1 on.
        NumericalError: A weight is NaN.
        OutOfDeviceMemory: There is too little memory.
    """
    n_tokens = _n_tokens(trunk, tokens)
    seen = chosen(range(len(trunk.layers)) if layers is None else layers, len(trunk.layers), "layer")
    looking = _heads(trunk, heads)
    width = -(-n_tokens // whole_number(size, None, "size"))
    with memory_errors(trunk.device, "a picture of attention"):
        return _checked(_picture(trunk, tokens, seen, looking, width, on_part))


def _rows(
    trunk: Trunk,
    tokens: Tensor,
    layers: list[int],
    heads: list[int],
    rows: list[int],
    width: int,
    on_part: OnPart | None,
) -> NDArray[np.float32]:
    order = np.argsort(rows)
    result = np.empty((len(layers), len(heads), len(rows), -(-len(tokens) // width)), dtype=np.float32)
    runs = runs_of([rows[i] for i in order])
    for layer, place, weights in _turns(trunk, tokens, layers, heads, runs, on_part):
        found = order[place : place + weights.shape[1]]
        result[layers.index(layer)][:, found] = _grouped(weights, width).cpu().numpy()
    return result


def _picture(
    trunk: Trunk, tokens: Tensor, layers: list[int], heads: list[int], width: int, on_part: OnPart | None
) -> NDArray[np.float32]:
    group = torch.arange(len(tokens), device=trunk.device) // width
    members = torch.bincount(group)
    result = torch.zeros(len(layers), len(heads), len(members), len(members), device=trunk.device)
    for layer, place, weights in _turns(trunk, tokens, layers, heads, [(0, len(tokens))], on_part):
        rows = group[place : place + weights.shape[1]]
        result[layers.index(layer)].index_add_(1, rows, _grouped(weights, width))
    return (result / members[:, None]).cpu().numpy()


def _turns(
    trunk: Trunk, tokens: Tensor, layers: list[int], heads: list[int], runs: Runs, on_part: OnPart | None
) -> Iterator[tuple[int, int, Tensor]]:
    """Weights some queries at a time: (layer, place of the first among the rows of ``runs``, ``[heads, rows, T]``)."""
    x, last = tokens[None].to(trunk.device), max(layers)
    for i, layer in enumerate(trunk.layers[: last + 1]):
        if i in layers:
            hidden = layer.attention_norm(x).to(layer.query.dtype)
            query, key = layer.queries(hidden), layer.keys(hidden)
            some = _with_heads(layer, heads)
            # In small turns on every device: a map of all tokens by all tokens would be there at once otherwise.
            for place, (first, end) in blocks(runs, "cpu"):
                logits = some.logits(query[:, heads, first:end], key[:, heads], first)
                yield i, place, logits[0].softmax(dim=-1, dtype=torch.float32)
            if i < last:
                x = layer.after(x, layer.attend(query, key, layer.values(hidden), [(0, x.shape[1])]))
        else:
            x = layer(x)
        if on_part is not None:
            on_part((i + 1) / (last + 1))


def _with_heads(layer: Layer, heads: list[int]) -> Layer:
    """The layer with some of its heads, as far as its logits are concerned."""
    return replace(
        layer,
        content_bias=layer.content_bias[heads],
        position_bias=layer.position_bias[heads],
        position_keys=layer.position_keys[heads],
    )


def _grouped(weights: Tensor, width: int) -> Tensor:
    """Sums over groups of keys: ``[..., T]`` -> ``[..., ceil(T / width)]``."""
    if width == 1:
        return weights
    return F.pad(weights, (0, -weights.shape[-1] % width)).unflatten(-1, (-1, width)).sum(dim=-1)


def _n_tokens(trunk: Trunk, tokens: Tensor) -> int:
    expected = (trunk.config.n_tokens, trunk.config.dim)
    if tuple(tokens.shape) != expected:
        raise InputError(
            f"tokens are {tuple(tokens.shape)}, not {expected}", hint="Give those of one window, from Trunk.tokens"
        )
    return expected[0]


def _heads(trunk: Trunk, heads: Sequence[int] | None) -> list[int]:
    return chosen(range(trunk.config.heads) if heads is None else heads, trunk.config.heads, "head")


def _checked(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    if np.isnan(weights).any():
        raise NumericalError(
            "an attention weight is NaN", hint="Try precision float32; if it stays, the weights do not suit this model"
        )
    return weights
