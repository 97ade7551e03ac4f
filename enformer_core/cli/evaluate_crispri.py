"""``evaluate crispri``: how well a model finds the elements that regulate a gene."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import TrackError
from ..settings import Settings, load_settings
from . import options
from .asking import load_predictor
from .running import note, progress_line

if TYPE_CHECKING:
    from ..evaluation.crispri_pairs import PairTable
    from ..evaluation.crispri_plan import Choices
    from ..genome.assembly import Assembly
    from ..interpret.deletion import How

_DEMO = "demo"
_FILE = click.Path(path_type=Path)


@click.command("crispri")
@options.model
@options.assembly
@click.option(
    "--pairs",
    required=True,
    metavar="TABLE",
    help="Tested pairs in the format of the ENCODE CRISPRi benchmark (.tsv, .tsv.gz); demo for the true links of sim1.",
)
@click.option("--tracks", metavar="ROWS", help="Row numbers. [default: the CAGE tracks of each pair's cell type]")
@options.head
@click.option("--cell-type", metavar="NAME", help="Pairs of this cell type only, as the table spells it.")
@click.option(
    "--method",
    "methods",
    default="gradient_x_input,deletion,attention",
    show_default=True,
    help="What the model is asked for, separated by commas.",
)
@click.option("--how", type=click.Choice(["shuffle", "N"]), default="shuffle", show_default=True, help="Of a deletion.")
@click.option("--shuffles", type=click.IntRange(1, 100), default=4, show_default=True, help="Of each element.")
@click.option("--dnase", type=_FILE, metavar="BW", help="Measured accessibility: adds the ABC-like score.")
@click.option("--h3k27ac", type=_FILE, metavar="BW", help="Measured H3K27ac, to go with --dnase.")
@click.option("--sample", type=click.IntRange(1, 100_000), help="Look at so many start sites at most, evenly spread.")
@click.option("--out", required=True, type=_FILE, metavar="DIR", help="Folder for the results.")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
@options.device
@options.precision
@options.quiet
def command(
    model: str | None,
    assembly: str | None,
    pairs: str,
    tracks: str | None,
    head: str | None,
    cell_type: str | None,
    methods: str,
    how: How,
    shuffles: int,
    dnase: Path | None,
    h3k27ac: Path | None,
    sample: int | None,
    out: Path,
    resume: bool,
    device: str | None,
    precision: str | None,
    quiet: bool,
) -> None:
    """Score tested pairs of element and gene: tables, precision-recall curves, and where they came from.

    \b
    Examples:
      enformer-browser evaluate crispri --model demo --assembly sim1 --pairs demo --sample 20 --out links/
      enformer-browser evaluate crispri --model enformer --assembly hg38 --pairs crispri.K562.tsv.gz \\
          --dnase K562.DNase.bw --h3k27ac K562.H3K27ac.bw --out fig2/ --resume
    """
    from ..evaluation.crispri_plan import Choices

    chosen = None if tracks is None else options.parse_tracks(tracks)
    if chosen == "all":
        raise TrackError("the mean of all tracks says nothing of one cell type", hint="Write --tracks 4828,5111")
    choices = Choices(
        methods=tuple(name.strip() for name in methods.split(",") if name.strip()),
        tracks=None if chosen is None else tuple(chosen),
        head=head,
        cell_type=cell_type,
        how=how,
        shuffles=shuffles,
        sample=sample,
        dnase=dnase,
        h3k27ac=h3k27ac,
        resume=resume,
    )
    flags = {"model": model, "assembly": assembly, "device": device, "precision": precision}
    _evaluate(load_settings(flags), pairs, out, choices, quiet=quiet)


def _evaluate(settings: Settings, pairs: str, out: Path, choices: Choices, *, quiet: bool) -> None:
    """Read the table, load the model, score, and name the files on standard output."""
    from ..evaluation.crispri import evaluate_crispri
    from ..genome.assembly import Assembly

    name = options.required(settings.assembly, "assembly", "ENFORMER_ASSEMBLY")
    with Assembly.open(name, settings=settings) as assembly:
        table = _table(pairs, out, assembly, settings)
        for reason, count in table.left_out.items():
            note(f"note: {count:,} rows {reason} are left out", quiet=quiet)
        predictor = load_predictor(settings, quiet=quiet, assembly=assembly)
        with closing(predictor), progress_line(quiet=quiet) as progress:
            said = partial(note, quiet=quiet)
            try:
                written = evaluate_crispri(predictor, table, out, choices, settings, on_step=progress, on_note=said)
            except KeyboardInterrupt:
                note(f"stopped; what is done is kept in {out}: go on with --resume", quiet=quiet)
                raise
    for path in written:
        click.echo(path)


def _table(pairs: str, out: Path, assembly: Assembly, settings: Settings) -> PairTable:
    """The table that is named; that of the demo is made, and removed once it is read: it follows from the assembly."""
    import tempfile

    from ..evaluation.crispri_demo import write_demo_pairs
    from ..evaluation.crispri_pairs import read_pairs

    if pairs != _DEMO:
        return read_pairs(Path(pairs), assembly)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.tsv"
        write_demo_pairs(assembly, path, settings)
        return read_pairs(path, assembly)
