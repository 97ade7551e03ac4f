"""Looking genes up by name, id or place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ...errors import AmbiguousGene, FileFormatError, GeneNotFound, shown
from ..interval import Interval
from ..spreadsheet_dates import genes_of_date
from .build import (
    ALIAS,
    APPROVED,
    GENE_ID,
    PREVIOUS,
    SYMBOL,
    TRANSCRIPT_ID,
    build_index,
    building,
    index_path,
    name_key,
    split_version,
)
from .model import Gene, GeneHit, ListedGene
from .search import Name
from .store import Store

Progress = Callable[[float, str], None]
MAX_NAME = 200
MAX_HITS = 200
MAX_SUGGESTIONS = 5
_LEVELS = ((SYMBOL,), (GENE_ID,), (TRANSCRIPT_ID,), (APPROVED,), (PREVIOUS, ALIAS))
_IS = {
    APPROVED: "the current symbol of",
    PREVIOUS: "a previous symbol of",
    ALIAS: "an alias of",
    TRANSCRIPT_ID: "a transcript of",
}


class GeneIndex:
    """The genes of one annotation. Threads and forked processes may share it. Open with ``GeneIndex.open``.

    Attributes:
        contigs: Contig name, as the annotation has it, to the 0-based end of its last gene.
        counts: What was met when the annotation was read, in words, with how often: genes, transcripts, and what
            was skipped.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ours: Mapping[str, str] | None = None
        self.contigs: Mapping[str, int] = MappingProxyType({name: last for name, (last, _) in store.contigs().items()})
        counts = {k.removeprefix("count "): int(v) for k, v in store.facts().items() if k.startswith("count ")}
        self.counts: Mapping[str, int] = MappingProxyType(counts)

    @classmethod
    def open(
        cls, gtf: Path, *, aliases: Path | None = None, folder: Path, progress: Progress | None = None
    ) -> GeneIndex:
        """Open the index of an annotation, making it first where it is missing, damaged or of an older version.

        Args:
            gtf: GTF file, plain or gzip.
            aliases: Table of previous symbols and aliases in HGNC's format.
            folder: Where indexes are kept.
            progress: Called with fraction and message while the index is made, which takes a minute for GENCODE.

        Raises:
            GtfError: The annotation or the table cannot be read, with the line.
            FileError: A file is missing, or the folder cannot be written.
        """
        target = index_path(gtf, aliases, folder)
        store = _usable(target)
        if store is None:
            with building(target):
                store = _usable(target)  # another process may have made it meanwhile
                if store is None:
                    build_index(gtf, aliases, target, progress)
                    store = Store(target)
                    store.check()
        return cls(store)

    def renamed(self, contigs: Mapping[str, str]) -> GeneIndex:
        """The same genes with an assembly's contig names.

        Args:
            contigs: Name in the annotation to name in the assembly. Genes on contigs that are not in it keep their
                contig's name, and go after others in every search.
        """
        view = copy.copy(self)
        view._ours = MappingProxyType(dict(contigs))
        return view

    def gene(self, text: str) -> Gene:
        """The gene that a symbol, id, transcript id, previous symbol or alias names, in any case.

        Raises:
            GeneNotFound: None does; ``suggestions`` are the nearest.
            AmbiguousGene: Several do; each of ``choices`` names one of them.
        """
        return self.lookup(text)[0]

    def lookup(self, text: str) -> tuple[Gene, tuple[str, ...]]:
        """Like ``gene``, with what a reader should be told: an alias was used, a version was ignored."""
        name = text.strip()
        if not name or len(name) > MAX_NAME:
            raise GeneNotFound(f"{shown(text)} is not a gene name", hint=f"Names have 1 to {MAX_NAME} characters")
        uses, genes = self._named(name)
        base, _, contig = name.rpartition("@")
        if not uses and base and contig:  # one of the choices below
            uses, genes = self._named(base)
            uses = [use for use in uses if genes[use.gene].chrom == contig]
        if not uses:
            raise self._not_found(name)
        if len({use.gene for use in uses}) > 1:
            raise self._ambiguous(name, [genes[use.gene] for use in uses])
        gene = genes[uses[0].gene]
        return gene, _notes(name, uses[0], gene)

    def search(self, text: str, limit: int = 20) -> list[GeneHit]:
        """Genes for a search box, best first: exact names, then names that start so, else near misses.

        Args:
            text: What was typed so far.
            limit: Most hits, up to 200.
        """
        name = text.strip()
        limit = min(limit, MAX_HITS)
        if not name or len(name) > MAX_NAME or limit < 1:
            return []
        uses = sorted(self._store.named(name), key=lambda use: use.kind)
        exact = len(uses)
        if len({use.gene for use in uses}) < limit:
            uses += self._store.names().starting(name, limit)
            if name_key(name).startswith("ENS"):
                uses += self._store.ids_starting(name, limit)
        if not uses:
            uses = self._dates(name) + self._store.names().near(name, limit)
            exact = -1
        genes = self._genes(uses)
        hits: dict[int, GeneHit] = {}
        for place, use in enumerate(uses):
            gene = genes[use.gene]
            notes = list(_notes(name if place < exact else use.label, use, gene))
            notes += ["near miss"] if exact < 0 else []
            notes += [] if self._known(gene) else [f"{gene.chrom} is not in this assembly"]
            place_of = (gene.chrom, gene.start, gene.end, gene.strand)
            hits.setdefault(use.gene, GeneHit(gene.symbol, gene.gene_id, *place_of, use.label, "; ".join(notes)))
        ordered = sorted(hits, key=lambda number: not self._known(genes[number]))
        return [hits[number] for number in ordered[:limit]]

    def overlapping(self, interval: Interval) -> list[Gene]:
        """Genes that share a base with an interval, on either strand, by start."""
        theirs = [interval.chrom] if self._ours is None else [t for t, o in self._ours.items() if o == interval.chrom]
        found = [g for chrom in theirs for g in self._store.overlapping(chrom, interval.start, interval.end)]
        return [self._renamed(gene) for gene in found]

    def listed(self) -> list[ListedGene]:
        """All genes with their start sites, in the order of the annotation; after ``renamed`` those that were renamed.

        Raises:
            FileFormatError: The gene index is damaged.
        """
        found, ours = self._store.listed(), self._ours
        return found if ours is None else [g._replace(chrom=ours[g.chrom]) for g in found if g.chrom in ours]

    def close(self) -> None:
        """Close the file; the next query opens it again."""
        self._store.close()

    def _named(self, name: str) -> tuple[list[Name], dict[int, Gene]]:
        """The uses of a name that count, and the genes they name: symbols before ids before aliases.

        A copy on a contig that the assembly lacks (a patch, an alternate locus) gives way to one on a contig it has.
        """
        uses = self._store.named(name)
        genes = self._genes(uses)
        for kinds in _LEVELS:
            level = [use for use in uses if use.kind in kinds]
            if level:
                return [use for use in level if self._known(genes[use.gene])] or level, genes
        return [], {}

    def _genes(self, uses: list[Name]) -> dict[int, Gene]:
        found = self._store.genes(sorted({use.gene for use in uses}))
        return {number: self._renamed(gene) for number, gene in found.items()}

    def _renamed(self, gene: Gene) -> Gene:
        ours = (self._ours or {}).get(gene.chrom, gene.chrom)
        return gene if ours == gene.chrom else replace(gene, chrom=ours)

    def _known(self, gene: Gene) -> bool:
        return self._ours is None or gene.chrom in self._ours.values()

    def _dates(self, name: str) -> list[Name]:
        return [use for date in genes_of_date(name) or () for use in self._store.named(date) if use.kind == SYMBOL]

    def _not_found(self, name: str) -> GeneNotFound:
        dates = self._dates(name)
        names = self._store.names()
        near = dates or names.starting(name, MAX_SUGGESTIONS - 2) + names.near(name, MAX_SUGGESTIONS)
        genes = self._genes(near)
        labels = list(dict.fromkeys(genes[use.gene].symbol for use in near))[:MAX_SUGGESTIONS]
        what = f"no gene is called {shown(name)}"
        if dates:
            what += ", a date that spreadsheets make of some gene names"
        hint = f"Did you mean {' or '.join(labels)}?" if labels else "Give a symbol such as TP53, or an Ensembl id"
        return GeneNotFound(what, hint=hint, suggestions=labels)

    def _ambiguous(self, name: str, genes: list[Gene]) -> AmbiguousGene:
        choices = [self._choice(gene) for gene in dict.fromkeys(genes)]
        places = ", ".join(f"{g.symbol} at {g.chrom}:{g.start + 1:,}-{g.end:,}" for g in dict.fromkeys(genes))
        return AmbiguousGene(
            f"{shown(name)} names {len(choices)} genes: {places}",
            hint=f"Choose {' or '.join(choices)}",
            choices=choices,
        )

    def _choice(self, gene: Gene) -> str:
        """A text that names this gene alone: its id, with the contig where two genes share the id."""
        same = [use for use in self._store.named(gene.gene_id) if use.kind in (SYMBOL, GENE_ID)]
        alone = len({use.gene for use in same}) == 1
        return gene.gene_id if alone else f"{gene.gene_id}@{gene.chrom}"


def _notes(typed: str, use: Name, gene: Gene) -> tuple[str, ...]:
    notes = [f"{use.label} is {_IS[use.kind]} {gene.symbol}"] if use.kind in _IS else []
    version = split_version(typed)[1]
    if use.kind in (GENE_ID, TRANSCRIPT_ID) and version and version != split_version(use.label)[1]:
        notes.append(f"version .{version} ignored: the annotation has {use.label}")
    return tuple(notes)


def _usable(path: Path) -> Store | None:
    """The index at a path, or None where it is missing, damaged or of another version."""
    if not path.is_file():
        return None
    store = Store(path)
    try:
        store.check()
    except FileFormatError:
        store.close()
        return None
    return store
