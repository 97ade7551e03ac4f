"""The other side of ``engine``: enformer-pytorch, and tangermeme's mutagenesis over it where that is installed.

enformer-pytorch runs with right gamma features (its own are normalised over the wrong axis; see
``tests/parity/test_enformer_pytorch.py``), which are computed once and not in every layer: a little in its favour.
Its weights are frozen for gradients, in its favour, too. Like its users, it computes both heads.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from benchmarks._engine_inputs import HEAD, Setup
from enformer_core.inference.onehot import encode

REPOSITORY = Path(__file__).resolve().parent.parent
Run = Callable[[], Tensor]


def peer(setup: Setup, *, checkpointing: bool = False) -> nn.Module:
    """enformer-pytorch with our weights, in evaluation mode and without gradients of its weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from enformer_pytorch import Enformer as Peer
        from enformer_pytorch import modeling_enformer
    modeling_enformer.get_positional_features_gamma = _right_gamma()
    config = setup.config
    model = Peer.from_hparams(
        dim=config.dim,
        depth=config.depth,
        heads=config.heads,
        output_heads=dict(config.output_heads),
        target_length=config.target_length,
        attn_dim_key=config.attn_dim_key,
        num_downsamples=config.num_downsamples,
        dim_divisible_by=config.dim_divisible_by,
        use_checkpointing=checkpointing,
        use_tf_gamma=False,
    )
    single = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("_trunk.")}
    with safe_open(setup.folder / "model.safetensors", framework="pt") as stored:
        names = {name for name in single if not name.endswith("num_batches_tracked")}
        if names != set(stored.keys()):
            raise ValueError(f"the weights are not enformer-pytorch's: {sorted(names ^ set(stored.keys()))[:5]}")
        for name in names:
            single[name].copy_(stored.get_tensor(name))
    return model.eval().requires_grad_(False).to(setup.device)


def forward(setup: Setup, *, autocast: bool = False, batch: int = 1) -> tuple[Run, int]:
    """All tracks of one head, ``[bins, tracks]`` of the first window."""
    model, x = peer(setup), setup.window.repeat(batch, 1, 1)

    @torch.inference_mode()
    def run() -> Tensor:
        with torch.autocast(torch.device(setup.device).type, dtype=torch.bfloat16, enabled=autocast):
            return model(x, head=HEAD)[0]

    return run, batch


def mutagenesis(setup: Setup, *, dtype: torch.dtype = torch.float32) -> tuple[Run, int]:
    """A whole forward for each substitution: effects ``[substitutions, bins, tracks]`` on the tracks asked for."""
    model = peer(setup).to(dtype)
    edits = setup.edits(setup.substitutions)

    @torch.inference_mode()
    def predicted(codes) -> Tensor:
        return model(encode(codes)[None].to(setup.device, dtype), head=HEAD)[0][:, list(setup.tracks)]

    reference = predicted(setup.codes)
    return lambda: torch.stack([predicted(setup.edited([edit])) - reference for edit in edits]), len(edits)


def gradient(setup: Setup, *, checkpointing: bool) -> tuple[Run, int]:
    """Gradient x input of the mean over the bins and tracks asked for, ``[L]``."""
    model = peer(setup, checkpointing=checkpointing)

    def run() -> Tensor:
        x = setup.window.requires_grad_()
        model(x, head=HEAD)[0][list(setup.bins)][:, list(setup.tracks)].mean().backward()
        assert x.grad is not None
        return (x.grad * x.detach())[0].sum(dim=-1)

    return run, 1


class _ForTangermeme(nn.Module):
    """The peer as tangermeme asks for it: ``[B, 4, L]`` -> ``[B, tracks]``, the mean over the bins asked for."""

    def __init__(self, model: nn.Module, bins: tuple[int, ...], tracks: tuple[int, ...]) -> None:
        super().__init__()
        self.model, self.bins, self.tracks = model, slice(bins[0], bins[-1] + 1), slice(tracks[0], tracks[-1] + 1)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.model(x.transpose(1, 2), head=HEAD)[:, self.bins, self.tracks].mean(dim=1)


def tangermeme(setup: Setup) -> tuple[Run, int]:
    """tangermeme's saturation mutagenesis: effects ``[substitutions]`` on the mean over the bins and tracks asked for.

    A whole forward for each substitution. Its reference prediction is within the time that is measured.
    """
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    model, x, end = _for_tangermeme(setup)
    edits = setup.edits(3 * (end - setup.site))

    def run() -> Tensor:
        options = {"batch_size": setup.batch, "device": setup.device, "fast": False, "raw_outputs": True}
        found = saturation_mutagenesis(model, x, start=setup.site, end=end, **options)
        effects = (found.y_hat - found.y0[:, None, None]).mean(dim=-1)[0]  # [4, positions]
        return torch.stack([effects[code, position - setup.site] for position, code in edits])

    return run, len(edits)


def tangermeme_fast(setup: Setup) -> tuple[Run, int]:
    """tangermeme's fastISM (1.6.0): the same effects, convolutions only where an edit reaches.

    Its public function captures the model, checks it and times it against plain forwards first, which takes many
    times longer than the few substitutions measured here. So its engine is used by itself: what is measured is what
    every further substitution of a long scan costs, in its favour.
    """
    from tangermeme._fastism import _FastISM

    model, x, end = _for_tangermeme(setup)
    edits = setup.edits(3 * (end - setup.site))
    positions, codes = torch.tensor(edits).unbind(dim=1)
    with torch.no_grad():
        # The reference first: our gamma features are computed in it, and then known, which the capture needs.
        reference = model(x.to(setup.device, torch.float32)).mean().cpu()
        engine = _FastISM(model, x, None, setup.site, end, torch.device(setup.device), torch.float32, False)
        engine._set_example(0)

    def run() -> Tensor:
        return engine.predict_edits(0, codes, positions, max(3, setup.batch)).mean(dim=-1) - reference

    return run, len(edits)


def _for_tangermeme(setup: Setup) -> tuple[nn.Module, Tensor, int]:
    """The model, int8 ``[1, 4, L]``, and the end of the positions that are mutated."""
    model = _ForTangermeme(peer(setup), setup.bins, setup.tracks)
    x = encode(setup.codes)[None].transpose(1, 2).to(torch.int8).contiguous()
    return model, x, setup.site + -(-setup.substitutions // 3)


def _right_gamma() -> Callable[..., Tensor]:
    sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "parity")]
    from test_enformer_pytorch import right_gamma

    @cache
    def computed(length: int, features: int, dtype: torch.dtype, device: torch.device) -> Tensor:
        return right_gamma(torch.arange(1 - length, length), features, length, dtype).to(device)

    def gamma(positions: Tensor, features: int, seq_len: int, dtype: torch.dtype = torch.float32, **_: object):
        return computed(seq_len, features, dtype, positions.device)

    return gamma
