"""What a training run does, read from a TOML file."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, field_validator, model_validator

from ..errors import FileError, SettingsError, WeightsMismatch, shown
from ..model import EnformerConfig

MAX_BYTES = 1_000_000


def _regions(value: object) -> str | tuple[str, ...]:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, (list, tuple)) and value and all(isinstance(text, str) for text in value):
        return tuple(value)
    raise ValueError("write a list of loci and contigs, or the name of a BED file")


_Regions = Annotated[Any, PlainValidator(_regions)]  # str, or tuple[str, ...]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
_Fraction = Annotated[float, Field(ge=0, le=1)]
_Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class _Table(BaseModel):
    """A table of the file: unknown keys are errors, and nothing is changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Table):
    """One head: an assembly, its tracks, and which parts of it are for training and for validation."""

    assembly: str = Field(min_length=1, description="Registered name, or FASTA file")
    targets: str = Field(min_length=1, description="Targets table in the published format")
    bigwigs: str = Field(default="", description="Folder that the table's files lie in; by default the configuration's")
    transform: Literal["soft", "hard", "none"] = Field(
        default="soft", description="How coverage becomes a target: clip softly or hard, then scale; none for the mean"
    )
    train: _Regions = Field(description="Loci and contigs, or the name of a BED file")
    valid: _Regions = Field(description="Loci and contigs, or the name of a BED file")


class Stage(_Table):
    """One stage: window geometry, batches, learning rate, and which windows are drawn."""

    name: _Name
    input_length: int = Field(ge=1, le=4_194_304, description="Window in bp, at most the model's")
    target_length: int = Field(ge=1, le=65_536, description="Bins scored, the central ones")
    batch_size: int = Field(ge=1, le=65_536)
    steps: int = Field(ge=1, le=100_000_000)
    learning_rate: float = Field(gt=0, le=1, allow_inf_nan=False)
    warmup: int = Field(default=0, ge=0, description="Steps over which the rate rises linearly")
    decay_from: _Fraction = Field(default=1.0, description="Part of the steps after which the rate falls as a cosine")
    final_rate: _Fraction = Field(default=0.03, description="Part of the rate that is left at the end of the fall")
    weight_decay: float = Field(default=0.01, ge=0, le=1, description="Of matrices; norms and biases have none")
    clip: _Positive = Field(default=1.0, description="Largest norm of the gradient")
    peaks: _Fraction = Field(default=0.0, description="Part of the windows that are put on a peak of a track")
    peak_quantile: float = Field(default=0.996, ge=0, lt=1, description="Bins above it are peaks")
    peak_tracks: tuple[str, ...] = Field(default=(), description="Tracks whose peaks count; by default all")
    track_weights: dict[str, _Positive] = Field(default_factory=dict, description="Factors of the loss")
    shift: int = Field(default=0, ge=0, le=1_000, description="Largest shift of the input against the targets, in bp")
    reverse_complement: bool = Field(default=True, description="Read half of the windows from their other strand")
    frozen_tower: bool = Field(default=False, description="Train what follows the convolutions only")
    attn_dropout: float | None = Field(
        default=None, ge=0, lt=1, description="Instead of the model's; it costs much time in long windows"
    )
    validate_every: int = Field(default=200, ge=1)
    validate_windows: int = Field(default=60, ge=1, le=100_000)

    @model_validator(mode="after")
    def _fits_together(self) -> Stage:
        if self.frozen_tower and self.shift:
            raise ValueError("frozen_tower needs shift = 0, because the convolutions are computed once")
        return self


