"""What the model computes, on weights that react."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from weights import TINY_CONFIG, write_model

from enformer_core.errors import SequenceError
from enformer_core.inference.onehot import one_hot, reverse_complement
from enformer_core.model import Enformer, checkpoint
from enformer_core.model.enformer import relative_shift


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Enformer:
    folder = write_model(tmp_path_factory.mktemp("tiny"))
    return checkpoint.load(folder / "model.safetensors", TINY_CONFIG)


def bases(length: int = TINY_CONFIG.input_length, seed: int = 0) -> str:
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), length))


def run(model: Enformer, sequence: str, head: str = "human") -> np.ndarray:
    with torch.inference_mode():
        return model(one_hot(sequence)[None])[head][0].numpy()


def test_shapes_and_sign(model: Enformer) -> None:
    with torch.inference_mode():
        outputs = model(torch.stack([one_hot(bases()), one_hot(bases(seed=1))]))
    assert {head: tuple(v.shape) for head, v in outputs.items()} == {"human": (2, 32, 12), "mouse": (2, 32, 5)}
    assert all((v >= 0).all() for v in outputs.values())


def test_a_batch_is_its_windows(model: Enformer) -> None:
    pair = torch.stack([one_hot(bases()), one_hot(bases(seed=1))])
    with torch.inference_mode():
        together = model(pair)["human"].numpy()
    assert np.allclose(together[1], run(model, bases(seed=1)), rtol=1e-4, atol=1e-5)


def test_every_input_bin_reaches_the_output(model: Enformer) -> None:
    """Also those that are read but not predicted: attention carries them."""
    sequence, reference = bases(), run(model, bases())
    for position in (3, 2_000, 4_096, 8_190):
        other = sequence[:position] + "ACGT"[("ACGT".index(sequence[position]) + 1) % 4] + sequence[position + 1 :]
        assert np.abs(run(model, other) - reference).max() > 1e-5


def test_n_is_four_zeros_and_not_a_quarter(model: Enformer) -> None:
    sequence = bases()
    masked = sequence[:4_000] + "N" * 200 + sequence[4_200:]
    quarter = one_hot(masked)
    quarter[4_000:4_200] = 0.25
    with torch.inference_mode():
        as_quarter = model(quarter[None])["human"][0].numpy()
    assert (one_hot(masked)[4_000:4_200] == 0).all()
    assert np.abs(run(model, masked) - run(model, sequence)).max() > 1e-3
    assert np.abs(run(model, masked) - as_quarter).max() > 1e-3


def test_all_n_is_finite(model: Enformer) -> None:
    output = run(model, "N" * TINY_CONFIG.input_length)
    assert np.isfinite(output).all()
    assert np.abs(output - run(model, bases())).max() > 1e-3


def test_reverse_complement_is_read_as_the_other_strand(model: Enformer) -> None:
    sequence = "ACGTTGCAAN" + bases()[10:]
    pairs = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}
    by_letters = "".join(pairs[b] for b in reversed(sequence))
    assert torch.equal(reverse_complement(one_hot(sequence)), one_hot(by_letters))
    assert np.abs(run(model, by_letters)[::-1] - run(model, sequence)).max() > 1e-3  # the model is not symmetric


def test_tracks_are_rows_of_the_head(model: Enformer) -> None:
    with torch.inference_mode():
        embedding = model.embed(one_hot(bases())[None])
        everything = model.tracks(embedding, "human")
        some = model.tracks(embedding, "human", torch.tensor([7, 0, 11]))
    assert torch.allclose(some, everything[..., [7, 0, 11]], atol=1e-6)


def test_attention_rows_sum_to_one_and_differ_between_blocks(model: Enformer) -> None:
    with torch.inference_mode():
        maps = model.attention(one_hot(bases())[None])
    assert [tuple(m.shape) for m in maps] == [(1, 4, 64, 64)] * 2
    for weights in maps:
        assert torch.allclose(weights.sum(dim=-1), torch.ones(1, 4, 64), atol=1e-5)
    assert (maps[0] - maps[1]).abs().max() > 1e-3


def test_attention_weights_are_those_of_the_forward_pass(model: Enformer) -> None:
    block = model.transformer[0]
    with torch.inference_mode():
        x = block.attention_norm(model.tokens(one_hot(bases())[None]))
        weights = model.attention(one_hot(bases())[None])[0]
        values = block.attention._split(block.attention.value(x))
        mixed = block.attention.out((weights @ values).transpose(1, 2).flatten(2))
        assert torch.allclose(mixed, block.attention(x, model.positions), atol=1e-5)


def test_relative_shift_by_definition() -> None:
    t = 5
    x = torch.randn(2, 3, t, 2 * t - 1)
    shifted = relative_shift(x)
    for i in range(t):
        for j in range(t):
            assert torch.equal(shifted[..., i, j], x[..., i, j - i + t - 1])


@pytest.mark.parametrize("length", [4_095, 8_191, 4_096 - 128, 0])
def test_lengths_that_cannot_be_read(model: Enformer, length: int) -> None:
    with pytest.raises(SequenceError, match="cannot be read"):
        model(torch.zeros(1, length, 4))
