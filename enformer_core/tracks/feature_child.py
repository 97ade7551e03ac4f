"""Reading one annotation, in a process that it may exhaust (``child_main``): what it is, and what lies in an interval.

The answer's raw bytes are starts, ends, scores and summits (float64 each, [features]) and JSON: ``labels`` and
``strands``, or ``genes``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileTooLarge
from ..genome.genes.collect import Collection as Genes
from ..genome.genes.gtf import Row, gtf_rows
from ..genome.genes.model import Gene
from .feature_format import recognised, refuse_other
from .feature_rows import Feature, Lines, RowReader, Stretch
from .text_lines import text_lines

MAX_FEATURES = 200_000
MAX_CONTIGS = 20_000
MAX_CONTIG_NAME = 200
MAX_EXONS = 100_000
Answer = tuple[dict[str, Any], bytes]


def features(lane: dict[str, Any]) -> Answer:
    """Look through the whole file where ``names`` is None, else give the features of an interval.

    Args:
        lane: ``path``; ``names``: chromosomes, as the file spells them; ``start``, ``end``: 0-based and half-open;
            ``limit``: most features to give.

    Raises:
        FileError: The file is refused, with the number of the line where there is one.
    """
    path = Path(lane["path"])
    refuse_other(path)
    reader, lines = recognised(text_lines(path))
    if lane["names"] is None:
        return _look_at_genes(lines, path) if reader is None else _look(reader, lines)
    only = Stretch(frozenset(lane["names"]), lane["start"], lane["end"])
    if reader is None:
        return _genes(lines, path, only, lane["limit"])
    return _chosen(sorted(reader.rows(lines, only), key=lambda f: (f.start, f.end)), lane["limit"])


class _Summary:
    """Counts features, and notes how far they reach on each chromosome."""

    def __init__(self) -> None:
        self.n_features = 0
        self.highest = -np.inf
        self.contigs: dict[str, list[int]] = {}

    def place(self, chrom: str, end: int, line: int, n: int = 1) -> None:
        """Count ``n`` features that end at ``end``."""
        self.n_features += n
        if self.n_features > MAX_FEATURES:
            raise FileTooLarge(
                f"the file has more than {MAX_FEATURES:,} features",
                where=f"line {line:,}",
                hint="Keep the chromosomes that you need, for example with tabix or awk",
            )
        known = self.contigs.get(chrom)
        if known is None:
            if len(self.contigs) == MAX_CONTIGS or len(chrom) > MAX_CONTIG_NAME:
                what = f"its features lie on more than {MAX_CONTIGS:,} chromosomes, or one has too long a name"
                raise FileTooLarge(what, where=f"line {line:,}", hint="Keep the chromosomes that you need")
            self.contigs[chrom] = [n, end, line]
            return
        known[0] += n
        if end > known[1]:
            known[1:] = end, line

    def facts(self, kind: str, name: str) -> dict[str, Any]:
        """As they are sent: by chromosome the number of features, where the last one ends, and its line."""
        highest = float(self.highest) if np.isfinite(self.highest) else None
        return {
            "kind": kind,
            "format": name,
            "n_features": self.n_features,
            "highest": highest,
            "contigs": self.contigs,
        }


def _look(reader: RowReader, lines: Lines) -> Answer:
    summary = _Summary()
    for feature in reader.rows(lines, None):
        summary.place(feature.chrom, feature.end, feature.line)
        if feature.score > summary.highest:
            summary.highest = feature.score
    facts = summary.facts(reader.kind, reader.format)
    return facts | {"lengths": dict(list(reader.lengths.items())[:MAX_CONTIGS]), "skipped": reader.skipped}, b""


def _look_at_genes(lines: Lines, path: Path) -> Answer:
    summary = _Summary()

    def seen(rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            summary.place(row.chrom, row.end, row.number, n=0)
            yield row

    genes = Genes(seen(gtf_rows(lines, path)))
    for gene in genes.genes():
        summary.place(gene.chrom, gene.end, 0)
    skipped = {what: n for what, n in genes.counts.items() if what.endswith("skipped")}
    return summary.facts("genes", "GTF") | {"lengths": {}, "skipped": skipped}, b""


def _chosen(found: list[Feature], limit: int) -> Answer:
    """At most ``limit`` features: the highest-scored, or evenly spread ones where there are no scores."""
    kept = [found[i] for i in _places([f.score for f in found], limit)]
    columns = (
        [f.start for f in kept],
        [f.end for f in kept],
        [f.score for f in kept],
        [f.summit for f in kept],
    )
    raw = b"".join(np.array(column, dtype="<f8").tobytes() for column in columns)
    words = {"labels": [f.label for f in kept], "strands": "".join(f.strand for f in kept)}
    return {"n": len(kept), "dropped": len(found) - len(kept)}, raw + json.dumps(words).encode()


def _places(scores: list[float], limit: int) -> Iterable[int]:
    n = len(scores)
    if n <= limit:
        return range(n)
    values = np.array(scores)
    if np.isnan(values).all() or np.nanmin(values) == np.nanmax(values):
        return np.linspace(0, n - 1, limit).round().astype(int).tolist()
    order = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
    return np.sort(order[:limit]).tolist()


def _genes(lines: Lines, path: Path, only: Stretch, limit: int) -> Answer:
    """The genes of a stretch; all lines of its chromosome are read, since they may come in any order."""
    wanted = ((number, line) for number, line in lines if line.partition("\t")[0] in only.names)
    found = [gene for gene in Genes(gtf_rows(wanted, path)).genes() if only.holds(gene.start, gene.end)]
    # Coding and long ones go first where not all can be drawn.
    found.sort(key=lambda gene: (gene.biotype != "protein_coding", gene.start - gene.end))
    kept: list[Gene] = []
    room = MAX_EXONS
    for gene in found[:limit]:
        room -= len(gene.canonical.exons)
        if room < 0:
            break
        kept.append(gene)
    kept.sort(key=lambda gene: (gene.start, gene.end))
    words = {"genes": [_row(gene) for gene in kept]}
    return {"n": len(kept), "dropped": len(found) - len(kept)}, json.dumps(words).encode()


def _row(gene: Gene) -> list[object]:
    transcript = gene.canonical
    names = [gene.gene_id[:MAX_CONTIG_NAME], gene.symbol[:MAX_CONTIG_NAME], gene.biotype[:MAX_CONTIG_NAME]]
    return [*names, gene.strand, gene.start, gene.end, transcript.exons, transcript.cds]
