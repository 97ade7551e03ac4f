"""What edits within a stretch of one window do to a target: only what they change is computed.

An edit of a base changes 5 or 6 tokens of a window. The convolutions compute only those, and the transformer leaves
out what cannot differ; see ``inference.trunk.exact`` and ``inference.trunk.delta``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError, NumericalError
from ..inference.memory import halving, memory_errors
from ..inference.onehot import encode
from ..inference.trunk import Trunk
from ..inference.trunk.delta import DeltaEdits
from ..inference.trunk.exact import ExactEdits
from .target import Target

Method = Literal["exact", "fast"]
# Edits that go through the transformer at once. Two do not fit into a processor's cache and take longer than one each.
_BATCH = {"cpu": 1}
_GPU_BATCH = 32

OnBatch = Callable[[], None]
"""Called before each batch; it may raise to stop."""


class Edits(Protocol):
    """A window prepared for edits within a span of tokens: what a model's engine has to offer."""

    reference: Tensor

    def change(self, difference: Tensor) -> Tensor:
        """Differences of the span's tokens ``[E, S, C]`` -> of the prediction ``[E, bins, tracks]``."""
        ...


class LocalEffects:
    """Effects of edits within bases ``start`` to ``end`` of one window.

    Args:
        trunk: Of float32.
        codes: uint8 ``[L]`` of the window: A 0, C 1, G 2, T 3, N 4.
        tokens: float32 ``[T, C]`` of it, from the same trunk.
        start: 0-based first position in the window.
        end: Position after the last one.
        target: Whose change is measured.
        head: The head that its tracks belong to.
        method: ``exact``: edited windows in float32. ``fast``: their difference in bfloat16, which is within about 1 %
            of the effect; worth it where bfloat16 products are fast.

    Attributes:
        value: The target's value on the window as it is.

    Raises:
        InputError: The stretch is empty or lies outside the window, or the trunk is of bfloat16.
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: There is too little memory to prepare the window.
    """

    def __init__(
        self,
        trunk: Trunk,
        codes: np.ndarray,
        tokens: Tensor,
        start: int,
        end: int,
        target: Target,
        head: str,
        method: Method = "exact",
    ) -> None:
        check_stretch(start, end, len(codes))
        if trunk.dtype != torch.float32:
            raise InputError(
                "effects of edits need a model in float32: in bfloat16 they drown in rounding",
                hint="Load it with precision float32; the method fast has its own bfloat16",
            )
        self._trunk, self._codes, self._tokens = trunk, codes, tokens
        self._start, self._end = start, end
        self._target, self._head = target, head
        self._method: Method = method
        self._span = trunk.reached(start, end)
        self._batch = _BATCH.get(trunk.device.type, _GPU_BATCH)
        self._edits = self._prepared(method)
        with torch.inference_mode():
            self.value = float(target.value(self._edits.reference))
        if not np.isfinite(self.value):
            raise _not_finite()

    @property
    def method(self) -> Method:
        """The method in use: an edit that is too strong for the fast one is followed by the exact one from then on."""
        return self._method

    def of(self, alternatives: np.ndarray, on_batch: OnBatch | None = None) -> np.ndarray:
        """Value of the target with each alternative less its value without.

        Args:
            alternatives: uint8 ``[E, end - start]``, codes of the stretch; the rest of the window stays as it is.
            on_batch: Called before each batch; may raise to stop.

        Returns:
            float32 ``[E]``.

        Raises:
            NumericalError: The model gives NaN or infinity.
            OutOfDeviceMemory: Not even one edit fits.
        """
        # Not a lambda: what one holds stays alive with the traceback of a cancelled run.
        found, self._batch = halving(self._batch, partial(self._effects, alternatives, on_batch))
        if not np.isfinite(found).all():
            raise _not_finite()
        return found

    def _effects(self, alternatives: np.ndarray, on_batch: OnBatch | None, size: int) -> np.ndarray:
        found = []
        with torch.inference_mode(), memory_errors(self._trunk.device, f"{size} edited windows at once"):
            for part in self._differences(alternatives).split(size):
                if on_batch is not None:
                    on_batch()
                found.append(self._change(part))
        return torch.cat(found).cpu().numpy()

    def _change(self, difference: Tensor) -> Tensor:
        try:
            change = self._edits.change(difference)
        except NumericalError:
            if self._method == "exact":
                raise
            self._method, self._edits = "exact", self._prepared("exact")
            change = self._edits.change(difference)
        return self._target.change(self._edits.reference, change)

    def _differences(self, alternatives: np.ndarray) -> Tensor:
        """What alternatives change in the span's tokens, ``[E, S, C]``."""
        trunk, (first, end) = self._trunk, self._span
        differing = np.flatnonzero((alternatives != self._codes[self._start : self._end]).any(axis=0))
        result = self._tokens.new_zeros(len(alternatives), end - first, self._tokens.shape[1])
        if not len(differing):
            return result
        lo, hi = trunk.reached(self._start + int(differing[0]), self._start + int(differing[-1]) + 1)
        low, high = (min(max(place, 0), len(self._codes)) for place in trunk.levels.needed(lo, hi)[0])
        # The reference goes through the same products as the alternatives, so that their rounding cancels.
        windows = np.repeat(self._codes[None, low:high], len(alternatives) + 1, axis=0)
        a, b = max(self._start, low), min(self._end, high)
        windows[1:, a - low : b - low] = alternatives[:, a - self._start : b - self._start]
        one_hot = encode(windows).to(trunk.device)
        found = trunk.levels.tokens(one_hot, lo, hi, first=low, length=len(self._codes)).float()
        result[:, lo - first : hi - first] = found[1:] - found[:1]
        return result

    def _prepared(self, method: Method) -> Edits:
        trunk, target = self._trunk, self._target
        kind = DeltaEdits if method == "fast" else ExactEdits
        with torch.inference_mode(), memory_errors(trunk.device, "one window with what edits need of it"):
            return kind(trunk, self._tokens, self._span, sorted(target.bins), self._head, target.columns)


def check_stretch(start: int, end: int, length: int) -> None:
    """Refuse what is no stretch of a window.

    Raises:
        InputError: It is empty or lies outside.
    """
    if not 0 <= start < end <= length:
        raise InputError(
            f"positions {start:,} to {end:,} are not a stretch of the window",
            hint=f"Choose a start from 0 and a later end up to {length:,}",
        )


def _not_finite() -> NumericalError:
    return NumericalError("the model gave NaN or infinity", hint="The weights do not suit this model, or are damaged")
