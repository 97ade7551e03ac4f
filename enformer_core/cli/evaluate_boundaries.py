"""``evaluate boundaries``: whether a model looks at boundaries of domains, and across them."""

from __future__ import annotations

from pathlib import Path

import click

from ..settings import load_settings
from . import options
from .asking import load_predictor
from .running import note, progress_line

_AWAY = 20_000


@click.command("boundaries")
@options.model
@options.assembly
@options.genes
@click.option(
    "--boundaries", "source", required=True, metavar="BED|demo", help="Boundaries; demo: the simulated genome's own."
)
@click.option("--n", "count", type=click.IntRange(2, 100_000), default=200, show_default=True, help="At most so many.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=0, show_default=True, help="Of all that is drawn.")
@click.option(
    "--away",
    type=click.IntRange(0),
    default=_AWAY,
    show_default=True,
    help="bp that null places keep from every boundary.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for figure, tables and numbers.")
@options.running
def boundaries(
    model: str | None,
    assembly: str | None,
    genes: Path | None,
    source: str,
    count: int,
    seed: int,
    away: int,
    out: Path,
    device: str | None,
    precision: str | None,
    force: bool,
    quiet: bool,
) -> None:
    """Compare attention at boundaries with places like them; stopped, it goes on when it is asked the same again.

    \b
    Examples:
      enformer-browser evaluate boundaries --model demo --assembly sim1 --boundaries demo --out boundaries/
      enformer-browser evaluate boundaries --model path/to/model --assembly hg38.fa.gz \\
          --genes gencode.gtf.gz --boundaries tads.bed --n 1500 --out boundaries/
    """
    from ..evaluation.boundaries import Asked, evaluate_boundaries

    flags = {"model": model, "assembly": assembly, "genes": genes, "device": device, "precision": precision}
    settings = load_settings(flags)
    predictor = load_predictor(settings, quiet=quiet, needs_assembly=True)
    try:
        with progress_line(quiet=quiet) as progress:
            asked = Asked(source, count, seed, away)
            written, sentences = evaluate_boundaries(predictor, asked, out, settings, overwrite=force, on_step=progress)
    finally:
        predictor.close()
    for sentence in sentences:
        note(sentence, quiet=quiet)
    for path in written:
        click.echo(path)
