"""The convolutions, in ``[length, channels]`` layout: only the tokens that are asked for, a tile at a time.

Shapes: B windows, L base pairs, R rows of a level, C and D channels, T tokens. Row r of level i pools two rows of the
level below, so that the rows a token depends on follow from its number alone (``Levels.needed``).

What is folded into the weights, all of it exact in real numbers: a batch norm is ``scale * x + shift``; the GELU
``x sigmoid(1.702 x)`` is ``silu(1.702 x) / 1.702``, and PyTorch has ``silu`` in one pass; the bias of the pointwise
convolution goes into that of the wide one, because their outputs are added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...model import Enformer
from ...model.enformer import ConvBlock, Stem, TowerBlock
from . import winograd

GELU = 1.702
# Rows and tokens per turn. On a processor what one turn makes stays in its cache; a GPU wants large products.
_ROWS = {"cpu": 512}
_TOKENS = {"cpu": 96}
_LARGE = 1 << 30
_GPU_TOKENS = 512

OnPart = Callable[[float], None]
"""Called with the part that is done, 0 to 1; it may raise to stop."""


@dataclass(frozen=True, slots=True)
class Level:
    """One halving of the length, with everything folded.

    Attributes:
        scale, shift: ``[C]`` before the first GELU; None for the stem, which reads the bases as they are.
        width: Rows of the level below that the convolution sees.
        wide: The convolution, ``[width * C, D]``; where ``by_points``, as ``winograd`` takes it.
        by_points: Whether it is.
        bias: ``[D]``, of both convolutions.
        inner_scale, inner_shift: ``[D]`` before the second GELU.
        pointwise: ``[D, D]``, multiplied from the right.
        gate: ``[D, D]`` of the pool, multiplied from the right.
    """

    scale: Tensor | None
    shift: Tensor | None
    width: int
    wide: Tensor
    by_points: bool
    bias: Tensor
    inner_scale: Tensor
    inner_shift: Tensor
    pointwise: Tensor
    gate: Tensor

    @property
    def reach(self) -> int:
        """Rows to either side that the convolution reads."""
        return self.width // 2

    def rows(self, source: Tensor, left: int, right: int) -> Tensor:
        """Pooled rows: ``[B, 2 R + 2 reach, C]`` -> ``[B, R, D]``.

        Args:
            source: Rows of the level below; ``left`` and ``right`` rows fewer where it ends.
            left: Zeros to put before it. They come after the GELU, as in the model.
            right: Zeros to put behind it.
        """
        if self.scale is not None and self.shift is not None:
            source = F.silu(torch.addcmul(self.shift, source, self.scale), inplace=True)
        if left or right:
            source = F.pad(source, (0, 0, left, right))
        if self.by_points:
            x = winograd.convolve(source, self.wide) + self.bias
        else:
            x = _neighbours(source, self.width) @ self.wide + self.bias
        hidden = F.silu(torch.addcmul(self.inner_shift, x, self.inner_scale), inplace=True)
        x = torch.addmm(x.flatten(0, 1), hidden.flatten(0, 1), self.pointwise).view_as(x)
        first, second = x.unflatten(1, (-1, 2)).unbind(2)
        difference = first - second
        return torch.addcmul(second, (difference @ self.gate).sigmoid_(), difference)


class Levels:
    """All convolutions of a model.

    Args:
        model: In evaluation mode.
        dtype: Of weights and activations.
    """

    def __init__(self, model: Enformer, dtype: torch.dtype) -> None:
        self._levels = [_stem(model.stem, dtype)]
        self._levels += [_tower(cast(TowerBlock, block), dtype) for block in model.tower]
        self._bin_size = model.config.bin_size
        self._dtype = dtype

    @property
    def reach(self) -> tuple[int, int]:
        """How many bases left of its first and right of its last base a token depends on."""
        low, high = self.needed(0, 1)[0]
        return -low, high - self._bin_size

    def needed(self, lo: int, hi: int) -> list[tuple[int, int]]:
        """Which bases, then which rows of each level, tokens ``lo`` to ``hi`` depend on; last the tokens themselves.

        Rows before 0 and after the last one are counted as if there were any.
        """
        ranges = [(lo, hi)]
        for level in reversed(self._levels):
            lo, hi = 2 * lo - level.reach, 2 * hi + level.reach
            ranges.insert(0, (lo, hi))
        return ranges

    def tokens(
        self,
        one_hot: Tensor,
        lo: int,
        hi: int,
        on_part: OnPart | None = None,
        *,
        first: int = 0,
        length: int | None = None,
    ) -> Tensor:
        """Tokens ``lo`` to ``hi`` of windows of ``length`` bp: ``[B, bases, 4]`` -> ``[B, hi - lo, C]``.

        Args:
            one_hot: The windows, or a part of them that holds all that these tokens read (``needed``). Gradients flow
                to it where they are asked for.
            lo: First token.
            hi: After the last one.
            on_part: Told the part that is done.
            first: Where in the windows ``one_hot`` begins.
            length: Of the windows; by default they are given whole.
        """
        length = one_hot.shape[1] if length is None else length
        tile = _TOKENS.get(one_hot.device.type, _GPU_TOKENS)
        parts = []
        for a in range(lo, hi, tile):
            b = min(a + tile, hi)
            parts.append(self._tile(one_hot, first, length, a, b))
            if on_part is not None:
                on_part((b - lo) / (hi - lo))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _tile(self, one_hot: Tensor, first: int, length: int, lo: int, hi: int) -> Tensor:
        ranges = [(max(a, 0), min(b, length >> i)) for i, (a, b) in enumerate(self.needed(lo, hi))]
        (start, end), *above = ranges
        source = one_hot[:, start - first : end - first].to(self._dtype)
        for i, (level, (a, b)) in enumerate(zip(self._levels, above, strict=True)):
            source = _level(level, source, start, length >> i, a, b)
            start = a
        return source


def _level(level: Level, source: Tensor, first: int, length: int, lo: int, hi: int) -> Tensor:
    """Rows ``lo`` to ``hi`` of a level; ``source[:, 0]`` is row ``first`` of the ``length`` rows below."""
    step, parts = _ROWS.get(source.device.type, _LARGE), []
    for a in range(lo, hi, step):
        b = min(a + step, hi)
        begin, end = 2 * a - level.reach, 2 * b + level.reach
        inside = source[:, max(begin, 0) - first : min(end, length) - first]
        parts.append(level.rows(inside, max(-begin, 0), max(end - length, 0)))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _neighbours(x: Tensor, width: int) -> Tensor:
    """Each row with those behind it: ``[B, R + width - 1, C]`` -> ``[B, R, width * C]``, copied."""
    return x.unfold(1, width, 1).transpose(2, 3).flatten(2)


def _stem(stem: Stem, dtype: torch.dtype) -> Level:
    return _folded(None, stem.conv, stem.pointwise, stem.pool.logits, dtype)


def _tower(block: TowerBlock, dtype: torch.dtype) -> Level:
    return _folded(block.conv.norm, block.conv.conv, block.pointwise, block.pool.logits, dtype)


def _folded(
    norm: nn.BatchNorm1d | None, wide: nn.Conv1d, pointwise: ConvBlock, gate: nn.Conv2d, dtype: torch.dtype
) -> Level:
    scale, shift = affine(norm) if norm is not None else (None, None)
    inner_scale, inner_shift = affine(pointwise.norm)
    extra = _bias(pointwise.conv)
    weight = wide.weight.detach().permute(2, 1, 0)  # [width, C, D]
    weight = weight if norm is None else weight / GELU
    # Rounding grows by points, which bfloat16 cannot afford.
    by_points = dtype == torch.float32 and len(weight) == winograd.WIDTH
    return Level(
        scale=None if scale is None else scale.to(dtype),
        shift=None if shift is None else shift.to(dtype),
        width=len(weight),
        wide=winograd.transformed(weight) if by_points else weight.flatten(0, 1).to(dtype).contiguous(),
        by_points=by_points,
        bias=(_bias(wide) + extra).to(dtype),
        inner_scale=inner_scale.to(dtype),
        inner_shift=(inner_shift - inner_scale * extra).to(dtype),
        pointwise=(pointwise.conv.weight.detach()[:, :, 0].t() / GELU).to(dtype).contiguous(),
        gate=gate.weight.detach()[:, :, 0, 0].t().to(dtype).contiguous(),
    )


def affine(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """A batch norm and the 1.702 of the GELU behind it as ``scale * x + shift``, float32 ``[C]`` each."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise ValueError("the batch norm keeps no statistics")
    scale = norm.weight.detach() / torch.sqrt(variance + norm.eps)
    return GELU * scale, GELU * (norm.bias.detach() - mean * scale)


def _bias(layer: nn.Conv1d) -> Tensor:
    if layer.bias is None:
        raise ValueError("the convolution has no bias")
    return layer.bias.detach()
