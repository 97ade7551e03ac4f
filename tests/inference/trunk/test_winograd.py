"""The convolution by points: exactly the convolution in rational numbers, and nearly so in float32."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from enformer_core.inference.trunk import winograd


def test_the_matrices_are_a_convolution_in_rational_numbers() -> None:
    """Inputs and weights that are 1 in one place say it for all: both sides are linear in each."""

    def exact(rows: tuple[tuple[float, ...], ...]) -> list[list[Fraction]]:
        return [[Fraction(x).limit_denominator(360) for x in row] for row in rows]

    inputs, weights, outputs = exact(winograd.INPUT), exact(winograd.WEIGHT), exact(winograd.OUTPUT)
    for at in range(8):
        for tap in range(5):
            products = [inputs[p][at] * weights[p][tap] for p in range(8)]
            for i in range(4):
                assert sum(outputs[i][p] * products[p] for p in range(8)) == (1 if at == i + tap else 0)


@pytest.mark.parametrize("rows", [1, 2, 4, 6, 7, 64])
@pytest.mark.parametrize("windows", [1, 3])
def test_same_as_a_convolution(rows: int, windows: int) -> None:
    generator = torch.Generator().manual_seed(rows)
    x = torch.randn(windows, rows + 4, 24, generator=generator)
    weight = torch.randn(5, 24, 40, generator=generator)
    found = winograd.convolve(x, winograd.transformed(weight))
    truth = F.conv1d(x.double().transpose(1, 2), weight.double().permute(2, 1, 0)).transpose(1, 2)
    assert found.shape == truth.shape == (windows, rows, 40)
    assert float((found - truth).norm() / truth.norm()) < 3e-6


def test_gradients_flow() -> None:
    x = torch.randn(1, 14, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    weight = torch.randn(5, 8, 6, generator=torch.Generator().manual_seed(1))
    factor = torch.randn(1, 10, 6, generator=torch.Generator().manual_seed(2))
    (found,) = torch.autograd.grad((winograd.convolve(x, winograd.transformed(weight)) * factor).sum(), x)
    plain = F.conv1d(x.transpose(1, 2), weight.permute(2, 1, 0)).transpose(1, 2)
    (truth,) = torch.autograd.grad((plain * factor).sum(), x)
    assert torch.allclose(found, truth, atol=2e-5)
