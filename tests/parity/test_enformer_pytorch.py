"""Our numbers against enformer-pytorch with the same weights.

Its gamma features are normalised over the wrong axis (see ``model/positional.py``); here they are replaced by right
ones, written a second time with PyTorch's own gamma density rather than taken from our code.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from weights import TINY_CONFIG, reactive_state

from enformer_core.inference.trunk import Trunk
from enformer_core.model import Enformer, EnformerConfig, checkpoint

BOUND = 1e-5


def right_gamma(positions: torch.Tensor, features: int, seq_len: int, dtype: torch.dtype = torch.float32, **_: object):
    """The authors' formula, kept in float32 in their order of operations, with the maximum over positions."""
    stddev = seq_len / (2 * features)
    mean = torch.linspace(seq_len / features, seq_len, features)
    concentration, rate = (mean / stddev).pow(2), mean / stddev**2
    density = torch.distributions.Gamma(concentration, rate)
    distance = positions.abs().float()[:, None]
    log_density = density.log_prob(distance.clamp_min(1e-30))
    probabilities = torch.where(distance == 0, torch.zeros(()), log_density.exp()) + 1e-8
    return (probabilities / probabilities.amax(dim=0, keepdim=True)).to(dtype)


def theirs(config: EnformerConfig, monkeypatch: pytest.MonkeyPatch) -> torch.nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from enformer_pytorch import Enformer as Peer
        from enformer_pytorch import modeling_enformer

    monkeypatch.setattr(modeling_enformer, "get_positional_features_gamma", right_gamma)
    peer = Peer.from_hparams(
        dim=config.dim,
        depth=config.depth,
        heads=config.heads,
        output_heads=dict(config.output_heads),
        target_length=config.target_length,
        attn_dim_key=config.attn_dim_key,
        num_downsamples=config.num_downsamples,
        dim_divisible_by=config.dim_divisible_by,
        use_tf_gamma=False,
    )
    state = peer.state_dict()
    ours = reactive_state(config)
    single = checkpoint._without_doubles(state)
    assert set(single) == set(ours)
    state.update({key: ours[name] for name, key in single.items()})
    state.update({k: ours[_single(k)] for k in state if k.startswith("_trunk.") and "num_batches" not in k})
    peer.load_state_dict(state)
    return peer.eval()


def _single(key: str) -> str:
    _, number, rest = key.split(".", 2)
    return f"{checkpoint._DOUBLES[number]}.{rest}"


def ours(config: EnformerConfig) -> Enformer:
    model = Enformer(config)
    state = reactive_state(config)
    names = {n: checkpoint.published_name(n) for n in model.state_dict()}
    model.load_state_dict({n: state[p] for n, p in names.items() if p}, strict=False)
    return model.eval()


def difference(
    config: EnformerConfig, head: str, monkeypatch: pytest.MonkeyPatch, length: int = 0, as_it_runs: bool = False
) -> float:
    rng = np.random.default_rng(5)
    encoded = torch.eye(4)[torch.from_numpy(rng.integers(0, 4, length or config.input_length))]
    encoded[1_000:1_050] = 0.0
    with torch.inference_mode():
        expected = theirs(config, monkeypatch)(encoded[None], head=head)
        model = ours(config)
        if as_it_runs:
            trunk = Trunk(model)
            got = trunk.tracks(trunk.embed(trunk.tokens(encoded[None])), head)
        else:
            got = model.tracks(model.embed(encoded[None]), head)
    assert float(expected.std()) > 0.05, "weights that do not react would make this test empty"
    return float((got - expected).norm() / expected.norm())


@pytest.mark.parametrize("as_it_runs", [False, True], ids=["plain", "trunk"])
@pytest.mark.parametrize("head", ["human", "mouse"])
def test_same_numbers_at_a_small_size(head: str, as_it_runs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(TINY_CONFIG, head, monkeypatch, as_it_runs=as_it_runs) < BOUND


@pytest.mark.parametrize("length", [4_096, 4_096 + 256, 65_536])
def test_same_numbers_at_other_lengths(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(TINY_CONFIG, "human", monkeypatch, length) < BOUND


@pytest.mark.slow
@pytest.mark.parametrize("as_it_runs", [False, True], ids=["plain", "trunk"])
def test_same_numbers_at_the_published_size(as_it_runs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert difference(EnformerConfig(), "human", monkeypatch, as_it_runs=as_it_runs) < BOUND
