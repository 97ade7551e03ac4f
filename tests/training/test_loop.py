"""Whole runs: they learn, go on where they were killed, and stop with words."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from safetensors import safe_open
from safetensors.torch import load_file
from training_world import HEADER, write_bigwig

import enformer_core as ec
from enformer_core.errors import (
    Cancelled,
    EnformerError,
    FileError,
    NumericalError,
    OutOfDeviceMemory,
    OutputExists,
    SettingsError,
    WeightsCorrupt,
    WeightsMismatch,
)
from enformer_core.inference.weights import find_model, load_model
from enformer_core.settings import Settings
from enformer_core.training.log import Validation
from enformer_core.training.loop import Watch, train
from enformer_core.training.stage_run import StageRun

FAR = """
[[stages]]
name = "far"
input_length = 512
target_length = 64
batch_size = 4
steps = 6
learning_rate = 1e-3
frozen_tower = true
validate_every = 4
validate_windows = 12
"""
PUBLISH = """
[publish]
name = "toy"
simulated = true
description = "for a test"
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from enformer_core.settings import load_settings
from enformer_core.training.loop import Watch, train

def step(stage, done, loss):
    if (stage.name, done) == (sys.argv[3], int(sys.argv[4])):
        os.kill(os.getpid(), signal.SIGKILL)

train(Path(sys.argv[1]), Path(sys.argv[2]), load_settings(), resume="--resume" in sys.argv, watch=Watch(step=step))
"""
Edit = Callable[..., Path]


@pytest.fixture
def edited(toy: Path) -> Edit:
    """Writes a variation of the configuration beside the data."""

    def edit(*changes: tuple[str, str], more: str = "") -> Path:
        text = (toy / "training.toml").read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = toy / f"variation{len(list(toy.glob('variation*')))}.toml"
        path.write_text(text + more)
        return path

    return edit


@pytest.fixture(scope="module")
def whole(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two stages that nothing disturbed."""
    config = toy / "two.toml"
    config.write_text((toy / "training.toml").read_text() + FAR + PUBLISH)
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache")
    return train(config, folder / "run", settings)


def _rows(run: Path) -> list[dict[str, str]]:
    with (run / "log.csv").open(newline="") as handle:
        return [{k: v for k, v in x.items() if k not in ("time", "step_seconds")} for x in csv.DictReader(handle)]


def test_the_loss_falls_and_r_rises(edited: Edit, tmp_path: Path, settings: Settings) -> None:
    config = edited(("steps = 10", "steps = 60"), ("peaks = 0.8", "peaks = 0.2"))
    seen: list[Validation] = []
    train(config, tmp_path / "run", settings, watch=Watch(validated=seen.append))
    assert [entry.step for entry in seen] == list(range(5, 61, 5))
    first, last = seen[0], seen[-1]
    assert last.loss < first.loss - 0.2
    assert last.valid_loss < first.valid_loss - 0.1
    assert set(last.r) == {"DNASE", "CAGE"}
    for assay, r in last.r.items():
        before = first.r[assay]
        assert r is not None
        assert before is not None
        assert r > max(before + 0.1, 0.4)


def test_the_finished_folder_is_a_model_that_predicts(whole: Path, toy: Path, settings: Settings) -> None:
    names = {"config.json", "model.safetensors", "targets_toy.txt", "training.toml", "log.csv", "manifest.json"}
    assert {path.name for path in whole.iterdir()} == {*names, "checkpoint"}
    manifest = json.loads((whole / "manifest.json").read_text())
    assert (manifest["name"], manifest["kind"], manifest["simulated"]) == ("toy", "model", True)
    assert set(manifest["sha256"]) == names - {"log.csv", "manifest.json"}
    assert (whole / "training.toml").read_text() == (toy / "two.toml").read_text()
    shutil.copytree(whole, settings.models_dir / "toy")
    loaded = load_model(find_model("toy", settings), settings)  # compares the checksum
    assert loaded.model.config.target_length == 64
    predictor = ec.Predictor.from_pretrained("toy", assembly=str(toy / "genome.fa"), settings=settings)
    prediction = predictor.predict("chr2:30,000")
    predictor.close()
    assert prediction.values.shape == (64, 2)
    assert [track.identifier for track in prediction.tracks] == ["PEAKS", "WEAK"]
    rows = _rows(whole)
    assert [(row["stage"], row["step"]) for row in rows] == [
        ("local", "5"),
        ("local", "10"),
        ("far", "4"),
        ("far", "6"),
    ]
    assert list(rows[0]) == ["stage", "step", "learning_rate", "loss", "valid_loss", "grad_norm", "DNASE", "CAGE"]


