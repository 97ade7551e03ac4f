"""Means of gradients: integrated gradients are complete, noise is the same everywhere, and both strands agree."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from weights import TINY_CONFIG, write_model

from enformer_core.errors import Cancelled, EnformerError, InputError, NumericalError, SequenceError, TrackError
from enformer_core.inference.onehot import one_hot, reverse_complement
from enformer_core.inference.trunk import Trunk
from enformer_core.interpret.gradient import gradient, target_value
from enformer_core.interpret.gradient_means import Method, both_strands, integrated_gradients, mirrored, smoothed
from enformer_core.interpret.target import Target
from enformer_core.model import Enformer, checkpoint

LENGTH, BINS = TINY_CONFIG.input_length, TINY_CONFIG.target_length
TARGET = Target((2, 3), (15, 16, 20), "log_ratio", (8,))
METHODS: dict[str, Method] = {
    "gradient": gradient,
    "integrated": partial(integrated_gradients, steps=2),
    "smoothed": partial(smoothed, samples=2),
    "strands": both_strands,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Enformer:
    folder = write_model(tmp_path_factory.mktemp("tiny"))
    return checkpoint.load(folder / "model.safetensors", TINY_CONFIG)


@pytest.fixture(scope="module")
def trunk(model: Enformer) -> Trunk:
    return Trunk(model)


@pytest.fixture(scope="module")
def bases() -> Tensor:
    letters = np.random.default_rng(3).choice(list("ACGT"), LENGTH)
    letters[:40] = letters[3000:3500] = "N"
    return one_hot("".join(letters))


def assert_near(found: Tensor, truth: Tensor, error: float = 1e-5) -> None:
    assert found.dtype == torch.float32
    assert found.shape == truth.shape
    assert truth.abs().max() > 0
    assert (found - truth).norm() <= error * truth.norm()


@pytest.mark.parametrize("target", [TARGET, Target((2, 3), (15, 16)), Target((2,), (0,), "sum", (5,))], ids=str)
def test_integrated_gradients_are_complete(target: Target, trunk: Trunk, bases: Tensor) -> None:
    """They sum to what the input has more than the baseline, the better the more steps are taken."""
    baselines = (None, reverse_complement(bases))
    for baseline in baselines:
        origin = torch.zeros(LENGTH, 4) if baseline is None else baseline
        difference = target_value(trunk, bases, target, "human") - target_value(trunk, origin, target, "human")
        errors = []
        for steps in (2, 20):
            value, found = integrated_gradients(trunk, bases, target, "human", steps=steps, baseline=baseline)
            errors.append(abs(float(found.double().sum()) - difference))
        assert value == pytest.approx(target_value(trunk, bases, target, "human"))
        assert errors[1] < 0.002 * float(found.abs().sum())  # the difference itself can be near 0
        assert errors[1] < errors[0]


def test_integrated_gradients_are_the_mean_gradient_times_the_way(model: Enformer, trunk: Trunk, bases: Tensor) -> None:
    """Against plain gradients at the same places."""
    total = torch.zeros(LENGTH, 4)
    steps = 6
    for i in range(steps):
        leaf = ((i + 0.5) / steps * bases).requires_grad_()
        values = model(leaf[None])["human"][0]
        value = TARGET.value(values[list(TARGET.bins)][:, list(TARGET.columns)])
        total += torch.autograd.grad(value, leaf)[0] / steps
    found = integrated_gradients(trunk, bases, TARGET, "human", steps=steps)[1]
    assert_near(found, total * bases, 2e-5)
    assert not found[bases == 0].any()


def test_noise_is_drawn_from_its_seed(trunk: Trunk, bases: Tensor) -> None:
    """The mean over inputs that are made here, with a seeded generator of the processor."""
    run = partial(smoothed, trunk, bases, TARGET, "human", samples=3, spread=0.2, span=(4000, 4200))
    value, found = run(seed=7)
    source = torch.Generator().manual_seed(7)
    noisy = [bases + 0.2 * torch.randn(bases.shape, generator=source) for _ in range(3)]
    each = [gradient(trunk, inputs, TARGET, "human", span=(4000, 4200))[1] for inputs in noisy]
    assert_near(found, torch.stack(each).mean(0))
    assert value == target_value(trunk, bases, TARGET, "human")
    assert torch.equal(run(seed=7)[1], found)
    assert not torch.allclose(run(seed=8)[1], found, rtol=0.01)


def test_noise_leaves_the_random_numbers_of_others_alone(trunk: Trunk, bases: Tensor) -> None:
    before = torch.get_rng_state()
    smoothed(trunk, bases, TARGET, "human", samples=1, span=(0, 9))
    assert torch.equal(torch.get_rng_state(), before)


def test_no_noise_is_the_gradient(trunk: Trunk, bases: Tensor) -> None:
    found = smoothed(trunk, bases, TARGET, "human", samples=2, spread=0.0)[1]
    assert_near(found, gradient(trunk, bases, TARGET, "human")[1], 1e-6)


@pytest.mark.parametrize("partners", [None, (3, 2, 9)])
def test_both_strands_is_the_gradient_of_the_mean(
    partners: tuple[int, ...] | None, model: Enformer, trunk: Trunk, bases: Tensor
) -> None:
    """Of the averaged prediction's target, by autograd through the turning of the plain model."""
    columns = list(TARGET.columns)
    leaf = bases.clone().requires_grad_()
    forward = model(leaf[None])["human"][0][list(TARGET.bins)][:, columns]
    turned = model(leaf.flip(0, 1)[None])["human"][0].flip(0)[list(TARGET.bins)][:, list(partners or columns)]
    mean = (TARGET.value(forward) + TARGET.value(turned)) / 2
    (truth,) = torch.autograd.grad(mean, leaf)
    value, found = both_strands(trunk, bases, TARGET, "human", partners=partners)
    assert value == pytest.approx(float(mean.detach()), rel=1e-5)
    assert_near(found, truth, 2e-5)
    assert not torch.allclose(found, gradient(trunk, bases, TARGET, "human")[1], rtol=0.1)


