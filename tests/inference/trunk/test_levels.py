"""The convolutions of a few tokens are those of the plain model run whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import TINY_CONFIG, tiny_model

from enformer_core.errors import Cancelled
from enformer_core.inference.onehot import encode
from enformer_core.inference.trunk import Trunk, levels
from enformer_core.model import Enformer

L, T, BIN = TINY_CONFIG.input_length, TINY_CONFIG.n_tokens, TINY_CONFIG.bin_size
ROUNDING = {"rtol": 1e-5, "atol": 5e-6}  # tokens have a standard deviation of 0.5
RANGES = [(0, T), (0, 1), (T - 1, T), (0, 5), (T - 5, T), (20, 21), (13, 40), (1, T - 1), (2, 3), (T - 3, T - 2)]


def windows(n: int = 1, length: int = L, seed: int = 0) -> torch.Tensor:
    codes = np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)
    codes[:, 3_000:3_030] = 4
    return encode(codes)


@pytest.fixture(scope="module")
def expected(plain: Enformer) -> torch.Tensor:
    with torch.inference_mode():
        return plain.tokens(windows(2))


def test_the_weights_react(expected: torch.Tensor) -> None:
    assert float(expected.std()) > 0.3
    assert float((expected[0] - expected[1]).std()) > 0.01


@pytest.mark.parametrize(("tile", "rows"), [(96, 512), (7, 512), (96, 9), (5, 30), (1, 1_000)])
def test_any_range_in_tiles_of_any_size(
    tile: int, rows: int, trunk: Trunk, expected: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(levels._TOKENS, "cpu", tile)
    monkeypatch.setitem(levels._ROWS, "cpu", rows)
    for lo, hi in RANGES:
        with torch.inference_mode():
            found = trunk.tokens(windows(2)[:1], lo, hi)
        assert found.shape == (1, hi - lo, TINY_CONFIG.dim)
        torch.testing.assert_close(found, expected[:1, lo:hi], **ROUNDING)


@pytest.mark.parametrize(("lo", "hi"), RANGES)
def test_a_batch_is_its_windows(lo: int, hi: int, trunk: Trunk, expected: torch.Tensor) -> None:
    with torch.inference_mode():
        torch.testing.assert_close(trunk.tokens(windows(2), lo, hi), expected[:, lo:hi], **ROUNDING)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, T - 1), st.integers(1, 20), st.integers(2, 30), st.integers(20, 400))
def test_ranges_at_random(trunk: Trunk, expected: torch.Tensor, lo: int, width: int, tile: int, rows: int) -> None:
    hi = min(lo + width, T)
    with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
        patch.setitem(levels._TOKENS, "cpu", tile)
        patch.setitem(levels._ROWS, "cpu", rows)
        torch.testing.assert_close(trunk.tokens(windows(2)[1:], lo, hi), expected[1:, lo:hi], **ROUNDING)


@pytest.mark.parametrize("n_tokens", [32, 33, 101])
def test_windows_of_another_length(n_tokens: int, plain: Enformer, trunk: Trunk) -> None:
    one_hot = windows(1, n_tokens * BIN, seed=n_tokens)
    with torch.inference_mode():
        whole = plain.tokens(one_hot)
        for lo, hi in ((0, n_tokens), (0, 2), (n_tokens - 2, n_tokens), (11, 17)):
            torch.testing.assert_close(trunk.levels.tokens(one_hot, lo, hi), whole[:, lo:hi], **ROUNDING)


def test_the_reach_is_where_a_token_stops_to_change(trunk: Trunk) -> None:
    """Of the architecture, in float64: no rounding can carry a change further, or hide one."""
    left, right = trunk.levels.reach
    assert (left, right) == (259, 259)
    assert trunk.margin == 3
    token, codes = 14, np.random.default_rng(1).integers(0, 4, L).astype(np.uint8)
    exact = tiny_model().double()

    def read(at: int | None) -> torch.Tensor:
        changed = codes.copy()
        if at is not None:
            changed[at] = (changed[at] + 1) % 4
        with torch.inference_mode():
            return exact.tokens(encode(changed)[None].double())[0, token]

    unchanged = read(None)
    first, last = token * BIN - left, token * BIN + BIN - 1 + right
    for outside in (first - 1, last + 1):
        assert torch.equal(read(outside), unchanged)
    for inside in (first, last):
        assert not torch.equal(read(inside), unchanged)


def test_what_tokens_need(trunk: Trunk) -> None:
    needed = trunk.levels.needed(4, 6)
    assert needed[0] == (4 * BIN - 259, 6 * BIN + 259)
    assert needed[-1] == (4, 6)
    assert len(needed) == TINY_CONFIG.num_downsamples + 1


def test_progress_is_told_by_tile_and_may_stop_the_run(trunk: Trunk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(levels._TOKENS, "cpu", 10)
    parts: list[float] = []
    trunk.tokens(windows(), 5, 40, parts.append)
    assert parts == pytest.approx([10 / 35, 20 / 35, 30 / 35, 1.0])
    begun: list[float] = []

    def stop(part: float) -> None:
        begun.append(part)
        if part > 0.5:
            raise Cancelled("the work was cancelled")

    with pytest.raises(Cancelled):
        trunk.tokens(windows(), 5, 40, stop)
    assert begun == parts[:2]


@pytest.mark.parametrize(("lo", "hi"), [(0, T), (20, 26), (0, 3), (T - 3, T)])
def test_gradients_are_those_of_the_plain_model(
    lo: int, hi: int, plain: Enformer, trunk: Trunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(levels._TOKENS, "cpu", 20)
    monkeypatch.setitem(levels._ROWS, "cpu", 100)
    weights = torch.randn(hi - lo, TINY_CONFIG.dim, generator=torch.Generator().manual_seed(1))
    found, wanted = windows().requires_grad_(), windows().requires_grad_()
    (trunk.tokens(found, lo, hi)[0] * weights).sum().backward()
    (plain.tokens(wanted)[0, lo:hi] * weights).sum().backward()
    assert found.grad is not None
    assert wanted.grad is not None
    assert float(wanted.grad.abs().max()) > 1e-2
    assert float((found.grad - wanted.grad).norm() / wanted.grad.norm()) < 1e-5


def test_bfloat16_is_near(plain: Enformer, expected: torch.Tensor) -> None:
    half = Trunk(plain, "bfloat16")
    with torch.inference_mode():
        found = half.tokens(windows(2), 3, 40)
        assert half.levels.tokens(windows(1), 0, 1).dtype == torch.bfloat16
    assert found.dtype == torch.float32
    error = float((found - expected[:, 3:40]).norm() / expected[:, 3:40].norm())
    assert 1e-4 < error < 0.01
