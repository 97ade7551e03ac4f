"""Shorter windows, frozen towers and cheaper memory leave the model's numbers as they are."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from enformer_core.errors import NumericalError
from enformer_core.inference.onehot import encode
from enformer_core.model import Enformer, EnformerConfig
from enformer_core.model.positional import positional_features
from enformer_core.training.config import Stage, TrainingConfig
from enformer_core.training.frozen import cache_tokens, exact_tokens
from enformer_core.training.head_data import HeadData
from enformer_core.training.optimise import average_in, learning_rate, make_optimizer, poisson_loss
from enformer_core.training.stage_model import after_tower, checkpoint_gradients, initialise, is_tower, stage_model
from enformer_core.training.windows import Window


@pytest.fixture
def shape(config: TrainingConfig) -> EnformerConfig:
    return config.shape({"toy": 2})


@pytest.fixture
def model(shape: EnformerConfig) -> Enformer:
    """Batch norms that have seen something, and attention that attends."""
    torch.manual_seed(0)
    model = Enformer(shape)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("out.weight"):
                parameter.normal_(0, 0.2)
        for _ in range(3):
            model(torch.rand(2, 512, 4))
    return model.eval()


def test_short_windows_see_the_central_distances(shape: EnformerConfig) -> None:
    short = stage_model(shape, 256, 32)
    full = positional_features(128, shape.value_size)
    assert short.positions.shape == (127, shape.value_size)
    for distance in (-63, -5, 0, 1, 63):
        assert torch.equal(short.positions[distance + 63], full[distance + 127])
    assert not torch.allclose(short.positions, positional_features(64, shape.value_size), atol=0.01)
    assert torch.equal(stage_model(shape, 512, 64).positions, full)


def test_a_stage_model_takes_the_full_models_state(shape: EnformerConfig, model: Enformer) -> None:
    full = stage_model(shape, 512, 64)
    full.load_state_dict(model.state_dict())
    x = torch.rand(1, 512, 4)
    assert torch.equal(full.eval()(x)["toy"], model(x)["toy"])


def test_the_first_predictions_are_the_means(shape: EnformerConfig) -> None:
    model = Enformer(shape)
    initialise(model, {"toy": np.array([0.5, 7.0])})
    with torch.no_grad():
        model.heads["toy"].weight.zero_()
        assert model.tracks(torch.zeros(1, 1, 48), "toy").flatten().tolist() == pytest.approx([0.5, 7.0])


def test_cached_tokens_are_the_towers_own(
    model: Enformer, data: HeadData, config: TrainingConfig, tmp_path: Path
) -> None:
    tokens_of = partial(exact_tokens, model, data, "float32")
    train = data.source.train
    cached = cache_tokens(tokens_of, data, train, True, 24, tmp_path / "tokens", lambda fraction, message: None)
    assert cached.forward[0].shape == (98_304 // 4, 24)
    # Three tokens at each end of a window see its border, which those of an endless one do not.
    inner = slice(3, 125)
    for start in (0, 3_064, 98_304 - 512):  # chunks of 768 bins: the first ends at 3,072
        for flipped in (False, True):
            window = [Window(0, start, flipped=flipped)]
            found = cached.batch(window, 128)[0]
            with torch.no_grad():
                direct = model.tokens(encode(data.bases(window, train, 512)))[0].numpy()
            assert found[inner] == pytest.approx(direct[inner], abs=4e-3)
            assert np.abs(found[inner] - direct[4:126]).max() > 0.1  # one token off would be seen


def test_tokens_that_do_not_fit_are_refused(model: Enformer, data: HeadData) -> None:
    with torch.no_grad():
        model.tower[0].conv.conv.weight.mul_(1e9)
    with pytest.raises(NumericalError, match="do not fit float16 at chr1:1"):
        exact_tokens(model, data, "float32", "chr1", 0, 100, False)


def test_what_follows_the_tower_is_the_model(model: Enformer) -> None:
    x = torch.rand(1, 512, 4)
    with torch.no_grad():
        assert torch.equal(after_tower(model, model.tokens(x), "toy"), model(x)["toy"])


def test_gradient_checkpointing_changes_no_number(shape: EnformerConfig) -> None:
    results = []
    for checkpointed in (False, True):
        torch.manual_seed(1)
        model = Enformer(shape)
        if checkpointed:
            checkpoint_gradients(model)
        torch.manual_seed(2)
        model(torch.rand(2, 512, 4))["toy"].sum().backward()
        gradients = {name: p.grad for name, p in model.named_parameters()}
        statistics = {name: b for name, b in model.named_buffers() if "running" in name}
        results.append((gradients, statistics))
    for one, other in zip(*results, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert torch.allclose(one[name], other[name], rtol=1e-4, atol=1e-6), name


def _stage(**changes: object) -> Stage:
    values = {"name": "s", "input_length": 512, "target_length": 64, "batch_size": 1, "steps": 100}
    return Stage.model_validate(values | {"learning_rate": 1.0} | changes)


def test_the_rate_rises_stays_and_falls() -> None:
    stage = _stage(warmup=10, decay_from=0.5, final_rate=0.1)
    rates = [learning_rate(stage, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:50] == pytest.approx([1.0] * 41)
    assert rates[75] == pytest.approx(0.55)
    assert rates[99] == pytest.approx(0.1, abs=1e-2)
    assert all(a > b for a, b in pairwise(rates[50:]))


def test_norms_and_biases_do_not_decay_and_a_frozen_tower_rests(shape: EnformerConfig) -> None:
    model = Enformer(shape)
    names = {parameter: name for name, parameter in model.named_parameters()}
    matrices, others = make_optimizer(model, _stage(weight_decay=0.3, frozen_tower=True)).param_groups
    assert (matrices["weight_decay"], others["weight_decay"]) == (0.3, 0.0)
    decaying, resting = ({names[p] for p in group["params"]} for group in (matrices, others))
    assert "transformer.0.expand.weight" in decaying
    assert {"transformer.0.attention.content_bias", "transformer.0.mlp_norm.weight", "heads.toy.bias"} <= resting
    assert decaying | resting == {name for name in names.values() if not is_tower(name)}
    assert not model.stem.conv.weight.requires_grad


def test_the_loss_is_least_where_the_rate_is_the_target() -> None:
    target = torch.tensor([[[0.5, 3.0]]])
    weight = torch.ones(2)
    at = [float(poisson_loss(target * factor, target, weight)) for factor in (0.9, 1.0, 1.1)]
    assert at[1] == min(at)
    heavier = float(poisson_loss(target, target, torch.tensor([2.0, 0.0])))
    assert heavier == pytest.approx(0.5 - 0.5 * np.log(0.5), rel=1e-4)


def test_averaging_starts_quickly_and_copies_statistics(shape: EnformerConfig) -> None:
    average, live = Enformer(shape), Enformer(shape)
    with torch.no_grad():
        average.heads["toy"].bias.fill_(0.0)
        live.heads["toy"].bias.fill_(1.0)
    live.stem.pointwise.norm.running_mean.fill_(4.0)
    average_in(average, live, 0.5, 0)
    assert average.heads["toy"].bias.tolist() == pytest.approx([0.9, 0.9])
    average_in(average, live, 0.5, 1_000)
    assert average.heads["toy"].bias.tolist() == pytest.approx([0.95, 0.95])
    assert average.stem.pointwise.norm.running_mean[0] == 4.0
