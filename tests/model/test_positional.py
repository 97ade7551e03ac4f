"""Positional features against the formulas of the authors' code, written again in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest

from enformer_core.model.positional import positional_features


def official(n_tokens: int, n_features: int) -> np.ndarray:
    n = n_features // 6
    d = np.arange(-n_tokens + 1, n_tokens, dtype=np.float64)
    a = np.abs(d)[:, None]
    half_life = 2.0 ** np.linspace(3, math.log2(n_tokens), n)
    exponential = np.exp(-np.log(2) / half_life * a)
    mask = (2.0 ** np.arange(1, n + 1) - 1 > a).astype(np.float64)
    std, mean = n_tokens / (2 * n), np.linspace(n_tokens / n, n_tokens, n)
    concentration, rate = (mean / std) ** 2, mean / std**2
    with np.errstate(divide="ignore", invalid="ignore"):
        log = (concentration - 1) * np.log(a) - rate * a
    log = np.where(a == 0, -np.inf, log)
    norm = np.array([math.lgamma(c) for c in concentration]) - concentration * np.log(rate)
    gamma = np.exp(log - norm) + 1e-8
    gamma /= gamma.max(axis=0)
    both = np.hstack([exponential, mask, gamma])
    return np.hstack([both, np.sign(d)[:, None] * both])


@pytest.mark.parametrize(("n_tokens", "n_features"), [(1536, 192), (1536, 48), (64, 12), (333, 24), (3072, 192)])
def test_formulas(n_tokens: int, n_features: int) -> None:
    ours, theirs = positional_features(n_tokens, n_features).numpy(), official(n_tokens, n_features)
    assert ours.shape == (2 * n_tokens - 1, n_features)
    assert ours.dtype == np.float32
    # float32 logarithms of size 3e4 leave 2e-3 in the sharpest gamma densities; the official values share that.
    assert np.abs(ours - theirs).max() < (2.5e-3 if n_tokens < 3000 else 5e-3)
    assert np.abs(ours - theirs).mean() < 2e-5


def test_each_gamma_feature_reaches_one_over_positions() -> None:
    """The finding about enformer-pytorch: its maximum runs over the features, and then this does not hold."""
    gamma = positional_features(1536, 192)[:, 64:96]
    assert np.allclose(gamma.amax(dim=0), 1.0)
    assert (gamma.amax(dim=1) < 0.999).any()


def test_symmetry_and_sign() -> None:
    features = positional_features(100, 12).numpy()
    assert np.array_equal(features[:, :6], features[::-1, :6])
    assert np.array_equal(features[:, 6:], -features[::-1, 6:])
    assert (features[99, 6:] == 0).all()
