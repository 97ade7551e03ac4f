"""What both sides of ``engine`` are given: the same weights, the same window, the same question."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from enformer_core.inference.onehot import encode
from enformer_core.model import Enformer, EnformerConfig, checkpoint

WEIGHTS_SEED, WINDOW_SEED = 0, 1
HEAD = "human"
SIZES = {
    "published": EnformerConfig(),
    "tiny": EnformerConfig(
        dim=48,
        depth=2,
        heads=4,
        attn_dim_key=8,
        output_heads={"human": 12, "mouse": 5},
        dim_divisible_by=8,
        input_length=8_192,
        target_length=32,
    ),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """What a measurement is told.

    Attributes:
        folder: Of the model, in the published layout.
        device: Name of a torch device.
        substitutions: How many a peer that runs a whole forward for each of them is asked for.
        positions: How many base pairs our mutagenesis goes over.
        batch: Windows at once, where windows are run in batches.
        n_tracks: How many tracks are asked for, from the first on.
    """

    folder: Path
    device: str
    substitutions: int
    positions: int
    batch: int
    n_tracks: int = 10

    @property
    def config(self) -> EnformerConfig:
        """The model's."""
        return checkpoint.read_config(self.folder)

    @property
    def codes(self) -> np.ndarray:
        """Random bases, uint8 ``[L]``."""
        return np.random.default_rng(WINDOW_SEED).integers(0, 4, self.config.input_length).astype(np.uint8)

    @property
    def window(self) -> Tensor:
        """float32 ``[1, L, 4]`` on the device."""
        return encode(self.codes)[None].to(self.device)

    @property
    def site(self) -> int:
        """First base of the central output bin, where a gene's TSS would stand."""
        return self.config.input_length // 2

    @property
    def bins(self) -> tuple[int, ...]:
        """The three central output bins, where the TSS is the first base of the middle one."""
        middle = self.config.target_length // 2
        return (middle - 1, middle, middle + 1)

    @property
    def tracks(self) -> tuple[int, ...]:
        """The tracks that are asked for."""
        return tuple(range(self.n_tracks))

    def edits(self, count: int) -> list[tuple[int, int]]:
        """Single substitutions from the site on: (position, code), three for each base in the order ACGT."""
        codes = self.codes
        positions = range(self.site, self.site + -(-count // 3))
        return [(p, code) for p in positions for code in range(4) if code != codes[p]][:count]

    def edited(self, edits: list[tuple[int, int]]) -> np.ndarray:
        """Codes of the window with all of these edits in it."""
        codes = self.codes.copy()
        for position, code in edits:
            codes[position] = code
        return codes


def write_weights(folder: Path, config: EnformerConfig) -> None:
    """Write random weights that react: every layer has an effect, as after training and unlike after initialisation.

    They say how fast and how exact an implementation is, and nothing about biology.
    """
    torch.manual_seed(WEIGHTS_SEED)
    model, source = Enformer(config), torch.Generator().manual_seed(WEIGHTS_SEED)
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm1d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.3, generator=source)
            module.running_var.uniform_(0.5, 2, generator=source)
            module.weight.data.uniform_(0.5, 1.5, generator=source)
            module.bias.data.normal_(0, 0.2, generator=source)
        elif isinstance(module, nn.LayerNorm):
            module.weight.data.uniform_(0.5, 1.5, generator=source)
            module.bias.data.normal_(0, 0.1, generator=source)
        elif isinstance(module, nn.Conv1d | nn.Linear):
            gain = 1.0 if name.endswith("attention.out") else 2.0
            module.weight.data.normal_(0, (gain / module.weight[0].numel()) ** 0.5, generator=source)
            if module.bias is not None:
                module.bias.data.normal_(0, 0.02, generator=source)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.save(model.eval(), folder)


def seconds(setup: Setup, run: Callable[[], object]) -> float:
    """Seconds of one call, until the device has done its work."""
    begun = time.perf_counter()
    run()
    if setup.device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - begun
