"""Running windows: the same numbers as the plain model, progress that ends at 1, and memory that runs out."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from weights import TINY_CONFIG, tiny_model

from enformer_core.errors import Cancelled, NumericalError, OutOfDeviceMemory, SequenceError
from enformer_core.inference.forward import convolution_share, embed_window, head_values
from enformer_core.inference.onehot import encode
from enformer_core.inference.reference import ReferenceCache
from enformer_core.inference.trunk import Trunk, levels
from enformer_core.model import Enformer, EnformerConfig

LARGE = 1 << 30


@pytest.fixture
def reference(trunk: Trunk) -> ReferenceCache:
    return ReferenceCache(trunk, LARGE)


@pytest.fixture
def codes() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 5, TINY_CONFIG.input_length).astype(np.uint8)


def edited(codes: np.ndarray, at: int, width: int = 1) -> np.ndarray:
    changed = codes.copy()
    changed[at : at + width] = (changed[at : at + width] + 1) % 4
    return changed


def predicted(reference: ReferenceCache, codes: np.ndarray) -> np.ndarray:
    return head_values(reference.trunk, embed_window(reference, codes), "human", np.arange(12))


def test_same_as_the_plain_model(plain: Enformer, reference: ReferenceCache, codes: np.ndarray) -> None:
    with torch.inference_mode():
        wanted = plain(encode(codes)[None])["human"][0].numpy()
    embedding = embed_window(reference, codes)
    assert embedding.device.type == "cpu"
    values = head_values(reference.trunk, embedding, "human", np.arange(12))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, wanted, rtol=1e-5, atol=1e-5)
    some = head_values(reference.trunk, embedding, "human", np.array([5, 1]))
    np.testing.assert_allclose(some, wanted[:, [5, 1]], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("at", [0, 1_279, 1_280, 4_000, TINY_CONFIG.input_length - 300])
def test_an_edit_of_a_kept_window_is_the_plain_models(
    at: int, plain: Enformer, reference: ReferenceCache, codes: np.ndarray
) -> None:
    both = np.stack([codes, edited(codes, at, 300)])
    with torch.inference_mode():
        wanted = plain(encode(both))["human"].numpy()
    found = np.stack([predicted(reference, window) for window in both])
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    effect, true = found[1] - found[0], wanted[1] - wanted[0]
    assert np.linalg.norm(effect - true) < 0.01 * np.linalg.norm(true)


def test_bfloat16_is_near_and_is_not_the_same(plain: Enformer, reference: ReferenceCache, codes: np.ndarray) -> None:
    full = predicted(reference, codes)
    half = predicted(ReferenceCache(Trunk(plain, "bfloat16"), LARGE), codes)
    error = np.linalg.norm(half - full) / np.linalg.norm(full)
    assert 1e-5 < error < 0.02


def test_no_gradient_is_kept(codes: np.ndarray) -> None:
    trainable = Trunk(Enformer(TINY_CONFIG).eval())
    embedding = embed_window(ReferenceCache(trainable, 0), codes)
    assert not embedding.requires_grad
    assert embedding.grad_fn is None


def test_progress_rises_to_one(reference: ReferenceCache, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(levels._TOKENS, "cpu", 8)
    parts: list[float] = []
    embed_window(reference, codes, parts.append)
    share = convolution_share(TINY_CONFIG)
    assert parts == pytest.approx([*(share * i / 8 for i in range(1, 9)), (1 + share) / 2, 1.0])


def test_of_an_edit_nearly_all_progress_is_the_transformers(reference: ReferenceCache, codes: np.ndarray) -> None:
    """So that the time left, which is told from it, is right."""
    embed_window(reference, codes)
    parts: list[float] = []
    embed_window(reference, edited(codes, 4_000), parts.append)
    tokens, transformer = convolution_share(TINY_CONFIG) * 5 / 64, 1 - convolution_share(TINY_CONFIG)
    share = tokens / (tokens + transformer)
    assert parts == pytest.approx([share, (1 + share) / 2, 1.0], abs=0.02)
    parts.clear()
    embed_window(reference, codes, parts.append)
    assert parts == pytest.approx([0.5, 1.0])


def test_the_convolutions_share_of_the_published_model() -> None:
    """2,276 GFLOP without the 863 that Winograd's filtering saves, and 671 of the transformer."""
    assert convolution_share(EnformerConfig()) == pytest.approx((2_276 - 863) / (2_276 - 863 + 671), abs=0.005)
    assert convolution_share(EnformerConfig(depth=1)) > 0.93


@pytest.mark.parametrize("after", [0.0, 0.3, 0.97])
def test_progress_may_stop_the_run(after: float, reference: ReferenceCache, codes: np.ndarray) -> None:
    """Between tiles and between layers; the next request works."""

    def stop(part: float) -> None:
        if part > after:
            raise Cancelled("the work was cancelled")

    with pytest.raises(Cancelled):
        embed_window(reference, codes, stop)
    assert embed_window(reference, codes).shape == (32, 96)


def test_nan_is_refused(reference: ReferenceCache, codes: np.ndarray) -> None:
    embedding = embed_window(reference, codes).clone()
    embedding[3, 5] = float("nan")
    with pytest.raises(NumericalError, match="NaN or infinity"):
        head_values(reference.trunk, embedding, "human", np.arange(12))


def test_nan_weights_are_refused(codes: np.ndarray) -> None:
    plain = tiny_model()
    with torch.no_grad():
        plain.get_parameter("tower.2.conv.conv.weight")[0, 0, 0] = float("nan")
    with pytest.raises(NumericalError, match="the weights do not suit this model"):
        predicted(ReferenceCache(Trunk(plain), 0), codes)


def test_another_length_is_refused(reference: ReferenceCache, codes: np.ndarray) -> None:
    with pytest.raises(SequenceError, match="8,064 bp cannot be read"):
        embed_window(reference, codes[128:])


@pytest.mark.parametrize("where", ["tokens", "embed"])
@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore words"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    ],
    ids=["device", "host"],
)
def test_out_of_memory_names_the_device_and_lets_go(
    where: str, error: Exception, reference: ReferenceCache, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[weakref.ref] = []

    def fails(*_: object, **__: object) -> torch.Tensor:
        large = torch.zeros(1000)
        held.append(weakref.ref(large))
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(reference.trunk, where, fails)
        with pytest.raises(OutOfDeviceMemory, match=r"cpu has too little memory for one window of 8,192 bp") as caught:
            embed_window(reference, codes)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "the first error's traceback would keep every tensor of the run"
    gc.collect()
    assert held[0]() is None
    assert embed_window(reference, codes).shape == (32, 96)  # the next request works


def test_other_errors_are_not_renamed(
    reference: ReferenceCache, codes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> torch.Tensor:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(reference.trunk, "embed", fails)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        embed_window(reference, codes)
