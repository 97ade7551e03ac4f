"""Reading the files of an assembly's truth: elements as BED, links as tab-separated text, variants as VCF.

* Elements: a header line that begins with ``#chrom``, then 0-based half-open bases. Used are the first four columns
  (chromosome, start, end, name) and the column ``kind``.
* Links: a header line. Used are ``element`` (a name of the elements), ``gene`` (symbol), ``gene_id``, ``cell_type``
  and ``log2_fold_change``: of the gene's expression in that cell type when the element is lost.
* Variants: VCF, one ALT a line. Of INFO are used ``CLASS``, ``TRUTH_GENE`` (the gene that changes most; without it no
  gene changes) and ``TRUTH_CAGE``: log2 fold change of its expression in each of the cell types with which the
  description of TRUTH_CAGE in the header ends, as in ``"...: ery, hep, neu"``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import EnformerError, FileError, FileFormatError, FileTooLarge, shown
from .interval import Interval
from .variant import Variant

MAX_BYTES = 256 * 1024**2
"""Of one file; the truth of the simulated genome has 2 MB of links."""

_BED = ["#chrom", "start", "end", "name"]
_LINK = ("element", "gene", "gene_id", "cell_type", "log2_fold_change")
_VCF = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
_ORDER = re.compile(r'##INFO=<ID=TRUTH_CAGE,.*Description="[^"]*: ([^":]+)">')
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MAX_DIGITS = 12
_Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class KnownElement:
    """A known regulatory element.

    Attributes:
        name: Its own.
        interval: Its bases, 0-based and half-open.
        kind: Such as ``promoter``; empty where the file does not say.
    """

    name: str
    interval: Interval
    kind: str


@dataclass(frozen=True, slots=True)
class KnownLink:
    """What the loss of an element does to a gene.

    Attributes:
        element: Which is lost.
        gene: Symbol.
        gene_id: As the annotation has it.
        cell_type: As tracks call it.
        effect: log2 fold change of the gene's expression; below 0 where the element supports it.
    """

    element: KnownElement
    gene: str
    gene_id: str
    cell_type: str
    effect: float


@dataclass(frozen=True, slots=True)
class KnownVariant:
    """A variant whose effect is known.

    Attributes:
        variant: What changes.
        kind: Such as ``promoter``; empty where the file does not say.
        gene: Symbol of the gene that changes most; empty where none does.
        effects: log2 fold change of the expression of ``gene`` by cell type, as tracks call it; empty where the file
            does not say.
    """

    variant: Variant
    kind: str
    gene: str
    effects: Mapping[str, float] = field(default_factory=dict)

    def effect_on(self, gene: str, cell_type: str) -> float:
        """log2 fold change of a gene in a cell type; 0 where no gene changes, NaN where it is not known."""
        if not self.effects or self.gene not in ("", gene):
            return math.nan
        return self.effects.get(cell_type, math.nan) if self.gene else 0.0


def read_elements(path: Path) -> list[KnownElement]:
    """The elements of a file, in its order.

    Raises:
        FileFormatError: A line is not what it should be, with its number, or a name is there twice.
        FileError: The file is missing, cannot be read or is too large.
    """
    lines = _lines(path)
    columns = _header(path, next(lines, (1, "")), _BED)
    kind, found = columns.get("kind"), {}
    for number, line in lines:
        cells = _cells(path, number, line, len(columns))
        start, end = (_position(path, number, cells[i]) for i in (1, 2))
        if not cells[0] or not cells[3] or start >= end:
            raise _bad(path, number, f"{shown(line)} is no element with chromosome, start before end, and name")
        if cells[3] in found:
            raise _bad(path, number, f"there is an element {shown(cells[3])} already")
        place = Interval(cells[0], start, end)
        found[cells[3]] = KnownElement(cells[3], place, "" if kind is None else cells[kind])
    return list(found.values())


def read_links(path: Path, elements: Mapping[str, KnownElement], cell_types: Mapping[str, str]) -> Iterator[KnownLink]:
    """The links of a file, in its order.

    Args:
        path: The file.
        elements: By name.
        cell_types: What tracks call each cell type of the file.

    Raises:
        FileFormatError: A line is not what it should be, with its number, or names what is not known.
        FileError: The file is missing, cannot be read or is too large.
    """
    lines = _lines(path)
    columns = _header(path, next(lines, (1, "")), _LINK)
    places = [columns[name] for name in _LINK]
    for number, line in lines:
        cells = _cells(path, number, line, len(columns))
        name, gene, gene_id, cell, effect = (cells[i] for i in places)
        if name not in elements:
            raise _bad(path, number, f"there is no element {shown(name)} among the known ones")
        if not gene or not gene_id:
            raise _bad(path, number, "the gene has no symbol or no id")
        yield KnownLink(
            elements[name], gene, gene_id, _cell_type(path, number, cell, cell_types), _number(path, number, effect)
        )


def read_variants(path: Path, cell_types: Mapping[str, str]) -> Iterator[KnownVariant]:
    """The variants of a VCF, in its order.

    Args:
        path: The file.
        cell_types: What tracks call each cell type of the file.

    Raises:
        FileFormatError: A line is not what it should be, with its number.
        FileError: The file is missing, cannot be read or is too large.
    """
    order: list[str] = []
    seen_header = False
    for number, line in _lines(path):
        if line.startswith("##"):
            if found := _ORDER.fullmatch(line):
                order = [_cell_type(path, number, n.strip(), cell_types) for n in found[1].split(",")]
        elif line.startswith("#"):
            seen_header = line.split("\t")[: len(_VCF)] == _VCF
        elif not seen_header:
            raise _bad(path, number, f"the line of columns, {' '.join(_VCF)}, does not stand before the first variant")
        else:
            yield _variant(path, number, line, order)


def _variant(path: Path, number: int, line: str, order: list[str]) -> KnownVariant:
    cells = line.split("\t")
    if len(cells) < len(_VCF):
        raise _bad(path, number, f"the line has {len(cells)} columns, and a VCF at least {len(_VCF)}")
    chrom, pos, name, ref, alt = cells[:5]
    info = {key: value for key, _, value in (part.partition("=") for part in cells[7].split(";"))}
    try:
        variant = Variant(chrom, _position(path, number, pos), ref, alt, "" if name == "." else name)
    except EnformerError as exc:
        if isinstance(exc, FileFormatError):
            raise
        raise _bad(path, number, exc.what) from exc
    told = info.get("TRUTH_CAGE")
    values = [] if told is None else [_number(path, number, text) for text in told.split(",")]
    if values and len(values) != len(order):
        what = f"TRUTH_CAGE has {len(values)} numbers, and the header names {len(order)} cell types for it"
        raise _bad(path, number, what)
    return KnownVariant(
        variant, info.get("CLASS", ""), info.get("TRUTH_GENE", ""), dict(zip(order, values, strict=bool(values)))
    )


def _lines(path: Path) -> Iterator[_Line]:
    """Number and text of each line that is not empty."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise FileTooLarge(
                f"it has {size:,} bytes, above the limit of {MAX_BYTES:,}", where=str(path), hint="Give a part of it"
            )
        with path.open(encoding="utf-8", newline="\n") as handle:
            for number, line in enumerate(handle, start=1):
                text = line.rstrip("\r\n")
                if text:
                    yield number, text
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the manifest beside it") from exc
    except UnicodeDecodeError as exc:
        raise FileFormatError(f"it is not UTF-8 text: {exc.reason}", where=str(path), hint="Get it again") from exc


