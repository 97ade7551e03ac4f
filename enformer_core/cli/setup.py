"""``setup``: build the simulated genome, fetch a real one, index, convert a checkpoint, empty the cache."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import FileError, InputError
from ..settings import load_settings
from . import options, setup_sources
from .running import note, progress_line


@click.group("setup")
def command() -> None:
    """Prepare what the app needs.

    \b
    Example:
      enformer-browser setup demo
    """


setup_sources.add_to(command)


@command.command("demo")
@options.force
@options.quiet
def demo(force: bool, quiet: bool) -> None:
    """Build and register the simulated genome sim1: about a minute, 70 MB. A second time nothing is done.

    \b
    Example:
      enformer-browser setup demo
    """
    from ..demo.finished import NAME, refresh, trouble, work_folder

    settings = load_settings()
    folder = settings.assemblies_dir / NAME
    if force or work_folder(folder).exists() or trouble(folder) is not None:
        from ..demo.build import build

        note(f"building the simulated genome {NAME}: about a minute, once", quiet=quiet)
        with progress_line(quiet=quiet) as progress:
            build(settings.assemblies_dir, settings.gene_indexes_dir, force=force, progress=progress)
        note(f"registered: use it with --assembly {NAME}", quiet=quiet)
    else:
        note(f"{NAME} is there and whole", quiet=quiet)
        try:
            if refresh(folder):
                note("its manifest was of an earlier release and is now of this one", quiet=quiet)
        except FileError as exc:  # of somebody else, and of use as it is
            note(f"note: its manifest is of an earlier release and stays so: {exc}", quiet=quiet)
    click.echo(folder)


@command.command("index")
@click.argument("fasta", type=click.Path(path_type=Path))
@options.force
def index(fasta: Path, force: bool) -> None:
    """Index a FASTA file (plain or bgzip): writes FASTA.fai, and FASTA.gzi for bgzip, beside it.

    \b
    Example:
      enformer-browser setup index hg38.fa.gz
    """
    from ..genome.fasta_build import index_fasta

    with progress_line() as progress:
        index_fasta(fasta, overwrite=force, progress=progress)
    click.echo(f"{fasta}.fai")


@command.command("convert")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("--name", default="enformer", show_default=True, help="What the model is called from then on.")
@options.force
def convert(checkpoint: Path, name: str, force: bool) -> None:
    """Convert the authors' Sonnet checkpoint (its folder or prefix) and register the model.

    \b
    Example:
      enformer-browser setup convert sonnet_weights/ --name enformer
    """
    from ..inference.conversion import convert_sonnet

    folder = convert_sonnet(checkpoint, load_settings().models_dir, name, overwrite=force)
    note(f"registered: use it with --model {name}")
    click.echo(folder)


@command.command("cache")
@click.option("--clear", is_flag=True, help="Drop every prediction.")
def cache(clear: bool) -> None:
    """Drop the predictions that are kept on disk.

    \b
    Example:
      enformer-browser setup cache --clear
    """
    from ..inference.cache import PredictionCache

    if not clear:
        raise InputError("nothing was asked for", hint="Add --clear to drop every prediction; doctor shows the size")
    settings = load_settings()
    entries, size = PredictionCache(settings.predictions_dir, settings.cache_max_bytes).clear()
    click.echo(f"{entries:,} predictions dropped, {size / 1024**2:,.1f} MB freed")
