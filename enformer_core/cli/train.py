"""``train``: train an Enformer on an assembly, intervals and bigWigs."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..settings import load_settings
from . import options

if TYPE_CHECKING:
    from ..training.config import Stage
    from ..training.log import Validation
    from ..training.loop import Watch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


@click.command("train")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the run and of the model.")
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint.")
@click.option("--init", help="Start from a model: registered name or folder.")
@options.quiet
def command(config: Path, out: Path, resume: bool, init: str | None, quiet: bool) -> None:
    """Train an Enformer as the file CONFIG (TOML) says.

    \b
    Example:
      enformer-browser train training.toml --out run1
      enformer-browser train training.toml --out run1 --resume
    """
    settings = load_settings()
    _keep_memory()
    import torch

    from ..training.loop import train

    if settings.threads:
        torch.set_num_threads(settings.threads)
    with _watching(quiet) as watch:
        train(config, out, settings, resume=resume, init=init, watch=watch)
    click.echo(out)


def _keep_memory() -> None:
    """Let the C library keep freed memory: a step frees and takes the same large blocks, at a fifth of its time."""
    if sys.platform.startswith("linux"):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has none
            mallopt(_M_MMAP_THRESHOLD, 1 << 30)
            mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)


@contextmanager
def _watching(quiet: bool) -> Iterator[Watch]:
    """Progress on stderr, one line per validation; the first Ctrl-C asks for a checkpoint, the second stops at once."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from ..training.loop import Watch

    asked: list[bool] = []

    def interrupt(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(True)
        # Past Python's own buffer, which may be in the middle of a line when the signal comes.
        os.write(2, b"stopping after this step (Ctrl-C again stops at once, without a checkpoint)\n")

    console = Console(stderr=True, quiet=quiet, highlight=False, markup=False, soft_wrap=True)
    text = TextColumn("{task.description}", markup=False)
    columns = (text, BarColumn(), TextColumn("{task.percentage:.0f}%"), TimeRemainingColumn())
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
            task = bar.add_task("preparing")

            def preparing(fraction: float, message: str) -> None:
                bar.update(task, description=message, completed=fraction, total=1)

            def step(stage: Stage, done: int, loss: float) -> None:
                words = f"{stage.name} {done:,}/{stage.steps:,} loss {loss:.4f}"
                bar.update(task, description=words, completed=done, total=stage.steps)

            yield Watch(preparing, step, lambda entry: console.print(_line(entry)), lambda: bool(asked))
    finally:
        signal.signal(signal.SIGINT, before)


def _line(entry: Validation) -> str:
    r = "  ".join(f"{name} {'-' if value is None else f'{value:.3f}'}" for name, value in entry.r.items())
    return (
        f"{entry.elapsed:7.0f} s  {entry.stage} {entry.step:,}  loss {entry.loss:.4f}  valid {entry.valid_loss:.4f}  "
        f"r: {r}  {entry.step_seconds:.2f} s/step"
    )
