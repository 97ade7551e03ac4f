"""``setup hg38``, ``setup mm10``, ``setup weights``: the real thing, fetched, checked and registered."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..settings import load_settings
from . import options
from .running import note

if TYPE_CHECKING:
    from ..provision.plan import Plan
    from ..provision.progress import Progress
    from ..provision.provide import Provided

_HELP = {
    "hg38": "Fetch the human genome with its genes (1 GB), index and register it as the assembly hg38.",
    "mm10": "Fetch the mouse genome with its genes (0.9 GB), index and register it as the assembly mm10.",
    "weights": "Fetch Enformer's published weights (1 GB), convert and register them as the model enformer.",
}
_AFTER = """

It goes on where it was stopped, and a second time it does nothing. Every file is checked before anything opens it.

\b
Example:
  enformer-browser setup {name}
  enformer-browser setup {name} --from /media/usb
"""
_LINE_EVERY_S = 30.0


def add_to(group: click.Group) -> None:
    """Add the three verbs to ``setup``."""
    for name in _HELP:
        group.add_command(_verb(name))


def _verb(name: str) -> click.Command:
    @click.command(name, help=_HELP[name] + _AFTER.format(name=name))
    @click.option(
        "--from",
        "folder_from",
        metavar="DIR",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Take the files from this folder, on a machine without internet.",
    )
    @click.option(
        "--sources",
        metavar="FILE",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A manifest of sources of your own.",
    )
    @click.option("--dry-run", is_flag=True, help="Only say what would be done, with every address.")
    @options.force
    @options.quiet
    def verb(folder_from: Path | None, sources: Path | None, dry_run: bool, force: bool, quiet: bool) -> None:
        _set_up(name, folder_from, sources, dry_run=dry_run, force=force, quiet=quiet)

    return verb


def _set_up(
    name: str, folder_from: Path | None, sources: Path | None, *, dry_run: bool, force: bool, quiet: bool
) -> None:
    from ..provision import plan as plans
    from ..provision.provide import provide

    settings = load_settings()
    plan = plans.make_plan(name, settings, sources=sources or plans.OWN, folder_from=folder_from)
    if dry_run or force or not plan.is_whole:
        for line in _lines(plan):
            note(line, quiet=quiet and not dry_run)
    if dry_run:
        return
    try:
        with _progress(quiet=quiet) as report:
            done = provide(plan, settings, report, force=force)
    except KeyboardInterrupt:
        note(f"what is done is kept: enformer-browser setup {name} goes on from there", quiet=quiet)
        raise
    _say(plan, done, quiet=quiet)
    click.echo(done.folder)


def _lines(plan: Plan) -> Iterator[str]:
    """The plan, for a reader."""
    from ..provision.plan import megabytes

    yield f"{plan.recipe.about}"
    for download in plan.downloads:
        source = download.source
        size = megabytes(source.size) if source.size else "size unknown"
        there = {"here": ", here already", "begun": f", {megabytes(download.here)} of it here already"}
        yield f"  {source.name}: {size}{there.get(download.state, '')}; {source.what}"
        others = f", else from {download.others} other address{'es' * (download.others > 1)}" if download.others else ""
        yield f"    from {download.address}{others}"
        listed = f" at {source.sums}" if source.sums else ""
        yield f"    check: {download.check}{listed}; terms: {source.terms or 'not stated'}"
    yield f"then: {', '.join(plan.makes)}"
    yield f"to fetch: {plan.amount}; how long it takes shows once it runs"
    yield f"to: {plan.target} (about {megabytes(plan.room)} are needed, {megabytes(plan.free)} are free)"


def _say(plan: Plan, done: Provided, *, quiet: bool) -> None:
    """What was done, and who vouches for it."""
    name = done.folder.name
    if done.was_there:
        note(f"{name} is there and whole", quiet=quiet)
        return
    for origin in done.origins:
        note(f"{origin.file}: {origin.words} (sha256 {origin.sha256[:12]}...)", quiet=quiet)
    note(f"registered: use it with --{plan.recipe.kind} {name}", quiet=quiet)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """On a terminal one line that is written over and over; elsewhere a line for each step, and two a minute."""
    terminal = sys.stderr.isatty()
    step, last = 0, 0.0

    def show(progress: Progress) -> None:
        nonlocal step, last
        if quiet:
            return
        if terminal:
            click.echo(f"\r{progress.text}\033[K", err=True, nl=False)
        elif progress.step != step or time.monotonic() - last > _LINE_EVERY_S:
            step, last = progress.step, time.monotonic()
            click.echo(progress.text, err=True)

    try:
        yield show
    finally:
        if terminal and not quiet:
            click.echo("\r\033[K", err=True, nl=False)
