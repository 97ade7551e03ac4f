"""In-silico mutagenesis against two whole predictions of the plain model for each substitution."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

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
from enformer_core.interpret import effects as effects_module
from enformer_core.interpret import mutagenesis as module
from enformer_core.interpret.effects import Edits, LocalEffects, Method
from enformer_core.interpret.mutagenesis import coarse_first, mutagenesis
from enformer_core.interpret.target import Target
from enformer_core.model import Enformer

TARGET = Target((7, 2), (15, 16), head="human")
LENGTH = TINY_CONFIG.input_length


@pytest.fixture(scope="module")
def plain() -> Enformer:
    return tiny_model().double()


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk(tiny_model())


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    codes = np.random.default_rng(5).integers(0, 4, LENGTH).astype(np.uint8)
    codes[4100:4104] = N
    return codes


def naive(plain: Enformer, codes: np.ndarray, target: Target) -> float:
    with torch.inference_mode():
        values = plain(encode(codes)[None].double())["human"][0]
    return float(target.value(values[list(target.bins)][:, list(target.columns)]))


def naive_map(plain: Enformer, codes: np.ndarray, start: int, end: int, target: Target) -> np.ndarray:
    value, found = naive(plain, codes, target), np.full((end - start, 4), np.nan)
    for position in range(start, end):
        for base in range(4 if codes[position] != N else 0):
            edited = codes.copy()
            edited[position] = base
            found[position - start, base] = 0 if base == codes[position] else naive(plain, edited, target) - value
    return found


@pytest.mark.parametrize(
    ("start", "end"), [(4090, 4110), (0, 3), (LENGTH - 3, LENGTH), (126, 130)], ids=["N", "left", "right", "border"]
)
def test_exact_is_two_predictions(plain: Enformer, trunk: Trunk, codes: np.ndarray, start: int, end: int) -> None:
    found = mutagenesis(trunk, codes, start, end, TARGET, "human")
    truth = naive_map(plain, codes, start, end, TARGET)
    assert found.method == "exact"
    assert found.value == pytest.approx(naive(plain, codes, TARGET), rel=1e-6)
    np.testing.assert_allclose(found.effect, truth, atol=1e-6 * found.value, equal_nan=True)
    known = np.arange(end - start)[codes[start:end] != N]
    assert (found.effect[known, codes[start:end][known]] == 0).all()
    assert np.nanmax(np.abs(truth)) > 5e-6 * found.value


@pytest.mark.parametrize(
    "target",
    [
        Target((7, 2), (15, 16), "sum"),
        Target((7,), (31, 0, 5), "log_ratio", minus_tracks=(1, 2)),
        Target((3,), (4,), "mean", minus_tracks=(0,)),
    ],
    ids=["sum", "log_ratio", "minus"],
)
@pytest.mark.parametrize("method", ["exact", "fast"])
def test_every_reduction(plain: Enformer, trunk: Trunk, codes: np.ndarray, target: Target, method: str) -> None:
    found = mutagenesis(trunk, codes, 4000, 4004, target, "human", method=method)  # pyright: ignore[reportArgumentType]
    truth = naive_map(plain, codes, 4000, 4004, target)
    error = np.sqrt(np.mean((found.effect - truth) ** 2) / np.mean(truth**2))
    assert found.method == method
    assert error < 0.05


def test_every_phase_of_a_bin(plain: Enformer, trunk: Trunk, codes: np.ndarray) -> None:
    start = 3840
    tokens = trunk.tokens(encode(codes)[None])[0]
    effects = LocalEffects(trunk, codes, tokens, start, start + 128, TARGET, "human")
    value = naive(plain, codes, TARGET)
    for phase in range(128):
        alternative = codes[start : start + 128].copy()
        alternative[phase] = (alternative[phase] + 1) % 4
        edited = codes.copy()
        edited[start : start + 128] = alternative
        [found] = effects.of(alternative[None])
        assert found == pytest.approx(naive(plain, edited, TARGET) - value, abs=1e-6 * value)


@given(data=st.data())
@settings(deadline=None, max_examples=25)
def test_any_edits_of_a_stretch(plain: Enformer, trunk: Trunk, codes: np.ndarray, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, LENGTH - 1))
    end = data.draw(st.integers(start + 1, min(start + 600, LENGTH)))
    seed = data.draw(st.integers(0, 2**32 - 1))
    share = data.draw(st.sampled_from([0.01, 0.2, 1.0]))
    rng = np.random.default_rng(seed)
    alternatives = np.repeat(codes[None, start:end], 2, axis=0)
    replaced = rng.random(alternatives.shape) < share
    alternatives[replaced] = rng.integers(0, 5, replaced.sum())
    found = LocalEffects(trunk, codes, trunk.tokens(encode(codes)[None])[0], start, end, TARGET, "human").of(
        alternatives
    )
    value = naive(plain, codes, TARGET)
    for effect, alternative in zip(found, alternatives, strict=True):
        edited = codes.copy()
        edited[start:end] = alternative
        assert effect == pytest.approx(naive(plain, edited, TARGET) - value, abs=2e-6 * value)


def test_pieces_and_batches_make_no_difference(
    trunk: Trunk, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = mutagenesis(trunk, codes, 4080, 4120, TARGET, "human")
    monkeypatch.setattr(module, "_PIECE", 16)
    monkeypatch.setitem(module._POSITIONS, "cpu", 5)
    monkeypatch.setitem(effects_module._BATCH, "cpu", 4)
    pieces = mutagenesis(trunk, codes, 4080, 4120, TARGET, "human")
    np.testing.assert_allclose(pieces.effect, whole.effect, atol=1e-6 * whole.value, equal_nan=True)
    assert pieces.value == pytest.approx(whole.value, rel=1e-6)


@pytest.mark.parametrize("n", [1, 7, 16, 33, 200])
def test_coarse_first_names_each_once(n: int) -> None:
    order = list(coarse_first(n))
    assert sorted(order) == list(range(n))
    assert order[: -(-n // 32)] == list(range(0, n, 32))


def test_results_come_as_they_are_computed(trunk: Trunk, codes: np.ndarray) -> None:
    seen: list[Sequence[int]] = []
    values: set[float] = set()
    gathered = np.full((40, 4), np.nan, dtype=np.float32)

    def on_effects(positions: np.ndarray, effects: np.ndarray, value: float) -> None:
        values.add(value)
        seen.append(positions.tolist())
        gathered[positions - 4080] = effects

    found = mutagenesis(trunk, codes, 4080, 4120, TARGET, "human", on_effects=on_effects)
    np.testing.assert_array_equal(gathered, found.effect)
    assert values == {found.value}
    assert seen[:3] == [[4080], [4112], [4096]]
    assert not {4100, 4101, 4102, 4103} & {p for group in seen for p in group}


def test_stopping_leaves_nothing(trunk: Trunk, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[weakref.ref] = []
    calls, prepare = 0, LocalEffects._prepared

    def watched(self: LocalEffects, method: Method) -> Edits:
        edits = prepare(self, method)
        held.extend([weakref.ref(self), weakref.ref(edits)])
        return edits

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled("the work was cancelled")

    monkeypatch.setattr(LocalEffects, "_prepared", watched)

    with pytest.raises(Cancelled):
        mutagenesis(trunk, codes, 4000, 4100, TARGET, "human", on_batch=stop)
    gc.collect()
    assert calls == 3
    assert len(held) == 2
    assert not any(ref() for ref in held)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (9, 5), (0, LENGTH + 1), (LENGTH, LENGTH + 3)])
def test_intervals_outside_the_window_are_refused(trunk: Trunk, codes: np.ndarray, start: int, end: int) -> None:
    with pytest.raises(InputError, match=f"up to {LENGTH:,}"):
        mutagenesis(trunk, codes, start, end, TARGET, "human")


def test_weights_with_nan_are_refused(codes: np.ndarray) -> None:
    model = tiny_model()
    model.transformer[1].get_parameter("expand.weight")[3, 5] = float("nan")
    for method in ("exact", "fast"):
        with pytest.raises(NumericalError, match="NaN or infinity"):
            mutagenesis(Trunk(model), codes, 4000, 4002, TARGET, "human", method=method)


def test_too_strong_for_the_fast_method_goes_on_exactly(
    trunk: Trunk, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enformer_core.inference.trunk.delta._LARGEST", 1e-9)
    found = mutagenesis(trunk, codes, 4000, 4003, TARGET, "human", method="fast")
    exact = mutagenesis(trunk, codes, 4000, 4003, TARGET, "human")
    assert found.method == "exact"
    np.testing.assert_array_equal(found.effect, exact.effect)


@pytest.mark.parametrize("failing", [1, 2, 5, 9])
def test_memory_that_runs_out_halves_the_batch(
    trunk: Trunk, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """Whichever call fails, the result is the same, computed with smaller batches."""
    whole = mutagenesis(trunk, codes, 4000, 4008, TARGET, "human")
    monkeypatch.setitem(effects_module._BATCH, "cpu", 8)
    monkeypatch.setitem(module._POSITIONS, "cpu", 8)
    sizes, change = [], effects_module.ExactEdits.change

    def scarce(self: effects_module.ExactEdits, difference: torch.Tensor) -> torch.Tensor:
        sizes.append(len(difference))
        if len(sizes) == failing or len(difference) > 6:
            raise torch.OutOfMemoryError("out of memory")
        return change(self, difference)

    monkeypatch.setattr(effects_module.ExactEdits, "change", scarce)
    found = mutagenesis(trunk, codes, 4000, 4008, TARGET, "human")
    assert max(sizes) == 8
    assert sizes[-1] <= 4
    np.testing.assert_allclose(found.effect, whole.effect, atol=1e-6 * whole.value)


def test_memory_that_never_suffices_is_an_error(
    trunk: Trunk, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(self: object, difference: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(effects_module.ExactEdits, "change", none)
    with pytest.raises(OutOfDeviceMemory, match="1 edited window"):
        mutagenesis(trunk, codes, 4000, 4002, TARGET, "human")
