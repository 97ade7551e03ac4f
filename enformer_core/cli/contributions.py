"""``contributions``: what each base of a window adds to a prediction, as a file that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import options
from .asking import Asked
from .targets import ENDINGS, Measures, Places

if TYPE_CHECKING:
    from ..inference.jobs import Job
    from ..inference.predictor import Predictor
    from ..inference.window import Window
    from ..interpret.explain_contributions import Method
    from ..interpret.scores import ContributionScores


@click.command("contributions")
@options.selectors
@options.places
@options.measures
@click.option(
    "--method",
    type=click.Choice(["gradient_x_input", "integrated_gradients", "smoothed"]),
    default="gradient_x_input",
    show_default=True,
    help="The last two take about 20 times as long.",
)
@click.option("--span", metavar="LOCUS", help="Score these bases of the reference. [default: the whole window]")
@click.option("--strands", is_flag=True, help="Average over both strands.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PATH.npz, .tsv or .bw.")
@options.running
def command(
    bins: str | None,
    gene: str | None,
    region: str | None,
    tracks: str,
    minus_tracks: str | None,
    reduction: Any,
    head: str | None,
    method: Method,
    span: str | None,
    strands: bool,
    **asked: Any,
) -> None:
    """Score how much each base adds to one number of a prediction. A bigWig of it is drawn as letters (dynseq).

    \b
    Example:
      enformer-browser contributions --model path/to/model --assembly hg38.fa.gz --genes gencode.gtf.gz \\
          --locus CD44 --gene CD44 --tracks 41 --out cd44.bw
    """
    places = Places(bins, gene, region).check()
    measures = Measures(tracks, minus_tracks, reduction, head).check()
    given = Asked(**asked)

    def submit(predictor: Predictor, window: Window) -> Job[ContributionScores]:
        from ..interpret.explain import submit_contributions

        target = measures.of(predictor, places.of(predictor, window, quiet=given.quiet), quiet=given.quiet)
        return submit_contributions(predictor, window, target, method=method, span=span, strands=strands)

    given.answer(submit, endings=ENDINGS)
