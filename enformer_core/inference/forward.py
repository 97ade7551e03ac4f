"""Running the trunk on encoded windows: no gradients, progress, cancellation, and memory that can run out.

Needs torch and numpy alone, so that a bare GPU machine can import it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..errors import NumericalError
from ..model import EnformerConfig
from .memory import memory_errors
from .progress import portion
from .reference import ReferenceCache
from .trunk import Trunk
from .trunk.levels import OnPart


def embed_window(reference: ReferenceCache, codes: np.ndarray, on_progress: OnPart | None = None) -> Tensor:
    """Run everything before the heads on one window.

    Args:
        reference: Holds the trunk, and the tokens of windows that this one may share.
        codes: Of the bases, uint8 ``[L]``: A 0, C 1, G 2, T 3, N 4.
        on_progress: Called between tiles of the convolutions and after each layer of the transformer, with the part of
            the work that is done, 0 to 1. It may raise to stop the run.

    Returns:
        float32 ``[bins, channels]`` on the CPU.

    Raises:
        SequenceError: L is not the model's input length.
        OutOfDeviceMemory: One window does not fit.
    """
    with memory_errors(reference.trunk.device, f"one window of {len(codes):,} bp"):
        return _embedded(reference, codes, on_progress)


def head_values(trunk: Trunk, embedding: Tensor, head: str, indices: np.ndarray) -> np.ndarray:
    """Apply the chosen rows of a head: ``[bins, channels]`` -> float32 ``[bins, tracks]``, on the CPU.

    Raises:
        NumericalError: A value is NaN or infinite.
        OutOfDeviceMemory: The tracks do not fit.
    """
    everything = len(indices) == trunk.config.output_heads[head] and bool(np.all(indices == np.arange(len(indices))))
    rows = None if everything else indices
    with torch.inference_mode(), memory_errors(trunk.device, f"{len(indices):,} tracks of {len(embedding):,} bins"):
        values = trunk.tracks(embedding.to(trunk.device), head, rows).cpu().numpy()
    if not np.isfinite(values).all():
        raise NumericalError(
            "the model gave NaN or infinity",
            hint="Try precision float32; if it stays, the weights do not suit this model",
        )
    return values


def convolution_share(config: EnformerConfig) -> float:
    """Part of a whole window's multiplications that come before the transformer, 0 to 1."""
    length, width_in, convolutions = config.input_length, 4, 0.0
    for level, width in enumerate(config.filters):
        taps = 15 if level == 0 else 2  # by points, 8 products for 4 outputs
        convolutions += length * width * (taps * width_in + width + width / 2)  # the pool sees pairs
        length, width_in = length // 2, width
    dim, keys, values = config.dim, config.heads * config.attn_dim_key, config.heads * config.value_size
    projections = dim * 2 * (keys + values) + 4 * dim * dim
    attention = length * (2 * keys + values)  # content and position, then the mixing of values
    transformer = config.depth * length * (projections + attention) + config.target_length * dim * 2 * dim
    return convolutions / (convolutions + transformer)


def _embedded(reference: ReferenceCache, codes: np.ndarray, on_progress: OnPart | None) -> Tensor:
    trunk = reference.trunk
    missing = sum(hi - lo for lo, hi in reference.missing(codes)) / trunk.config.n_tokens
    whole = convolution_share(trunk.config)
    share = whole * missing / (whole * missing + 1 - whole)
    tokens = reference.tokens(codes, portion(on_progress, 0.0, share))
    with torch.inference_mode():
        return trunk.embed(tokens[None], on_part=portion(on_progress, share, 1.0))[0].cpu()