def test_the_published_weights_are_the_best_of_the_last_stage(whole: Path) -> None:
    rows = [row for row in _rows(whole) if row["stage"] == "far"]
    mean = [(float(row["DNASE"]) + float(row["CAGE"])) / 2 for row in rows]
    with safe_open(whole / "checkpoint" / "best.safetensors", framework="pt") as stored:
        score = json.loads(stored.metadata()["about"])["score"]
        best = stored.get_tensor("heads.toy.weight")
    assert score == pytest.approx(max(mean), abs=1e-3)
    assert torch.equal(load_file(whole / "model.safetensors")["_heads.toy.0.weight"], best)


def test_a_frozen_tower_does_not_move(whole: Path, toy: Path, tmp_path: Path, settings: Settings) -> None:
    config = toy / "one.toml"
    config.write_text((toy / "training.toml").read_text())
    train(config, tmp_path / "run", settings)
    before = load_file(tmp_path / "run" / "checkpoint" / "last.safetensors")
    after = load_file(whole / "checkpoint" / "last.safetensors")
    moved = {name for name in before if name.startswith("average.") and not torch.equal(before[name], after[name])}
    assert not [name for name in moved if name.startswith(("average.stem.", "average.tower."))]
    assert "average.transformer.0.expand.weight" in moved
    assert "average.final.block.norm.running_mean" in moved


@pytest.mark.slow
def test_killed_twice_and_resumed_is_as_if_nothing_had_happened(whole: Path, toy: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> int:
        command = [sys.executable, "-c", KILLED, str(toy / "two.toml"), str(tmp_path / "run"), *arguments]
        threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
        return subprocess.run(command, env=os.environ | threads, check=False, capture_output=True).returncode

    assert run("local", "6") == -signal.SIGKILL  # a checkpoint every 4 steps
    (tmp_path / "run" / "checkpoint" / ".last.safetensors.x.part").write_text("half a checkpoint")
    assert run("far", "5", "--resume") == -signal.SIGKILL
    assert run("none", "0", "--resume") == 0
    for name in ("model.safetensors", "config.json", "manifest.json"):
        assert (tmp_path / "run" / name).read_bytes() == (whole / name).read_bytes()
    assert _rows(tmp_path / "run") == _rows(whole)
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".part" or path.name == "cache"]


def test_stopped_and_resumed_is_as_if_nothing_had_happened(
    whole: Path, toy: Path, tmp_path: Path, settings: Settings
) -> None:
    steps: list[int] = []
    watch = Watch(step=lambda stage, done, loss: steps.append(done), stop=lambda: len(steps) == 7)
    with pytest.raises(Cancelled, match="training stopped at step 7 of stage local.*--resume"):
        train(toy / "two.toml", tmp_path / "run", settings, watch=watch)
    again: list[int] = []
    train(
        toy / "two.toml",
        tmp_path / "run",
        settings,
        resume=True,
        watch=Watch(step=lambda stage, done, loss: again.append(done)),
    )
    assert again[0] == 8
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_another_seed_gives_another_model(whole: Path, edited: Edit, tmp_path: Path, settings: Settings) -> None:
    train(edited(("seed = 3", "seed = 4"), more=FAR), tmp_path / "run", settings)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() != (whole / "model.safetensors").read_bytes()


def test_a_finished_run_can_be_lengthened_by_a_stage(
    whole: Path, edited: Edit, tmp_path: Path, settings: Settings
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    more = FAR + FAR.replace("far", "further").replace("steps = 6", "steps = 2")
    train(edited(more=more), out, settings, resume=True)
    assert [row["stage"] for row in _rows(out)] == ["local", "local", "far", "far", "further"]
    assert (out / "model.safetensors").read_bytes() != (whole / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 3", "seed = 4", "seed was '3' and is '4'"),
        ("learning_rate = 5e-3", "learning_rate = 4e-3", "stage 1.learning_rate was '0.005' and is '0.004'"),
        ("dim = 24", "dim = 36", "model.dim was '24' and is '36'"),
        ('train = ["chr1"]', 'train = ["chr1:1-50,000"]', "heads.toy.train was"),
    ],
)
def test_a_changed_configuration_is_refused_with_what_changed(
    whole: Path, edited: Edit, tmp_path: Path, settings: Settings, old: str, new: str, words: str
) -> None:
    shutil.copytree(whole, tmp_path / "run")
    changes = [(old, new)] if "dim" not in old else [(old, new), ("filters = [16, 24]", "filters = [16, 36]")]
    with pytest.raises(SettingsError) as caught:
        train(edited(*changes, more=FAR), tmp_path / "run", settings, resume=True)
    assert words in str(caught.value)
    assert "start again in another folder" in str(caught.value)


