"""Running windows: the same numbers as the plain model, progress that ends at 1, and memory that runs out."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from weights import TINY_CONFIG, write_model

from enformer_core.errors import Cancelled, NumericalError, OutOfDeviceMemory
from enformer_core.inference.forward import embed_window, head_values
from enformer_core.inference.onehot import one_hot
from enformer_core.model import Enformer, checkpoint


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory) -> Enformer:
    folder = write_model(tmp_path_factory.mktemp("tiny"))
    return checkpoint.load(folder / "model.safetensors", TINY_CONFIG)


@pytest.fixture
def encoded() -> torch.Tensor:
    return one_hot("".join(np.random.default_rng(3).choice(list("ACGTN"), TINY_CONFIG.input_length)))


def test_same_as_the_plain_model(model: Enformer, encoded: torch.Tensor) -> None:
    with torch.inference_mode():
        plain = model(encoded[None])["human"][0].numpy()
    embedding = embed_window(model, encoded, "float32")
    assert np.array_equal(head_values(model, embedding, "human", np.arange(12), "float32"), plain)
    some = head_values(model, embedding, "human", np.array([5, 1]), "float32")
    assert np.allclose(some, plain[:, [5, 1]], atol=1e-6)


def test_bfloat16_is_near_and_is_not_the_same(model: Enformer, encoded: torch.Tensor) -> None:
    full = head_values(model, embed_window(model, encoded, "float32"), "human", np.arange(12), "float32")
    half = head_values(model, embed_window(model, encoded, "bfloat16"), "human", np.arange(12), "bfloat16")
    error = np.linalg.norm(half - full) / np.linalg.norm(full)
    assert 1e-5 < error < 0.05


def test_no_gradient_is_kept(encoded: torch.Tensor) -> None:
    trainable = Enformer(TINY_CONFIG).eval()
    embedding = embed_window(trainable, encoded, "float32")
    assert not embedding.requires_grad
    assert embedding.grad_fn is None


def test_progress_rises_to_one(model: Enformer, encoded: torch.Tensor) -> None:
    parts: list[float] = []
    embed_window(model, encoded, "float32", parts.append)
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1.0)
    assert len(parts) > 20
    embed_window(model, encoded, "float32")
    assert not any(layer._forward_hooks for layer in model.modules())


def test_progress_may_stop_the_run(model: Enformer, encoded: torch.Tensor) -> None:
    def stop(part: float) -> None:
        if part > 0.3:
            raise Cancelled("the work was cancelled")

    with pytest.raises(Cancelled):
        embed_window(model, encoded, "float32", stop)
    assert not any(layer._forward_hooks for layer in model.modules())


def test_nan_is_refused(model: Enformer, encoded: torch.Tensor) -> None:
    embedding = embed_window(model, encoded, "float32")
    embedding = embedding.clone()
    embedding[3, 5] = float("nan")
    with pytest.raises(NumericalError, match="NaN or infinity"):
        head_values(model, embedding, "human", np.arange(12), "float32")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore words"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    ],
    ids=["device", "host"],
)
def test_out_of_memory_names_the_device_and_lets_go(
    model: Enformer, encoded: torch.Tensor, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[weakref.ref] = []

    def fails(_: torch.Tensor) -> torch.Tensor:
        large = torch.zeros(1000)
        held.append(weakref.ref(large))
        raise error

    monkeypatch.setattr(model.final, "forward", fails)
    with pytest.raises(OutOfDeviceMemory, match=r"cpu has too little memory for one window of 8,192 bp") as caught:
        embed_window(model, encoded, "float32")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "the first error's traceback would keep every tensor of the run"
    error.__traceback__ = None
    gc.collect()
    assert held[0]() is None
    monkeypatch.undo()
    assert embed_window(model, encoded, "float32").shape == (32, 96)  # the next request works


def test_other_errors_are_not_renamed(model: Enformer, encoded: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(model.final, "forward", fails)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        embed_window(model, encoded, "float32")
