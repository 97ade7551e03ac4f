"""Weights that react: drawn by name, so that any implementation can draw the same ones.

Default initialisation has a zero output projection in every attention block and would hide errors there.
The recipe is the one of ``parity/official_384x2.npz`` (see ``parity/README.md``).
"""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path

import numpy as np
import torch

from enformer_core.model import Enformer, EnformerConfig, checkpoint

SALT = 11
GOLDEN = Path(__file__).parent / "parity" / "official_384x2.npz"
GOLDEN_CONFIG = EnformerConfig(dim=384, depth=2)
# Small enough to run in milliseconds, and unlike the published shape in every number that code could take for granted.
TINY_CONFIG = EnformerConfig(
    dim=48,
    depth=2,
    heads=4,
    attn_dim_key=8,
    output_heads={"human": 12, "mouse": 5},
    dim_divisible_by=8,
    input_length=8_192,
    target_length=32,
)


def draw(name: str, shape: tuple[int, ...], salt: int = SALT) -> np.ndarray:
    """One tensor by its published name."""
    scale, shift = _scale(name, shape)
    rng = np.random.default_rng(zlib.crc32(f"{salt}/{name}".encode()))
    drawn = (rng.standard_normal(shape) * scale + shift).astype(np.float32)
    if name.endswith("to_attn_logits.weight"):
        drawn += 2 * np.eye(shape[0], dtype=np.float32)[:, :, None, None]
    return drawn


def _scale(name: str, shape: tuple[int, ...]) -> tuple[float, float]:
    if name.endswith("to_attn_logits.weight"):
        return 0.05, 0
    if "rel_content_bias" in name or "rel_pos_bias" in name:
        return 0.5, 0
    if name.startswith("_heads.") and name.endswith("weight"):
        return 0.7 / np.sqrt(shape[1]), 0
    if any(f".{x}." in name for x in ("to_q", "to_k", "to_v", "to_rel_k")):
        return 1.5 / np.sqrt(shape[1]), 0
    if len(shape) == 1:
        return (0.1, 0) if name.endswith("bias") and not is_norm(name) else (0.2, 1 if name.endswith("weight") else 0)
    return 1 / np.sqrt(np.prod(shape[1:])), 0


def is_norm(name: str) -> bool:
    """Whether a published name belongs to a batch norm or layer norm."""
    parts = name.split(".")
    if parts[0] == "stem":
        return parts[1:4] == ["1", "fn", "0"]
    if parts[0] == "conv_tower":
        return parts[2:4] == ["0", "0"] or parts[2:5] == ["1", "fn", "0"]
    if parts[0] == "transformer":
        return parts[3:5] == ["fn", "0"]
    return parts[:3] == ["final_pointwise", "1", "0"]


def reactive_state(config: EnformerConfig, salt: int = SALT) -> dict[str, torch.Tensor]:
    """Every tensor of a model, by published name. Batch-norm statistics come from the golden file where it has them."""
    golden = np.load(GOLDEN)
    state = {}
    for ours, tensor in Enformer(config).state_dict().items():
        name = checkpoint.published_name(ours)
        if name is None:
            continue
        shape = tuple(tensor.shape)
        if "running_" in name:
            key = f"bn/{name}"
            if key in golden and golden[key].shape == shape:
                value = golden[key]
            else:
                drawn = np.random.default_rng(zlib.crc32(f"{salt}/{name}".encode())).standard_normal(shape)
                value = drawn * 0.3 if name.endswith("mean") else np.exp(drawn * 0.3)
        else:
            value = draw(name, shape, salt)
        state[name] = torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32))
    return state


def write_model(folder: Path, config: EnformerConfig = TINY_CONFIG, salt: int = SALT) -> Path:
    """A model folder in the published layout with reactive weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(config.to_json())
    checkpoint.save_tensors(reactive_state(config, salt), folder / "model.safetensors")
    return folder


def tiny_model(config: EnformerConfig = TINY_CONFIG, salt: int = SALT) -> Enformer:
    """A model with reactive weights, as one that was read from a file: in evaluation mode, without gradients."""
    with tempfile.TemporaryDirectory() as folder:
        return checkpoint.load(write_model(Path(folder), config, salt) / "model.safetensors", config)


def golden_sequence() -> str:
    """The input of the golden numbers: 196,608 random bases with 300 N."""
    rng = np.random.default_rng(SALT)
    bases = np.array(list("ACGT"))[rng.integers(0, 4, 196_608)]
    bases[50_000:50_300] = "N"
    return "".join(bases)
