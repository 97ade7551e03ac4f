"""Contributions: the plain model's gradients, whatever part of the window is asked for and however it is cut."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from weights import TINY_CONFIG, write_model

from enformer_core.errors import (
    Cancelled,
    EnformerError,
    InputError,
    NumericalError,
    OutOfDeviceMemory,
    SequenceError,
    TrackError,
)
from enformer_core.inference.onehot import one_hot
from enformer_core.inference.trunk import Trunk, levels
from enformer_core.interpret import gradient as module
from enformer_core.interpret.gradient import centred, gradient, target_value
from enformer_core.interpret.target import Target
from enformer_core.model import Enformer, EnformerConfig, checkpoint

LENGTH = TINY_CONFIG.input_length
BINS, TRACKS = TINY_CONFIG.target_length, TINY_CONFIG.output_heads["human"]
TARGETS = {
    "mean": Target((1, 4), (14, 15, 16)),
    "one": Target((3,), (9,)),
    "sum": Target((0, 7), (2, 30), "sum"),
    "log_ratio": Target((11,), (20, 5), "log_ratio"),
    "minus": Target((2, 3), (16, 15), "mean", (8, 9, 10)),
    "sum_minus": Target((2,), (0,), "sum", (8,)),
    "ratio": Target((6, 1), (31, 0), "log_ratio", (5,)),
    "all": Target(tuple(range(TRACKS)), tuple(range(BINS))),
}
TARGET = TARGETS["minus"]


def made(folder: Path, config: EnformerConfig = TINY_CONFIG) -> Enformer:
    """A model with weights that react."""
    return checkpoint.load(write_model(folder, config) / "model.safetensors", config)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Enformer:
    """The architecture as it is read, in float64: the truth."""
    return made(tmp_path_factory.mktemp("plain")).double()


@pytest.fixture(scope="module")
def trunk(tmp_path_factory: pytest.TempPathFactory) -> Trunk:
    return Trunk(made(tmp_path_factory.mktemp("fast")))


@pytest.fixture(scope="module")
def bases() -> Tensor:
    letters = np.random.default_rng(3).choice(list("ACGT"), LENGTH)
    letters[:40] = letters[3000:3500] = letters[-3:] = "N"
    return one_hot("".join(letters))


@pytest.fixture(scope="module")
def whole(trunk: Trunk, bases: Tensor) -> tuple[float, Tensor]:
    """Value and gradient of the whole window."""
    return gradient(trunk, bases, TARGET, "human")


def true_value(plain: Enformer, bases: Tensor, target: Target, head: str = "human") -> Tensor:
    """A target's value of the plain model, float64."""
    values = plain(bases[None].double())[head][0]
    return target.value(values[list(target.bins)][:, list(target.columns)])


def true_gradient(plain: Enformer, bases: Tensor, target: Target, head: str = "human") -> tuple[float, Tensor]:
    """Value and gradient of the plain model, by autograd."""
    leaf = bases.double().requires_grad_()
    value = true_value(plain, leaf, target, head)
    value.backward()
    return float(value.detach()), cast(Tensor, leaf.grad)


def assert_near(found: Tensor, truth: Tensor, error: float = 2e-5) -> None:
    assert found.dtype == torch.float32
    assert found.shape == truth.shape
    assert truth.abs().max() > 0
    assert (found - truth).norm() <= error * truth.norm()


@pytest.mark.parametrize("name", TARGETS)
def test_same_as_autograd_on_the_plain_model(name: str, plain: Enformer, trunk: Trunk, bases: Tensor) -> None:
    value, found = gradient(trunk, bases, TARGETS[name], "human")
    expected, truth = true_gradient(plain, bases, TARGETS[name])
    assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert_near(found, truth)
    assert found[3000:3500].abs().max() > 0, "N has a gradient too"


def test_another_head(plain: Enformer, trunk: Trunk, bases: Tensor) -> None:
    target = Target((4, 0), (3,))
    assert_near(gradient(trunk, bases, target, "mouse")[1], true_gradient(plain, bases, target, "mouse")[1])


