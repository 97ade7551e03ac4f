"""Options that several verbs share. Where there is a setting that an option overrides, it has that setting's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click

from ..errors import InputError, TrackError, shown
from ..inference.tiling import ONE, WantedTiles

Command = Callable[..., Any]

model = click.option("--model", help="Registered name, folder, or Hugging Face repository id.")
assembly = click.option("--assembly", help="Registered name, or FASTA file (plain or bgzip, indexed).")
genes = click.option("--genes", type=click.Path(path_type=Path), help="Gene annotation (GTF) for a FASTA file.")
device = click.option("--device", help="auto, cpu, mps, cuda or cuda:N.")
precision = click.option("--precision", help="auto, float32 or bfloat16.")
force = click.option("--force", is_flag=True, help="Overwrite what is there.")
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress and no notes.")
_locus = click.option("--locus", help="Gene, locus such as chr11:35,082,743-35,197,430 (1-based), or variant.")
_sequence = click.option(
    "--sequence", "sequence_file", metavar="FILE", help="A sequence, plain or FASTA; - reads standard input."
)
_edits = click.option(
    "--edit", "edits", multiple=True, metavar="VARIANT", help="Variant to apply, chr1:1000:A>C; repeatable."
)
tiles = click.option(
    "--tiles",
    metavar="all|LEFT,RIGHT",
    help="Windows to predict beside the one in the middle: as many as a wide locus takes, or so many on either side.",
)
head = click.option("--head", help="human, mouse, ... [default: human]")
_bins = click.option("--bins", metavar="BINS", help="Output bins, counted from 0, such as 447,448,449 or 447-449.")
_gene = click.option("--gene", metavar="NAME", help="The bin with the start site of this gene, and one to either side.")
_region = click.option("--region", metavar="LOCUS", help="The bins that this stretch of the reference touches.")
_tracks = click.option("--tracks", metavar="ROWS", help="Row numbers such as 0,3,41, or all.")
_minus = click.option("--minus-tracks", metavar="ROWS", help="Tracks whose value is subtracted.")
_reduce = click.option(
    "--reduce",
    "reduction",
    type=click.Choice(["mean", "sum", "log_ratio"]),
    help="What is made of bins and tracks; log_ratio is log2 of their mean. [default: mean]",
)
_target = click.option(
    "--target",
    metavar="TEXT",
    help="All of these in one, as links have it: gene:CD44;tracks:0,3;minus:4;reduce:log_ratio;head:human.",
)


def selectors(command: Command) -> Command:
    """What the model is and what it reads: the first fields of ``asking.Asked``."""
    return _with(command, model, assembly, genes, _locus, _sequence, _edits)


def running(command: Command) -> Command:
    """How it runs and what is said: the last fields of ``asking.Asked``."""
    return _with(command, device, precision, force, quiet)


def places(command: Command) -> Command:
    """The three ways to choose output bins: the fields of ``targets.Places``."""
    return _with(command, _bins, _gene, _region)


def explained(command: Command) -> Command:
    """What is explained: the fields of ``targets.Wanted``."""
    return _with(command, _bins, _gene, _region, _tracks, _minus, _reduce, head, _target)


def _with(command: Command, *options: Command) -> Command:
    """A command with options, which are listed in their order."""
    for option in reversed(options):
        command = option(command)
    return command


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


def parse_tiles(text: str | None) -> WantedTiles:
    """Read ``all``, or two numbers such as ``1,2``; None is no window more.

    Raises:
        InputError: It is neither.
    """
    if text is None:
        return ONE
    if text.strip().lower() == "all":
        return "all"
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise InputError(
            f"--tiles {shown(text)} is not known",
            hint="Write --tiles all, or --tiles 1,2 for one window to the left and two to the right",
        )
    return int(parts[0]), int(parts[1])


def parse_numbers(text: str, option: str) -> list[int] | None:
    """Read numbers such as ``0,3``; None for ``all``.

    Raises:
        InputError: An entry is not a number, or there is none.
    """
    if text.strip().lower() == "all":
        return None
    entries = [part.strip() for part in text.split(",") if part.strip()]
    if not entries:
        raise InputError(f"--{option} {shown(text)} names nothing", hint=f"Write --{option} 0,1 or --{option} all")
    for entry in entries:
        if not entry.isascii() or not entry.isdigit() or len(entry) > 9:
            raise InputError(
                f"--{option}: {shown(entry)} is not a number", hint=f"Write --{option} 0,1 or --{option} all"
            )
    return [int(entry) for entry in entries]


def required(value: str, option: str, variable: str) -> str:
    """A setting that this verb cannot do without.

    Raises:
        InputError: It is empty.
    """
    if not value:
        raise InputError(f"no {option} was given", hint=f"Add --{option}, or set {variable}")
    return value
