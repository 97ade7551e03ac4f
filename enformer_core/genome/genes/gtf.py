"""Reading GTF, GENCODE's and Ensembl's dialects alike, line by line.

What cannot be right stops the reading with the line: GFF3, a start after the end, position 0, columns or attributes
that do not parse. What is harmless is left to ``collect``, which skips and counts it.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from ...errors import FileError, FileTooLarge, GtfError, shown

Progress = Callable[[float, str], None]
Attributes = dict[str, list[str]]
FEATURES = frozenset({"gene", "transcript", "exon", "CDS"})
MAX_LINE = 1 << 20
MAX_TEXT = 16 * 1024**3
REPORT_EVERY_LINES = 1 << 17
_POSITION = re.compile(r"\d{1,12}", re.ASCII)
_ATTRIBUTE = re.compile(r'\s*([^\s";=]+)\s+(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))\s*(?:;|$)')
# GENCODE and Ensembl start exon and CDS lines so; the common case is worth a way of its own, as 3 of 4 lines are such.
_PARENTS = re.compile(
    r'gene_id "([^"\\]+)"; (?:gene_version "([^"\\]+)"; )?'
    r'transcript_id "([^"\\]+)"; (?:transcript_version "([^"\\]+)"; )?'
)


@dataclass(slots=True)
class Row:
    """One line: a gene, transcript, exon or CDS. 0-based and half-open.

    Attributes:
        number: Line number in the file, from 1.
        gene_id: With version, whether it was part of the id (GENCODE) or an attribute of its own (Ensembl).
        transcript_id: Likewise; empty for a gene.
        attributes: All of them for genes and transcripts, None for exons and CDS.
    """

    number: int
    feature: str
    chrom: str
    start: int
    end: int
    strand: str
    gene_id: str
    transcript_id: str
    attributes: Attributes | None


def read_gtf(path: Path, progress: Progress | None = None) -> Iterator[Row]:
    """Read the genes, transcripts, exons and CDS of a GTF file, plain or gzip, in the order of the file.

    Raises:
        GtfError: A line is not GTF, with its number.
        FileTooLarge: A line is above 1 MiB, or the text above 16 GiB.
        FileError: The file is missing or cannot be read.
    """
    yield from gtf_rows(_lines(path, progress), path)


def gtf_rows(lines: Iterable[tuple[int, str]], path: Path) -> Iterator[Row]:
    """The genes, transcripts, exons and CDS of numbered lines; ``path`` is what messages call the file.

    Raises:
        GtfError: A line is not GTF, with its number.
    """
    for number, line in lines:
        if line.startswith("#"):
            if line.startswith("##gff-version"):
                raise _gff3(path, number)
            continue
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) != 9:
            if not line.strip():
                continue
            hint = "Columns are separated by tabs, not spaces" if len(line.split()) >= 9 else "Is it a GTF file?"
            raise _bad(path, number, f"{len(columns)} columns instead of 9: {shown(line.strip())}", hint)
        if columns[2] in FEATURES:
            yield _row(columns, number, path)


def first(attributes: Attributes, *keys: str) -> str:
    """The first value that is there and not empty, or an empty text."""
    return next((attributes[k][0] for k in keys if attributes.get(k) and attributes[k][0]), "")


def parse_attributes(text: str) -> Attributes:
    """The ninth column: key to all its values; quotes and semicolons inside quotes are part of a value.

    Raises:
        ValueError: It is not of the form ``key "value"; key number;``.
    """
    found: Attributes = {}
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _ATTRIBUTE.match(text, at)
        if match is None:
            raise ValueError(text[at : at + 60])
        value = match[2] if match[2] is not None else match[3]
        found.setdefault(match[1], []).append(value.replace('\\"', '"') if "\\" in value else value)
        at = match.end()
    return found


def _lines(path: Path, progress: Progress | None) -> Iterator[tuple[int, str]]:
    number = total = 0
    try:
        size = path.stat().st_size
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            with (
                gzip.open(raw) if packed else nullcontext(raw) as plain,
                io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace", newline="\n") as text,
            ):
                while line := text.readline(MAX_LINE):
                    number += 1
                    total += len(line)
                    if len(line) == MAX_LINE or total > MAX_TEXT:
                        raise FileTooLarge("the line or the whole text is too long", where=f"{path} line {number}")
                    if "\x00" in line:
                        raise _bad(path, number, "the file is binary, or UTF-16", "Give a GTF file, plain or gzip")
                    yield number, line
                    if progress is not None and number % REPORT_EVERY_LINES == 0:
                        progress(min(1.0, raw.tell() / max(1, size)), f"Reading {path.name}")
    except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
        raise GtfError(f"{path} is damaged or cut short after line {number:,}: {exc}", hint="Get it again") from exc
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the path") from exc


def _row(columns: list[str], number: int, path: Path) -> Row:
    chrom, _, feature, start_text, end_text, _, strand, _, text = columns
    if not (_POSITION.fullmatch(start_text) and _POSITION.fullmatch(end_text)):
        raise _bad(
            path, number, f"{shown(start_text)} to {shown(end_text)} is no range", "Columns 4 and 5 are whole numbers"
        )
    start, end = int(start_text), int(end_text)
    if start == 0:
        hint = "GTF counts from 1; was it exported 0-based, as BED is?"
        raise _bad(path, number, f"start is 0, and end {end:,}", hint)
    if start > end:
        raise _bad(path, number, f"start {start:,} is after end {end:,}", "Correct or remove the line")
    if strand not in ("+", "-", ".", "?"):
        raise _bad(path, number, f"strand {shown(strand)} is not one of + - .", "Correct or remove the line")
    if feature in ("exon", "CDS") and (parents := _PARENTS.match(text)):
        gene_id, gene_version, transcript_id, version = parents.groups()
        names = (_versioned(gene_id, gene_version), _versioned(transcript_id, version))
        return Row(number, feature, chrom, start - 1, end, strand, *names, None)
    try:
        attributes = parse_attributes(text)
    except ValueError as exc:
        if re.match(r"\s*[A-Za-z_]+=", text):
            raise _gff3(path, number) from exc
        hint = 'Attributes are of the form key "value";'
        raise _bad(path, number, f"attributes cannot be read from {shown(exc)}", hint) from exc
    gene_id = _versioned(first(attributes, "gene_id"), first(attributes, "gene_version"))
    transcript_id = _versioned(first(attributes, "transcript_id"), first(attributes, "transcript_version"))
    if not gene_id or not (transcript_id or feature == "gene"):
        missing = "transcript_id" if gene_id else "gene_id"
        raise _bad(path, number, f"{feature} without {missing}", "Is it a GTF file?")
    transcript_id = "" if feature == "gene" else transcript_id
    kept = attributes if feature in ("gene", "transcript") else None
    return Row(number, feature, chrom, start - 1, end, strand, gene_id, transcript_id, kept)


def _versioned(name: str, version: str | None) -> str:
    return f"{name}.{version}" if version and name and not name.endswith(f".{version}") else name


def _gff3(path: Path, number: int) -> GtfError:
    return _bad(path, number, "this is GFF3, not GTF", f"Convert it: gffread {path.name} -T -o genes.gtf")


def _bad(path: Path, number: int, what: str, hint: str) -> GtfError:
    return GtfError(what, where=f"{path} line {number:,}", hint=hint)
