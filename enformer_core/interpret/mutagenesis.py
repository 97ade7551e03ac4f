"""In-silico mutagenesis: every base of an interval replaced by each of the other three, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..inference.codes import N
from ..inference.onehot import encode
from ..inference.trunk import Trunk
from .effects import LocalEffects, Method, OnBatch, check_stretch
from .target import Target

_COARSEST = 32  # bp between the positions that come first
_PIECE = 4_096  # bp that share a preparation; what it costs grows with them
# Positions whose alternatives are computed at once. Few on a processor, so that results come often.
_POSITIONS = {"cpu": 1}
_GPU_POSITIONS = 32

OnEffects = Callable[[np.ndarray, np.ndarray, float], None]
"""Called with positions in the window, int64 ``[n]``, their effects, float32 ``[n, 4]``, and the target's value on the
window as it is. It may raise to stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Mutations:
    """What mutagenesis gives.

    Attributes:
        effect: float32 ``[end - start, 4]`` in the order ACGT: value of the target with that base less its value
            without. 0 at the base that is there; NaN in a row whose base is N.
        value: The target's value on the window as it is.
        method: What was used.
    """

    effect: np.ndarray
    value: float
    method: Method


def mutagenesis(
    trunk: Trunk,
    codes: np.ndarray,
    start: int,
    end: int,
    target: Target,
    head: str,
    *,
    method: Method = "exact",
    tokens: Tensor | None = None,
    on_effects: OnEffects | None = None,
    on_batch: OnBatch | None = None,
) -> Mutations:
    """Effects of all single substitutions of an interval on a target.

    Args:
        trunk: Of float32.
        codes: uint8 ``[L]`` of the window: A 0, C 1, G 2, T 3, N 4.
        start: 0-based first position in the window.
        end: Position after the last one.
        target: Whose change is measured.
        head: The head that its tracks belong to.
        method: ``exact`` or ``fast``; see ``LocalEffects``.
        tokens: Of the window, float32 ``[T, C]``, where they are at hand.
        on_effects: Told results as they come, every 32nd position first; may raise to stop.
        on_batch: Called before each batch; may raise to stop.

    Returns:
        The map: the difference of two whole predictions for each alternative, up to rounding.

    Raises:
        InputError: The interval is empty or lies outside the window.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: Not even one edit fits.
    """
    check_stretch(start, end, len(codes))
    if tokens is None:
        with torch.inference_mode():
            tokens = trunk.tokens(encode(codes)[None])[0]
    effect = np.full((end - start, 4), np.nan, dtype=np.float32)
    effects = LocalEffects(trunk, codes, tokens, start, min(end, start + _PIECE), target, head, method)
    value, used = effects.value, effects.method
    for a in range(start, end, _PIECE):
        b = min(a + _PIECE, end)
        if a > start:
            effects = LocalEffects(trunk, codes, tokens, a, b, target, head, method)
        for positions in _groups(codes, a, b, _POSITIONS.get(trunk.device.type, _GPU_POSITIONS)):
            found = _at(effects, codes, a, b, positions, on_batch)
            effect[positions - start] = found
            if on_effects is not None:
                on_effects(positions, found, value)
        used = effects.method if effects.method != method else used
    return Mutations(effect, value, used)


def coarse_first(n: int) -> Iterator[int]:
    """0 to ``n - 1``, each once: every 32nd first, then those half-way between, and so on."""
    yield from range(0, n, _COARSEST)
    step = _COARSEST
    while step > 1:
        yield from range(step // 2, n, step)
        step //= 2


def _groups(codes: np.ndarray, start: int, end: int, size: int) -> Iterator[np.ndarray]:
    """Positions with a known base in coarse-first order, some at a time."""
    places = np.array([start + i for i in coarse_first(end - start)], dtype=np.int64)
    known = places[codes[places] != N]
    return (known[i : i + size] for i in range(0, len(known), size))


def _at(
    effects: LocalEffects, codes: np.ndarray, start: int, end: int, positions: np.ndarray, on_batch: OnBatch | None
) -> np.ndarray:
    """Effects of the three other bases at some positions, float32 ``[n, 4]``."""
    rows = np.repeat(np.arange(len(positions)), 3)
    bases = (codes[positions][:, None] + np.array([1, 2, 3], dtype=np.uint8)).ravel() % 4
    alternatives = np.repeat(codes[None, start:end], len(rows), axis=0)
    alternatives[np.arange(len(rows)), positions[rows] - start] = bases
    found = np.zeros((len(positions), 4), dtype=np.float32)
    found[rows, bases] = effects.of(alternatives, on_batch)
    return found
