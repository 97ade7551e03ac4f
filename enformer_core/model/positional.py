"""Relative positional features of Enformer's attention (Avsec et al. 2021; the authors' ``attention_module.py``).

A third each of exponential, central-mask and gamma features of the distance |d|, then the same times the sign of d.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def positional_features(n_tokens: int, n_features: int) -> Tensor:
    """Features of every distance between two of ``n_tokens`` tokens.

    Always computed in float32 on the CPU, whatever the model's precision: bfloat16 cannot even count to ``n_tokens``.

    Args:
        n_tokens: Length T of the sequence that attends to itself.
        n_features: A multiple of 6.

    Returns:
        float32 ``[2 T - 1, n_features]``; row ``d + T - 1`` belongs to distance ``d = key - query``.
    """
    distance = torch.arange(-n_tokens + 1, n_tokens, dtype=torch.float32)
    n_basis = n_features // 6
    basis = torch.cat(
        [
            _exponential(distance.abs(), n_basis, n_tokens),
            _central_mask(distance.abs(), n_basis),
            _gamma(distance.abs(), n_basis, n_tokens),
        ],
        dim=-1,
    )
    return torch.cat([basis, distance.sign()[:, None] * basis], dim=-1)


def _exponential(distance: Tensor, n_basis: int, n_tokens: int) -> Tensor:
    """Decay with half-lives from 8 to ``n_tokens`` bins. ``[D]`` -> ``[D, n_basis]``."""
    half_life = 2.0 ** torch.linspace(3.0, math.log2(n_tokens), n_basis)
    return torch.exp(-math.log(2.0) / half_life * distance[:, None])


def _central_mask(distance: Tensor, n_basis: int) -> Tensor:
    """1 where the distance is below 2, 4, 8, ... less one. ``[D]`` -> ``[D, n_basis]``."""
    width = 2.0 ** torch.arange(1, n_basis + 1) - 1.0
    return (width > distance[:, None]).float()


def _gamma(distance: Tensor, n_basis: int, n_tokens: int) -> Tensor:
    """Gamma densities with means spread over the length, each scaled to a maximum of 1. ``[D]`` -> ``[D, n_basis]``.

    The maximum is taken over positions, as in the authors' code. (enformer-pytorch takes it over the features instead,
    which changes the features by up to 1.0 and the model's outputs with them.)
    """
    deviation = n_tokens / (2 * n_basis)
    mean = torch.linspace(n_tokens / n_basis, n_tokens, n_basis)
    concentration, rate = (mean / deviation) ** 2, mean / deviation**2
    log_density = torch.xlogy(concentration - 1.0, distance[:, None]) - rate * distance[:, None]
    log_norm = torch.lgamma(concentration) - concentration * torch.log(rate)
    density = torch.exp(log_density - log_norm) + 1e-8
    return density / density.amax(dim=0, keepdim=True)
