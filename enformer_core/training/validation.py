"""How good weights are on windows that are not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from ..model import Enformer
from ..tracks.compare import pearson
from .optimise import poisson_loss


@torch.inference_mode()
def validate(
    model: Enformer, predict: Callable[..., Tensor], batches: Iterable[tuple[Tensor, Tensor]], weight: Tensor
) -> tuple[float, list[float | None]]:
    """Compare predictions with targets.

    Args:
        model: In evaluation mode.
        predict: From the model and ``inputs`` to ``[B, N, tracks]``.
        batches: Inputs, and targets ``[B, N, tracks]``.
        weight: Of each track in the loss.

    Returns:
        The loss, and for each track Pearson's r of log(1 + x) over all positions; None where nothing varies.
    """
    losses, sizes, predicted, measured = [], [], [], []
    for inputs, targets in batches:
        rates = predict(model, inputs=inputs).float()
        losses.append(float(poisson_loss(rates, targets, weight)))
        sizes.append(len(targets))
        predicted.append(np.log1p(rates.flatten(0, 1).cpu().numpy()))
        measured.append(np.log1p(targets.flatten(0, 1).clamp(min=0).cpu().numpy()))
    x, y = np.concatenate(predicted), np.concatenate(measured)
    return float(np.average(losses, weights=sizes)), [pearson(x[:, i], y[:, i]).r for i in range(x.shape[1])]


def mean_by(labels: Sequence[str], r: Sequence[float | None]) -> dict[str, float | None]:
    """Mean r of the tracks under each label, of those that have one."""
    found: dict[str, float | None] = {}
    for label in dict.fromkeys(labels):
        values = [x for own, x in zip(labels, r, strict=True) if own == label and x is not None]
        found[label] = float(np.mean(values)) if values else None
    return found
