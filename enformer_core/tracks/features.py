"""Annotations as they are handed on: what a file holds, and its features in an interval. 0-based and half-open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from ..genome.genes.model import Gene, Transcript
from ..genome.interval import Strand

Kind = Literal["regions", "peaks", "genes", "variants"]
KINDS: tuple[Kind, ...] = ("regions", "peaks", "genes", "variants")
FULL_SCORE = 1000.0
_FLOATS = 4 * 8
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a file holds of one chromosome: features, and where the last one ends and stands."""

    n_features: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class AnnotationInfo:
    """What an annotation file is, after all of it was read.

    Attributes:
        kind: What its features are.
        format: For example ``BED6``, ``narrowPeak``, ``GTF`` or ``VCFv4.3``.
        n_features: Genes of a GTF, else lines.
        highest: The highest score, on the file's own scale; None without scores.
        contigs: By chromosome, as the file spells it, what it holds of it.
        lengths: Chromosome lengths that the file states, as VCF may.
        notes: What was left out, as clauses for people.
    """

    kind: Kind
    format: str
    n_features: int
    highest: float | None
    contigs: Mapping[str, Extent]
    lengths: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of one file in one interval, sorted by start.

    Attributes:
        kind: What they are.
        starts: int64 ``[features]``.
        ends: int64 ``[features]``; a start where the feature is a place between two bases.
        labels: Their names; empty for none.
        strands: One of ``+-.`` for each.
        scores: float32 ``[features]`` from 0 to 1, 1 for the highest of the file; None without scores.
        summits: float64 ``[features]``, positions of peaks' summits, NaN for none; None where no peak has one.
        genes: The genes of a GTF, which has none of the above.
        dropped: How many more lie in the interval, beyond the limit.
        notes: What the reader left out, as clauses for people.
    """

    kind: Kind
    starts: np.ndarray
    ends: np.ndarray
    labels: tuple[str, ...] = ()
    strands: str = ""
    scores: np.ndarray | None = None
    summits: np.ndarray | None = None
    genes: tuple[Gene, ...] = ()
    dropped: int = 0
    notes: tuple[str, ...] = ()


def nothing(kind: Kind, notes: tuple[str, ...] = ()) -> Features:
    """No features."""
    none = np.zeros(0, dtype=np.int64)
    return Features(kind, none, none, notes=notes)


def info_from(facts: Mapping[str, Any]) -> AnnotationInfo:
    """What a child process says of a whole file, checked.

    Raises:
        ValueError: It is not what it should be.
        KeyError: Something is missing.
        TypeError: Something is of another type.
    """
    if facts["kind"] not in KINDS:
        raise ValueError("kind")
    contigs = {str(name): Extent(*map(_count, row)) for name, row in facts["contigs"].items()}
    lengths = {str(name): _count(length) for name, length in facts["lengths"].items()}
    skipped = [(str(what), _count(n)) for what, n in facts["skipped"].items()]
    notes = tuple(f"{what.removesuffix(', skipped')} left out: {n:,}" for what, n in skipped if n)
    highest = None if facts["highest"] is None else float(facts["highest"])
    return AnnotationInfo(
        facts["kind"], str(facts["format"])[:20], _count(facts["n_features"]), highest, contigs, lengths, notes
    )


def features_from(
    facts: Mapping[str, Any], raw: bytes, info: AnnotationInfo, chrom: str, limit: int, notes: tuple[str, ...]
) -> Features:
    """What a child process found in an interval, checked.

    Args:
        facts: Numbers of features given and left out.
        raw: Numbers and names, as ``feature_child`` writes them.
        info: Of the whole file.
        chrom: The chromosome, as the assembly spells it.
        limit: Most features that were asked for.
        notes: What to say about the file.

    Raises:
        ValueError: It is not what it should be.
        KeyError: Something is missing.
        TypeError: Something is of another type.
    """
    n, dropped = _count(facts["n"]), _count(facts["dropped"])
    if n > limit:
        raise ValueError("more than was asked for")
    if info.kind == "genes":
        genes = tuple(_gene(row, chrom) for row in json.loads(raw)["genes"])
        none = np.zeros(0, dtype=np.int64)
        return Features("genes", none, none, genes=genes, dropped=dropped, notes=notes)
    words = json.loads(raw[n * _FLOATS :])
    starts, ends, scores, summits = np.frombuffer(raw, dtype="<f8", count=4 * n).reshape(4, n)
    labels, strands = tuple(map(str, words["labels"])), str(words["strands"])
    is_sound = len(labels) == len(strands) == n and set(strands) <= set("+-.") and bool((starts <= ends).all())
    if not is_sound:
        raise ValueError("features contradict themselves")
    return Features(
        info.kind,
        starts.astype(np.int64),
        ends.astype(np.int64),
        labels,
        strands,
        _scaled(scores, info),
        summits.copy() if np.isfinite(summits).any() else None,
        dropped=dropped,
        notes=notes,
    )


def _scaled(scores: np.ndarray, info: AnnotationInfo) -> np.ndarray | None:
    """From the file's scale to 0..1: peaks by the file's strongest signal, BED by its 1,000 or what goes beyond it."""
    if info.highest is None or info.highest <= 0:
        return None
    is_fraction = info.kind == "peaks" or info.highest <= 1
    full = info.highest if is_fraction else max(FULL_SCORE, info.highest)
    return np.clip(np.nan_to_num(scores) / full, 0.0, 1.0).astype(np.float32)


def _gene(row: Any, chrom: str) -> Gene:
    gene_id, symbol, biotype, strand, start, end, exons, cds = row
    if strand not in ("+", "-"):
        raise ValueError("strand")
    first, last = _count(start), _count(end)
    spans = tuple((_count(a), _count(b)) for a, b in exons)
    coding = None if cds is None else (_count(cds[0]), _count(cds[1]))
    side = cast("Strand", strand)
    low, high = (spans[0][0], spans[-1][1]) if spans else (first, last)
    transcript = Transcript(str(gene_id), low, high, side, str(biotype), spans, coding, _NONE)
    return Gene(str(gene_id), str(symbol), chrom, first, last, side, str(biotype), (transcript,), "of the file")


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a count")
    return value
