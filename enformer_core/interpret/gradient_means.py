"""Means of gradients: along a path of inputs, over noise, and over both strands.

Shapes, spans and units are those of ``gradient``. Each function here gives the target's value for the input itself,
and a tensor ``[span, 4]``, so that one may stand in for the other (``Method``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor

from ..errors import InputError, SequenceError
from ..inference.onehot import reverse_complement
from ..inference.progress import stages
from ..inference.trunk import Trunk
from ..inference.trunk.levels import OnPart
from .gradient import Span, checked_span, gradient, target_value
from .target import Target

_FORWARD = 0.3  # of the arithmetic of a gradient, for progress alone


class Method(Protocol):
    """``gradient``, or a function of this module with its options bound by ``functools.partial``."""

    def __call__(
        self,
        trunk: Trunk,
        one_hot: Tensor,
        target: Target,
        head: str,
        *,
        span: Span | None = None,
        on_part: OnPart | None = None,
    ) -> tuple[float, Tensor]:
        """The target's value, and ``[span, 4]``."""
        ...


def integrated_gradients(
    trunk: Trunk,
    one_hot: Tensor,
    target: Target,
    head: str,
    *,
    steps: int = 20,
    baseline: Tensor | None = None,
    span: Span | None = None,
    on_part: OnPart | None = None,
) -> tuple[float, Tensor]:
    """Integrated gradients (Sundararajan et al. 2017, https://doi.org/10.48550/arXiv.1703.01365).

    The mean gradient on the straight way from a baseline to the input, times the way. Over the whole window it sums to
    ``value(one_hot) - value(baseline)``, but for the error of taking so many steps.

    Args:
        trunk: The model.
        one_hot: ``[L, 4]``.
        target: What is explained.
        head: Of the model.
        steps: Gradients on the way, in the middles of so many equal parts: the model has kinks (ReLU), at which finer
            rules gain nothing.
        baseline: ``[L, 4]``; by default zeros, which are all N.
        span: Bases that are asked for; by default all.
        on_part: Told the part that is done; it may raise to stop.

    Returns:
        The target's value for ``one_hot``, and ``[span, 4]`` in units of that value, already multiplied by the input.

    Raises:
        InputError: There is not a single step, or as of ``gradient``.
        SequenceError: ``baseline`` is of another shape, or as of ``gradient``.
        EnformerError: As of ``gradient``.
    """
    _at_least_one(steps, "step")
    if baseline is not None and baseline.shape != one_hot.shape:
        raise SequenceError(
            f"a baseline of shape {tuple(baseline.shape)} cannot be used", hint=f"Give {tuple(one_hot.shape)}"
        )
    start, end = checked_span(trunk, span)
    origin = torch.zeros_like(one_hot) if baseline is None else baseline.to(one_hot)
    way = one_hot - origin
    first, *others = stages(on_part, [_FORWARD, *[1.0] * steps])
    value = target_value(trunk, one_hot, target, head, on_part=first)
    mean = torch.zeros(end - start, 4)
    for i, report in enumerate(others):
        between = origin + (i + 0.5) / steps * way
        mean += gradient(trunk, between, target, head, span=(start, end), on_part=report)[1] / steps
    return value, mean * way[start:end].cpu()


def smoothed(
    trunk: Trunk,
    one_hot: Tensor,
    target: Target,
    head: str,
    *,
    samples: int = 20,
    spread: float = 0.1,
    seed: int = 0,
    span: Span | None = None,
    on_part: OnPart | None = None,
) -> tuple[float, Tensor]:
    """SmoothGrad (Smilkov et al. 2017, https://doi.org/10.48550/arXiv.1706.03825): the mean gradient under noise.

    Args:
        trunk: The model.
        one_hot: ``[L, 4]``.
        target: What is explained.
        head: Of the model.
        samples: How many inputs with noise.
        spread: Standard deviation of the normal noise, which is added to all four columns of every base, N too.
        seed: Of the noise, which is the same on every device.
        span: Bases that are asked for; by default all.
        on_part: Told the part that is done; it may raise to stop.

    Returns:
        The target's value for ``one_hot`` without noise, and the mean gradient ``[span, 4]``.

    Raises:
        InputError: There is not a single sample, the spread is negative or no number, or as of ``gradient``.
        EnformerError: As of ``gradient``.
    """
    _at_least_one(samples, "sample")
    if not (math.isfinite(spread) and spread >= 0):
        raise InputError(f"a spread of {spread} is not a number from 0 on", hint="A base is 1; choose for example 0.1")
    start, end = checked_span(trunk, span)
    first, *others = stages(on_part, [_FORWARD, *[1.0] * samples])
    value = target_value(trunk, one_hot, target, head, on_part=first)
    source, mean = torch.Generator().manual_seed(seed), torch.zeros(end - start, 4)
    for report in others:
        noise = torch.randn(one_hot.shape, generator=source).to(one_hot.device)
        found = gradient(trunk, one_hot + spread * noise, target, head, span=(start, end), on_part=report)[1]
        mean += found / samples
    return value, mean


def both_strands(
    trunk: Trunk,
    one_hot: Tensor,
    target: Target,
    head: str,
    *,
    partners: Sequence[int] | None = None,
    method: Method = gradient,
    span: Span | None = None,
    on_part: OnPart | None = None,
) -> tuple[float, Tensor]:
    """The mean of what a method gives for a sequence, and for its reverse complement, turned back.

    Args:
        trunk: The model.
        one_hot: ``[L, 4]``.
        target: What is explained, on the sequence as it is.
        head: Of the model.
        partners: For each of ``target.columns`` the track of the other strand; by default each is its own.
        method: What is averaged.
        span: Bases that are asked for; by default all.
        on_part: Told the part that is done; it may raise to stop.

    Returns:
        The mean of both values, and ``[span, 4]`` of the sequence as it is.

    Raises:
        InputError: There is another number of partners than of columns, or as of ``method``.
        EnformerError: As of ``method``.
    """
    target.checked(trunk.config.target_length, max(target.columns) + 1)  # bins: before they are mirrored
    turned = mirrored(target, trunk.config.target_length, partners)
    length = trunk.config.input_length
    start, end = checked_span(trunk, span)
    forward, backward = stages(on_part, [1.0, 1.0])
    value, found = method(trunk, one_hot, target, head, span=(start, end), on_part=forward)
    opposite = reverse_complement(one_hot)
    other, back = method(trunk, opposite, turned, head, span=(length - end, length - start), on_part=backward)
    return (value + other) / 2, (found + reverse_complement(back)) / 2


def mirrored(target: Target, n_bins: int, partners: Sequence[int] | None = None) -> Target:
    """The same target on the reverse complement of the window.

    Args:
        target: On the sequence as it is.
        n_bins: Of the output.
        partners: For each of ``target.columns`` the track of the other strand; by default each is its own.

    Raises:
        InputError: There is another number of partners than of columns.
        TrackError: Two columns have the same partner.
    """
    columns = target.columns if partners is None else tuple(partners)
    if len(columns) != len(target.columns):
        raise InputError(
            f"{len(columns):,} partners are given for {len(target.columns):,} tracks",
            hint="Give one for each track, then one for each track that is subtracted",
        )
    n = len(target.tracks)
    bins = tuple(n_bins - 1 - b for b in target.bins)
    return replace(target, bins=bins, tracks=columns[:n], minus_tracks=columns[n:])


def _at_least_one(count: int, what: str) -> None:
    if count < 1:
        raise InputError(f"{count:,} {what}s are too few", hint=f"Choose 1 {what} or more; 20 are usual")
