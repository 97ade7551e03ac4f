"""Spliced windows are what the model gives for the same bases, all of it run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from weights import TINY_CONFIG, write_model

from enformer_core.errors import InputError
from enformer_core.evaluation.windows import ChromosomeWindows, Edit
from enformer_core.inference.codes import fetched
from enformer_core.model import Enformer, checkpoint

LENGTH = 200 * 128
T = TINY_CONFIG.n_tokens
ROWS = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), dtype=np.float32)])
COLUMNS = np.array([7, 0, 3])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Enformer:
    folder = write_model(tmp_path_factory.mktemp("model"))
    return checkpoint.load(folder / "model.safetensors", TINY_CONFIG)


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 4, LENGTH).astype(np.uint8)


@pytest.fixture(scope="module")
def windows(model: Enformer, codes: np.ndarray) -> ChromosomeWindows:
    return ChromosomeWindows(model, codes, "human", COLUMNS)


def whole_run(model: Enformer, bases: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return model(torch.from_numpy(ROWS[bases])[None])["human"][0].numpy()[:, COLUMNS]


def random_bases(n: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 4, n).astype(np.uint8)


@pytest.mark.parametrize("start", [0, 1, 70, 200 - T, -T // 2, 200 - T // 2, -T, 200])
def test_reference_windows(start: int, model: Enformer, codes: np.ndarray, windows: ChromosomeWindows) -> None:
    bases = fetched(codes, start * 128, start * 128 + TINY_CONFIG.input_length)
    assert len(bases) == TINY_CONFIG.input_length
    np.testing.assert_allclose(windows.predict(start), whole_run(model, bases), atol=2e-5)


@pytest.mark.parametrize("place", [0, 1, 127, 128, 300, 4_000, 4_095, 4_096, 8_000, 8_190])
@pytest.mark.parametrize(("removed", "added"), [(1, 1), (360, 360), (384, 0), (0, 128), (130, 2)])
def test_edited_windows(
    place: int, removed: int, added: int, model: Enformer, codes: np.ndarray, windows: ChromosomeWindows
) -> None:
    start = 60
    at = min(start * 128 + place, (start + T) * 128 - max(removed, added + 1))
    edit = Edit(at, at + removed, random_bases(added) if added else np.zeros(0, np.uint8))
    new = np.concatenate([codes[:at], edit.bases, codes[at + removed :]])
    bases = new[start * 128 :][: TINY_CONFIG.input_length]
    found = windows.predict(start, edit)
    np.testing.assert_allclose(found, whole_run(model, bases), atol=2e-5)
    if removed == 360 and 2_000 < place < 6_000:
        assert np.abs(found - windows.predict(start)).max() > 1e-3, "weights that do not react would prove nothing"


def test_what_cannot_be_asked_is_said(windows: ChromosomeWindows, model: Enformer, codes: np.ndarray) -> None:
    with pytest.raises(InputError, match="whole bins"):
        windows.predict(60, Edit(9_000, 9_001, np.zeros(0, np.uint8)))
    with pytest.raises(InputError, match="does not lie in the window"):
        windows.predict(60, Edit(60 * 128 - 1, 60 * 128, random_bases(1)))
    with pytest.raises(InputError, match="does not touch the chromosome"):
        windows.predict(201)
    with pytest.raises(InputError, match="25,599 bp"):
        ChromosomeWindows(model, codes[:-1], "human", COLUMNS)
