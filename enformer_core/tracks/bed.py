"""BED, narrowPeak and broadPeak, told apart by the first line and then held to it.

Of BED the first six columns are read: place, name, score and strand. Further ones (thick ends, colour, blocks, or
columns of the file's own) are allowed, if every line has them. Runs in the limited process (``child_main``) only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .feature_rows import Feature, Lines, Stretch, as_number, bad, label, number, position

_WHOLE = re.compile(r"-?\d+", re.ASCII)
_COLOUR = re.compile(r"\.|0|\d{1,3},\d{1,3},\d{1,3}", re.ASCII)
_NOT_DATA = re.compile(r"#|(?:track|browser)(?:\s|$)|\s*$")
_STRANDS = ("+", "-", ".")


def is_data(line: str) -> bool:
    """Whether a line is more than a comment, a line for a browser, or empty."""
    return not _NOT_DATA.match(line)


def columns_of(line: str) -> list[str]:
    """Columns between tabs, or, in a line without a tab, between spaces."""
    return line.split("\t") if "\t" in line else line.split()


def is_place(columns: list[str]) -> bool:
    """Whether columns begin as BED does: a name and two whole numbers."""
    return len(columns) >= 3 and bool(_WHOLE.fullmatch(columns[1]) and _WHOLE.fullmatch(columns[2]))


class BedReader:
    """Reads BED and its kin. Built from the columns of the first line, which say what the others must be.

    Attributes:
        kind: ``peaks`` for narrowPeak and broadPeak, else ``regions``.
        format: ``narrowPeak``, ``broadPeak``, ``BED3`` to ``BED12``, or ``BED6+4`` where columns of its own follow.
        lengths: Always empty: BED does not know them.
        skipped: Always empty: no line is left out.
    """

    def __init__(self, columns: list[str]) -> None:
        self.lengths: dict[str, int] = {}
        self.skipped: dict[str, int] = {}
        self.n_columns = len(columns)
        self.n_read = _standard(columns)
        self.kind, self.format = self._named(columns)

    def rows(self, lines: Lines, only: Stretch | None) -> Iterator[Feature]:
        """Features of numbered lines. See ``feature_rows.RowReader``."""
        for line, text in lines:
            if not is_data(text):
                continue
            columns = columns_of(text)
            if only is None or (columns[0] in only.names and only.holds(int(columns[1]), int(columns[2]))):
                yield self._feature(columns, line)

    def _named(self, columns: list[str]) -> tuple[str, str]:
        if self.n_read == 6 and self.n_columns in (9, 10) and all(as_number(c) is not None for c in columns[6:9]):
            if self.n_columns == 10 and _WHOLE.fullmatch(columns[9]):
                return "peaks", "narrowPeak"
            if self.n_columns == 9 and not _has_thick_ends(columns):
                return "peaks", "broadPeak"
        extra = self.n_columns - self.n_read
        if not extra or (self.n_read == 6 and self.n_columns in (8, 9, 12) and _has_thick_ends(columns)):
            return "regions", f"BED{self.n_columns}"
        return "regions", f"BED{self.n_read}+{extra}"

    def _feature(self, columns: list[str], line: int) -> Feature:
        if len(columns) != self.n_columns:
            what = f"{len(columns)} columns, where the first line has {self.n_columns}"
            raise bad(line, what, "Give every line the same columns; is the file complete?")
        chrom, start, end = columns[0], position(columns[1], line), position(columns[2], line)
        if not chrom.strip():
            raise bad(line, "the chromosome's name is empty")
        if start > end:
            raise bad(line, f"start {start:,} is after end {end:,}")
        if self.n_read == 3:
            return Feature(line, chrom, start, end)
        name = label(columns[3])
        score = number(columns[4], line, "score") if self.n_read > 4 else float("nan")
        strand = columns[5] if self.n_read > 5 else "."
        if strand not in _STRANDS:
            raise bad(line, f"strand {strand[:20]!r} is not one of + - .")
        if self.kind == "peaks":
            return self._peak(columns, line, Feature(line, chrom, start, end, name, strand))
        return Feature(line, chrom, start, end, name, strand, score)

    def _peak(self, columns: list[str], line: int, found: Feature) -> Feature:
        """A peak with its signal as score, and with the summit, which narrowPeak counts from the start (-1: none)."""
        signal, *_ = (number(columns[i], line, what) for i, what in ((6, "signal"), (7, "p-value"), (8, "q-value")))
        if self.n_columns == 9 or columns[9] == "-1":
            return found._replace(score=signal)
        offset = position(columns[9], line)
        if offset >= found.end - found.start:
            raise bad(line, f"the summit {offset:,} lies outside the peak, which has {found.end - found.start:,} bp")
        return found._replace(score=signal, summit=float(found.start + offset))


def _standard(columns: list[str]) -> int:
    """How many of the first six columns are BED's own."""
    if len(columns) < 5 or as_number(columns[4]) is None:
        return min(len(columns), 4)
    return 6 if len(columns) > 5 and columns[5] in _STRANDS else 5


def _has_thick_ends(columns: list[str]) -> bool:
    """Whether columns 7 to 9 are BED's thick start, thick end and colour."""
    is_thick = all(_WHOLE.fullmatch(text) for text in columns[6:8])
    return is_thick and (len(columns) < 9 or bool(_COLOUR.fullmatch(columns[8])))
