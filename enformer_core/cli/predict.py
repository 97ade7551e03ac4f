"""``predict``: tracks at a locus, gene, variant or sequence, as a file that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from . import options
from .asking import Asked


@click.command("predict")
@options.selectors
@click.option("--tracks", default="all", show_default=True, help="Row numbers such as 0,3,41, or all.")
@options.tiles
@options.head
@click.option("--averaging", default="none", show_default=True, help="none, strands, shifts:N or strands,shifts:N.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PATH.npz, .tsv, .parquet, or a folder.")
@options.running
def command(tracks: str, tiles: str | None, head: str | None, averaging: str, **asked: Any) -> None:
    """Predict tracks and write them to a file, or to a folder of bigWigs.

    \b
    Examples:
      enformer-browser predict --model path/to/model --assembly hg38.fa.gz \\
          --locus chr11:35,082,743-35,197,430 --tracks 41,42 --out cd44.npz
      enformer-browser predict --model path/to/model --sequence insert.fa --out insert.tsv
      enformer-browser predict --model path/to/model --assembly hg38.fa.gz \\
          --locus chr11:34,900,000-35,400,000 --tiles all --tracks 41 --out wide/
    """
    chosen = options.parse_tracks(tracks)
    Asked(**asked).answer(
        lambda predictor, window: predictor.submit(window, tracks=chosen, head=head, averaging=averaging),
        tiles=options.parse_tiles(tiles),
    )
