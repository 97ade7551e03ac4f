"""The authors' checkpoint becomes a registered model that runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import enformer_core as ec
from enformer_core.errors import InputError, OutputExists, WeightsCorrupt
from enformer_core.inference.conversion import config_of, convert_sonnet
from enformer_core.model.sonnet import read_sonnet_checkpoint
from enformer_core.settings import load_settings

CHECKPOINT = Path(__file__).parent.parent / "model" / "fixtures" / "sonnet"


def test_shape_is_read_from_the_tensors() -> None:
    config = config_of(read_sonnet_checkpoint(CHECKPOINT / "enformer-1.index"))
    assert (config.dim, config.depth, config.heads, config.attn_dim_key) == (24, 3, 2, 8)
    assert config.filters == (12, 12, 14, 16, 18, 20, 24)
    assert dict(config.output_heads) == {"human": 5, "mouse": 3}
    assert (config.input_length, config.target_length) == (196_608, 896)


def test_convert_registers_a_model_that_predicts() -> None:
    models = load_settings().models_dir
    folder = convert_sonnet(CHECKPOINT / "enformer-1.index", models, "authors")
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "manifest.json", "model.safetensors"]
    predictor = ec.Predictor.from_pretrained("authors")
    assert predictor.weights_sha256 == json.loads((folder / "manifest.json").read_text())["sha256"]["model.safetensors"]
    assert predictor.predict(ec.Sequence("ACGT" * 1000), tracks=[0, 4]).values.shape == (896, 2)
    with pytest.raises(OutputExists):
        convert_sonnet(CHECKPOINT / "enformer-1.index", models, "authors")
    assert convert_sonnet(CHECKPOINT / "enformer-1.index", models, "authors", overwrite=True) == folder


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65])
def test_a_name_that_could_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="not a plain name"):
        convert_sonnet(CHECKPOINT / "enformer-1.index", tmp_path, name)


def test_a_damaged_checkpoint_registers_nothing(tmp_path: Path) -> None:
    for file in CHECKPOINT.iterdir():
        if file.name.startswith("enformer-1"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    data = next(p for p in tmp_path.iterdir() if ".data-" in p.name)
    content = bytearray(data.read_bytes())
    content[100] ^= 1
    data.write_bytes(content)
    with pytest.raises(WeightsCorrupt):
        convert_sonnet(tmp_path / "enformer-1.index", tmp_path / "models", "x")
    assert not (tmp_path / "models").exists()
