"""What a run keeps on disk to go on from: one safetensors file, replaced whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..errors import FileError, OutputExists, SettingsError, WeightsCorrupt, shown
from ..files import written_aside
from ..model import Enformer
from .config import TrainingConfig

CACHE = "cache"
_LOCK = "lock"
# What may be changed at any time, because no number of the training depends on it.
_FREE = ("checkpoint_every", "publish")


@dataclass
class Position:
    """How far a run is.

    Attributes:
        stage: Index of the stage.
        step: Steps of it that are done.
        elapsed: Seconds of training so far.
        logged: The same at the last line of the log.
        losses: Loss of each step since the last line of the log.
        norms: Norm of the gradient of those steps.
        best: Best score of this stage's validations; None before the first.
    """

    stage: int = 0
    step: int = 0
    elapsed: float = 0.0
    logged: float = 0.0
    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    best: float | None = None


class RunFolder:
    """The folder of a run: ``checkpoint/``, ``cache/`` (which may be deleted at any time), and what is published.

    Args:
        out: The folder.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.cache = out / CACHE
        self.last = out / "checkpoint" / "last.safetensors"
        self._best = out / "checkpoint" / "best.safetensors"

    @contextmanager
    def opened(self, *, resume: bool) -> Iterator[RunFolder]:
        """Make the folder and keep other runs out of it.

        Raises:
            SettingsError: There is no checkpoint to resume from.
            OutputExists: It holds something and ``resume`` was not asked for, or another run works in it.
            FileError: It cannot be made.
        """
        if resume and not self.last.is_file():
            raise SettingsError(f"there is no checkpoint in {self.out}", hint="Start without --resume")
        if not resume:
            self._check_free()
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
            self.last.parent.mkdir(exist_ok=True)
            with FileLock(self.cache / _LOCK, timeout=0):
                for leftover in (*self.cache.glob(".*.part"), *self.last.parent.glob(".*.part")):  # of a killed run
                    leftover.unlink()
                yield self
            if [entry.name for entry in self.cache.iterdir()] == [_LOCK]:  # the run is finished
                shutil.rmtree(self.cache)
        except Timeout as exc:
            raise OutputExists(
                f"another run works in {self.out}", hint="Wait for it, or choose another folder"
            ) from exc
        except OSError as exc:
            raise FileError(
                f"{self.out} cannot be used: {exc.strerror or exc}", hint="Choose a folder that you may write to"
            ) from exc

    def save_last(
        self,
        config: TrainingConfig,
        position: Position,
        live: Mapping[str, Tensor],
        average: Mapping[str, Tensor],
        memory: Mapping[str, Tensor],
    ) -> None:
        """Replace the checkpoint.

        Args:
            config: What the run was started with.
            position: How far it is.
            live: State of the live model.
            average: State of the averaged model.
            memory: What the optimizer remembers (see ``optimizer_memory``).

        Raises:
            OutOfDisk: The disk is full; the previous checkpoint is as it was.
        """
        tensors = {f"live.{k}": v for k, v in live.items()} | {f"average.{k}": v for k, v in average.items()}
        about = {"position": asdict(position), "config": config.model_dump(mode="json")}
        _write(self.last, tensors | dict(memory), about)

    def load_last(self, config: TrainingConfig) -> tuple[Position, dict[str, Tensor]]:
        """Read the checkpoint and check that the configuration still is the one that it was made with.

        Returns:
            The position, and tensors named ``live.*``, ``average.*`` and ``optimizer.*``.

        Raises:
            SettingsError: The configuration has changed.
            WeightsCorrupt: The checkpoint is damaged.
        """
        tensors, about = _read(self.last)
        try:
            position, before = Position(**about["position"]), TrainingConfig(**about["config"])
        except (TypeError, KeyError, ValueError) as exc:
            raise _damaged(self.last, exc) from exc
        # Both through the same classes, so that a key that is newer than the checkpoint has its default on both sides.
        check_same(before.model_dump(mode="json"), config.model_dump(mode="json"), position, str(self.last))
        return position, tensors

    def save_best(self, average: Enformer, score: float) -> None:
        """Replace the best weights so far."""
        _write(self._best, average.state_dict(), {"score": score})

    def load_best(self) -> dict[str, Tensor]:
        """The best weights so far, by our names."""
        return _read(self._best)[0]

    def clear_cache(self, pattern: str = "*") -> None:
        """Delete what the cache holds, or only files of some names."""
        for file in self.cache.glob(pattern):
            if file.name != _LOCK:
                file.unlink(missing_ok=True)

    def _check_free(self) -> None:
        if not self.out.exists() or (self.out.is_dir() and all(x.name == CACHE for x in self.out.iterdir())):
            return
        if not self.out.is_dir():
            raise OutputExists(f"{self.out} is not a folder", hint="Choose another name")
        raise OutputExists(
            f"{self.out} is not empty",
            hint=("Add --resume to go on from its checkpoint, or choose" if self.last.is_file() else "Choose")
            + " another folder",
        )


