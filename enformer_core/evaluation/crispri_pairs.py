"""Tested pairs of element and gene, in the format of the ENCODE CRISPRi benchmark.

A table of tab-separated text, plain or gzip, with a header. Coordinates are 0-based and half-open, as in BED. Needed
are the columns of ``REQUIRED``; ``ValidConnection`` and ``CellType`` are used where they are there, and all others are
ignored. The format: https://github.com/EngreitzLab/CRISPR_comparison (Gschwind et al. 2023,
doi:10.1101/2023.11.09.563812).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import AssemblyMismatch, EnformerError, FileError, FileFormatError, shown
from ..files import sha256_of
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..tracks.text_lines import text_lines

REQUIRED = ("chrom", "chromStart", "chromEnd", "chrTSS", "startTSS", "endTSS", "measuredGeneSymbol", "Regulated")
_VALID, _CELL = "ValidConnection", "CellType"
_ANSWERS = {"TRUE": True, "FALSE": False}
_NOTHING = frozenset({"", "NA"})
_HINT = "The table is that of the ENCODE CRISPRi benchmark: tab-separated, with a header"
_MAX_DIGITS = 12
Key = tuple[str, int, str]
"""Chromosome, 0-based start site and cell type: what is asked of the model in one window."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An element that was tested on a gene.

    Attributes:
        line: Of the table, from 1.
        element: 0-based, half-open, on the assembly's own chromosome name.
        gene: Symbol.
        tss: 0-based start site, on the chromosome of the element.
        cell_type: As in the table; ``""`` where it has no such column.
        regulated: Whether the perturbed element lowered the gene.
    """

    line: int
    element: Interval
    gene: str
    tss: int
    cell_type: str
    regulated: bool

    @property
    def distance(self) -> int:
        """bp from the middle of the element to the start site."""
        return abs(self.element.center - self.tss)

    @property
    def key(self) -> Key:
        """Whose element it is."""
        return self.element.chrom, self.tss, self.cell_type


@dataclass(frozen=True, slots=True)
class PairTable:
    """The pairs of a table, and what was left out of it.

    Attributes:
        pairs: In the order of the table.
        left_out: Number of rows that are no pairs to be judged, by the reason.
        sha256: Checksum of the file.
    """

    pairs: tuple[Pair, ...]
    left_out: Mapping[str, int]
    sha256: str


def read_pairs(path: Path, assembly: Assembly) -> PairTable:
    """Read a table of pairs on an assembly.

    Raises:
        FileError: The file cannot be read.
        FileFormatError: A column is missing, or a cell cannot be read; with line and column.
        AssemblyMismatch: An element or start site lies on no chromosome of the assembly, or beyond its end.
    """
    try:
        lines = [(number, text) for number, text in text_lines(path) if text.strip() and not text.startswith("#")]
        digest = sha256_of(path)
    except OSError as exc:
        raise FileError(f"{shown(path)} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc
    except EnformerError as exc:
        raise type(exc)(exc.what, where=f"{path}, {exc.where}" if exc.where else str(path), hint=exc.hint) from exc
    if len(lines) < 2:
        raise FileFormatError("the table has no row below its header", where=str(path), hint=_HINT)
    left_out: Counter[str] = Counter()
    reader = _Rows(path, lines[0][1], assembly, left_out)
    pairs = tuple(reader.pairs(lines[1:]))
    if not pairs:
        raise FileFormatError(
            f"no row can be judged: {'; '.join(f'{n:,} {why}' for why, n in left_out.items())}", where=str(path)
        )
    return PairTable(pairs, dict(left_out), digest)


class _Rows:
    """Cells of a line by column name, with errors that say where."""

    def __init__(self, path: Path, header: str, assembly: Assembly, left_out: Counter[str]) -> None:
        names = [name.strip() for name in header.split("\t")]
        self._path, self._assembly, self._left_out = path, assembly, left_out
        self._width = len(names)
        self._columns = {name: i for i, name in enumerate(names)}
        self._contigs: dict[str, str] = {}
        for name in REQUIRED:
            if name not in self._columns:
                raise FileFormatError(f"column {name} is missing", where=f"{path}, line 1", hint=_HINT)
            if names.count(name) > 1:
                raise FileFormatError(f"column {name} is there twice", where=f"{path}, line 1", hint=_HINT)

    def pairs(self, lines: list[tuple[int, str]]) -> Iterator[Pair]:
        for number, text in lines:
            cells = text.split("\t")
            if len(cells) != self._width:
                raise FileFormatError(
                    f"the line has {len(cells)} columns, the header {self._width}",
                    where=f"{self._path}, line {number:,}",
                    hint=_HINT,
                )
            reason = self._reason(cells)
            if reason:
                self._left_out[reason] += 1
            else:
                yield self._pair(number, cells)

    def _reason(self, cells: list[str]) -> str:
        """Why a row is not judged; empty where it is."""
        if _VALID in self._columns and self._cell(cells, _VALID).upper() != "TRUE":
            return f"whose {_VALID} is not TRUE"
        if self._cell(cells, "Regulated").upper() in _NOTHING:
            return "without an answer (Regulated)"
        start, end = self._cell(cells, "startTSS"), self._cell(cells, "endTSS")
        # The benchmark writes 0 and 0, or NA, for genes whose start it does not know.
        if start.upper() in _NOTHING or end.upper() in _NOTHING or start == end == "0":
            return "without a start site"
        if self._cell(cells, "chrom") != self._cell(cells, "chrTSS"):
            return "with element and gene on two chromosomes"
        return ""

    def _pair(self, number: int, cells: list[str]) -> Pair:
        answer = self._cell(cells, "Regulated")
        if answer.upper() not in _ANSWERS:
            raise self._error(f"{shown(answer)} is neither TRUE nor FALSE", number, "Regulated")
        gene = self._cell(cells, "measuredGeneSymbol")
        if not gene:
            raise self._error("the gene has no name", number, "measuredGeneSymbol")
        element = self._interval(number, cells, ("chrom", "chromStart", "chromEnd"))
        site = self._interval(number, cells, ("chrTSS", "startTSS", "endTSS"))
        cell_type = self._cell(cells, _CELL) if _CELL in self._columns else ""
        return Pair(number, element, gene, site.center, cell_type, _ANSWERS[answer.upper()])

    def _interval(self, number: int, cells: list[str], columns: tuple[str, str, str]) -> Interval:
        chrom = self._contig(number, self._cell(cells, columns[0]), columns[0])
        start, end = (self._position(number, cells, column) for column in columns[1:])
        if start >= end:
            raise self._error(f"the end {end:,} is not behind the start {start:,}", number, columns[2])
        length = self._assembly.contigs[chrom]
        if end > length:
            raise AssemblyMismatch(
                f"{chrom}:{start + 1:,}-{end:,} lies beyond the end of {chrom}, which has {length:,} bp in "
                f"{self._assembly.name}",
                where=self._where(number, columns[2]),
                hint="Give the assembly that the table was made on",
            )
        return Interval(chrom, start, end)

    def _contig(self, number: int, text: str, column: str) -> str:
        if text not in self._contigs:
            try:
                self._contigs[text] = self._assembly.contig(text)
            except EnformerError as exc:
                raise AssemblyMismatch(exc.what, where=self._where(number, column), hint=exc.hint) from exc
        return self._contigs[text]

    def _position(self, number: int, cells: list[str], column: str) -> int:
        text = self._cell(cells, column)
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise self._error(f"{shown(text)} is not a position", number, column)
        return int(text)

    def _cell(self, cells: list[str], column: str) -> str:
        return cells[self._columns[column]].strip()

    def _where(self, number: int, column: str) -> str:
        return f"{self._path}, line {number:,}, column {self._columns[column] + 1} ({column})"

    def _error(self, what: str, number: int, column: str) -> FileFormatError:
        return FileFormatError(what, where=self._where(number, column), hint=_HINT)
