"""The finished model as a folder in the published layout, and starting from such a folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from torch import Tensor

from ..errors import FileError, WeightsMismatch, shown
from ..files import sha256_of, written_aside
from ..inference.weights import find_model, load_model
from ..model import Enformer, EnformerConfig, checkpoint
from ..settings import Settings
from .config import TrainingConfig
from .sources import Source


def publish(
    config: TrainingConfig,
    config_text: str,
    out: Path,
    shape: EnformerConfig,
    weights: Mapping[str, Tensor],
    sources: Mapping[str, Source],
) -> None:
    """Write the model into the run's folder; the manifest, if one is wanted, comes last.

    Raises:
        OutOfDisk: The disk is full.
        FileError: The folder cannot be written to.
    """
    model = Enformer(shape)
    model.load_state_dict(weights)
    with tempfile.TemporaryDirectory(dir=out, prefix=".publish") as name:
        aside = Path(name)
        _save(model, aside)
        (aside / "training.toml").write_text(config_text, encoding="utf-8")
        for head, source in sources.items():
            shutil.copyfile(source.targets, aside / f"targets_{head}.txt")
        files = sorted(path.name for path in aside.iterdir())
        for file in files:
            with written_aside(out / file, overwrite=True) as place:
                shutil.copyfile(aside / file, place)
    if config.publish is not None:
        checksums = {file: sha256_of(out / file) for file in files}
        about = {"schema": 1, "kind": "model", **config.publish.model_dump(), "sha256": checksums}
        with written_aside(out / "manifest.json", overwrite=True) as place:
            place.write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _save(model: Enformer, folder: Path) -> None:
    try:
        checkpoint.save(model, folder)
    except SafetensorError as exc:  # it wraps the system's errors in words of its own
        raise FileError(
            f"the model cannot be written: {shown(exc)}",
            where=str(folder.parent),
            hint="Free some space on the disk; the same command with --resume then writes the model",
        ) from exc


def initial_state(model: Enformer, name: str, settings: Settings) -> None:
    """Take the weights of another model; heads that it lacks stay as they are.

    Raises:
        WeightsMismatch: It has other widths, or lacks more than heads.
    """
    theirs = load_model(find_model(name, settings), settings).model.state_dict()
    ours = model.state_dict()
    differences = [f"{key} is missing" for key in ours if key not in theirs and not key.startswith("heads.")]
    differences += [
        f"{key} is {tuple(theirs[key].shape)}, expected {tuple(tensor.shape)}"
        for key, tensor in ours.items()
        if key in theirs and theirs[key].shape != tensor.shape
    ]
    if differences:
        raise WeightsMismatch.listing(
            "the model to start from has another shape",
            differences,
            where=name,
            hint="Give [model] the numbers of its config.json",
        )
    model.load_state_dict({key: theirs.get(key, tensor) for key, tensor in ours.items()})