def test_a_stage_may_have_its_own_attention_dropout(edited: Edit, tmp_path: Path, settings: Settings) -> None:
    lines = {"default": "", "none": "attn_dropout = 0.0\n", "half": "attn_dropout = 0.5\n"}
    last: dict[str, float] = {}
    for name, line in lines.items():
        watch = Watch(step=lambda stage, done, loss, name=name: last.update({name: loss}))
        train(edited(more=FAR + line), tmp_path / name, settings, watch=watch)
        config = json.loads((tmp_path / name / "config.json").read_text())
        assert config["attn_dropout"] == 0.05  # the model's own, whatever a stage did
    assert len(set(last.values())) == 3


def test_stages_that_have_begun_must_stay(whole: Path, toy: Path, tmp_path: Path, settings: Settings) -> None:
    shutil.copytree(whole, tmp_path / "run")
    with pytest.raises(SettingsError, match="2 stages have begun and the configuration has 1"):
        train(toy / "training.toml", tmp_path / "run", settings, resume=True)


def test_a_folder_that_is_in_use_is_refused(whole: Path, toy: Path, tmp_path: Path, settings: Settings) -> None:
    config, out = toy / "two.toml", tmp_path / "run"
    with pytest.raises(OutputExists, match="is not empty. Add --resume"):
        train(config, whole, settings)
    with pytest.raises(SettingsError, match="there is no checkpoint in"):
        train(config, out, settings, resume=True)
    out.mkdir()
    (out / "mine.txt").write_text("x")
    with pytest.raises(OutputExists, match="is not empty. Choose another folder"):
        train(config, out, settings)
    (out / "mine.txt").unlink()
    (out / "cache").mkdir()
    with FileLock(out / "cache" / "lock"), pytest.raises(OutputExists, match="another run works in"):
        train(config, out, settings)


def test_a_damaged_checkpoint_is_refused(whole: Path, toy: Path, tmp_path: Path, settings: Settings) -> None:
    shutil.copytree(whole, tmp_path / "run")
    last = tmp_path / "run" / "checkpoint" / "last.safetensors"
    last.write_bytes(last.read_bytes()[:5_000])
    with pytest.raises(WeightsCorrupt, match="the checkpoint cannot be read"):
        train(toy / "two.toml", tmp_path / "run", settings, resume=True)


