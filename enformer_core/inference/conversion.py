"""From the authors' Sonnet checkpoint to a model folder in the published PyTorch layout, registered by name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import torch

from ..errors import InputError, shown
from ..files import sha256_of, written_aside
from ..model import EnformerConfig, checkpoint
from ..model.sonnet import read_sonnet_checkpoint

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def convert_sonnet(source: Path, models_dir: Path, name: str, *, overwrite: bool = False) -> Path:
    """Convert a checkpoint and register the model as ``name``.

    Args:
        source: The checkpoint's prefix, its ``.index`` file, or the folder that holds it.
        models_dir: Where registered models live; the model becomes ``models_dir / name``.
        name: What the model is called from then on.
        overwrite: Replace a model of that name.

    Returns:
        The model's folder, with ``config.json``, ``model.safetensors`` and ``manifest.json``.

    Raises:
        InputError: The name is not plain.
        WeightsCorrupt: The checkpoint is damaged.
        WeightsMismatch: It is not an Enformer's.
        OutputExists: A model of that name is there.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{shown(name)} is not a plain name", hint="Use letters, digits, dots, dashes and underscores")
    tensors = read_sonnet_checkpoint(source)
    config = config_of(tensors)
    folder = models_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    with written_aside(folder / "model.safetensors", overwrite=overwrite) as aside:
        state = {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in tensors.items()}
        checkpoint.save_tensors(state, aside)
        checkpoint.load(aside, config)  # what was written can be read, and is this model
    with written_aside(folder / "config.json", overwrite=True) as aside:
        aside.write_text(config.to_json())
    manifest = {
        "schema": 1,
        "kind": "model",
        "name": name,
        "description": f"converted from the Sonnet checkpoint {source.name}",
        "sha256": {"model.safetensors": sha256_of(folder / "model.safetensors")},
    }
    with written_aside(folder / "manifest.json", overwrite=True) as aside:
        aside.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    return folder


def config_of(tensors: dict[str, np.ndarray]) -> EnformerConfig:
    """The shape of a model from its tensors by published name; window and output length are the published ones."""
    blocks = {int(n.split(".")[1]) for n in tensors if n.startswith("conv_tower.")}
    layers = {int(n.split(".")[1]) for n in tensors if n.startswith("transformer.")}
    _, heads, _, key_size = tensors["transformer.0.0.fn.1.rel_content_bias"].shape
    widths = [tensors["stem.0.weight"].shape[0]]
    widths += [tensors[f"conv_tower.{i}.0.2.weight"].shape[0] for i in sorted(blocks)]
    outputs = {n.split(".")[1]: int(v.shape[0]) for n, v in tensors.items() if re.fullmatch(r"_heads\.\w+\.0\.bias", n)}
    return EnformerConfig(
        dim=int(widths[-1]),
        depth=len(layers),
        heads=int(heads),
        attn_dim_key=int(key_size),
        output_heads=outputs,
        num_downsamples=len(widths),
        filters=tuple(int(w) for w in widths),
    )
