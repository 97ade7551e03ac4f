"""Contributions of bases: the gradient of a target by the one-hot input, with memory that stays small.

Avsec et al. 2021 (https://doi.org/10.1038/s41592-021-01252-x) score a base by gradient x input. Backpropagation
through the whole model would keep every activation of the convolutions, 12 GB at the published size. Here only the
input of each transformer layer is kept. The layers are run again one by one, last to first; then the convolutions,
some tokens at a time, and only those tokens that read a base that is asked for.

Shapes: L base pairs of the window, T tokens, C channels. Spans are [start, end) in bp of the window, 0-based; columns
are ACGT. Results are float32 on the CPU, in units of the target's value per unit of one-hot input.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from ..errors import InputError, NumericalError, SequenceError, TrackError, shown
from ..inference.memory import halving, memory_errors
from ..inference.progress import stages
from ..inference.trunk import Trunk
from ..inference.trunk.levels import OnPart
from .target import Target

Span = tuple[int, int]

# Tokens per turn: all activations of so many are kept for their backward pass, about 6 MB each at the published size.
_TOKENS = {"cpu": 64}
_GPU_TOKENS = 512
# Arithmetic relative to running the convolutions once, at the published size; for progress alone.
_CONVOLUTIONS = 1.0
_TRANSFORMER = 0.3


def gradient(
    trunk: Trunk,
    one_hot: Tensor,
    target: Target,
    head: str,
    *,
    span: Span | None = None,
    tokens: Tensor | None = None,
    on_part: OnPart | None = None,
) -> tuple[float, Tensor]:
    """The gradient of a target by the bases of a window. Times ``one_hot``, it is gradient x input.

    Args:
        trunk: The model.
        one_hot: ``[L, 4]``; N is four zeros, and has a gradient too. Any floats will do.
        target: What is explained.
        head: Of the model.
        span: Bases that are asked for; by default all. The fewer, the less is computed.
        tokens: The convolutions of the whole window, ``[T, C]``, if they are known (``trunk.tokens``).
        on_part: Told the part that is done, between layers and tiles; it may raise to stop.

    Returns:
        The target's value, and its gradient ``[span, 4]``.

    Raises:
        SequenceError: ``one_hot`` or ``tokens`` is not of the size that the model reads.
        InputError: The span is empty or not inside the window, or the output has no such bin.
        TrackError: The model has no such head, or the head has no such track.
        NumericalError: The value or a gradient is NaN or infinite.
        OutOfDeviceMemory: There is too little memory even for one token at a time.
    """
    _check(trunk, one_hot, target, head, tokens)
    start, end = checked_span(trunk, span)
    lo, hi = trunk.reached(start, end)
    tiles = 3 * _CONVOLUTIONS * (hi - lo) / trunk.config.n_tokens  # once forward, and about twice that back
    at_tokens, at_bases = stages(on_part, [3 * _TRANSFORMER + (_CONVOLUTIONS if tokens is None else 0.0), tiles])
    with memory_errors(trunk.device, f"contributions in a window of {one_hot.shape[0]:,} bp"):
        value, back = _at_tokens(trunk, one_hot, target, head, tokens, at_tokens)
    found = torch.zeros(end - start, 4)
    size, first = _TOKENS.get(trunk.device.type, _GPU_TOKENS), lo
    while first < hi:
        tile, size = halving(min(size, hi - first), partial(_tile, trunk, one_hot, back, (start, end), first))
        found += tile
        first += size
        at_bases((first - lo) / (hi - lo))
    if not found.isfinite().all():
        raise _not_finite("gradient")
    return value, found


def target_value(
    trunk: Trunk,
    one_hot: Tensor,
    target: Target,
    head: str,
    *,
    tokens: Tensor | None = None,
    on_part: OnPart | None = None,
) -> float:
    """The value of a target alone. See ``gradient`` for arguments and errors."""
    _check(trunk, one_hot, target, head, tokens)
    convolutions, transformer = stages(on_part, [0.0 if tokens is not None else _CONVOLUTIONS, _TRANSFORMER])

    def run() -> Tensor:
        x = trunk.tokens(one_hot[None], on_part=convolutions) if tokens is None else tokens[None].to(trunk.device)
        return _value(trunk, trunk.embed(x, sorted(target.bins), transformer), target, head)

    with memory_errors(trunk.device, f"one window of {one_hot.shape[0]:,} bp"), torch.no_grad():
        return _finite(run())


def centred(gradient: Tensor) -> Tensor:
    """A gradient ``[..., 4]`` less its mean over the four bases at each position.

    Inputs are one-hot: what all four bases share lies off every sequence and is noise (Majdandzic et al. 2023,
    https://doi.org/10.1186/s13059-023-02956-3).
    """
    return gradient - gradient.mean(dim=-1, keepdim=True)


def checked_span(trunk: Trunk, span: Span | None) -> Span:
    """A span of bases, or the whole window.

    Raises:
        InputError: It is empty or not inside the window.
    """
    length = trunk.config.input_length
    start, end = (0, length) if span is None else span
    if not 0 <= start < end <= length:
        raise InputError(
            f"bases {start:,} to {end:,} are not a stretch of the window, which has bases 0 to {length:,}",
            hint="Give the first base, counted from 0, and the one after the last",
        )
    return start, end


def _at_tokens(
    trunk: Trunk, one_hot: Tensor, target: Target, head: str, tokens: Tensor | None, on_part: OnPart
) -> tuple[float, Tensor]:
    """The target's value, and its gradient by the tokens ``[1, T, C]``."""
    known = tokens is not None
    costs = [0.0 if known else _CONVOLUTIONS, _TRANSFORMER, 2 * _TRANSFORMER]
    convolutions, forward, backward = stages(on_part, costs)
    last = len(trunk.layers) - 1
    # Tensors of inference mode cannot take part in a backward pass, and the caller may be in it.
    with torch.inference_mode(False), torch.no_grad():
        x = tokens[None].to(trunk.device).clone() if known else trunk.tokens(one_hot[None], on_part=convolutions)
        inputs = [x]
        for i, layer in enumerate(trunk.layers[:-1]):
            inputs.append(layer(inputs[-1]))
            forward((i + 1) / last)
    with torch.inference_mode(False), torch.enable_grad():
        x = inputs.pop().requires_grad_()
        value = _value(trunk, trunk.finish(x, last, sorted(target.bins)), target, head)
        result = _finite(value)
        (back,) = torch.autograd.grad(value, x)
        del value, x
        for i, layer in enumerate(reversed(trunk.layers[:-1])):
            backward((i + 1) / (last + 1))
            x = inputs.pop().requires_grad_()
            (back,) = torch.autograd.grad(layer(x), x, back)
    backward(1.0)
    return result, back


def _tile(trunk: Trunk, one_hot: Tensor, back: Tensor, span: Span, first: int, count: int) -> Tensor:
    """What ``count`` tokens, whose gradients are in ``back [1, T, C]``, add to the gradient of a span of bases."""
    with memory_errors(trunk.device, f"{count:,} of {back.shape[1]:,} tokens"), torch.inference_mode(False):
        return _pulled_back(trunk, one_hot, back[:, first : first + count], first)[span[0] : span[1]].cpu()


def _pulled_back(trunk: Trunk, one_hot: Tensor, back: Tensor, first: int) -> Tensor:
    """The gradient of consecutive tokens, ``[1, R, C]``, as one of the bases of the window, ``[L, 4]``."""
    with torch.enable_grad():
        bases = one_hot.detach().to(trunk.device, torch.float32, copy=True).requires_grad_()
        tokens = trunk.tokens(bases[None], first, first + back.shape[1])
        return torch.autograd.grad(tokens, bases, back)[0]


def _value(trunk: Trunk, embedding: Tensor, target: Target, head: str) -> Tensor:
    """``[1, bins, 2 C]`` -> a number."""
    return target.value(trunk.tracks(embedding, head, target.columns)[0])


def _finite(value: Tensor) -> float:
    number = float(value.detach())
    if not math.isfinite(number):
        raise _not_finite("value of the target")
    return number


def _not_finite(what: str) -> NumericalError:
    return NumericalError(
        f"the {what} is NaN or infinite",
        hint="Try precision float32; if it stays, the weights do not suit this model",
    )


def _check(trunk: Trunk, one_hot: Tensor, target: Target, head: str, tokens: Tensor | None) -> None:
    config = trunk.config
    if head not in config.output_heads:
        raise TrackError(f"the model has no head {shown(head)}", hint=f"Its heads: {', '.join(config.output_heads)}")
    target.checked(config.target_length, config.output_heads[head])
    for what, given, expected in (
        ("the input", one_hot, (config.input_length, 4)),
        ("tokens", tokens, (config.n_tokens, config.dim)),
    ):
        if given is not None and tuple(given.shape) != expected:
            raise SequenceError(f"{what} of shape {tuple(given.shape)} cannot be read", hint=f"Give {expected}")
