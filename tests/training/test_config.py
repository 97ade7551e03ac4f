"""A configuration is read, or refused with the key and the value."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_world import CONFIG

from enformer_core.errors import FileError, SettingsError
from enformer_core.training.config import read_config

OUTPUTS = {"toy": 2}


def _write(folder: Path, text: str) -> Path:
    path = folder / "training.toml"
    path.write_text(text)
    return path


def test_a_good_configuration_is_read(tmp_path: Path) -> None:
    config, text = read_config(_write(tmp_path, CONFIG))
    assert text == CONFIG
    assert config.heads["toy"].train == ("chr1",)
    assert [stage.name for stage in config.stages] == ["local"]
    shape = config.shape(OUTPUTS)
    assert (shape.bin_size, shape.n_tokens, dict(shape.output_heads)) == (4, 128, OUTPUTS)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 3", "seed = -1", "seed cannot be '-1'"),
        ("seed = 3", "sead = 3", "there is no key 'sead'. Did you mean seed?"),
        ("seed = 3", "precision = 'float16'", "precision cannot be 'float16'"),
        ("batch_size = 8", "batch_sise = 8", "stage 1: there is no key 'batch_sise'. Did you mean batch_size?"),
        ("batch_size = 8", "batch_size = 0", "stage 1: batch_size cannot be '0'"),
        ("batch_size = 8", "", "stage 1: batch_size is missing"),
        ("learning_rate = 5e-3", "learning_rate = nan", "learning_rate cannot be 'nan'"),
        ("peaks = 0.8", "peaks = 1.5", "peaks cannot be '1.5'"),
        ("shift = 3", "shift = 3\nfrozen_tower = true", "frozen_tower needs shift = 0"),
        ("shift = 3", "shift = 3\ntrack_weights = {CAGE = -1}", "stage 1, track_weights: CAGE cannot be '-1'"),
        ('train = ["chr1"]', "train = []", "train cannot be '[]': write a list of loci"),
        ('train = ["chr1"]', "train = [3]", "write a list of loci"),
        ('targets = "targets.txt"', "", "heads, toy: targets is missing"),
        ("[model]", "[modell]", "there is no key 'modell'. Did you mean model?"),
        ("seed = 3", "seed = ", "it is not TOML"),
        ("seed = 3", "select = 3", "select cannot be '3'"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CONFIG
    with pytest.raises(SettingsError) as caught:
        read_config(_write(tmp_path, CONFIG.replace(old, new, 1)))
    assert words in str(caught.value)
    assert "training.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dim = 24", "dimm = 24", "[model]: there is no key 'dimm'. Did you mean dim?"),
        ("dim = 24", "dim = 26", "the tower ends with width 24, the transformer has 26"),
        ("filters = [16, 24]", "filters = 3", "[model]: a value has the wrong type"),
        ("input_length = 256", "input_length = 1024", "stage local: input_length 1,024 is above the model's, 512"),
        ("target_length = 32", "target_length = 33", "stage local: target_length 33 is not central in 64 bins"),
        ("resolution = 4", "resolution = 3", "resolution 3 does not divide the bin size, 4"),
    ],
)
def test_a_shape_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CONFIG
    config, _ = read_config(_write(tmp_path, CONFIG.replace(old, new, 1)))
    with pytest.raises(SettingsError) as caught:
        config.shape(OUTPUTS)
    assert words in str(caught.value)


def test_two_stages_of_one_name_are_refused(tmp_path: Path) -> None:
    stage = CONFIG[CONFIG.index("[[stages]]") :]
    with pytest.raises(SettingsError, match="two stages are called local"):
        read_config(_write(tmp_path, f"{CONFIG}\n{stage}"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.toml cannot be read: No such file"):
        read_config(tmp_path / "none.toml")
