"""What an annotation file is, by its first lines and never by its name. Runs in the limited process only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from ..errors import FileFormatError, shown
from .bed import BedReader, columns_of, is_data, is_place
from .feature_rows import Lines, RowReader
from .file_kind import WIGGLE, is_perhaps_text, kind_of
from .vcf_sites import VcfReader

ACCEPTED = "a bigWig, BED, narrowPeak, broadPeak, GTF or VCF file"
_HEAD = 4096
_CHOOSE = f"Choose {ACCEPTED}"


def refuse_other(path: Path) -> None:
    """Refuse what is no text.

    Raises:
        FileFormatError: It is something else, which the message names.
    """
    with path.open("rb") as handle:
        kind = kind_of(handle.read(_HEAD))
    if not is_perhaps_text(kind):
        raise FileFormatError(f"this is {kind}, not {ACCEPTED}", hint=_CHOOSE)


def recognised(lines: Iterator[tuple[int, str]]) -> tuple[RowReader | None, Lines]:
    """The reader of a file, by its first lines, or None where it is GTF; and all lines that it is to read.

    Raises:
        FileFormatError: They are of no format that is read here, or there is nothing but comments.
    """
    number = 0
    for number, line in lines:
        reader, is_known = _reader(line, number)
        if is_known:
            return reader, chain([(number, line)], lines)
    if not number:
        raise FileFormatError(f"this is an empty file, not {ACCEPTED}", hint=_CHOOSE)
    raise FileFormatError(f"none of its {number:,} lines is a feature", hint=_CHOOSE)


def _reader(line: str, number: int) -> tuple[RowReader | None, bool]:
    """The reader that a line speaks for, and whether it says so much at all."""
    if line.startswith("##fileformat=VCF"):
        return VcfReader(), True
    if line.startswith("##gff-version"):
        return None, True
    if line.startswith("#CHROM\tPOS\tID\tREF"):
        raise _unlike(line, number, "the VCF does not begin with ##fileformat", "Add the line ##fileformat=VCFv4.3")
    words = line.lower().split()
    if words and words[0] == "track" and ("type=bedgraph" in words or "type=wiggle_0" in words):
        raise _wiggle(number)
    if not is_data(line):
        return None, False
    columns = columns_of(line)
    if is_place(columns):
        return BedReader(columns), True
    if _is_gtf(line.split()):
        return None, True
    raise _no_feature(line, number, columns)


def _is_gtf(words: list[str]) -> bool:
    """Whether a line has positions where GTF has them; what else is wrong with it, the reader of GTF says."""
    return len(words) >= 9 and all(word.lstrip("-").isdigit() for word in words[3:5])


def _no_feature(line: str, number: int, columns: list[str]) -> FileFormatError:
    if columns[0].lower() in ("variablestep", "fixedstep"):
        return _wiggle(number)
    if len(columns) > 4 and columns[1].isdigit() and set(columns[3].upper()) <= set("ACGTN"):
        return _unlike(line, number, "this looks like a VCF without its header", "Put the header lines back")
    what = f"this is {kind_of(line.encode()[:_HEAD])}, not {ACCEPTED}"
    return _unlike(line, number, what, "A line of column names needs a # before it")


def _wiggle(number: int) -> FileFormatError:
    hint = "Make a bigWig of it, for example with bedGraphToBigWig"
    return FileFormatError(f"this is {WIGGLE}, not {ACCEPTED}", where=f"line {number:,}", hint=hint)


def _unlike(line: str, number: int, what: str, hint: str) -> FileFormatError:
    return FileFormatError(f"{what}: {shown(line)}", where=f"line {number:,}", hint=hint)
