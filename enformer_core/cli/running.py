"""What every verb shares: errors become words and exit codes, jobs become progress on stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from ..errors import EnformerError
from ..inference.jobs import Job

Result = TypeVar("Result")
INTERRUPTED = 130
_POLL_S = 0.1


def exit_with(run: Callable[[], object]) -> int:
    """Run a command and return its exit code, with errors as one message on stderr."""
    try:
        code = run()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except EnformerError as exc:
        click.echo(f"Error: {exc}", err=True)
        return exc.exit_code
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def note(text: str, *, quiet: bool = False) -> None:
    """Say something on stderr, where it does not mix with results."""
    if not quiet:
        click.echo(text, err=True)


@contextmanager
def progress_line(*, quiet: bool = False) -> Iterator[Callable[[float, str], None]]:
    """A line on stderr that is written over and over, and cleared in the end; nothing where nobody watches."""
    shows = sys.stderr.isatty() and not quiet

    def show(fraction: float, message: str) -> None:
        if shows:
            click.echo(f"\r{fraction:4.0%} {message}\033[K", err=True, nl=False)

    try:
        yield show
    finally:
        if shows:
            click.echo("\r\033[K", err=True, nl=False)


def wait(job: Job[Result], *, quiet: bool = False) -> Result:
    """Wait for a job with a progress line on stderr; Ctrl-C cancels it."""
    try:
        with progress_line(quiet=quiet) as show:
            while not job.done():
                progress = job.progress
                left = f", about {progress.seconds_left:.0f} s left" if progress.seconds_left is not None else ""
                show(progress.fraction, progress.message + left)
                time.sleep(_POLL_S)
        return job.result()
    except KeyboardInterrupt:
        job.cancel()
        raise
