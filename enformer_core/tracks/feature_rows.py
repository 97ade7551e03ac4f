"""One line of an annotation, as every format gives it, and what all formats check alike.

Runs in the limited process (``child_main``) only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from ..errors import FileFormatError, shown

MAX_LABEL = 60
MAX_POSITION = 2**31 - 1
Lines = Iterable[tuple[int, str]]
_WHOLE = re.compile(r"-?\d+", re.ASCII)


class Feature(NamedTuple):
    """One feature. 0-based and half-open; ``end`` is ``start`` for a place between two bases.

    Attributes:
        line: Number of its line, from 1.
        chrom: Chromosome, as the file spells it.
        start: 0-based position of its first base.
        end: 0-based position after its last base.
        label: Its name, at most 60 characters; may be empty.
        strand: ``+``, ``-`` or ``.``.
        score: On the file's own scale; NaN for none.
        summit: 0-based position of a peak's summit; NaN for none.
    """

    line: int
    chrom: str
    start: int
    end: int
    label: str = ""
    strand: str = "."
    score: float = math.nan
    summit: float = math.nan


class Stretch(NamedTuple):
    """What to read of a file that was read as a whole before: some bases, 0-based and half-open.

    Attributes:
        names: The chromosome, in each of the file's spellings.
        start: 0-based position of the first base.
        end: 0-based position after the last base.
    """

    names: frozenset[str]
    start: int
    end: int

    def holds(self, start: int, end: int) -> bool:
        """Whether a feature shares a base with it; a place between two bases counts as the base after it."""
        return start < self.end and max(end, start + 1) > self.start


class RowReader(Protocol):
    """Reads one format.

    Attributes:
        kind: ``regions``, ``peaks`` or ``variants``.
        format: Name of the format, such as ``BED6``.
        lengths: Chromosome lengths that the file states.
        skipped: What was left out, in words, and how often.
    """

    kind: str
    format: str
    lengths: dict[str, int]
    skipped: dict[str, int]

    def rows(self, lines: Lines, only: Stretch | None) -> Iterator[Feature]:
        """Features of numbered lines; with ``only``, those that it holds, with no more than a look at the others.

        Raises:
            FileFormatError: A line is not what the format asks for, with its number.
        """
        ...


def bad(line: int, what: str, hint: str = "Correct or remove the line") -> FileFormatError:
    """The error for a line that is wrong."""
    return FileFormatError(what, where=f"line {line:,}", hint=hint)


def position(text: str, line: int, *, lowest: int = 0) -> int:
    """A whole number between ``lowest`` and 2,147,483,647.

    Raises:
        FileFormatError: It is not, with the number of its line.
    """
    if text.isdigit() and text.isascii() and len(text) <= 10:
        value = int(text)
        if lowest <= value <= MAX_POSITION:
            return value
    if not _WHOLE.fullmatch(text):
        raise bad(line, f"{shown(text)} is not a position", "Write positions in digits alone, as 1000000")
    if text.startswith("-") or (len(text) <= 10 and int(text) < lowest):
        raise bad(line, f"position {shown(text)} is before the first, which is {lowest}")
    raise bad(line, f"position {shown(text)} is above {MAX_POSITION:,}")


def number(text: str, line: int, what: str) -> float:
    """A finite number.

    Raises:
        FileFormatError: It is not, with the number of its line and ``what`` it should have been.
    """
    value = as_number(text)
    if value is None:
        raise bad(line, f"{what} {shown(text)} is not a number")
    return value


def as_number(text: str) -> float | None:
    """The finite number that a text is, or None."""
    if "_" in text or not text.isascii():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def label(text: str) -> str:
    """A name as it is kept; a dot stands for none."""
    return "" if text == "." else text[:MAX_LABEL]
