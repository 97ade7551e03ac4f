"""From fetched files to an assembly: the genome in bgzip with its indexes, the genes, and the names they once had."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import AssemblyMismatch
from ..files import written_aside
from ..genome.assembly import Assembly
from ..genome.contigs import mismatch
from ..genome.fasta_build import index_fasta
from ..genome.fasta_bytes import fai_path, gzi_path
from ..genome.known_assemblies import KNOWN, SYNONYMS
from ..genome.origins import Origin
from ..settings import Settings
from .bgzip import to_bgzip
from .sources import Recipe
from .workplace import Workplace

#: Gives the callback of the next step: called with the fraction done and what is being done.
NextStep = Callable[[], Callable[[float, str], None]]


def make_assembly(
    recipe: Recipe, place: Workplace, origins: Mapping[str, Origin], settings: Settings, next_step: NextStep
) -> dict[str, Any]:
    """Make an assembly's folder of what was fetched; what was made before a kill is not made again.

    Args:
        recipe: What the files are.
        place: Where they are, and where the folder is made.
        origins: By file name, where each came from.
        settings: Where the index of the genes goes.
        next_step: Called at the beginning of each step.

    Returns:
        What the assembly's manifest says of its files.

    Raises:
        FastaError: The genome cannot be read.
        GtfError: The genes, or the table of names, cannot be read.
        AssemblyMismatch: The genome is of another assembly than its name says, or the genes are.
        OutOfDisk: The disk filled up.
    """
    (source,) = recipe.of("fasta")
    made_of = {"sha256": origins[source.name].sha256}
    fasta = place.product / bgzip_name(source.name)
    tell = next_step()
    if place.finished("compress", made_of) is None:
        to_bgzip(place.downloads / source.name, fasta, tell)
        place.record("compress", made_of, [fasta])
    tell = next_step()
    if place.finished("index", made_of) is None:
        index_fasta(fasta, overwrite=True, progress=tell)
        place.record("index", made_of, [fai_path(fasta), gzi_path(fasta)])
    names = {"fasta": fasta.name}
    for role in ("genes", "aliases"):
        for other in recipe.of(role):
            _put(place.downloads / other.name, place.product / other.name)
            names[role] = other.name
    _open(recipe, place.product, names, settings, next_step)
    return names


def bgzip_name(name: str) -> str:
    """What a genome is called once it is bgzip: ``hg38.fa.gz`` for itself and for ``hg38.fa``."""
    return name if name.endswith((".gz", ".bgz")) else f"{name}.gz"


def _open(recipe: Recipe, folder: Path, names: Mapping[str, str], settings: Settings, next_step: NextStep) -> None:
    """Open it as a person will, before it is registered; that makes the index of its genes."""
    if "genes" in names:
        genes = folder / names["genes"]
        aliases = folder / names["aliases"] if "aliases" in names else None
        assembly = Assembly.open(
            folder / names["fasta"], genes=genes, aliases=aliases, settings=settings, progress=next_step()
        )
    else:
        assembly = Assembly(folder / names["fasta"])
    with assembly:
        build = SYNONYMS.get(recipe.registered_as.lower())
        if build and (difference := mismatch(assembly.contigs, KNOWN[build], build)):
            raise AssemblyMismatch(
                f"{names['fasta']} is not {build}: {difference}", hint="Correct the manifest of sources"
            )


def _put(source: Path, target: Path) -> None:
    """Have a file in another folder of the same disk, without a second copy where that can be."""
    with suppress(OSError):
        target.unlink(missing_ok=True)
        os.link(source, target)
        return
    with written_aside(target, overwrite=True) as aside:
        shutil.copyfile(source, aside)
