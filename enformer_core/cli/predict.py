"""``predict``: tracks at a locus, gene, variant or sequence, as a file that other tools read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from ..errors import FileError, InputError, OutputExists, shown
from ..settings import Settings, load_settings
from . import options
from .running import note, wait

_SEQUENCE_BYTES = 2_000_000


@click.command("predict")
@options.model
@options.assembly
@options.genes
@click.option("--locus", help="Gene, locus such as chr11:35,082,743-35,197,430 (1-based), or variant.")
@click.option("--sequence", "sequence_file", metavar="FILE", help="A sequence, plain or FASTA; - reads standard input.")
@click.option("--edit", "edits", multiple=True, metavar="VARIANT", help="Variant to apply, chr1:1000:A>C; repeatable.")
@click.option("--tracks", default="all", show_default=True, help="Row numbers such as 0,3,41, or all.")
@click.option("--head", help="human, mouse, ... [default: human]")
@click.option("--averaging", default="none", show_default=True, help="none, strands, shifts:N or strands,shifts:N.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PATH.npz, .tsv, .parquet, or a folder.")
@options.device
@options.precision
@options.force
@options.quiet
def command(
    model: str | None,
    assembly: str | None,
    genes: Path | None,
    locus: str | None,
    sequence_file: str | None,
    edits: tuple[str, ...],
    tracks: str,
    head: str | None,
    averaging: str,
    out: Path,
    device: str | None,
    precision: str | None,
    force: bool,
    quiet: bool,
) -> None:
    """Predict tracks and write them to a file, or to a folder of bigWigs.

    \b
    Examples:
      enformer-browser predict --model path/to/model --assembly hg38.fa.gz \\
          --locus chr11:35,082,743-35,197,430 --tracks 41,42 --out cd44.npz
      enformer-browser predict --model path/to/model --sequence insert.fa --out insert.tsv
    """
    flags = {"model": model, "assembly": assembly, "genes": genes, "device": device, "precision": precision}
    settings = load_settings(flags)
    if (locus is None) == (sequence_file is None):
        raise InputError("give either --locus or --sequence", hint="See enformer-browser predict --help")
    chosen = options.parse_tracks(tracks)
    inputs = [Path(p) for p in (settings.assembly, settings.genes, sequence_file) if p]
    _check_output(out, inputs, force)
    query = locus if locus is not None else _read_sequence(sequence_file or "-")
    written = _predict(settings, query, chosen, head, edits, averaging, out, force, quiet)
    for path in written:
        click.echo(path)


def _predict(
    settings: Settings,
    query: object,
    tracks: list[int] | Literal["all"],
    head: str | None,
    edits: tuple[str, ...],
    averaging: str,
    out: Path,
    force: bool,
    quiet: bool,
) -> list[Path]:
    from ..inference.predictor import Predictor

    predictor = Predictor.from_pretrained(
        options.required(settings.model, "model", "ENFORMER_MODEL"),
        assembly=settings.assembly or None,
        genes=settings.genes,
        settings=settings,
        on_step=lambda step: note(f"{step} ...", quiet=quiet),
    )
    try:
        job = predictor.submit(query, tracks=tracks, head=head, edits=edits, averaging=averaging)  # pyright: ignore[reportArgumentType]
        prediction = wait(job, quiet=quiet)
    finally:
        predictor.close()
    for text in prediction.notes:
        note(f"note: {text}", quiet=quiet)
    return prediction.save(out, overwrite=force)


def _read_sequence(name: str) -> object:
    from ..genome.sequence import parse_sequence

    try:
        raw = sys.stdin.buffer.read(_SEQUENCE_BYTES) if name == "-" else _read_file(Path(name))
    except OSError as exc:
        raise FileError(f"{shown(name)} cannot be read: {exc.strerror}", hint="Check the path") from exc
    return parse_sequence(raw.decode("utf-8", "replace"))


def _read_file(path: Path) -> bytes:
    if path.is_dir():
        raise FileError(f"{path} is a folder, not a file", hint="Give a FASTA file, or - for standard input")
    with path.open("rb") as handle:
        return handle.read(_SEQUENCE_BYTES)


def _check_output(out: Path, inputs: list[Path], force: bool) -> None:
    """Refuse before the model runs what could not be written after it."""
    if any(out.exists() and path.exists() and out.samefile(path) for path in inputs):
        raise InputError(f"--out {out} is one of the inputs", hint="Choose another name")
    if out.is_file() and not force:
        raise OutputExists(f"{out} already exists", hint="Choose another name, or add --force")
    if not out.parent.is_dir():
        raise FileError(f"the folder {out.parent} does not exist", hint="Make it first, or choose another")
