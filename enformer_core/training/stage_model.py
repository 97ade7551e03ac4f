"""The model at a stage's window length, and how it starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..model import Enformer, EnformerConfig
from ..model.positional import positional_features


def stage_model(shape: EnformerConfig, input_length: int, target_length: int) -> Enformer:
    """A model of the same weights for shorter windows.

    Its positional features are the central part of those of the full window, so that a distance looks the same to it
    at every length.
    """
    model = Enformer(replace(shape, input_length=input_length, target_length=target_length))
    spare = shape.n_tokens - model.config.n_tokens
    full = positional_features(shape.n_tokens, shape.value_size)
    model.positions = full[spare : len(full) - spare].clone()
    return model


def initialise(model: Enformer, means: dict[str, np.ndarray]) -> None:
    """Start heads at their tracks' means, float [tracks], and attention near uniform: both save the first minutes."""
    with torch.no_grad():
        for name, mean in means.items():
            head = model.heads[name]
            wanted = torch.from_numpy(np.maximum(mean, 1e-4)).double()
            head.get_parameter("bias").copy_(torch.log(torch.expm1(wanted)))
            head.get_parameter("weight").mul_(0.3)
        for name, parameter in model.named_parameters():
            if is_attention_bias(name):
                parameter.mul_(0.1)


def is_attention_bias(name: str) -> bool:
    """Whether a parameter is one of the two biases of attention, which have the shape of a matrix."""
    return name.endswith(("content_bias", "position_bias"))


def is_tower(name: str) -> bool:
    """Whether a parameter or buffer belongs to the convolutions before the transformer."""
    return name.startswith(("stem.", "tower."))


def after_tower(model: Enformer, tokens: Tensor, head: str) -> Tensor:
    """From tokens ``[B, T, C]``, T being the model's own, to the tracks of a head ``[B, N, tracks]``."""
    x = tokens
    for block in model.transformer:
        x = block(x, model.positions)
    return model.tracks(model.final(x), head)


def checkpoint_gradients(model: Enformer) -> None:
    """Keep only the inputs of each block for the backward pass, and compute the rest again: less memory, more time."""
    for block in (model.stem, *model.tower, *model.transformer):
        contexts = partial(_contexts, block)
        block.forward = partial(checkpoint, block.forward, use_reentrant=False, context_fn=contexts)


def _contexts(block: nn.Module) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    return nullcontext(), _statistics_kept(block)


@contextmanager
def _statistics_kept(block: nn.Module) -> Iterator[None]:
    """Batch norms must not count a batch a second time when it is computed again."""
    norms = [m for m in block.modules() if isinstance(m, nn.BatchNorm1d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
