"""``evaluate``: how good a model is, measured against truth."""

from __future__ import annotations

from pathlib import Path

import click

from ..settings import load_settings
from . import options
from .evaluate_boundaries import boundaries
from .evaluate_crispri import command as crispri
from .running import note, progress_line

_QUICK = 12


@click.group("evaluate")
def command() -> None:
    """Measure a model against known answers; each verb writes a table, figures and where they came from.

    \b
    Example:
      enformer-browser evaluate card --out docs/
    """


@command.command("card")
@click.option("--model", default="demo", show_default=True, help="Registered name, or folder.")
@click.option("--assembly", default="sim1", show_default=True, help="The simulated genome.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the card and its figures.")
@click.option("--sample", type=click.IntRange(1, 10_000), help="Look at so many of each kind only.")
@click.option("--quick", is_flag=True, help=f"The same as --sample {_QUICK}, without the time of a prediction.")
@options.device
@options.force
@options.quiet
def card(
    model: str,
    assembly: str,
    out: Path,
    sample: int | None,
    quick: bool,
    device: str | None,
    force: bool,
    quiet: bool,
) -> None:
    """Write the model card of a model of the simulated genome: about 10 minutes on 2 cores.

    \b
    Examples:
      enformer-browser evaluate card --out docs/
      enformer-browser evaluate card --quick --out /tmp/
    """
    from ..evaluation.run import write_card
    from ..genome.assembly import Assembly

    settings = load_settings({"device": device})
    limit = sample if sample is not None else _QUICK if quick else None
    with Assembly.open(assembly, settings=settings) as opened, progress_line(quiet=quiet) as progress:
        written = write_card(
            model, opened, out, settings, limit=limit, cost=not quick, overwrite=force, on_step=progress
        )
    if limit is not None:
        note(f"an early look: at most {limit} of each kind", quiet=quiet)
    for path in written:
        click.echo(path)


command.add_command(boundaries)
command.add_command(crispri)
