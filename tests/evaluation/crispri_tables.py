"""Tables of tested pairs on the small world."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

COLUMNS = (
    "chrom",
    "chromStart",
    "chromEnd",
    "name",
    "chrTSS",
    "startTSS",
    "endTSS",
    "measuredGeneSymbol",
    "ValidConnection",
    "CellType",
    "Regulated",
)
Row = tuple[object, ...]


def row(
    start: object,
    end: object,
    tss: int = 20_000,
    regulated: object = "FALSE",
    *,
    gene: str = "ALFA1",
    cell: str = "erythroid",
    chrom: str = "chr1",
    valid: str = "TRUE",
) -> Row:
    """One line of a table."""
    return (chrom, start, end, "an element", chrom, tss, tss + 1, gene, valid, cell, regulated)


# Two genes: three elements in each window, one of them of both genes' 8,192 bp, and one that no window holds.
ROWS = (
    row(18_000, 18_500, regulated="TRUE"),
    row(19_300, 19_317),
    row(23_000, 23_900, regulated="TRUE"),
    row(24_000, 24_200),
    row(30_000, 30_400, 32_999, gene="BETA2"),
    row(34_000, 34_300, 32_999, "TRUE", gene="BETA2"),
    row(35_000, 35_301, 32_999, gene="BETA2"),
)


def write(path: Path, rows: Iterable[Row] = ROWS, columns: Iterable[str] = COLUMNS) -> Path:
    """Write a table with its header."""
    lines = ["\t".join(columns), *("\t".join(map(str, cells)) for cells in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path
