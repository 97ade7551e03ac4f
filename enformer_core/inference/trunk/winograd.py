"""A convolution of width 5 with 8 products for 4 outputs, where the sum as it is written has 20.

Toom and Cook's algorithm in the form of Winograd's minimal filtering (Lavin & Gray 2016, doi:10.1109/CVPR.2016.435):
inputs and weights are read as polynomials, evaluated at the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, multiplied
there, and the outputs are interpolated. In real numbers it is the convolution; in float32 its rounding is about four
times that of the plain sum, 1e-6 of the result.

Shapes: B windows, R rows, C and D channels.
"""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

WIDTH = 5
_OUTPUTS = 4  # of a tile
_POINTS = 8

# Each row evaluates 8 inputs at a point.
INPUT = (
    (4, 0, -21, 0, 21, 0, -4, 0),
    (0, -4, -4, 17, 17, -4, -4, 0),
    (0, 4, -4, -17, 17, 4, -4, 0),
    (0, 2, 1, -10, -5, 8, 4, 0),
    (0, -2, 1, 10, -5, -8, 4, 0),
    (0, 4, 8, -5, -10, 1, 2, 0),
    (0, -4, 8, 5, -10, -1, 2, 0),
    (0, -4, 0, 21, 0, -21, 0, 4),
)
# Each row evaluates 5 weights, the scale of the rows above taken back.
WEIGHT = (
    (1 / 4, 0, 0, 0, 0),
    (1 / 18, 1 / 18, 1 / 18, 1 / 18, 1 / 18),
    (1 / 18, -1 / 18, 1 / 18, -1 / 18, 1 / 18),
    (1 / 360, 1 / 180, 1 / 90, 1 / 45, 2 / 45),
    (1 / 360, -1 / 180, 1 / 90, -1 / 45, 2 / 45),
    (16 / 45, 8 / 45, 4 / 45, 2 / 45, 1 / 45),
    (16 / 45, -8 / 45, 4 / 45, -2 / 45, 1 / 45),
    (0, 0, 0, 0, 1 / 4),
)
# Each row interpolates one of 4 outputs from 8 products.
OUTPUT = (
    (1, 1, 1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 1 / 2, -1 / 2, 0),
    (0, 1, 1, 4, 4, 1 / 4, 1 / 4, 0),
    (0, 1, -1, 8, -8, 1 / 8, -1 / 8, 1),
)


def transformed(weight: Tensor) -> Tensor:
    """Weights as the products use them: ``[5, C, D]`` -> float32 ``[8, C, D]``."""
    at_points = torch.tensor(WEIGHT, dtype=torch.float64) @ weight.flatten(1).double().cpu()
    return at_points.view(_POINTS, *weight.shape[1:]).to(weight.device, torch.float32)


def convolve(x: Tensor, weight: Tensor) -> Tensor:
    """``[B, R + 4, C]``, transformed weights ``[8, C, D]`` -> ``[B, R, D]``, float32."""
    n, rows = x.shape[0], x.shape[1] - WIDTH + 1
    x = F.pad(x, (0, 0, 0, -rows % _OUTPUTS))
    tiles = x.unfold(1, _POINTS, _OUTPUTS).transpose(2, 3)  # [B, tiles, 8, C], a view
    inputs = _matrix(INPUT, x.device) @ tiles.flatten(0, 1)  # [B tiles, 8, C]
    products = torch.bmm(inputs.transpose(0, 1), weight)  # [8, B tiles, D]
    outputs = _matrix(OUTPUT, x.device) @ products.transpose(0, 1)  # [B tiles, 4, D]
    return outputs.reshape(n, -1, weight.shape[2])[:, :rows]


@functools.cache
def _matrix(rows: tuple[tuple[float, ...], ...], device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # kept for runs with gradients, too
        return torch.tensor(rows, dtype=torch.float32, device=device)