def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoint(
    edited: Edit, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StageRun.batch

    def poisoned(self: StageRun, step: int) -> tuple:
        head, inputs, targets = real(self, step)
        return head, inputs, targets * float("nan") if step == 6 else targets

    monkeypatch.setattr(StageRun, "batch", poisoned)
    out = tmp_path / "run"
    with pytest.raises(NumericalError) as caught:
        train(edited(), out, settings)
    assert "the loss became nan at step 7 of stage local" in str(caught.value)
    assert str(out / "checkpoint" / "last.safetensors") in str(caught.value)
    kept = load_file(out / "checkpoint" / "last.safetensors")
    assert all(torch.isfinite(tensor).all() for tensor in kept.values())
    assert float(kept["optimizer.stem.conv.weight.step"]) == 4


def test_too_little_memory_says_what_to_change(
    edited: Edit, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hungry(self: StageRun, step: int) -> tuple:
        return torch.empty(2**46), self, step

    monkeypatch.setattr(StageRun, "batch", hungry)
    with pytest.raises(OutOfDeviceMemory, match="for a batch of 8 windows.*Set batch_size = 4"):
        train(edited(), tmp_path / "run", settings)


@pytest.fixture
def two_heads(toy: Path) -> Path:
    """A configuration with a second head of one track."""
    write_bigwig(toy / "slope.bw", {"chr1": np.linspace(0, 4, 98_304 // 4), "chr2": np.linspace(0, 4, 49_152 // 4)})
    (toy / "targets2.txt").write_text(f"{HEADER}0\t0\tSLOPE\tslope.bw\t1000\t1\tmean\tATAC:cells\n")
    other = '[heads.other]\nassembly = "genome.fa"\ntargets = "targets2.txt"\ntrain = ["chr1"]\nvalid = ["chr2"]\n\n'
    text = (toy / "training.toml").read_text().replace("[[stages]]", f"{other}[[stages]]", 1)
    config = toy / "heads.toml"
    config.write_text(text.replace("steps = 10", "steps = 3"))
    return config


def test_each_step_trains_one_head(two_heads: Path, tmp_path: Path, settings: Settings) -> None:
    steps: list[int] = []
    watch = Watch(step=lambda stage, done, loss: steps.append(done), stop=lambda: len(steps) == 1)
    with pytest.raises(Cancelled):
        train(two_heads, tmp_path / "run", settings, watch=watch)
    kept = load_file(tmp_path / "run" / "checkpoint" / "last.safetensors")
    assert "optimizer.heads.toy.weight.step" in kept
    assert "optimizer.heads.other.weight.step" not in kept
    train(two_heads, tmp_path / "run", settings, resume=True)
    rows = _rows(tmp_path / "run")
    assert {"toy:DNASE", "toy:CAGE", "other:ATAC"} <= set(rows[0])
    model = load_model(find_model(tmp_path / "run", settings), settings).model
    assert dict(model.config.output_heads) == {"toy": 2, "other": 1}
    assert {path.name for path in (tmp_path / "run").glob("targets_*")} == {"targets_toy.txt", "targets_other.txt"}


def test_a_run_can_start_from_a_model(whole: Path, edited: Edit, tmp_path: Path, settings: Settings) -> None:
    config = edited(("learning_rate = 5e-3", "learning_rate = 1e-9"), ("steps = 10", "steps = 1"))
    train(config, tmp_path / "run", settings, init=str(whole))
    found, given = (load_file(folder / "model.safetensors") for folder in (tmp_path / "run", whole))
    weights = [name for name in given if "running" not in name]
    assert all(torch.allclose(found[name], given[name], atol=1e-6) for name in weights)
    narrow = edited(("dim = 24", "dim = 12"), ("filters = [16, 24]", "filters = [16, 12]"))
    with pytest.raises(WeightsMismatch, match="the model to start from has another shape"):
        train(narrow, tmp_path / "other", settings, init=str(whole))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("shift = 3", 'shift = 3\npeak_tracks = ["RNA"]', "peak_tracks names 'RNA'.*Assays are: CAGE, DNASE"),
        ("shift = 3", "shift = 3\ntrack_weights = {RNA = 2}", "track_weights names 'RNA'"),
        ("seed = 3", 'seed = 3\nselect = "RNA"', "select names 'RNA'.*Write mean, or one of CAGE, DNASE"),
        ("seed = 3", 'seed = 3\ndevice = "cuda:99"', "device 'cuda:99' is not on this machine"),
        ("peak_quantile = 0.8", "peak_quantile = 0.999", "no peak lies in the training intervals"),
    ],
)
def test_names_that_mean_nothing_are_refused(
    edited: Edit, tmp_path: Path, settings: Settings, old: str, new: str, words: str
) -> None:
    with pytest.raises(EnformerError, match=words):
        train(edited((old, new)), tmp_path / "run", settings)


def test_bfloat16_and_gradient_checkpointing_run(edited: Edit, tmp_path: Path, settings: Settings) -> None:
    config = edited(
        ("seed = 3", 'seed = 3\nprecision = "bfloat16"\ngradient_checkpointing = true'),
        ("steps = 10", "steps = 2"),
        more=FAR.replace("steps = 6", "steps = 1"),
    )
    train(config, tmp_path / "run", settings)
    assert np.isfinite([float(row["loss"]) for row in _rows(tmp_path / "run")]).all()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(edited: Edit, tmp_path: Path, settings: Settings) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="Choose a folder that you may write to"):
            train(edited(), tmp_path / "run", settings)
    finally:
        tmp_path.chmod(0o700)


def test_a_place_that_is_no_folder_is_said(edited: Edit, tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputExists, match="is not a folder"):
        train(edited(), tmp_path / "file", settings)
    with pytest.raises(FileError, match="cannot be used: Not a directory"):
        train(edited(), tmp_path / "file" / "run", settings)
