from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import TINY_CONFIG, tiny_model

from enformer_core.errors import Cancelled, InputError, NumericalError, OutOfDeviceMemory
from enformer_core.inference.codes import N
from enformer_core.inference.onehot import encode
from enformer_core.inference.trunk import Trunk
from enformer_core.inference.window import Geometry
from enformer_core.interpret import attention as module
from enformer_core.interpret.attention import attention, attention_picture
from enformer_core.interpret.choosing import rows_of_bins
from enformer_core.model import Enformer

BOUND = 3e-6  # of a weight, 0 to 1, in float32
T, H, DEPTH = TINY_CONFIG.n_tokens, TINY_CONFIG.heads, TINY_CONFIG.depth
GEOMETRY = Geometry(
    TINY_CONFIG.input_length, TINY_CONFIG.bin_size, TINY_CONFIG.target_length, TINY_CONFIG.output_offset
)


@dataclass(frozen=True)
class Case:
    model: Enformer
    trunk: Trunk
    tokens: torch.Tensor
    plain: np.ndarray  # [layers, heads, T, T]


def random_codes(seed: int = 3) -> np.ndarray:
    codes = np.random.default_rng(seed).integers(0, 4, TINY_CONFIG.input_length).astype(np.uint8)
    codes[1_000:1_300] = N
    return codes


def case_of(codes: np.ndarray) -> Case:
    model = tiny_model()
    with torch.inference_mode():
        trunk = Trunk(model)
        tokens = trunk.tokens(encode(codes)[None])[0]
        plain = torch.stack(model.attention(encode(codes)[None]), dim=1)[0].numpy()
    return Case(model, trunk, tokens, plain)


@pytest.fixture(scope="module")
def case() -> Case:
    found = case_of(random_codes())
    # Maps that were flat or all alike would let nearly anything pass.
    assert found.plain.max() > 0.3
    assert float(np.abs(found.plain[0, 0] - found.plain[1, 1]).max()) > 0.1
    return found


def grouped(weights: np.ndarray, width: int) -> np.ndarray:
    """Sums over groups of the last axis, written a second time."""
    return np.stack([weights[..., a : a + width].sum(axis=-1) for a in range(0, weights.shape[-1], width)], axis=-1)


