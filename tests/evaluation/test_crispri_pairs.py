"""Tables of tested pairs: what is read, what is left out, and what is refused, with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import World

from enformer_core.errors import AssemblyMismatch, EnformerError, FileError, FileFormatError
from enformer_core.evaluation.crispri_pairs import Pair, read_pairs
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from tests.evaluation.crispri_tables import COLUMNS, ROWS, Row, row, write


@pytest.fixture(scope="module")
def assembly(world: World) -> Iterator[Assembly]:
    with Assembly.open(world.fasta) as opened:
        yield opened


def test_pairs_are_read_with_their_lines(assembly: Assembly, tmp_path: Path) -> None:
    table = read_pairs(write(tmp_path / "pairs.tsv"), assembly)
    assert len(table.pairs) == len(ROWS)
    assert table.left_out == {}
    assert table.pairs[0] == Pair(2, Interval("chr1", 18_000, 18_500), "ALFA1", 20_000, "erythroid", True)
    assert [pair.regulated for pair in table.pairs] == [True, False, True, False, False, True, False]
    assert [pair.distance for pair in table.pairs[:3]] == [1_750, 692, 3_450]


def test_other_spellings_and_columns_that_are_not_there(assembly: Assembly, tmp_path: Path) -> None:
    kept = [i for i, name in enumerate(COLUMNS) if name not in ("ValidConnection", "CellType", "name")]
    cells = row(18_000, 18_500, regulated="true", chrom="1")
    path = write(tmp_path / "pairs.tsv", [tuple(cells[i] for i in kept)], [COLUMNS[i] for i in kept])
    (pair,) = read_pairs(path, assembly).pairs
    assert (pair.element.chrom, pair.cell_type, pair.regulated) == ("chr1", "", True)


def test_rows_that_cannot_be_judged_are_counted(assembly: Assembly, tmp_path: Path) -> None:
    other = ("chr1", 18_000, 18_500, "n", "chr2", 5, 6, "TWIN", "TRUE", "erythroid", "FALSE")
    unknown = ("chr1", 18_000, 18_500, "n", "chr1", 0, 0, "ALFA1", "TRUE", "erythroid", "FALSE")
    missing = ("chr1", 18_000, 18_500, "n", "chr1", "NA", "NA", "ALFA1", "TRUE", "erythroid", "FALSE")
    rows = [*ROWS, row(1, 2, valid="overlaps promoter"), row(1, 2, regulated="NA"), other, unknown, missing]
    table = read_pairs(write(tmp_path / "pairs.tsv", rows), assembly)
    assert len(table.pairs) == len(ROWS)
    assert table.left_out == {
        "whose ValidConnection is not TRUE": 1,
        "without an answer (Regulated)": 1,
        "with element and gene on two chromosomes": 1,
        "without a start site": 2,
    }
    with pytest.raises(FileFormatError, match="no row can be judged: 1 whose ValidConnection"):
        read_pairs(write(tmp_path / "none.tsv", [row(1, 2, valid="no")]), assembly)


@pytest.mark.parametrize(
    ("bad", "error", "said"),
    [
        (row("ten", 20), FileFormatError, "line 3, column 2 (chromStart): 'ten' is not a position"),
        (row(-5, 20), FileFormatError, "column 2 (chromStart): '-5' is not a position"),
        (row(20, 20), FileFormatError, "column 3 (chromEnd): the end 20 is not behind the start 20"),
        (row(1, 2, regulated="maybe"), FileFormatError, "column 11 (Regulated): 'maybe' is neither TRUE nor FALSE"),
        (row(1, 2, gene=""), FileFormatError, "column 8 (measuredGeneSymbol): the gene has no name"),
        (row(1, 2)[:-1], FileFormatError, "line 3: the line has 10 columns, the header 11"),
        (row(59_900, 60_001), AssemblyMismatch, "chr1:59,901-60,001 lies beyond the end of chr1, which has 60,000 bp"),
        (row(1, 2, tss=60_000), AssemblyMismatch, "line 3, column 7 (endTSS): chr1:60,001-60,001 lies beyond"),
        (row(1, 2, chrom="chr7"), AssemblyMismatch, "line 3, column 1 (chrom): genome has no chromosome 'chr7'"),
    ],
)
def test_a_bad_line_is_named(
    assembly: Assembly, tmp_path: Path, bad: Row, error: type[EnformerError], said: str
) -> None:
    path = write(tmp_path / "pairs.tsv", [ROWS[0], bad])
    with pytest.raises(error) as caught:
        read_pairs(path, assembly)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_table(assembly: Assembly, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_pairs(tmp_path / "none.tsv", assembly)
    with pytest.raises(FileFormatError, match=r"line 1: column Regulated is missing"):
        read_pairs(write(tmp_path / "short.tsv", [ROWS[0][:-1]], COLUMNS[:-1]), assembly)
    with pytest.raises(FileFormatError, match="column chrom is there twice"):
        read_pairs(write(tmp_path / "twice.tsv", [("chr1", *ROWS[0])], ("chrom", *COLUMNS)), assembly)
    with pytest.raises(FileFormatError, match="no row below its header"):
        read_pairs(write(tmp_path / "empty.tsv", []), assembly)
    (tmp_path / "binary.tsv").write_bytes(b"chrom\0\0")
    with pytest.raises(FileFormatError, match=r"binary\.tsv.*binary"):
        read_pairs(tmp_path / "binary.tsv", assembly)


def test_the_real_table(shared_data: Path) -> None:
    (path,) = (shared_data / "crispri").glob("*K562.GRCh38.tsv.gz")
    with Assembly.open(shared_data / "hg38_slices" / "hg38.slices.fa.gz") as hg38:
        table = read_pairs(path, hg38)
    assert len(table.pairs) + sum(table.left_out.values()) == 10_356
    assert table.left_out == {"without a start site": 81}
    assert {pair.cell_type for pair in table.pairs} == {"K562"}
    first = table.pairs[0]
    assert (first.element, first.gene, first.tss) == (Interval("chr1", 3_774_714, 3_775_214), "CEP104", 3_857_213)
    assert first.regulated
    # The column distanceToTSS of the table is measured from the same middle; some were counted on another build.
    assert first.distance == pytest.approx(82_268, abs=1_000)
