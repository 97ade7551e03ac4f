"""The trunk against the published architecture with the same weights, and which tokens an edit can change."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from weights import TINY_CONFIG, tiny_model, write_model

from enformer_core.errors import SequenceError
from enformer_core.inference.onehot import encode
from enformer_core.inference.trunk import Trunk, levels
from enformer_core.model import Enformer, EnformerConfig, checkpoint

L, T, BIN, N_BINS = TINY_CONFIG.input_length, TINY_CONFIG.n_tokens, TINY_CONFIG.bin_size, TINY_CONFIG.target_length
ROUNDING = {"rtol": 1e-5, "atol": 1e-5}  # the embedding has a standard deviation of 1.2
CONFIGS = {
    "no crop": replace(TINY_CONFIG, input_length=4_096),
    "bins of 32": replace(TINY_CONFIG, num_downsamples=5, filters=(), input_length=2_048),
    "one layer": replace(TINY_CONFIG, depth=1),
    "four layers": replace(TINY_CONFIG, depth=4),
    "own widths": replace(TINY_CONFIG, filters=(16, 20, 36, 40, 12, 44, 48)),
}


def codes_of(seed: int = 0) -> np.ndarray:
    codes = np.random.default_rng(seed).integers(0, 4, L).astype(np.uint8)
    codes[3_000:3_030] = 4
    return codes


def windows(*seeds: int) -> torch.Tensor:
    return encode(np.stack([codes_of(seed) for seed in seeds]))


@pytest.mark.parametrize("name", CONFIGS)
def test_models_of_other_shapes(name: str, tmp_path: Path) -> None:
    config: EnformerConfig = CONFIGS[name]
    plain = checkpoint.load(write_model(tmp_path, config) / "model.safetensors", config)
    trunk = Trunk(plain)
    codes = np.random.default_rng(1).integers(0, 5, (1, config.input_length)).astype(np.uint8)
    with torch.inference_mode():
        wanted = plain(encode(codes))
        embedding = trunk.embed(trunk.tokens(encode(codes)))
        for head, values in wanted.items():
            assert float(values.std()) > 0.05
            torch.testing.assert_close(trunk.tracks(embedding, head), values, **ROUNDING)


@pytest.mark.parametrize("bins", [None, [0], [N_BINS - 1], [3, 4, 5], [0, 2, 3, 17, 31], list(range(N_BINS))])
def test_some_bins_of_a_batch(bins: Sequence[int] | None, plain: Enformer, trunk: Trunk) -> None:
    one_hot = windows(0, 1)
    with torch.inference_mode():
        wanted = plain.embed(one_hot)
        found = trunk.embed(trunk.tokens(one_hot), bins)
    torch.testing.assert_close(found, wanted if bins is None else wanted[:, bins], **ROUNDING)


@pytest.mark.parametrize("indices", [None, [0], [11, 3, 4], np.array([7, 0, 7]), range(12)])
def test_some_tracks_in_their_order(indices: Sequence[int] | None, plain: Enformer, trunk: Trunk) -> None:
    with torch.inference_mode():
        embedding = plain.embed(windows(0, 1))
        wanted = plain.tracks(embedding, "human")
        found = trunk.tracks(embedding, "human", indices)
    torch.testing.assert_close(found, wanted if indices is None else wanted[..., list(indices)], **ROUNDING)


def test_track_numbers_that_may_not_be_written_to(trunk: Trunk) -> None:
    """As a track table gives them: no warning, which a test would take for an error."""
    indices = np.array([3, 1])
    indices.flags.writeable = False
    with torch.inference_mode():
        assert trunk.tracks(torch.zeros(1, 2, 2 * TINY_CONFIG.dim), "human", indices).shape == (1, 2, 2)


@pytest.mark.parametrize("bins", [None, [5, 6, 20]])
def test_going_on_from_any_layer(bins: Sequence[int] | None, trunk: Trunk) -> None:
    with torch.inference_mode():
        x = trunk.tokens(windows(0))
        wanted = trunk.embed(x, bins)
        for done in range(len(trunk.layers) + 1):
            torch.testing.assert_close(trunk.finish(x, done, bins), wanted, **ROUNDING)
            if done < len(trunk.layers):
                x = trunk.layers[done](x)


def test_progress_of_the_transformer(trunk: Trunk) -> None:
    parts: list[float] = []
    trunk.embed(trunk.tokens(windows(0)), on_part=parts.append)
    assert parts == [0.5, 1.0]


def test_another_length_is_refused(trunk: Trunk) -> None:
    with pytest.raises(SequenceError, match=r"8,064 bp cannot be read. The model reads 8,192 bp"):
        trunk.tokens(windows(0)[:, 128:])


def test_bfloat16_within_its_bound(plain: Enformer, trunk: Trunk) -> None:
    half, one_hot = Trunk(plain, "bfloat16"), windows(0, 1)
    with torch.inference_mode():
        wanted = trunk.tracks(trunk.embed(trunk.tokens(one_hot)), "human")
        found = half.tracks(half.embed(half.tokens(one_hot)), "human")
    assert found.dtype == torch.float32
    assert 1e-4 < float((found - wanted).norm() / wanted.norm()) < 0.01


def test_the_gradient_of_a_prediction_is_the_plain_models(
    plain: Enformer, trunk: Trunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(levels._TOKENS, "cpu", 9)
    found, wanted = windows(0).requires_grad_(), windows(0).requires_grad_()
    trunk.tracks(trunk.embed(trunk.tokens(found), [7, 8, 20]), "human", [2, 5]).mean().backward()
    plain.tracks(plain.embed(wanted)[:, [7, 8, 20]], "human", torch.tensor([2, 5])).mean().backward()
    assert found.grad is not None
    assert wanted.grad is not None
    assert float((found.grad - wanted.grad).norm() / wanted.grad.norm()) < 1e-5


def test_the_model_is_not_held(tmp_path: Path) -> None:
    plain = checkpoint.load(write_model(tmp_path) / "model.safetensors", TINY_CONFIG)
    held, trunk = weakref.ref(plain), Trunk(plain)
    assert trunk.layers[0].query.data_ptr() == plain.get_parameter("transformer.0.attention.query.weight").data_ptr()
    del plain
    gc.collect()
    assert held() is None


# --- Which tokens an edit can change -------------------------------------------------------------------------------


def rows(runs: list[tuple[int, int]]) -> list[int]:
    return [row for first, end in runs for row in range(first, end)]


@pytest.fixture(scope="module")
def exact() -> Enformer:
    """In float64, where no rounding carries a change further than it reaches, or hides one that is small."""
    return tiny_model().double()


def tower(exact: Enformer, codes: np.ndarray) -> torch.Tensor:
    with torch.inference_mode():
        x = exact.stem(encode(codes)[None].double().transpose(1, 2))
        for block in exact.tower:
            x = block(x)
        return x[0].T


def differing(exact: Enformer, before: np.ndarray, after: np.ndarray) -> list[int]:
    """Tokens that are not equal bit by bit, both windows run whole."""
    return torch.nonzero((tower(exact, before) != tower(exact, after)).any(dim=1)).flatten().tolist()


@pytest.mark.parametrize("at", [0, 1_300, 3_010, 5_000, L - 1])
def test_tokens_that_are_not_said_to_change_stay_to_rounding(at: int, trunk: Trunk) -> None:
    before, after = codes_of(), codes_of()
    after[at] = (after[at] + 1) % 4
    with torch.inference_mode():
        one, other = (trunk.tokens(encode(codes)[None])[0] for codes in (before, after))
    said = rows(trunk.changed(before, after))
    others = [token for token in range(T) if token not in said]
    assert float((one - other)[others].abs().max()) < 1e-6
    assert float((one - other)[said].abs().max()) > 1e-3


@pytest.mark.parametrize("first", [10 * BIN, 0, L - BIN])
def test_one_base_at_every_phase_changes_what_is_said_and_nothing_else(
    first: int, trunk: Trunk, exact: Enformer
) -> None:
    before, counts = codes_of(), []
    # Further away, see the other tests. Of a cut window the outermost tokens are others, but react no less.
    lo, hi = max(first // BIN - 7, 0), min(first // BIN + 8, T)
    unchanged = tower(exact, before[lo * BIN : hi * BIN])
    for at in range(first, first + BIN):
        after = before.copy()
        after[at] = (after[at] + 1) % 4
        said = rows(trunk.changed(before, after))
        differ = (tower(exact, after[lo * BIN : hi * BIN]) != unchanged).any(dim=1)
        assert said == (torch.nonzero(differ).flatten() + lo).tolist(), f"at {at}"
        counts.append(len(said))
    if first == 10 * BIN:
        assert (counts.count(5), counts.count(6)) == (122, 6)
    else:
        assert max(counts) <= 4


@pytest.mark.parametrize("seed", range(6))
def test_several_edits_at_once(seed: int, trunk: Trunk, exact: Enformer) -> None:
    rng = np.random.default_rng(seed)
    before, after = codes_of(), codes_of()
    for at in rng.integers(0, L - 40, 1 + seed):
        width = int(rng.integers(1, 40))
        after[at : at + width] = rng.integers(0, 5, width)
    said, differ = trunk.changed(before, after), set(differing(exact, before, after))
    assert differ <= set(rows(said))
    assert all(a < b for a, b in said)
    assert all(before_end < first for (_, before_end), (first, _) in pairwise(said))
    for at in np.flatnonzero(before != after):  # each edit is felt
        near = range(max(at // BIN - trunk.margin, 0), at // BIN + trunk.margin + 1)
        assert set(near) & differ


def test_n_for_a_base_and_a_base_for_n(trunk: Trunk, exact: Enformer) -> None:
    before, after = codes_of(), codes_of()
    after[3_010], after[5_000] = 2, 4
    assert rows(trunk.changed(before, after)) == differing(exact, before, after)
    before[6_000:7_000] = after[6_000:7_000] = 4
    after[6_500] = 1  # the only known base far and wide
    assert rows(trunk.changed(before, after)) == differing(exact, before, after)


def test_nothing_and_everything(trunk: Trunk) -> None:
    assert trunk.changed(codes_of(), codes_of()) == []
    assert trunk.changed(codes_of(), (codes_of() + 1) % 4) == [(0, T)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, L - 1), st.integers(0, 4)), max_size=12))
def test_changed_is_the_union_of_what_each_place_reaches(trunk: Trunk, edits: list[tuple[int, int]]) -> None:
    before, after = codes_of(), codes_of()
    for at, code in edits:
        after[at] = code
    left, right = trunk.levels.reach
    wanted = {
        token
        for at in np.flatnonzero(before != after)
        for token in range(T)
        if token * BIN - left <= at < (token + 1) * BIN + right
    }
    assert rows(trunk.changed(before, after)) == sorted(wanted)
