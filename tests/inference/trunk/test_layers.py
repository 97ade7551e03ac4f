"""A layer of the transformer, for all rows or some, some queries at a time: the plain block's numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from weights import TINY_CONFIG, write_model

from enformer_core.inference.trunk import Trunk, layers
from enformer_core.model import Enformer, checkpoint
from enformer_core.model.enformer import TransformerBlock, relative_shift

T, C = TINY_CONFIG.n_tokens, TINY_CONFIG.dim
ROUNDING = {"rtol": 1e-5, "atol": 1e-5}


def hidden(n_tokens: int = T, n: int = 2) -> torch.Tensor:
    return torch.randn(n, n_tokens, C, generator=torch.Generator().manual_seed(n_tokens))


def blocks_of(plain: Enformer) -> list[TransformerBlock]:
    return cast("list[TransformerBlock]", list(plain.transformer))


@pytest.fixture(params=[1, 7, 96])
def queries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setitem(layers._QUERIES, "cpu", request.param)
    return request.param


@pytest.mark.parametrize("rows", [None, range(T), [0], [T - 1], [3, 4, 5], [0, 1, 17, 30, 31, 32, 63]])
def test_rows_of_a_block(rows: list[int] | None, queries: int, plain: Enformer, trunk: Trunk) -> None:
    x = hidden()
    with torch.inference_mode():
        for layer, block in zip(trunk.layers, blocks_of(plain), strict=True):
            wanted = block(x, plain.positions)
            found = layer(x, None if rows is None else layers.runs_of(list(rows)))
            torch.testing.assert_close(found, wanted if rows is None else wanted[:, list(rows)], **ROUNDING)
            assert float((wanted - x).std()) > 0.1


@pytest.mark.parametrize("n_tokens", [1, 2, 95, 96, 97, 200])
def test_windows_of_any_number_of_tokens(n_tokens: int, tmp_path: Path) -> None:
    config = replace(TINY_CONFIG, input_length=n_tokens * 128, target_length=n_tokens, depth=1)
    plain = checkpoint.load(write_model(tmp_path, config) / "model.safetensors", config)
    x = hidden(n_tokens)
    with torch.inference_mode():
        torch.testing.assert_close(Trunk(plain).layers[0](x), blocks_of(plain)[0](x, plain.positions), **ROUNDING)


def test_the_relative_part_by_definition(trunk: Trunk) -> None:
    layer = trunk.layers[1]
    query = torch.randn(2, layer.n_heads, T, TINY_CONFIG.attn_dim_key, generator=torch.Generator().manual_seed(2))
    wanted = relative_shift(query @ layer.position_keys.transpose(-1, -2))
    for first, end in ((0, T), (0, 1), (T - 1, T), (5, 23)):
        torch.testing.assert_close(layer.relative(query[:, :, first:end], first), wanted[:, :, first:end], **ROUNDING)


def test_weights_are_those_of_the_plain_block(plain: Enformer, trunk: Trunk) -> None:
    x = hidden()
    with torch.inference_mode():
        layer, block = trunk.layers[0], blocks_of(plain)[0]
        normed = layer.attention_norm(x)
        weights = layer.logits(layer.queries(normed), layer.keys(normed), 0).softmax(dim=-1)
        torch.testing.assert_close(weights, block.attention.weights(normed, plain.positions), **ROUNDING)
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, layer.n_heads, T))


def test_gradients_flow_through_a_layer(plain: Enformer, trunk: Trunk) -> None:
    found, wanted = hidden().requires_grad_(), hidden().requires_grad_()
    trunk.layers[1](found, [(3, 9), (40, 41)]).square().sum().backward()
    blocks_of(plain)[1](wanted, plain.positions)[:, [*range(3, 9), 40]].square().sum().backward()
    assert found.grad is not None
    assert wanted.grad is not None
    assert float((found.grad - wanted.grad).norm() / wanted.grad.norm()) < 1e-5


def test_bfloat16_keeps_sums_in_float32(plain: Enformer, trunk: Trunk) -> None:
    half, x = Trunk(plain, "bfloat16").layers[0], hidden()
    assert half.query.dtype == half.position_keys.dtype == torch.bfloat16
    assert half.attention_norm.weight.dtype == torch.float32
    with torch.inference_mode():
        found, wanted = half(x), trunk.layers[0](x)
    assert found.dtype == torch.float32
    assert 1e-4 < float((found - wanted).norm() / wanted.norm()) < 0.01


@pytest.mark.parametrize(
    ("rows", "runs"),
    [([], []), ([4], [(4, 5)]), ([0, 1, 2], [(0, 3)]), ([0, 2, 3, 7], [(0, 1), (2, 4), (7, 8)])],
)
def test_rows_as_runs(rows: list[int], runs: list[tuple[int, int]]) -> None:
    assert layers.runs_of(rows) == runs
    if runs:
        assert torch.equal(layers.take(hidden(), runs), hidden()[:, rows])


def test_turns_cover_every_row_once(queries: int) -> None:
    runs = [(0, 1), (5, 30), (31, 64)]
    wanted = [row for first, end in runs for row in range(first, end)]
    turns = list(layers.blocks(runs, "cpu"))
    assert [row for _, (first, end) in turns for row in range(first, end)] == wanted
    assert all(0 < end - first <= queries for _, (first, end) in turns)
    assert [place for place, _ in turns] == [wanted.index(first) for _, (first, _) in turns]
