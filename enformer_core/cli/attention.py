"""``attention``: where in the window some output bins look, as a file that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import options
from .asking import Asked
from .running import note
from .targets import ENDINGS, Places

if TYPE_CHECKING:
    from ..inference.jobs import Job
    from ..inference.predictor import Predictor
    from ..inference.window import Window
    from ..interpret.attention_map import AttentionMap


@click.command("attention")
@options.selectors
@options.places
@click.option("--layers", default="all", show_default=True, help="Such as 0,1, counted from the sequence, or all.")
@click.option("--heads", default="all", show_default=True, help="Attention heads, such as 0,3, or all.")
@click.option("--key-width", type=click.IntRange(min=1), default=1, show_default=True, help="Bins added up to a key.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PATH.npz, .tsv or .bw.")
@options.running
def command(
    bins: str | None,
    gene: str | None,
    region: str | None,
    layers: str,
    heads: str,
    key_width: int,
    **asked: Any,
) -> None:
    """Write where in the window some output bins look, for each layer and head.

    \b
    Example:
      enformer-browser attention --model path/to/model --assembly hg38.fa.gz --genes gencode.gtf.gz \\
          --locus CD44 --gene CD44 --layers 9,10 --key-width 4 --out cd44.npz
    """
    place = Places(bins, gene, region).check()
    chosen, looking = options.parse_numbers(layers, "layers"), options.parse_numbers(heads, "heads")
    given = Asked(**asked)

    def submit(predictor: Predictor, window: Window) -> Job[AttentionMap]:
        from ..interpret.explain import submit_attention

        queries, notes = place.bins_in(predictor.geometry, window)
        for text in notes:
            note(f"note: {text}", quiet=given.quiet)
        return submit_attention(predictor, window, queries, layers=chosen, heads=looking, key_width=key_width)

    given.answer(submit, endings=ENDINGS)
