"""``contributions``: what each base of a window adds to a prediction, as a file that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import options
from .asking import Asked, Beside
from .targets import ENDINGS, Wanted

if TYPE_CHECKING:
    from ..inference.jobs import Job
    from ..inference.predictor import Predictor
    from ..inference.window import Window
    from ..interpret.explain_contributions import Method
    from ..interpret.scores import ContributionScores


@click.command("contributions")
@options.selectors
@options.explained
@click.option(
    "--method",
    type=click.Choice(["gradient_x_input", "integrated_gradients", "smoothed"]),
    default="gradient_x_input",
    show_default=True,
    help="The last two take about 20 times as long.",
)
@click.option("--span", metavar="LOCUS", help="Score these bases of the reference. [default: the whole window]")
@click.option("--strands", is_flag=True, help="Average over both strands.")
@click.option(
    "--elements",
    type=click.Path(path_type=Path),
    metavar="FILE.tsv",
    help="Also list the strongest elements: rank, place (0-based), score, strength, distance to the gene's start site.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PATH.npz, .tsv or .bw.")
@options.running
def command(method: Method, span: str | None, strands: bool, elements: Path | None, **asked: Any) -> None:
    """Score how much each base adds to one number of a prediction. A bigWig of it is drawn as letters (dynseq).

    \b
    Example:
      enformer-browser contributions --model path/to/model --assembly hg38.fa.gz --genes gencode.gtf.gz \\
          --locus CD44 --gene CD44 --tracks 41 --elements cd44.tsv --out cd44.bw
    """
    wanted = Wanted.among(asked)
    given = Asked(**asked)
    sites: list[int | None] = []  # known once the window is

    def submit(predictor: Predictor, window: Window) -> Job[ContributionScores]:
        from ..interpret.explain import submit_contributions

        target = wanted.of(predictor, window, quiet=given.quiet)
        sites.append(wanted.place.site_in(window))
        return submit_contributions(predictor, window, target, method=method, span=span, strands=strands)

    def list_elements(scores: ContributionScores) -> None:
        from ..interpret.elements import strongest_elements, write_elements

        if elements is not None:
            found = strongest_elements(scores, site=sites[0])
            write_elements(found, scores, elements, overwrite=given.force)

    beside = [Beside("--elements", elements, (".tsv",), list_elements)] if elements is not None else []
    given.answer(submit, endings=ENDINGS, beside=beside)
