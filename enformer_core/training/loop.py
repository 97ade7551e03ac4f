"""The training run: stages of steps, validations, checkpoints, and in the end a model folder.

What a step does follows from the configuration, its number and the weights before it alone. So a run that was killed
takes the same next step when it goes on, bit by bit, on the same CPU with the same number of threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import Cancelled, NumericalError, OutOfDeviceMemory
from ..inference.device import choose_device
from ..model import Enformer
from ..settings import Settings
from .config import Stage, read_config
from .coverage import Progress, read_coverage
from .head_data import HeadData, HeadStatistics, Sequences
from .log import Log, Validation
from .optimise import learning_rate
from .publish import initial_state, publish
from .saved import Position, RunFolder, optimizer_memory, part, restore_optimizer
from .sources import check_names, labels_by_head, open_source
from .stage_model import initialise
from .stage_run import TOKENS, StageRun
from .validation import mean_by


@dataclass(frozen=True)
class Watch:
    """Who is told what while a run works.

    Attributes:
        preparing: Called with fraction and message while data are read.
        step: Called after each step with the stage, the steps of it that are done, and the loss.
        validated: Called after each validation.
        stop: Asked after each step; True ends the run behind a checkpoint.
    """

    preparing: Progress = lambda fraction, message: None
    step: Callable[[Stage, int, float], None] = lambda stage, done, loss: None
    validated: Callable[[Validation], None] = lambda validation: None
    stop: Callable[[], bool] = lambda: False


def train(
    config_file: Path,
    out: Path,
    settings: Settings,
    *,
    resume: bool = False,
    init: str | None = None,
    watch: Watch | None = None,
) -> Path:
    """Train as a configuration says and leave a model folder in the published layout.

    Args:
        config_file: The configuration; relative paths in it start from its folder.
        out: Folder of the run and, in the end, of the model.
        settings: Where assemblies and models are registered.
        resume: Go on from the folder's checkpoint.
        init: A model to start from, by name or folder.
        watch: Whom to tell.

    Returns:
        ``out``.

    Raises:
        SettingsError: The configuration cannot be used, or has changed since the checkpoint.
        OutputExists: The folder is not empty and ``resume`` was not asked for, or another run works in it.
        NumericalError: The loss became NaN or infinite; the checkpoint from before is kept.
        OutOfDeviceMemory: A batch does not fit.
        Cancelled: ``watch.stop`` said so; a checkpoint was written.
    """
    with RunFolder(out).opened(resume=resume) as folder:
        run = _Run(config_file, folder, settings, watch or Watch())
        run.prepare(resume, init)
        run.all_stages()
        publish(run.config, run.config_text, out, run.shape, folder.load_best(), run.sources)
        folder.clear_cache()
    return out


class _Run:
    """One call of ``train``."""

    def __init__(self, config_file: Path, folder: RunFolder, settings: Settings, watch: Watch) -> None:
        self.config, self.config_text = read_config(config_file)
        self.folder, self.settings, self.watch = folder, settings, watch
        self.device = choose_device(self.config.device)
        beside = config_file.resolve().parent
        self.sources = {name: open_source(name, head, beside, settings) for name, head in self.config.heads.items()}
        self.shape = self.config.shape({name: len(source.tracks) for name, source in self.sources.items()})
        self.labels = labels_by_head(self.sources)
        check_names(self.config, self.sources, self.labels)
        self.position = Position()
        self.live: dict[str, Tensor] = {}
        self.average: dict[str, Tensor] = {}
        self.memory: dict[str, Tensor] = {}

    def prepare(self, resume: bool, init: str | None) -> None:
        """Read the data; make the first weights, or read the checkpoint."""
        if resume:
            self.position, tensors = self.folder.load_last(self.config)
            self.live, self.average, self.memory = part(tensors, "live"), part(tensors, "average"), tensors
        self.heads = {name: self._data(name) for name in self.sources}
        self.statistics = {name: HeadStatistics.of(data) for name, data in self.heads.items()}
        if not resume:
            self._first_weights(init)
            self.folder.save_last(self.config, self.position, self.live, self.average, {})
        self.log = Log(self.folder.out / "log.csv", [x for own in self.labels.values() for x in dict.fromkeys(own)])
        self.log.cut([stage.name for stage in self.config.stages], self.position.stage, self.position.step)

    def all_stages(self) -> None:
        """Take every step that is left."""
        while self.position.stage < len(self.config.stages):
            with _memory_explained(self.config.stages[self.position.stage], self.device):
                run = self._stage()
                self._steps(run)
            self._end(run)

    def _data(self, name: str) -> HeadData:
        source = self.sources[name]
        coverage = read_coverage(source, self.config.resolution, self.folder.cache, self.settings, self.watch.preparing)
        return HeadData(source, Sequences(source.assembly, source.contigs), coverage, self.shape.bin_size)

    def _first_weights(self, init: str | None) -> None:
        torch.manual_seed(self.config.seed)
        model = Enformer(self.shape)
        initialise(model, {name: found.mean for name, found in self.statistics.items()})
        if init is not None:
            initial_state(model, init, self.settings)
        self.live = model.state_dict()
        self.average = {name: tensor.clone() for name, tensor in self.live.items()}

    def _stage(self) -> StageRun:
        index, states = self.position.stage, (self.live, self.average)
        run = StageRun(self.config, index, self.shape, self.heads, self.statistics, *states, self.device)
        restore_optimizer(run.optimizer, run.live, self.memory)
        self.memory = {}
        run.prepare(self.folder.cache, self.watch.preparing)
        return run

    def _steps(self, run: StageRun) -> None:
        stage, position = run.stage, self.position
        if not position.step:
            position.best = None
        while position.step < stage.steps:
            self._step(run)
            last = position.step == stage.steps
            if last or position.step % stage.validate_every == 0:
                self._validate(run)
            stopped = not last and self.watch.stop()
            if stopped or (not last and position.step % self.config.checkpoint_every == 0):
                memory = optimizer_memory(run.optimizer, run.live)
                states = run.live.state_dict(), run.average.state_dict()
                self.folder.save_last(self.config, position, *states, memory)
            if stopped:
                raise Cancelled(
                    f"training stopped at step {position.step:,} of stage {stage.name}",
                    where=str(self.folder.out),
                    hint="A checkpoint was written: the same command with --resume goes on from it",
                )

    def _step(self, run: StageRun) -> None:
        position = self.position
        began = time.monotonic()
        loss, norm = run.step(position.step)
        if not (np.isfinite(loss) and np.isfinite(norm)):
            what = f"the loss became {loss:g}" if not np.isfinite(loss) else f"the gradient's norm became {norm:g}"
            raise NumericalError(
                f"{what} at step {position.step + 1:,} of stage {run.stage.name}",
                where=str(self.folder.out),
                hint="Lower learning_rate, lengthen warmup, or look for wrong values in the bigWigs; "
                f"the last good checkpoint is {self.folder.last}",
            )
        position.losses.append(loss)
        position.norms.append(norm)
        position.step += 1
        position.elapsed += time.monotonic() - began
        self.watch.step(run.stage, position.step, loss)

    def _validate(self, run: StageRun) -> None:
        position = self.position
        losses: list[float] = []
        r: dict[str, float | None] = {}
        for name in self.heads:
            loss, values = run.validate(name)
            losses.append(loss)
            r |= mean_by(self.labels[name], values)
        entry = Validation(
            stage=run.stage.name,
            step=position.step,
            elapsed=position.elapsed,
            learning_rate=learning_rate(run.stage, position.step - 1),
            loss=float(np.mean(position.losses)),
            valid_loss=float(np.mean(losses)),
            gradient_norm=float(np.mean(position.norms)),
            r=r,
            step_seconds=(position.elapsed - position.logged) / len(position.losses),
        )
        position.losses, position.norms, position.logged = [], [], position.elapsed
        self.log.add(entry)
        self.watch.validated(entry)
        score = float(np.mean([x or 0.0 for name, x in r.items() if self.config.select in ("mean", name)]))
        if position.best is None or score > position.best:
            position.best = score
            if run.index == len(self.config.stages) - 1:
                self.folder.save_best(run.average, score)

    def _end(self, run: StageRun) -> None:
        """The next stage starts from the averaged weights."""
        position = self.position
        self.average = {name: tensor.detach().cpu() for name, tensor in run.average.state_dict().items()}
        self.live = {name: tensor.clone() for name, tensor in self.average.items()}
        self.position = Position(run.index + 1, elapsed=position.elapsed, logged=position.elapsed)
        self.folder.save_last(self.config, self.position, self.live, self.average, {})
        self.folder.clear_cache(f"{TOKENS}-*")


@contextmanager
def _memory_explained(stage: Stage, device: torch.device) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as exc:  # torch.OutOfMemoryError is a RuntimeError
        words = str(exc).splitlines()[0] if str(exc) else "no memory is left"
        of_cpu = "can't allocate memory" in words or "not enough memory" in words
        if not (of_cpu or isinstance(exc, (MemoryError, torch.OutOfMemoryError))):
            raise
        raise OutOfDeviceMemory(
            f"{device} has too little memory for a batch of {stage.batch_size:,} windows: {words}",
            where=f"stage {stage.name}",
            hint=f"Set batch_size = {max(stage.batch_size // 2, 1)} or gradient_checkpointing = true, and start again",
        ) from exc
