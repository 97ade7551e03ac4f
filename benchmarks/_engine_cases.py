"""Our side of ``engine``, and the list of everything that it can measure.

A case is prepared outside the time that is measured, and gives a function to be timed and how many units (windows,
substitutions, edits) one call does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks import _engine_peers as peers
from benchmarks._engine_inputs import HEAD, Setup
from benchmarks._engine_peers import Run
from enformer_core.inference.device import effective_precision
from enformer_core.inference.onehot import encode
from enformer_core.inference.trunk import Trunk
from enformer_core.model import checkpoint

Case = Callable[[Setup], tuple[Run, int]]


def trunk_of(setup: Setup, precision: str = "float32") -> Trunk:
    """Our trunk on the device; the model that it was made of is let go."""
    return Trunk(checkpoint.load(setup.folder / "model.safetensors", setup.config).to(setup.device), precision)


def pays(setup: Setup) -> bool:
    """Whether bfloat16 is used where it is asked for; else all of ours falls back to float32, as in the product."""
    return effective_precision("bfloat16", torch.device(setup.device)) == "bfloat16"


def forward(setup: Setup, *, precision: str = "float32", batch: int = 1) -> tuple[Run, int]:
    """All tracks of one head, ``[bins, tracks]`` of the first window."""
    used = effective_precision(precision, torch.device(setup.device))
    trunk, x = trunk_of(setup, used), setup.window.repeat(batch, 1, 1)

    @torch.inference_mode()
    def run() -> Tensor:
        return trunk.tracks(trunk.embed(trunk.tokens(x)), HEAD)[0]

    return run, batch


def mutagenesis(setup: Setup, *, method: str) -> tuple[Run, int]:
    """Mutagenesis from the site on: effects ``[substitutions]`` on the mean over the bins and tracks asked for.

    The window's tokens are at hand, as after any prediction of it; all else that is prepared for it is measured.
    """
    from enformer_core.interpret.mutagenesis import mutagenesis as over
    from enformer_core.interpret.target import Target

    trunk, codes, target = trunk_of(setup), setup.codes, Target(setup.tracks, setup.bins)
    with torch.inference_mode():
        tokens = trunk.tokens(setup.window)[0]
    edits = setup.edits(3 * setup.positions)
    places = [position - setup.site for position, _ in edits], [code for _, code in edits]

    def run() -> Tensor:
        end = setup.site + setup.positions
        found = over(trunk, codes, setup.site, end, target, HEAD, method=method, tokens=tokens)  # type: ignore[arg-type]
        return torch.from_numpy(found.effect[places])

    return run, len(edits)


def edit(setup: Setup, *, count: int = 1) -> tuple[Run, int]:
    """Edits at once, exact, with the reference's tokens kept: the change ``[bins, tracks]`` of the tracks asked for."""
    trunk, codes = trunk_of(setup), setup.codes
    spread = np.linspace(setup.site, setup.config.input_length - 1, count, endpoint=False).astype(int)
    edits = setup.edits(1) if count == 1 else [(int(p), int(codes[p] + 1) % 4) for p in spread]
    edited = setup.edited(edits)
    with torch.inference_mode():
        tokens = trunk.tokens(setup.window)
        reference = trunk.tracks(trunk.embed(tokens), HEAD)[0]

    @torch.inference_mode()
    def run() -> Tensor:
        new, x = tokens.clone(), encode(edited)[None].to(setup.device)
        for lo, hi in trunk.changed(codes, edited):
            new[:, lo:hi] = trunk.tokens(x, lo, hi)
        return (trunk.tracks(trunk.embed(new), HEAD)[0] - reference)[:, list(setup.tracks)]

    return run, 1


def edit_fast(setup: Setup) -> tuple[Run, int]:
    """One edit by its difference in bfloat16, the reference prepared: the change ``[bins, tracks]`` as in ``edit``."""
    from enformer_core.inference.trunk.delta import DeltaEdits

    trunk, codes, edited = trunk_of(setup), setup.codes, setup.edited(setup.edits(1))
    ((lo, hi),) = trunk.changed(codes, edited)
    with torch.inference_mode():
        tokens = trunk.tokens(setup.window)
        edits = DeltaEdits(trunk, tokens[0], (lo, hi), range(setup.config.target_length), HEAD, setup.tracks)

    @torch.inference_mode()
    def run() -> Tensor:
        new = trunk.tokens(encode(edited)[None].to(setup.device), lo, hi)
        return edits.change(new - tokens[:, lo:hi])[0]

    return run, 1


def gradient(setup: Setup) -> tuple[Run, int]:
    """Gradient x input of the whole window, ``[L]``, target as of ``mutagenesis``."""
    from enformer_core.interpret.gradient import gradient as of
    from enformer_core.interpret.target import Target

    trunk, x, target = trunk_of(setup), setup.window[0], Target(setup.tracks, setup.bins)
    return lambda: (of(trunk, x, target, HEAD)[1] * x.cpu()).sum(dim=-1), 1


CASES: dict[str, Case] = {
    "ours_forward_fp32": forward,
    "peer_forward_fp32": peers.forward,
    "ours_forward_bf16": partial(forward, precision="bfloat16"),
    "peer_forward_autocast": partial(peers.forward, autocast=True),
    "ours_exact": partial(mutagenesis, method="exact"),
    "ours_fast": lambda setup: mutagenesis(setup, method="fast" if pays(setup) else "exact"),
    "ours_delta": lambda setup: mutagenesis(replace(setup, positions=1), method="fast"),
    "peer_mutagenesis": peers.mutagenesis,
    "truth": partial(peers.mutagenesis, dtype=torch.float64),
    "tangermeme": peers.tangermeme,
    "tangermeme_fast": peers.tangermeme_fast,
    "ours_edit": edit,
    "ours_edit_fast": lambda setup: edit_fast(setup) if pays(setup) else edit(setup),
    "ours_gradient": gradient,
    "peer_gradient": partial(peers.gradient, checkpointing=False),
    "peer_gradient_checkpointed": partial(peers.gradient, checkpointing=True),
    "ours_batch_bf16": lambda setup: forward(setup, precision="bfloat16", batch=setup.batch),
    "peer_batch_autocast": lambda setup: peers.forward(setup, autocast=True, batch=setup.batch),
}
