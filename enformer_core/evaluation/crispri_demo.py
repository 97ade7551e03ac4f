"""The true links of the simulated genome as a table of tested pairs, as a CRISPRi screen of it would look.

The simulated genome tells for each active enhancer and each gene within 50 kb how CAGE changes when the enhancer is
lost. Of the chromosome that no model was trained on, those pairs are tested whose gene is expressed in the cell type
by the measured CAGE, and whose enhancer is no part of the promoter. A pair is ``Regulated`` where the true change is a
drop by more than ``tables.LINKED`` log2, the line that the model card draws.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ..demo.chromosomes import SIM1
from ..demo.motifs import CELL_TYPES
from ..errors import AssemblyMismatch, FileError
from ..files import written_aside
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..settings import Settings
from ..tracks.bigwig_read import BigWigReader
from .effects import EXPRESSED
from .heldout import BIN
from .samples import OWN
from .tables import LINKED

#: Cell types as the demo model's tracks call them.
NAMES: dict[str, str] = dict(zip(CELL_TYPES, ("erythroid", "hepatic", "neural"), strict=True))
COLUMNS = (
    "chrom",
    "chromStart",
    "chromEnd",
    "name",
    "EffectSize",
    "chrTSS",
    "startTSS",
    "endTSS",
    "measuredGeneSymbol",
    "measuredGeneEnsemblId",
    "CellType",
    "ValidConnection",
    "Regulated",
)


def write_demo_pairs(assembly: Assembly, path: Path, settings: Settings) -> None:
    """Write the pairs of the tested chromosome of the simulated genome; ``EffectSize`` is the true part of change.

    Raises:
        AssemblyMismatch: The assembly has no true links beside it, or no genes.
        FileError: A file cannot be read or written.
    """
    folder = assembly.path.parent
    if assembly.genes is None or not (folder / "links.tsv").is_file() or not (folder / "elements.bed").is_file():
        raise AssemblyMismatch(
            f"{assembly.name} has no true links: only the simulated genome {SIM1.name} has",
            where=str(folder),
            hint="Build it with: enformer-browser setup demo",
        )
    try:
        elements = {row[3]: row for row in _rows(folder / "elements.bed") if row[0] == SIM1.tested}
        links = [row for row in _rows(folder / "links.tsv") if row[0] in elements]
    except OSError as exc:
        raise FileError(f"the true links cannot be read: {exc.strerror or exc}", where=str(folder)) from exc
    whole = Interval(SIM1.tested, 0, assembly.contigs[SIM1.tested])
    sites = {gene.gene_id: gene.tss for gene in assembly.genes.overlapping(whole)}
    active = _active(assembly, folder, sites, settings)
    lines = ["\t".join(COLUMNS)]
    lines += [_line(row, elements, sites) for row in links if int(row[3]) > OWN and (row[2], row[4]) in active]
    with written_aside(path, overwrite=True) as aside:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(link: list[str], elements: Mapping[str, list[str]], sites: Mapping[str, int]) -> str:
    name, symbol, gene_id, _, cell, _, change = link
    chrom, start, end = elements[name][:3]
    tss, log2 = sites[gene_id], float(change)
    regulated = "TRUE" if log2 < -LINKED else "FALSE"
    place = (chrom, str(tss), str(tss + 1), symbol, gene_id, NAMES[cell], "TRUE", regulated)
    return "\t".join((chrom, start, end, name, f"{2.0**log2 - 1.0:.3f}", *place))


def _active(assembly: Assembly, folder: Path, sites: Mapping[str, int], settings: Settings) -> set[tuple[str, str]]:
    """Gene id and cell type where the measured CAGE, the sum of the bins at the start site, is above ``EXPRESSED``."""
    found = set()
    files = [folder / f"CAGE_{cell}.bw" for cell in CELL_TYPES]
    with BigWigReader(settings) as reader:
        for gene_id, tss in sites.items():
            first = (tss // BIN - 1) * BIN
            bins = Interval(SIM1.tested, first, first + 3 * BIN)
            for cell, signal in zip(CELL_TYPES, reader.read(files, bins, BIN, "mean", assembly.contigs), strict=True):
                if isinstance(signal, FileError):
                    raise signal
                if float(np.nansum(signal.values)) > EXPRESSED:
                    found.add((gene_id, cell))
    return found


def _rows(path: Path) -> Iterator[list[str]]:
    """Cells of each line below the header."""
    with path.open(encoding="utf-8", newline="") as handle:
        lines = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(lines, None)
        yield from lines
