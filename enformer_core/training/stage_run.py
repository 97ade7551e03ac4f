"""One stage, ready to take steps: models, optimizer, windows, and cached tokens where the tower is frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..genome.interval import Interval
from ..inference.onehot import encode
from ..model import Enformer, EnformerConfig
from .config import TrainingConfig
from .coverage import Progress
from .frozen import CachedTokens, cache_tokens, exact_tokens
from .head_data import HeadData, HeadStatistics, find_peaks, track_weights
from .optimise import average_in, learning_rate, make_optimizer, poisson_loss
from .precision import autocast
from .stage_model import after_tower, checkpoint_gradients, stage_model
from .validation import validate
from .windows import Sampler, Window, validation_windows

TOKENS = "tokens"


class StageRun:
    """A stage with everything that its steps need.

    Args:
        config: The whole configuration.
        index: Which of its stages.
        shape: The full model's shape.
        heads: Data by head.
        statistics: Of each head's training bins.
        live: State of the live model, by name.
        average: State of the averaged model.
        device: Where to train.

    Attributes:
        live: The model that is trained.
        average: The same with averaged weights.
        optimizer: Of the live model.
    """

    def __init__(
        self,
        config: TrainingConfig,
        index: int,
        shape: EnformerConfig,
        heads: Mapping[str, HeadData],
        statistics: Mapping[str, HeadStatistics],
        live: Mapping[str, Tensor],
        average: Mapping[str, Tensor],
        device: torch.device,
    ) -> None:
        self.index, self.stage = index, config.stages[index]
        self._config, self._heads, self._device = config, heads, device
        self.live, self.average = (self._model(shape, state) for state in (live, average))
        self.average.eval().requires_grad_(False)
        self.optimizer = make_optimizer(self.live, self.stage)
        if config.gradient_checkpointing:
            checkpoint_gradients(self.live)
        step_bp = shape.bin_size if self.stage.frozen_tower else config.resolution
        self._weights, self._samplers, self._validation = {}, {}, {}
        for name, data in heads.items():
            weights = track_weights(data, statistics[name], self.stage)
            self._weights[name] = torch.from_numpy(weights).to(device)
            peaks = find_peaks(data, self.stage)
            self._samplers[name] = Sampler(data.source.train, self.stage, shape.bin_size, step_bp, peaks, name)
            self._validation[name] = validation_windows(data.source.valid, self.stage, shape.bin_size, step_bp, name)
        self._tokens: dict[tuple[str, str], CachedTokens] = {}

    def prepare(self, cache: Path, progress: Progress) -> None:
        """Compute the tower's tokens if it is frozen, into files below ``cache``; then the first step may come."""
        if self.stage.frozen_tower:
            for name, data in self._heads.items():
                tokens_of = partial(exact_tokens, self.average, data, self._config.precision)
                for part, intervals in (("train", data.source.train), ("valid", data.source.valid)):
                    both = self.stage.reverse_complement and part == "train"
                    prefix = cache / f"{TOKENS}-{name}-{part}"
                    width = self.live.config.dim
                    self._tokens[name, part] = cache_tokens(tokens_of, data, intervals, both, width, prefix, progress)
        self.live.train()
        if self.stage.frozen_tower:  # its statistics rest, too
            self.live.stem.eval()
            self.live.tower.eval()

    def step(self, step: int) -> tuple[float, float]:
        """Take one step; its loss, and the gradient's norm before clipping. If either is not finite, nothing moves."""
        stage = self.stage
        head, inputs, targets = self.batch(step)
        seed = np.random.SeedSequence([self._config.seed, self.index, step, 1]).generate_state(1, np.uint64)[0]
        torch.manual_seed(int(seed) >> 1)  # for dropout
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(stage, step)
        self.optimizer.zero_grad(set_to_none=True)
        loss = poisson_loss(self._predict(self.live, head, inputs), targets, self._weights[head])
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(self.live.parameters(), stage.clip))
        value = float(loss.detach())
        if np.isfinite(value) and np.isfinite(norm):
            self.optimizer.step()
            average_in(self.average, self.live, self._config.averaging, step)
        return value, norm

    def batch(self, step: int) -> tuple[str, Tensor, Tensor]:
        """Head, inputs and targets of a step, the same whenever it is asked. Heads take turns."""
        names = list(self._heads)
        head = names[step % len(names)]
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([self._config.seed, self.index, step])))
        windows = self._samplers[head].draw(rng)
        inputs, targets = self._tensors(head, "train", windows)
        return head, inputs, targets

    def validate(self, head: str) -> tuple[float, list[float | None]]:
        """Loss of the averaged weights, and Pearson's r of each track (see ``validation``)."""
        return validate(self.average, partial(self._predict, head=head), self._batches(head), self._weights[head])

    def _model(self, shape: EnformerConfig, state: Mapping[str, Tensor]) -> Enformer:
        if self.stage.attn_dropout is not None:
            shape = replace(shape, attn_dropout=self.stage.attn_dropout)
        model = stage_model(shape, self.stage.input_length, self.stage.target_length)
        model.load_state_dict(state)
        return model.to(self._device)

    def _batches(self, head: str) -> Iterator[tuple[Tensor, Tensor]]:
        windows, size = self._validation[head], self.stage.batch_size
        for first in range(0, len(windows), size):
            yield self._tensors(head, "valid", windows[first : first + size])

    def _predict(self, model: Enformer, head: str, inputs: Tensor) -> Tensor:
        """Tracks of a head for one-hot bases, or for tokens where the tower is frozen."""
        with autocast(self._device, self._config.precision):
            if self.stage.frozen_tower:
                return after_tower(model, inputs, head)
            return model.tracks(model.embed(inputs), head)

    def _tensors(self, head: str, part: str, windows: Sequence[Window]) -> tuple[Tensor, Tensor]:
        data = self._heads[head]
        intervals: tuple[Interval, ...] = data.source.train if part == "train" else data.source.valid
        targets = torch.from_numpy(data.targets(windows, intervals, self.stage))
        if self.stage.frozen_tower:
            inputs = torch.from_numpy(self._tokens[head, part].batch(windows, self.live.config.n_tokens))
        else:
            inputs = encode(data.bases(windows, intervals, self.stage.input_length))
        return inputs.to(self._device), targets.to(self._device)