def test_every_weight_of_the_plain_model(case: Case) -> None:
    got = attention(case.trunk, case.tokens, range(T))
    assert got.dtype == np.float32
    assert got.shape == (DEPTH, H, T, T)
    np.testing.assert_allclose(got, case.plain, atol=BOUND)
    np.testing.assert_allclose(got.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("kind", ["all N", "no N", "N at both ends"])
def test_windows_with_unknown_bases(kind: str) -> None:
    codes = np.random.default_rng(4).integers(0, 4, TINY_CONFIG.input_length).astype(np.uint8)
    if kind == "all N":
        codes[:] = N
    elif kind == "N at both ends":
        codes[:2_000] = codes[-2_000:] = N
    found = case_of(codes)
    np.testing.assert_allclose(attention(found.trunk, found.tokens, range(T)), found.plain, atol=BOUND)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_what_is_chosen_comes_in_the_order_asked_for(case: Case, data: st.DataObject) -> None:
    def some(count: int) -> list[int]:
        return data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=12, unique=True))

    queries, layers, heads, width = some(T), some(DEPTH), some(H), data.draw(st.integers(1, T))
    got = attention(case.trunk, case.tokens, queries, layers, heads, key_width=width)
    expected = grouped(case.plain[np.ix_(layers, heads, queries)], width)
    assert got.shape == (len(layers), len(heads), len(queries), -(-T // width))
    np.testing.assert_allclose(got, expected, atol=BOUND)
    np.testing.assert_allclose(got.sum(axis=-1), 1, atol=1e-5)


def test_more_queries_than_fit_in_one_turn(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    from enformer_core.inference.trunk import layers

    expected = attention(case.trunk, case.tokens, range(T))
    monkeypatch.setitem(layers._QUERIES, "cpu", 5)
    queries = [0, 1, 2, 3, 4, 5, 6, 40, 63, 62, 20, 21]
    np.testing.assert_allclose(
        attention(case.trunk, case.tokens, queries), expected[:, :, queries], atol=BOUND, strict=True
    )
    np.testing.assert_allclose(attention_picture(case.trunk, case.tokens, size=T), expected, atol=BOUND)


@pytest.mark.parametrize("size", [1, 7, 16, 63, 64, 65, 256])
def test_a_picture_is_the_pooled_map(case: Case, size: int) -> None:
    got = attention_picture(case.trunk, case.tokens, [1], [3, 0], size=size)
    width = -(-T // size)
    keys = grouped(case.plain[np.ix_([1], [3, 0])], width)
    expected = np.stack([keys[:, :, a : a + width].mean(axis=2) for a in range(0, T, width)], axis=2)
    assert got.dtype == np.float32
    assert got.shape[2] == got.shape[3] <= min(size, T)
    np.testing.assert_allclose(got, expected, atol=BOUND, strict=False)
    np.testing.assert_allclose(got.sum(axis=-1), 1, atol=1e-5)


def test_a_picture_of_everything(case: Case) -> None:
    got = attention_picture(case.trunk, case.tokens, size=16)
    assert got.shape == (DEPTH, H, 16, 16)
    np.testing.assert_allclose(got, case.plain.reshape(DEPTH, H, 16, 4, 16, 4).sum(5).mean(3), atol=BOUND)


def test_output_bins_as_queries(case: Case) -> None:
    rows = rows_of_bins(GEOMETRY, [31, 0, 15])
    assert rows == [TINY_CONFIG.crop + 31, TINY_CONFIG.crop, TINY_CONFIG.crop + 15]
    got = attention(case.trunk, case.tokens, rows)
    np.testing.assert_allclose(got, case.plain[:, :, rows], atol=BOUND)


def test_layers_above_the_last_chosen_one_are_not_run(case: Case) -> None:
    broken = Trunk(case.model)
    broken.layers[1:] = [None] * (DEPTH - 1)  # type: ignore[list-item]
    np.testing.assert_allclose(attention(broken, case.tokens, [5], [0])[0], case.plain[0][:, [5]], atol=BOUND)
    with pytest.raises(AttributeError):
        attention(broken, case.tokens, [5], [1])


def test_only_the_rows_asked_for_are_formed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    formed = []
    original = module.Layer.logits
    monkeypatch.setattr(
        module.Layer,
        "logits",
        lambda self, query, key, first: formed.append(tuple(query.shape)) or original(self, query, key, first),
    )
    attention(case.trunk, case.tokens, [8, 9, 30], [0], [2, 1])
    assert formed == [(1, 2, 2, 8), (1, 2, 1, 8)]  # two neighbours, then one; two heads; nothing for a layer above


def test_bfloat16_stays_near(case: Case) -> None:
    """With 8 bits of mantissa a weight is off by less than 0.02, and of a row less than 2 % lies elsewhere."""
    with torch.inference_mode():
        trunk = Trunk(case.model, "bfloat16")
        tokens = trunk.tokens(encode(random_codes())[None])[0]
    got = attention(trunk, tokens, range(T))
    np.testing.assert_allclose(got.sum(axis=-1), 1, atol=1e-5)
    difference = np.abs(got - case.plain)
    assert 1e-4 < difference.max() < 0.02
    assert difference.sum(axis=-1).max() / 2 < 0.02


def test_progress_goes_up_to_1_and_may_stop_the_work(case: Case) -> None:
    parts: list[float] = []
    attention(case.trunk, case.tokens, [3], on_part=parts.append)
    assert parts == [0.5, 1.0]
    parts.clear()
    attention_picture(case.trunk, case.tokens, [0], on_part=parts.append)
    assert parts == [1.0]

    def stop(part: float) -> None:
        raise Cancelled(f"stopped at {part}")

    with pytest.raises(Cancelled, match=r"0\.5"):
        attention(case.trunk, case.tokens, [3], on_part=stop)
    with pytest.raises(Cancelled, match=r"0\.5"):
        attention_picture(case.trunk, case.tokens, on_part=stop)


@pytest.mark.parametrize(
    ("queries", "options", "message"),
    [
        ([64], {}, r"there is no query token 64\. The model has 64, numbered 0 to 63"),
        ([-1], {}, "there is no query token -1"),
        ([1.5], {}, r"there is no query token '1\.5'"),
        ([True], {}, "there is no query token 'True'"),
        ([], {}, r"no query token is chosen\. The model has 64"),
        ([3, 5, 3], {}, "query token 3 is chosen twice"),
        ([3], {"layers": [2]}, r"there is no layer 2\. The model has 2, numbered 0 to 1"),
        ([3], {"layers": []}, "no layer is chosen"),
        ([3], {"heads": [0, 4]}, r"there is no head 4\. The model has 4, numbered 0 to 3"),
        ([3], {"heads": [1, 1]}, "head 1 is chosen twice"),
        ([3], {"key_width": 0}, r"key_width is 0\. It has to be a whole number from 1 to 64 tokens"),
        ([3], {"key_width": 65}, "key_width is 65"),
        ([3], {"key_width": 2.0}, r"key_width is '2\.0'"),
    ],
)
def test_what_does_not_exist_is_refused(case: Case, queries: list[int], options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        attention(case.trunk, case.tokens, queries, **options)


def test_a_picture_of_what_does_not_exist_is_refused(case: Case) -> None:
    with pytest.raises(InputError, match="there is no layer 9"):
        attention_picture(case.trunk, case.tokens, [9])
    with pytest.raises(InputError, match="there is no head 9"):
        attention_picture(case.trunk, case.tokens, heads=[9])
    with pytest.raises(InputError, match=r"size is 0\. It has to be a whole number from 1 on"):
        attention_picture(case.trunk, case.tokens, size=0)


def test_bins_outside_the_output_are_refused() -> None:
    with pytest.raises(InputError, match=r"there is no output bin 32\. The model has 32, numbered 0 to 31"):
        rows_of_bins(GEOMETRY, [32])


def test_tokens_of_another_shape_are_refused(case: Case) -> None:
    with pytest.raises(InputError, match=r"tokens are \(1, 64, 48\), not \(64, 48\)"):
        attention(case.trunk, case.tokens[None], [3])
    with pytest.raises(InputError, match=r"tokens are \(63, 48\)"):
        attention_picture(case.trunk, case.tokens[1:])


def test_not_a_number_is_an_error(case: Case) -> None:
    tokens = case.tokens.clone()
    tokens[20, 7] = torch.nan
    for call in (lambda: attention(case.trunk, tokens, [3]), lambda: attention_picture(case.trunk, tokens)):
        with pytest.raises(NumericalError, match="attention weight is NaN"):
            call()


@pytest.mark.parametrize("allocation", [1, 2, 3])
def test_memory_that_runs_out_is_said(case: Case, monkeypatch: pytest.MonkeyPatch, allocation: int) -> None:
    original, made = module.Layer.logits, []

    def logits(self: module.Layer, query: torch.Tensor, key: torch.Tensor, first: int) -> torch.Tensor:
        made.append(first)
        if len(made) == allocation:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 75 bytes")
        return original(self, query, key, first)

    monkeypatch.setattr(module.Layer, "logits", logits)
    with pytest.raises(OutOfDeviceMemory, match="too little memory for the attention weights"):
        attention(case.trunk, case.tokens, [3, 9])
    made.clear()
    with pytest.raises(OutOfDeviceMemory, match="too little memory for a picture of attention"):
        attention_picture(case.trunk, case.tokens)
