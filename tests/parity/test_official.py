"""Our numbers against the authors' own code, by relative L2: absolute bounds would be loose on small quantities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from weights import GOLDEN, GOLDEN_CONFIG, golden_sequence, write_model

import enformer_core as ec
from enformer_core.inference.onehot import one_hot
from enformer_core.inference.trunk import Trunk
from enformer_core.model import Enformer, checkpoint


def relative_l2(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    return dict(np.load(GOLDEN))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("golden"), GOLDEN_CONFIG)


@pytest.fixture(scope="module", params=["plain", "trunk"])
def model(request: pytest.FixtureRequest, folder: Path) -> Enformer | Trunk:
    """As it is read and trained, and as it runs: held to the same numbers."""
    plain = checkpoint.load(folder / "model.safetensors", checkpoint.read_config(folder))
    return plain if request.param == "plain" else Trunk(plain)


def embedded(model: Enformer | Trunk, encoded: torch.Tensor) -> torch.Tensor:
    return model.embed(model.tokens(encoded)) if isinstance(model, Trunk) else model.embed(encoded)


@pytest.fixture(scope="module")
def reference(model: Enformer | Trunk) -> dict[str, np.ndarray]:
    with torch.inference_mode():
        embedding = embedded(model, one_hot(golden_sequence())[None])
        return {head: model.tracks(embedding, head)[0].numpy() for head in model.config.output_heads}


@pytest.mark.parametrize("head", ["human", "mouse"])
def test_outputs(head: str, reference: dict, golden: dict) -> None:
    assert relative_l2(reference[head][::16, ::40], golden[head]) < 1e-4


def test_mean_of_every_track(reference: dict, golden: dict) -> None:
    assert relative_l2(reference["human"].mean(axis=0), golden["human_track_mean"]) < 1e-4


@pytest.mark.parametrize("model", [pytest.param("plain", marks=pytest.mark.slow), "trunk"], indirect=True)
def test_gradient_and_gradient_x_input(model: Enformer | Trunk, golden: dict) -> None:
    encoded = one_hot(golden_sequence()).requires_grad_()
    embedding = embedded(model, encoded[None])
    model.tracks(embedding[:, 447:450], "human", torch.tensor([100])).mean().backward()
    assert encoded.grad is not None
    gradient = encoded.grad.numpy()
    product = (gradient * encoded.detach().numpy()).sum(axis=-1)
    assert relative_l2(gradient[98_304:98_404], golden["gradient"]) < 2e-3
    assert relative_l2(product[97_000:99_600], golden["grad_x_input"]) < 2e-3


@pytest.mark.parametrize("model", [pytest.param("plain", marks=pytest.mark.slow), "trunk"], indirect=True)
def test_variant_effect(model: Enformer | Trunk, reference: dict, golden: dict) -> None:
    position = int(golden["variant"].item())
    bases = golden_sequence()
    changed = "ACGT"[("ACGT".index(bases[position]) + 2) % 4]
    edited = one_hot(bases[:position] + changed + bases[position + 1 :])
    with torch.inference_mode():
        alternative = model.tracks(embedded(model, edited[None]), "human")[0].numpy()
    delta = alternative[440:456, ::40] - reference["human"][440:456, ::40]
    assert relative_l2(delta, golden["variant_delta"]) < 2e-3


def test_through_the_predictor_whose_edits_are_spliced(folder: Path, golden: dict) -> None:
    predictor, bases = ec.Predictor.from_pretrained(folder), golden_sequence()
    position = int(golden["variant"].item())
    changed = "ACGT"[("ACGT".index(bases[position]) + 2) % 4]
    before = predictor.predict(ec.Sequence(bases)).values
    after = predictor.predict(ec.Sequence(bases[:position] + changed + bases[position + 1 :])).values
    assert relative_l2(before[::16, ::40], golden["human"]) < 1e-4
    assert relative_l2(after[440:456, ::40] - before[440:456, ::40], golden["variant_delta"]) < 2e-3
    predictor.close()
