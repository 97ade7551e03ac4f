"""``mutagenesis``: what every substitution of an interval would do, as a file that other tools read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from . import options
from .asking import Asked
from .map_files import More
from .targets import ENDINGS, Wanted

if TYPE_CHECKING:
    from ..inference.jobs import Job
    from ..inference.predictor import Predictor
    from ..inference.window import Window
    from ..interpret.deletion import How
    from ..interpret.deletion_scan import DeletionScan
    from ..interpret.explain_mutagenesis import Method
    from ..interpret.mutagenesis_map import MutagenesisMap


@click.command("mutagenesis")
@options.selectors
@click.option("--interval", required=True, metavar="LOCUS", help="The bases of the reference to mutate.")
@options.explained
@click.option(
    "--method",
    type=click.Choice(["auto", "exact", "fast"]),
    help="fast is within about 1 % of exact; auto takes it where the device is fast in bfloat16. [default: auto]",
)
@click.option("--deletions", metavar="WIDTH", type=click.IntRange(min=1), help="Replace so many bases at a time.")
@click.option("--stride", type=click.IntRange(min=1), help="With --deletions: bases between starts. [default: WIDTH]")
@click.option("--how", type=click.Choice(["N", "shuffle"]), help="With --deletions: what replaces them. [default: N]")
@click.option("--logo", type=click.Path(path_type=Path), help="Also draw it as letters: PATH.svg, .pdf or .png.")
@click.option(
    "--motifs",
    type=click.Path(path_type=Path),
    metavar="FILE.tsv",
    help="Also name known motifs where bases matter: place (0-based), strand, name, p, support (docs/motifs.md).",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PATH.npz, .tsv or .bw.")
@options.running
def command(
    interval: str,
    method: Method | None,
    deletions: int | None,
    stride: int | None,
    how: How | None,
    logo: Path | None,
    motifs: Path | None,
    **asked: Any,
) -> None:
    """Measure what every substitution of an interval, or every deletion in it, would do to a number of a prediction.

    \b
    Examples:
      enformer-browser mutagenesis --model path/to/model --assembly hg38.fa.gz --genes gencode.gtf.gz \\
          --locus CD44 --interval chr11:35,138,800-35,138,999 --gene CD44 --tracks 41 --out cd44.npz
      enformer-browser mutagenesis --model path/to/model --assembly hg38.fa.gz --locus chr11:35,138,870 \\
          --interval chr11:35,130,001-35,140,000 --bins 447-449 --tracks 41 --deletions 50 --out cd44.tsv
    """
    _check(method, deletions, stride, how, {"logo": logo, "motifs": motifs})
    wanted = Wanted.among(asked)
    given = Asked(**asked)
    more = More(logo, motifs, given.force)

    def submit_map(predictor: Predictor, window: Window) -> Job[MutagenesisMap]:
        from ..interpret.explain import submit_mutagenesis

        target = wanted.of(predictor, window, quiet=given.quiet)
        more.learn(predictor, target)
        return submit_mutagenesis(predictor, window, interval, target, method=method or "auto", limit=None)

    def submit_scan(predictor: Predictor, window: Window) -> Job[DeletionScan]:
        from ..interpret.explain import submit_deletion_scan

        target = wanted.of(predictor, window, quiet=given.quiet)
        return submit_deletion_scan(
            predictor, window, interval, target, width=deletions or 0, stride=stride, how=how or "N"
        )

    if deletions is None:
        given.answer(submit_map, endings=ENDINGS, beside=more.files())
    else:
        given.answer(submit_scan, endings=ENDINGS)


def _check(
    method: str | None, deletions: int | None, stride: int | None, how: str | None, of_maps: Mapping[str, Path | None]
) -> None:
    """Refuse options that have no meaning together."""
    if deletions is not None and method is not None:
        raise InputError(
            "--method does not go with --deletions, which are always exact", hint="Leave one of the two out"
        )
    for option, path in of_maps.items():
        if deletions is not None and path is not None:
            raise InputError(f"--{option} does not go with --deletions", hint="Leave one of the two out")
    for option, value in (("stride", stride), ("how", how)):
        if deletions is None and value is not None:
            raise InputError(f"--{option} needs --deletions", hint=f"Add --deletions 20, or leave --{option} out")