def test_both_strands_of_either_strand_are_the_same(trunk: Trunk, bases: Tensor) -> None:
    value, found = both_strands(trunk, bases, TARGET, "human", partners=(3, 2, 9))
    other = mirrored(TARGET, BINS, (3, 2, 9))
    assert other == Target((3, 2), (16, 15, 11), "log_ratio", (9,))
    same, back = both_strands(trunk, reverse_complement(bases), other, "human", partners=(2, 3, 8))
    assert same == pytest.approx(value, rel=1e-6)
    assert_near(reverse_complement(back), found, 1e-5)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("span", [(0, 130), (4000, 4100), (LENGTH - 1, LENGTH)])
def test_a_span_is_a_slice_of_all(name: str, span: tuple[int, int], trunk: Trunk, bases: Tensor) -> None:
    value, everything = METHODS[name](trunk, bases + 0.1, TARGET, "human")
    same, found = METHODS[name](trunk, bases + 0.1, TARGET, "human", span=span)
    assert same == pytest.approx(value, rel=1e-6)
    assert_near(found, everything[span[0] : span[1]], 1e-5)


@pytest.mark.parametrize("method", [partial(integrated_gradients, steps=3), partial(smoothed, samples=2)])
def test_other_methods_on_both_strands(method: Method, trunk: Trunk, bases: Tensor) -> None:
    """Each strand by itself, and their mean."""
    span, back = (4000, 4100), (LENGTH - 4100, LENGTH - 4000)
    found = both_strands(trunk, bases, TARGET, "human", method=method, span=span)[1]
    one = method(trunk, bases, TARGET, "human", span=span)[1]
    two = method(trunk, reverse_complement(bases), mirrored(TARGET, BINS), "human", span=back)[1]
    assert_near(found, (one + two.flip(0, 1)) / 2, 1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_progress_rises_to_one_and_may_stop_the_work(name: str, trunk: Trunk, bases: Tensor) -> None:
    parts: list[float] = []
    METHODS[name](trunk, bases, TARGET, "human", span=(0, 100), on_part=parts.append)
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1)

    def stop(part: float) -> None:
        if part > 0.5:
            raise Cancelled("the work was cancelled")

    with pytest.raises(Cancelled):
        METHODS[name](trunk, bases, TARGET, "human", span=(0, 100), on_part=stop)


def test_nan_weights_are_refused(bases: Tensor, tmp_path: Path) -> None:
    model = checkpoint.load(write_model(tmp_path) / "model.safetensors", TINY_CONFIG)
    with torch.no_grad():
        model.stem.conv.weight[0, 0, 0] = float("nan")
    trunk = Trunk(model)
    for method in METHODS.values():
        with pytest.raises(NumericalError, match="NaN"):
            method(trunk, bases, TARGET, "human", span=(0, 9))


@pytest.mark.parametrize(
    ("method", "kind", "said"),
    [
        (partial(integrated_gradients, steps=0), InputError, "0 steps are too few"),
        (partial(integrated_gradients, baseline=torch.zeros(9, 4)), SequenceError, r"a baseline of shape \(9, 4\)"),
        (partial(integrated_gradients, span=(9, 9)), InputError, "bases 9 to 9"),
        (partial(smoothed, samples=-1), InputError, "-1 samples are too few"),
        (partial(smoothed, spread=-0.1), InputError, "a spread of -0.1"),
        (partial(smoothed, spread=float("nan")), InputError, "a spread of nan"),
        (partial(smoothed, span=(-1, 9)), InputError, "bases -1 to 9"),
        (partial(both_strands, partners=(1, 2)), InputError, "2 partners are given for 3 tracks"),
        (partial(both_strands, partners=(1, 1, 2)), TrackError, "track 1 is chosen twice"),
        (partial(both_strands, partners=(1, 3, 99)), TrackError, "there is no track 99"),
        (partial(both_strands, span=(0, 8_193)), InputError, "bases 0 to 8,193"),
    ],
)
def test_what_cannot_be_used_is_named(
    method: Method, kind: type[EnformerError], said: str, trunk: Trunk, bases: Tensor
) -> None:
    with pytest.raises(kind, match=said):
        method(trunk, bases, TARGET, "human")


@pytest.mark.parametrize("name", METHODS)
def test_bins_and_heads_out_of_range(name: str, trunk: Trunk, bases: Tensor) -> None:
    with pytest.raises(InputError, match="there is no bin 32 .*the nearest is 31"):
        METHODS[name](trunk, bases, Target((0,), (31, 32)), "human")
    with pytest.raises(TrackError, match="no head 'yeast'"):
        METHODS[name](trunk, bases, TARGET, "yeast")
