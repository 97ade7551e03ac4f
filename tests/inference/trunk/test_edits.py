"""Prepared windows, exact and by difference, against the plain model in float64 on weights that react."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from weights import TINY_CONFIG, tiny_model

from enformer_core.errors import NumericalError
from enformer_core.inference.onehot import encode
from enformer_core.inference.trunk import Trunk, delta
from enformer_core.inference.trunk.delta import DeltaEdits, norm_change, relu_change, silu_change, softplus_change
from enformer_core.inference.trunk.exact import ExactEdits
from enformer_core.inference.trunk.layers import Norm
from enformer_core.model import Enformer

BINS, COLUMNS = [3, 4, 15, 31], [7, 2, 0]
LENGTH = TINY_CONFIG.input_length


@pytest.fixture(scope="module")
def plain() -> Enformer:
    return tiny_model().double()


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk(tiny_model())


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 4, LENGTH).astype(np.uint8)


def substituted(codes: np.ndarray, *positions: int) -> np.ndarray:
    edited = codes.copy()
    edited[list(positions)] = (edited[list(positions)] + 1) % 4
    return edited


def predicted(plain: Enformer, codes: np.ndarray) -> Tensor:
    with torch.inference_mode():
        return plain(encode(codes)[None].double())["human"][0][BINS][:, COLUMNS]


def differences(trunk: Trunk, codes: np.ndarray, edited: list[np.ndarray], span: tuple[int, int]) -> Tensor:
    with torch.inference_mode():
        windows = encode(np.stack([codes, *edited]))
        tokens = trunk.tokens(windows, *span)
        return tokens[1:] - tokens[:1]


def rms(x: Tensor) -> float:
    return float(x.double().square().mean().sqrt())


def prepared(
    trunk: Trunk, codes: np.ndarray, span: tuple[int, int], make: Callable[..., ExactEdits | DeltaEdits]
) -> ExactEdits | DeltaEdits:
    with torch.inference_mode():
        return make(trunk, trunk.tokens(encode(codes)[None])[0], span, BINS, "human", COLUMNS)


def exact_delta(*args: object) -> DeltaEdits:
    return DeltaEdits(*args, dtype=torch.float32)  # pyright: ignore[reportArgumentType]


# The exact method rounds relative to the prediction, the others relative to the effect. Effects here are between 1e-5
# and 1e-3 of the prediction.
@pytest.mark.parametrize("make", [ExactEdits, exact_delta, DeltaEdits])
@pytest.mark.parametrize("position", [0, 1, 127, 128, 640, 4000, 4095, 4096, LENGTH - 130, LENGTH - 1])
def test_one_substitution(
    plain: Enformer, trunk: Trunk, codes: np.ndarray, position: int, make: Callable[..., ExactEdits]
) -> None:
    edited = substituted(codes, position)
    [span] = trunk.changed(codes, edited)
    edits = prepared(trunk, codes, span, make)
    with torch.inference_mode():
        tokens = plain.tokens(encode(np.stack([codes, edited])).double())[:, slice(*span)]
        found = edits.change((tokens[1:] - tokens[:1]).float())[0]
    reference = predicted(plain, codes)
    truth = predicted(plain, edited) - reference
    assert rms(edits.reference - reference) < 1e-6 * rms(reference)
    assert 1e-6 * rms(reference) < rms(truth) < 1e-2 * rms(reference)
    bound = {ExactEdits: 5e-7 * rms(reference), exact_delta: 1e-4 * rms(truth), DeltaEdits: 3e-2 * rms(truth)}
    assert rms(found - truth) < bound[make], (rms(found - truth) / rms(truth), rms(truth) / rms(reference))


@pytest.mark.parametrize("make", [ExactEdits, exact_delta])
def test_a_batch_is_its_members(trunk: Trunk, codes: np.ndarray, make: Callable[..., ExactEdits]) -> None:
    edited = [substituted(codes, p) for p in (4000, 4050, 4100)]
    edited.append(substituted(codes, *range(3990, 4110)))
    span = trunk.reached(3990, 4110)
    edits = prepared(trunk, codes, span, make)
    found = differences(trunk, codes, edited, span)
    with torch.inference_mode():
        together = edits.change(found)
        alone = torch.cat([edits.change(one[None]) for one in found])
    assert torch.allclose(together, alone, atol=1e-6)
    assert together.abs().amax(dim=(1, 2)).min() > 1e-6


@pytest.mark.parametrize("make", [ExactEdits, exact_delta, DeltaEdits])
def test_no_edit_is_no_effect(trunk: Trunk, codes: np.ndarray, make: Callable[..., ExactEdits]) -> None:
    edits = prepared(trunk, codes, (20, 27), make)
    with torch.inference_mode():
        assert float(edits.change(torch.zeros(1, 7, TINY_CONFIG.dim)).abs().max()) == 0


@pytest.mark.parametrize("span", [(0, 3), (0, 64), (61, 64), (30, 31)])
def test_spans_at_the_ends_and_of_the_whole_window(
    plain: Enformer, trunk: Trunk, codes: np.ndarray, span: tuple[int, int]
) -> None:
    assert TINY_CONFIG.n_tokens == 64
    edits = prepared(trunk, codes, span, ExactEdits)
    d = 0.1 * torch.randn(2, span[1] - span[0], TINY_CONFIG.dim, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        tokens = trunk.tokens(encode(codes)[None]).repeat(2, 1, 1)
        tokens[:, span[0] : span[1]] += d
        truth = [_from_tokens(plain, one.double()) for one in tokens]
        base = _from_tokens(plain, trunk.tokens(encode(codes)[None])[0].double())
        found = edits.change(d)
        assert rms(found - torch.stack([one - base for one in truth])) < 1e-5 * rms(base)
        assert rms(torch.stack(truth) - base) > 1e-3 * rms(base)


def _from_tokens(plain: Enformer, tokens: Tensor) -> Tensor:
    x = tokens[None]
    for block in plain.transformer:
        x = block(x, plain.positions)
    return plain.tracks(plain.final(x), "human")[0][BINS][:, COLUMNS]


@pytest.mark.parametrize("size", [1.0, 1e-2, 1e-4, 1e-6])
def test_weak_effects_keep_their_relative_error(plain: Enformer, trunk: Trunk, codes: np.ndarray, size: float) -> None:
    """The difference of two bfloat16 predictions loses weak effects; what is kept as a difference does not."""
    edited = substituted(codes, 4000)
    [span] = trunk.changed(codes, edited)
    d = size * differences(trunk, codes, [edited], span)
    with torch.inference_mode():
        base = trunk.tokens(encode(codes)[None])[0].double()
        moved = base.clone()
        moved[slice(*span)] += d[0].double()
        truth = _from_tokens(plain, moved) - _from_tokens(plain, base)
        low = prepared(trunk, codes, span, DeltaEdits).change(d)[0]
        full = prepared(trunk, codes, span, exact_delta).change(d)[0]
        naive = Trunk(tiny_model(), "bfloat16")
        two = naive.tracks(naive.embed(torch.stack([base, moved]).float(), BINS), "human", COLUMNS)
    assert rms(full - truth) < 1e-4 * rms(truth)
    assert rms(low - truth) < 1.5e-2 * rms(truth)
    assert rms((two[1] - two[0]) - truth) > 0.3 * rms(truth)


def test_an_edit_too_strong_for_the_fast_method_is_refused(
    trunk: Trunk, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = prepared(trunk, codes, (20, 27), DeltaEdits)
    d = torch.ones(1, 7, TINY_CONFIG.dim)
    with torch.inference_mode():
        edits.change(d * torch.linspace(-1, 1, TINY_CONFIG.dim))
        monkeypatch.setattr(delta, "_LARGEST", 1e-6)
        with pytest.raises(NumericalError, match="method exact"):
            edits.change(d * torch.linspace(-1, 1, TINY_CONFIG.dim))
        monkeypatch.undo()
        with pytest.raises(NumericalError):
            edits.change(d * torch.nan)


def test_exact_where_the_edited_columns_held_all_attention(trunk: Trunk) -> None:
    """Merging by column must not subtract: here nearly all weight was on the columns that change."""
    layer = trunk.layers[0]
    generator = torch.Generator().manual_seed(2)
    tokens = torch.randn(TINY_CONFIG.n_tokens, TINY_CONFIG.dim, generator=generator)
    with torch.inference_mode():
        hidden = layer.attention_norm(tokens[None])
        pull = layer.queries(hidden).mean(2)[0] @ layer.key.unflatten(0, (layer.n_heads, -1))[0]
        tokens[30:33] = 40 * pull.mean(0)
        weights = layer.logits(layer.queries(layer.attention_norm(tokens[None])), layer.keys(hidden), 0).softmax(-1)
        edits = ExactEdits(trunk, tokens, (30, 33), BINS, "human", COLUMNS)
        new = torch.randn(1, 3, TINY_CONFIG.dim, generator=generator)
        moved = tokens.clone()
        moved[30:33] = new[0]
        whole = trunk.tracks(trunk.embed(moved[None], BINS), "human", COLUMNS)[0]
        found = edits.reference + edits.change(new - tokens[30:33])[0]
    assert weights.isfinite().all()
    assert torch.allclose(found, whole, atol=2e-6)


numbers = st.floats(-30, 30, width=32)
small = st.floats(-4, 4, width=32) | st.floats(-(2.0**-20), 2.0**-20, width=32)


@given(x=numbers, d=small)
@settings(deadline=None)
@pytest.mark.parametrize(
    ("change", "function"),
    [
        (relu_change, torch.relu),
        (silu_change, torch.nn.functional.silu),
        (softplus_change, torch.nn.functional.softplus),
    ],
)
def test_changes_of_nonlinearities(
    change: Callable[[Tensor, Tensor], Tensor], function: Callable[[Tensor], Tensor], x: float, d: float
) -> None:
    at, by = torch.tensor(x, dtype=torch.float64), torch.tensor(d, dtype=torch.float64)
    truth = float(function(at + by) - function(at))
    found = float(change(at.float(), by.float()))
    # float64 itself knows the difference only to 1e-15 or so of the values
    assert found == pytest.approx(truth, rel=2e-5, abs=1e-13 + 1e-6 * abs(d) * 1e-3)


@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([10.0, 1.0, 1e-3, 1e-6]))
@settings(deadline=None, max_examples=30)
def test_change_of_a_norm(seed: int, size: float) -> None:
    g = torch.Generator().manual_seed(seed)
    x, d, weight, bias = (torch.randn(*s, 24, generator=g) for s in ((1, 3), (2, 3), (), ()))
    x, d = 3 * x + 1, size * d
    norm = Norm(weight.double(), bias.double(), 1e-5)
    truth = norm(x.double() + d.double()) - norm(x.double())
    found = norm_change(Norm(weight, bias, 1e-5), x, d)
    assert rms(found - truth) < 1e-5 * rms(truth)
