"""Building the simulated assembly: the same bytes on every machine, whole or not at all.

    simulate each chromosome -> name its genes -> write experiments, true answers and bases -> manifest -> one rename

Every step that is done is recorded with checksums, so that a build that was killed goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputExists, ResourceError
from ..files import sha256_of, written_aside
from ..folders import folder_errors
from ..genome.fasta_build import index_fasta
from ..genome.genes.index import GeneIndex
from . import bigwigs, examples, scoring, simulated
from .annotation import SimulatedGene, annotate, gene_id, gtf, working
from .assays import TRACKS
from .chromosomes import BODIES, SEED, SIM1, Genome, fasta, stream, symbol_stream
from .elements import ELEMENT_COLUMNS, LINK_COLUMNS
from .finished import (
    ELEMENTS,
    EXPERIMENTS,
    GENES,
    LINKS,
    MANIFEST,
    RECORD,
    VARIANTS,
    VERSION,
    is_ours,
    manifest,
    refresh,
    trouble,
    work_folder,
)
from .symbols import invented_symbols
from .variants import vcf_header
from .workers import Task, Workers, workers
from .workshop import Progress, Workshop, check_room, joined, locked

_BYTES_PER_BASE = 6  # of disk, while building
_FULL_BELOW = 8_000_000
_STRUCTURAL = "structural.vcf"


@dataclass(frozen=True, slots=True)
class Built:
    """What ``build`` did.

    Attributes:
        folder: The assembly's.
        was_there: Whether it was whole already, and nothing was done.
    """

    folder: Path
    was_there: bool


def build(
    assemblies: Path,
    gene_indexes: Path,
    *,
    genome: Genome = SIM1,
    force: bool = False,
    progress: Progress | None = None,
) -> Built:
    """Build the simulated assembly and the index of its genes.

    A folder that is there and whole is left alone; one that a build left damaged, or an older version, is replaced.

    Args:
        assemblies: Folder of registered assemblies, made if it is not there.
        gene_indexes: Folder of gene indexes.
        genome: What to build.
        force: Build even if it is there.
        progress: Called with the fraction done and what is being done.

    Raises:
        OutputExists: There is an assembly of this name that no build made.
        OutOfDisk: The disk is full, or too full to start.
        FileError: A folder cannot be made or written.
        ResourceError: A process was ended from outside.
    """
    report = progress or (lambda fraction, message: None)
    target = assemblies / genome.name
    with folder_errors(assemblies, "the simulated genome cannot be built"):
        assemblies.mkdir(parents=True, exist_ok=True)
        with locked(target, report):
            if not force and _is_whole(target):
                shutil.rmtree(work_folder(target), ignore_errors=True)  # of a build that was killed at its very end
                refresh(target)
                return Built(target, True)
            workshop = Workshop(target)
            check_room(assemblies, _BYTES_PER_BASE * sum(genome.lengths.values()) - workshop.size())
            _make(workshop, genome, report)
            report(0.97, "Indexing the genes")
            GeneIndex.open(workshop.product / GENES, folder=gene_indexes)
            workshop.put_in_place()
    return Built(target, False)


def _is_whole(target: Path) -> bool:
    if not target.exists():
        return False
    if trouble(target) is None:
        return True
    if (target / MANIFEST).exists() and not is_ours(target):
        raise OutputExists(
            f"there is an assembly {target.name} that this command did not make",
            where=str(target),
            hint="Move it away, or replace it with --force",
        )
    return False


def _make(workshop: Workshop, genome: Genome, report: Progress) -> None:
    longest_first = sorted(genome.lengths, key=lambda chrom: -genome.lengths[chrom])
    with workers() as crew:
        first = [
            Task(f"simulate {c}", simulated.names(c), (simulated.simulate, (workshop.folder, c, genome.lengths[c])))
            for c in longest_first
        ]
        _run(workshop, crew, first, report, (0.0, 0.45), "Simulating chromosomes")
        report(0.45, "Naming genes")
        named = _name_genes(workshop, genome)
        second = _second_tasks(workshop, genome, named)
        _run(workshop, crew, second, report, (0.5, 0.95), "Writing experiments and true answers")
    _join_tables(workshop, genome)
    _describe(workshop, genome)


def _run(
    workshop: Workshop, crew: Workers, tasks: Sequence[Task], report: Progress, part: tuple[float, float], what: str
) -> None:
    todo = [task for task in tasks if not workshop.is_done(task)]
    total = sum(task.weight for task in tasks)
    done = total - sum(task.weight for task in todo)
    report(part[0] + (part[1] - part[0]) * done / total, what)
    try:
        for task in crew.finish(todo):
            workshop.finished(task)
            done += task.weight
            report(part[0] + (part[1] - part[0]) * done / total, what)
    except ResourceError:
        check_room(workshop.folder, _FULL_BELOW)  # a full disk crashes the library that writes bigWigs
        raise


def _second_tasks(workshop: Workshop, genome: Genome, named: dict[str, list[tuple[str, str, int]]]) -> list[Task]:
    folder, product, lengths = workshop.folder, workshop.product, dict(genome.lengths)
    tasks = [
        Task(
            f"score {chrom}",
            scoring.names(chrom, tested=chrom == genome.tested),
            (scoring.score, (folder, chrom, named[chrom], chrom == genome.tested)),
            4.0,
        )
        for chrom in lengths
    ]
    fasta_file = f"{product.name}/{genome.name}.fa"
    tasks.append(
        Task("fasta", (fasta_file, f"{fasta_file}.fai"), (_write_fasta, (folder, folder / fasta_file, lengths)))
    )
    for k, track in enumerate(TRACKS):
        bigwig, checksum = bigwigs.names(track.identifier)
        files = (f"{product.name}/{bigwig}", checksum)
        tasks.append(Task(bigwig, files, (bigwigs.write_track, (product, folder, track.identifier, k, lengths))))
    return tasks


def _write_fasta(folder: Path, path: Path, lengths: dict[str, int]) -> None:
    with written_aside(path, overwrite=True) as aside, aside.open("wb") as handle:
        for chrom in lengths:
            handle.write(fasta(chrom, simulated.load(folder, chrom).codes))
    index_fasta(path, overwrite=True)


def _name_genes(workshop: Workshop, genome: Genome) -> dict[str, list[tuple[str, str, int]]]:
    """Write the annotation; symbol, id and start of the genes of each chromosome."""
    drawn: dict[str, list[SimulatedGene]] = {}
    for chrom, length in genome.lengths.items():
        made = simulated.load(workshop.folder, chrom)
        genes = working(made.genes, made.signal.promoters)
        drawn[chrom] = annotate(stream(chrom, BODIES), genes, made.signal.promoters, length)
    symbols = invented_symbols(symbol_stream(), sum(map(len, drawn.values())))
    named, text, first = {}, [], 1
    for chrom, genes in drawn.items():
        own = symbols[first - 1 : first - 1 + len(genes)]
        text.append(gtf(chrom, genes, own, first))
        named[chrom] = [(s, gene_id(first + n), g.planted.tss) for n, (s, g) in enumerate(zip(own, genes, strict=True))]
        first += len(genes)
    with written_aside(workshop.product / GENES, overwrite=True) as aside:
        aside.write_bytes("".join(text).encode())
    return named


def _join_tables(workshop: Workshop, genome: Genome) -> None:
    folder, product, chroms = workshop.folder, workshop.product, list(genome.lengths)
    header = vcf_header(genome.name, genome.lengths)
    joined(product / ELEMENTS, [folder / f"{c}.elements" for c in chroms], "\t".join(ELEMENT_COLUMNS) + "\n")
    joined(product / LINKS, [folder / f"{c}.links" for c in chroms], "\t".join(LINK_COLUMNS) + "\n")
    joined(product / VARIANTS, [folder / f"{c}.variants" for c in chroms], header)
    joined(product / _STRUCTURAL, [folder / "structural"], header)
    joined(product / examples.FILE, [folder / examples.FILE])
    rows = "".join(f"{track.identifier}\t{track.identifier}.bw\n" for track in TRACKS)
    joined(product / EXPERIMENTS, [], "identifier\tfile\n" + rows)


def _describe(workshop: Workshop, genome: Genome) -> None:
    """Write what was built, and last of all the manifest."""
    product = workshop.product
    text = manifest(genome.name)
    tables = (GENES, EXPERIMENTS, ELEMENTS, LINKS, VARIANTS, _STRUCTURAL, examples.FILE)
    sums = {name: sha256_of(product / name) for name in (f"{genome.name}.fa", f"{genome.name}.fa.fai", *tables)}
    for track in TRACKS:
        bigwig, checksum = bigwigs.names(track.identifier)
        sums[bigwig] = (workshop.folder / checksum).read_text()
    files = {name: {"bytes": (product / name).stat().st_size, "sha256": sums[name]} for name in sorted(sums)}
    files[MANIFEST] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    record = {"schema": 1, "version": VERSION, "seed": SEED, "lengths": dict(genome.lengths), "files": files}
    for stranger in [path for path in product.iterdir() if path.name not in sums]:
        stranger.unlink()
    joined(product / RECORD, [], json.dumps(record, indent=1) + "\n")
    with written_aside(product / MANIFEST, overwrite=True) as aside:
        aside.write_bytes(text)