def optimizer_memory(optimizer: torch.optim.Optimizer, live: Enformer) -> dict[str, Tensor]:
    """What an optimizer remembers of each parameter, as ``optimizer.<parameter>.<key>``."""
    return {
        f"optimizer.{name}.{key}": value
        for name, parameter in live.named_parameters()
        if parameter in optimizer.state
        for key, value in optimizer.state[parameter].items()
    }


def check_same(old: dict[str, Any], new: dict[str, Any], position: Position, where: str) -> None:
    """Stages that have not begun may change; so may what no number depends on.

    Raises:
        SettingsError: Something else did, with its name and both values.
    """
    begun = position.stage + (1 if position.step else 0)
    if len(new["stages"]) < begun:
        raise SettingsError(f"{begun} stages have begun and the configuration has {len(new['stages'])}", where=where)
    old, new = (config | {"stages": config["stages"][:begun]} for config in (old, new))
    for key in sorted(old.keys() | new.keys()):
        if key not in _FREE and (difference := _difference(old.get(key), new.get(key), key)):
            raise SettingsError(
                f"the configuration has changed since the checkpoint was made: {difference}",
                where=where,
                hint="Change it back, or start again in another folder",
            )


def restore_optimizer(optimizer: torch.optim.Optimizer, live: Enformer, tensors: dict[str, Tensor]) -> None:
    """Put back what the optimizer remembers of each parameter."""
    for name, parameter in live.named_parameters():
        prefix = f"optimizer.{name}."
        entries = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        if entries:
            # The count of steps stays on the CPU, as the optimizer itself has it.
            optimizer.state[parameter] = {k: v if k == "step" else v.to(parameter.device) for k, v in entries.items()}


def part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors below ``name.``, without that prefix."""
    return {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}


def _difference(old: Any, new: Any, path: str) -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(old.keys() | new.keys())
        return next((d for k in keys if (d := _difference(old.get(k), new.get(k), f"{path}.{k}"))), "")
    if path == "stages" and isinstance(old, list) and isinstance(new, list):
        pairs = enumerate(zip(old, new, strict=True), start=1)
        return next((d for i, (a, b) in pairs if (d := _difference(a, b, f"stage {i}"))), "")
    return "" if old == new else f"{path} was {shown(old)} and is {shown(new)}"


def _write(file: Path, tensors: Mapping[str, Tensor], about: dict[str, Any]) -> None:
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with written_aside(file, overwrite=True) as aside:
        aside.write_bytes(save(plain, metadata={"about": json.dumps(about)}))


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(file, framework="pt") as stored:
            about = json.loads((stored.metadata() or {})["about"])
            return {key: stored.get_tensor(key) for key in stored.keys()}, about  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError, ValueError, KeyError) as exc:
        raise _damaged(file, exc) from exc


def _damaged(file: Path, exc: Exception) -> WeightsCorrupt:
    return WeightsCorrupt(
        f"the checkpoint cannot be read ({shown(exc)})", where=str(file), hint="Start again in another folder"
    )