def _header(path: Path, line: _Line, wanted: list[str] | tuple[str, ...]) -> dict[str, int]:
    """Where the columns are. Of BED the first four stand where they always do."""
    names = line[1].split("\t")
    columns = {name: i for i, name in enumerate(names)}
    missing = [name for name in wanted if name not in columns]
    if missing or len(columns) < len(names) or (wanted is _BED and names[: len(_BED)] != _BED):
        raise _bad(path, line[0], f"the header is {shown(line[1])}, without {' '.join(wanted)} once each")
    return columns


def _cells(path: Path, number: int, line: str, width: int) -> list[str]:
    cells = line.split("\t")
    if len(cells) != width:
        raise _bad(path, number, f"the line has {len(cells)} columns, the header {width}")
    return cells


def _cell_type(path: Path, number: int, name: str, cell_types: Mapping[str, str]) -> str:
    if name not in cell_types:
        raise _bad(path, number, f"{shown(name)} is none of the manifest's cell types: {', '.join(cell_types)}")
    return cell_types[name]


def _position(path: Path, number: int, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise _bad(path, number, f"{shown(text)} is not a position")
    return int(text)


def _number(path: Path, number: int, text: str) -> float:
    if not _NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
        raise _bad(path, number, f"{shown(text)} is not a number")
    return value


def _bad(path: Path, number: int, what: str) -> FileFormatError:
    return FileFormatError(what, where=f"{path}, line {number:,}", hint="Correct the file, or get it again")
