"""Options that several verbs share. Each has the name of the setting that it overrides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click

from ..errors import InputError, TrackError, shown

Command = Callable[..., Any]

model = click.option("--model", help="Registered name, folder, or Hugging Face repository id.")
assembly = click.option("--assembly", help="Registered name, or FASTA file (plain or bgzip, indexed).")
genes = click.option("--genes", type=click.Path(path_type=Path), help="Gene annotation (GTF) for a FASTA file.")
device = click.option("--device", help="auto, cpu, mps, cuda or cuda:N.")
precision = click.option("--precision", help="auto, float32 or bfloat16.")
force = click.option("--force", is_flag=True, help="Overwrite what is there.")
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress and no notes.")


def parse_tracks(text: str) -> list[int] | Literal["all"]:
    """Read ``all`` or row numbers such as ``0,3,41``.

    Raises:
        TrackError: An entry is not a number.
    """
    if text.strip().lower() == "all":
        return "all"
    entries = [part.strip() for part in text.split(",") if part.strip()]
    for entry in entries:
        if not entry.isascii() or not entry.isdigit() or len(entry) > 9:
            raise TrackError(f"track {shown(entry)} is not a row number", hint="Write --tracks 0,3,41 or --tracks all")
    return [int(entry) for entry in entries]


def required(value: str, option: str, variable: str) -> str:
    """A setting that this verb cannot do without.

    Raises:
        InputError: It is empty.
    """
    if not value:
        raise InputError(f"no {option} was given", hint=f"Add --{option}, or set {variable}")
    return value