def test_same_as_finite_differences_of_the_plain_model(plain: Enformer, trunk: Trunk, bases: Tensor) -> None:
    """Along some directions, each over its own stretch; a step of 1e-5 in float64 has an error of about 1e-9."""
    found = gradient(trunk, bases, TARGETS["ratio"], "human")[1].double()
    source, step = torch.Generator().manual_seed(5), 1e-5
    for start, end in [(0, 300), (3900, 4000), (4095, 4097), (LENGTH - 200, LENGTH), (0, LENGTH)]:
        way = torch.zeros(LENGTH, 4, dtype=torch.float64)
        way[start:end] = torch.randn((end - start, 4), generator=source, dtype=torch.float64)
        with torch.no_grad():
            up, down = (true_value(plain, bases + sign * step * way, TARGETS["ratio"]) for sign in (1, -1))
        truth = float(up - down) / (2 * step)
        assert float((found * way).sum()) == pytest.approx(truth, rel=1e-4, abs=1e-5 * float(found.norm()))


@pytest.mark.parametrize(
    "span",
    [
        (0, 1),
        (0, 700),
        (127, 129),
        (640, 641),  # a border of tiles of 5 tokens
        (600, 1300),
        (3050, 3100),  # inside N
        (4000, 4200),
        (LENGTH - 300, LENGTH),
        (LENGTH - 1, LENGTH),
        (0, LENGTH),
    ],
)
@pytest.mark.parametrize("tile", [1, 5, 96])
def test_a_span_is_a_slice_of_all(
    span: tuple[int, int],
    tile: int,
    trunk: Trunk,
    bases: Tensor,
    whole: tuple[float, Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value, everything = whole
    tokens = trunk.tokens(bases[None])[0]
    monkeypatch.setitem(module._TOKENS, "cpu", tile)
    monkeypatch.setitem(levels._ROWS, "cpu", 48)
    same, found = gradient(trunk, bases, TARGET, "human", span=span, tokens=tokens)
    assert same == pytest.approx(value, rel=1e-6)
    assert_near(found, everything[span[0] : span[1]], 2e-5)


def test_only_tokens_that_read_the_span_are_recomputed(
    trunk: Trunk, bases: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every base's readers, found by changing it, are the ones that are recomputed: none is missing."""
    for base in (0, 40, 250, 387, 388, 508, 1000, 4223, LENGTH - 260, LENGTH - 1):
        other = bases.clone()
        other[base] = torch.tensor([0.3, -1.0, 2.0, 0.7])
        with torch.no_grad():
            moved = (trunk.tokens(other[None]) - trunk.tokens(bases[None]))[0].abs().amax(-1)
        differ = (moved > 1e-6).nonzero().flatten().tolist()
        lo, hi = trunk.reached(base, base + 1)
        assert lo <= differ[0]
        assert differ[-1] < hi
        assert hi - lo <= len(differ) + 1
    asked: list[tuple[int, int]] = []
    inner = levels.Levels.tokens

    def watched(self: levels.Levels, one_hot: Tensor, lo: int, hi: int, on_part: levels.OnPart | None = None) -> Tensor:
        asked.append((lo, hi))
        return inner(self, one_hot, lo, hi, on_part)

    tokens = trunk.tokens(bases[None])[0]
    monkeypatch.setattr(levels.Levels, "tokens", watched)
    gradient(trunk, bases, TARGET, "human", span=(4000, 4001), tokens=tokens)
    assert asked == [(29, 34)]


def test_the_callers_tensors_stay_as_they_are(trunk: Trunk, bases: Tensor) -> None:
    """Also where the caller is in inference mode, whose tensors can take no part in a backward pass."""
    expected = gradient(trunk, bases, TARGET, "human", span=(4000, 4100))
    with torch.inference_mode():
        given, tokens = bases.clone(), trunk.tokens(bases[None])[0]
        before = tokens.clone()
        value, found = gradient(trunk, given, TARGET, "human", span=(4000, 4100), tokens=tokens)
        assert value == target_value(trunk, given, TARGET, "human")
        assert torch.equal(tokens, before)
        assert torch.equal(given, bases)
    assert value == expected[0]
    assert torch.equal(found, expected[1])
    assert not found.requires_grad
    leaf = bases.clone().requires_grad_()
    gradient(trunk, leaf, TARGET, "human", span=(4000, 4100))
    assert leaf.grad is None
    assert leaf.is_leaf


def test_a_transformer_of_one_layer(tmp_path: Path, bases: Tensor) -> None:
    model = made(tmp_path, replace(TINY_CONFIG, depth=1))
    found = gradient(Trunk(model), bases, TARGET, "human")[1]
    assert_near(found, true_gradient(model.double(), bases, TARGET)[1])


def test_any_floats_will_do(plain: Enformer, trunk: Trunk, bases: Tensor) -> None:
    inputs = bases + 0.3 * torch.randn(bases.shape, generator=torch.Generator().manual_seed(1))
    assert_near(gradient(trunk, inputs, TARGET, "human")[1], true_gradient(plain, inputs, TARGET)[1])
    exact = gradient(trunk, inputs.double(), TARGET, "human")[1]
    assert_near(exact, true_gradient(plain, inputs, TARGET)[1])


def test_bfloat16_is_near(plain: Enformer, trunk: Trunk, bases: Tensor, tmp_path: Path) -> None:
    found = gradient(Trunk(made(tmp_path), "bfloat16"), bases, TARGET, "human")[1]
    truth = true_gradient(plain, bases, TARGET)[1]
    assert 1e-4 < (found - truth).norm() / truth.norm() < 0.1


def test_value_alone(plain: Enformer, trunk: Trunk, bases: Tensor) -> None:
    truth = float(true_value(plain, bases, TARGET).detach())
    parts: list[float] = []
    assert target_value(trunk, bases, TARGET, "human", on_part=parts.append) == pytest.approx(truth, rel=1e-5)
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1)
    tokens = trunk.tokens(bases[None])[0]
    assert target_value(trunk, bases, TARGET, "human", tokens=tokens) == pytest.approx(truth, rel=1e-5)


def test_centred_is_without_what_four_bases_share(trunk: Trunk, bases: Tensor) -> None:
    found = gradient(trunk, bases, TARGET, "human", span=(4000, 4100))[1]
    corrected = centred(found)
    assert corrected.sum(-1).abs().max() < 1e-6 * found.abs().max()
    assert torch.allclose(corrected - corrected[:, :1], found - found[:, :1], atol=1e-6 * float(found.abs().max()))
    assert torch.allclose(centred(torch.tensor([[1.0, 2.0, 3.0, 6.0]])), torch.tensor([[-2.0, -1.0, 0.0, 3.0]]))


@pytest.mark.parametrize("known", [False, True])
def test_progress_rises_to_one(known: bool, trunk: Trunk, bases: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._TOKENS, "cpu", 8)
    parts: list[float] = []
    tokens = trunk.tokens(bases[None])[0] if known else None
    gradient(trunk, bases, TARGET, "human", tokens=tokens, on_part=parts.append)
    assert parts == sorted(parts)
    assert 0 < parts[0] < 0.5
    assert parts[-1] == pytest.approx(1)
    assert len(parts) >= TINY_CONFIG.depth + TINY_CONFIG.n_tokens // 8


def live_tensors() -> int:
    """Tensors that anything holds. Cycles of garbage count: nobody collects them in time."""
    return sum(issubclass(type(held), Tensor) for held in gc.get_objects())


def test_cancelled_at_any_point_leaves_nothing(trunk: Trunk, bases: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._TOKENS, "cpu", 16)
    parts: list[float] = []
    gradient(trunk, bases, TARGET, "human", on_part=parts.append)

    def cancelled_at(k: int) -> None:
        calls = 0

        def stop(_: float) -> None:
            nonlocal calls
            calls += 1
            if calls == k:
                raise Cancelled("the work was cancelled")

        with pytest.raises(Cancelled):
            gradient(trunk, bases, TARGET, "human", on_part=stop)
        assert calls == k

    cancelled_at(1)
    gc.collect()
    gc.disable()
    try:
        before = live_tensors()
        for k in range(1, len(parts) + 1):
            cancelled_at(k)
            assert live_tensors() == before
    finally:
        gc.enable()


@pytest.mark.parametrize("fitting", [16, 7, 1])
def test_tiles_are_halved_until_they_fit(
    fitting: int, trunk: Trunk, bases: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = gradient(trunk, bases, TARGET, "human")
    inner, held = levels.Levels.tokens, list[weakref.ref]()

    def limited(self: levels.Levels, one_hot: Tensor, lo: int, hi: int, on_part: levels.OnPart | None = None) -> Tensor:
        if one_hot.requires_grad and hi - lo > fitting:
            half_done = inner(self, one_hot, lo, lo + 1)
            held.append(weakref.ref(half_done))
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        assert all(reference() is None for reference in held)
        return inner(self, one_hot, lo, hi, on_part)

    monkeypatch.setattr(levels.Levels, "tokens", limited)
    value, found = gradient(trunk, bases, TARGET, "human")
    assert held
    assert value == pytest.approx(expected[0], rel=1e-6)
    assert_near(found, expected[1], 1e-5)


@pytest.mark.parametrize("k", range(1, 9))
def test_out_of_memory_at_the_kth_part(k: int, trunk: Trunk, bases: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that has no more memory from then on: the error says so, and the next request works."""
    calls = 0
    linear = torch.nn.functional.linear

    def fails(*args: Tensor | None) -> Tensor:
        nonlocal calls
        calls += 1
        if calls >= k:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return linear(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(torch.nn.functional, "linear", fails)
        with pytest.raises(
            OutOfDeviceMemory, match=r"cpu has too little memory for contributions in a window of 8,192"
        ):
            gradient(trunk, bases, TARGET, "human")
    assert gradient(trunk, bases, TARGET, "human", span=(0, 9))[1].shape == (9, 4)


def test_out_of_memory_even_for_one_token(trunk: Trunk, bases: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = levels.Levels.tokens

    def fails(self: levels.Levels, one_hot: Tensor, lo: int, hi: int, on_part: levels.OnPart | None = None) -> Tensor:
        if one_hot.requires_grad:
            raise MemoryError
        return inner(self, one_hot, lo, hi, on_part)

    monkeypatch.setattr(levels.Levels, "tokens", fails)
    with pytest.raises(OutOfDeviceMemory, match="too little memory for 1 of 64 tokens"):
        gradient(trunk, bases, TARGET, "human")


def test_nan_weights_are_refused(bases: Tensor, tmp_path: Path) -> None:
    model = made(tmp_path)
    with torch.no_grad():
        cast(nn.Linear, model.heads["human"]).bias[8] = float("nan")
    trunk = Trunk(model)
    with pytest.raises(NumericalError, match="the value of the target is NaN or infinite.*precision float32"):
        gradient(trunk, bases, TARGET, "human")
    with pytest.raises(NumericalError, match="the value of the target is NaN"):
        target_value(trunk, bases, TARGET, "human")
    assert gradient(trunk, bases, TARGETS["one"], "human")[1].isfinite().all()


def test_a_gradient_that_is_nan_is_refused(trunk: Trunk, bases: Tensor) -> None:
    broken, tokens = bases.clone(), trunk.tokens(bases[None])[0]
    broken[4000] = float("nan")
    with pytest.raises(NumericalError, match="the gradient is NaN or infinite"):
        gradient(trunk, broken, TARGET, "human", tokens=tokens)


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"target": Target((0,), (32,))}, InputError, "there is no bin 32 .*the nearest is 31"),
        ({"target": Target((12,), (0,))}, TrackError, "there is no track 12"),
        ({"target": Target((0,), (0,), "mean", (12,))}, TrackError, "there is no track 12"),
        ({"target": Target((5,), (0,)), "head": "mouse"}, TrackError, "there is no track 5"),
        ({"head": "yeast"}, TrackError, "no head 'yeast'. Its heads: human, mouse"),
        ({"span": (5, 5)}, InputError, "bases 5 to 5 are not a stretch of the window, .* 0 to 8,192"),
        ({"span": (9, 5)}, InputError, "bases 9 to 5"),
        ({"span": (-1, 5)}, InputError, "bases -1 to 5"),
        ({"span": (8_000, 8_193)}, InputError, "bases 8,000 to 8,193"),
        ({"one_hot": torch.zeros(LENGTH - 1, 4)}, SequenceError, r"the input of shape \(8191, 4\)"),
        ({"one_hot": torch.zeros(LENGTH, 5)}, SequenceError, r"the input of shape \(8192, 5\)"),
        ({"one_hot": torch.zeros(1, LENGTH, 4)}, SequenceError, r"Give \(8192, 4\)"),
        ({"tokens": torch.zeros(63, 48)}, SequenceError, r"tokens of shape \(63, 48\) .* Give \(64, 48\)"),
    ],
)
def test_what_cannot_be_read_is_named(
    changed: dict[str, object], kind: type[EnformerError], said: str, trunk: Trunk, bases: Tensor
) -> None:
    asked: dict[str, object] = {"one_hot": bases, "target": TARGET, "head": "human", **changed}
    with pytest.raises(kind, match=said):
        gradient(trunk, **asked)  # type: ignore[arg-type]
