"""Loss, learning rate, optimizer and weight averaging."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..model import Enformer
from .config import Stage
from .stage_model import is_attention_bias, is_tower

_EPSILON = 1e-6


def poisson_loss(rate: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean of the weighted Poisson negative log-likelihood, without the part that the target alone decides.

    Args:
        rate: Predicted, ``[B, N, tracks]``, not negative.
        target: Measured, of the same shape.
        weight: ``[tracks]``.
    """
    rate = rate.float()
    return ((rate - target * torch.log(rate + _EPSILON)) * weight).mean()


def learning_rate(stage: Stage, step: int) -> float:
    """The rate of a step, counted from 0: linear up, level, then a cosine down to ``final_rate`` of it."""
    rise = min(1.0, (step + 1) / stage.warmup) if stage.warmup else 1.0
    done = step / stage.steps
    if done < stage.decay_from:
        return stage.learning_rate * rise
    fall = 0.5 * (1 + math.cos(math.pi * (done - stage.decay_from) / (1 - stage.decay_from)))
    return stage.learning_rate * rise * (stage.final_rate + (1 - stage.final_rate) * fall)


def make_optimizer(model: Enformer, stage: Stage) -> torch.optim.AdamW:
    """AdamW over what the stage trains; only matrices decay."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not (stage.frozen_tower and is_tower(name)))
        if parameter.requires_grad:
            (matrices if parameter.ndim > 1 and not is_attention_bias(name) else others).append(parameter)
    groups = [{"params": matrices, "weight_decay": stage.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, foreach=True)


@torch.no_grad()
def average_in(average: nn.Module, live: nn.Module, most: float, step: int) -> None:
    """Move the averaged weights towards the live ones; early steps count for more. Statistics are copied."""
    keep = min(most, (1 + step) / (10 + step))
    for mine, theirs in zip(average.parameters(), live.parameters(), strict=True):
        mine.lerp_(theirs, 1 - keep)
    for mine, theirs in zip(average.buffers(), live.buffers(), strict=True):
        mine.copy_(theirs)