class Publish(_Table):
    """What the finished folder says of itself, so that it can be registered."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    simulated: bool = False
    assembly: str = Field(default="", max_length=64, description="The registered assembly that it was trained on")
    description: str = Field(default="", max_length=10_000)


class TrainingConfig(_Table):
    """Everything that decides a training run's numbers."""

    seed: int = Field(default=1, ge=0, lt=2**32)
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    gradient_checkpointing: bool = False
    averaging: float = Field(default=0.995, ge=0, lt=1, description="Of the weights, over steps")
    resolution: int = Field(default=32, ge=1, le=65_536, description="bp; windows start at multiples of it")
    checkpoint_every: int = Field(default=200, ge=1, description="Steps")
    select: str = Field(default="mean", description="What the best weights are best at: mean over assays, or one assay")
    model: dict[str, Any] = Field(default_factory=dict)
    heads: dict[str, Head] = Field(min_length=1)
    stages: tuple[Stage, ...] = Field(min_length=1)
    publish: Publish | None = None

    @field_validator("stages")
    @classmethod
    def _names_differ(cls, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        names = [stage.name for stage in stages]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two stages are called {twice}")
        return stages

    def shape(self, outputs: dict[str, int]) -> EnformerConfig:
        """The model's shape with so many tracks for each head.

        Raises:
            SettingsError: A number in ``[model]`` is unknown or does not fit.
        """
        known = [field.name for field in dataclasses.fields(EnformerConfig) if field.name != "output_heads"]
        for key in self.model:
            if key not in known:
                raise SettingsError(f"there is no key {shown(key)}", where="[model]", hint=_near(key, known))
        try:
            shape = EnformerConfig(**self.model, output_heads=outputs)
            for stage in self.stages:
                _check_stage(stage, shape)
        except WeightsMismatch as exc:
            raise SettingsError(exc.what, where="[model]", hint="Correct the number in the configuration") from exc
        except TypeError as exc:
            raise SettingsError(f"a value has the wrong type: {exc}", where="[model]") from exc
        if shape.bin_size % self.resolution:
            raise SettingsError(f"resolution {self.resolution} does not divide the bin size, {shape.bin_size}")
        return shape


def read_config(path: Path) -> tuple[TrainingConfig, str]:
    """Read a training configuration; returns it with its text.

    Raises:
        FileError: The file cannot be read.
        SettingsError: It is not TOML, or a key or value in it is not allowed; both are named.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"the configuration has more than {MAX_BYTES:,} bytes", where=str(path))
        text = path.read_text(encoding="utf-8")
        return TrainingConfig(**tomllib.loads(text)), text
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    except ValidationError as exc:
        raise _explained(exc, path) from exc
    except (ValueError, RecursionError) as exc:  # not UTF-8, or not TOML
        raise SettingsError(f"it is not TOML: {exc}", where=str(path), hint="Correct that line") from exc


def _check_stage(stage: Stage, shape: EnformerConfig) -> None:
    where = f"stage {stage.name}"
    if stage.input_length > shape.input_length:
        raise SettingsError(
            f"input_length {stage.input_length:,} is above the model's, {shape.input_length:,}", where=where
        )
    try:
        dataclasses.replace(shape, input_length=stage.input_length, target_length=stage.target_length)
    except WeightsMismatch as exc:
        raise SettingsError(exc.what, where=where, hint="Correct input_length or target_length") from exc


def _explained(exc: ValidationError, path: Path) -> SettingsError:
    errors = exc.errors()
    # A misspelt key is also a missing one: the spelling is the better thing to say.
    first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
    location = first["loc"]
    where = ", ".join([str(path), *_places(location[:-1])])
    key = str(location[-1]) if location else ""
    if first["type"] == "extra_forbidden":
        return SettingsError(f"there is no key {shown(key)}", where=where, hint=_near(key, _known_keys(location)))
    if first["type"] == "missing":
        return SettingsError(f"{key} is missing", where=where, hint="Add it to the configuration")
    message = first["msg"].removeprefix("Value error, ")
    if isinstance(first["input"], (dict, Stage)) or not key:  # about a table as a whole
        return SettingsError(message, where=", ".join([str(path), *_places(location)]))
    return SettingsError(f"{key} cannot be {shown(first['input'])}: {message}", where=where)


def _places(location: Iterable[str | int]) -> list[str]:
    """``("stages", 0, "track_weights")`` as ``["stage 1", "track_weights"]``."""
    parts: list[str] = []
    for part in location:
        if isinstance(part, int) and parts and parts[-1] == "stages":
            parts[-1] = f"stage {part + 1}"
        else:
            parts.append(str(part))
    return parts


def _known_keys(location: Sequence[str | int]) -> list[str]:
    tables: dict[object, type[_Table]] = {"heads": Head, "stages": Stage, "publish": Publish}
    table = TrainingConfig if len(location) < 2 else tables.get(location[0], TrainingConfig)
    return list(table.model_fields)


def _near(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"The keys are: {', '.join(known)}"
