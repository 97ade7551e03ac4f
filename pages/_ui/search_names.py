"""The names that the search box completes from: all genes of the assembly, packed once and held by the browser."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from enformer_core.genome.genes.index import GeneIndex

from . import components, parcel, problems

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job
    from enformer_core.inference.predictor import Predictor

KEY = "search-names"
# Of an assembly in many pieces the longest are completed; asking finds the genes of all.
MAX_CONTIGS, MAX_GENES = 1_000, 100_000
_POLL_S, _AT_HAND_S = 0.5, 0.1


class Row(NamedTuple):
    """One gene, in the order of the list: protein-coding genes first, then by symbol.

    Attributes:
        is_minor: Whether it codes for no protein.
        key: The symbol in upper case.
        symbol: Its name; the id where the annotation gives none.
        gene_id: Its id with version.
        contig: Number of its contig.
        position: 1-based position of the canonical start site.
    """

    is_minor: bool
    key: str
    symbol: str
    gene_id: str
    contig: int
    position: int


def rows(genes: GeneIndex, contigs: Mapping[str, int], names: list[str]) -> Iterator[Row]:
    """The genes on the contigs ``names``.

    Args:
        genes: The genes, with the assembly's contig names.
        contigs: Name of each contig to its length in bp.
        names: The contigs that count, in the order of their numbers.

    Raises:
        FileFormatError: The gene index is damaged.
    """
    numbers = {name: number for number, name in enumerate(names)}
    for gene in genes.listed():
        number = numbers.get(gene.chrom)
        if number is not None and gene.start < contigs[gene.chrom]:
            is_minor = gene.biotype != "protein_coding"
            yield Row(is_minor, gene.symbol.upper(), gene.symbol, gene.gene_id, number, gene.tss + 1)


def pack(found: Iterable[Row], contigs: Sequence[str]) -> bytes:
    """Symbol, id and place of genes, as ``assets/browser/search/names.js`` reads them.

    Args:
        found: The genes in any order; of more than ``MAX_GENES`` the first in the order of the list are taken.
        contigs: The names of the contigs, by number.

    Returns:
        A ``parcel`` of a line of JSON, then for each gene a line of symbol, id without the prefix that all share
        (nothing where it is the symbol), number of the contig, and position. Equal genes give equal bytes.
    """
    kept = sorted(row for row in found if not set("\t\n") & set(row.symbol + row.gene_id))[:MAX_GENES]
    prefix = _shared([row.gene_id for row in kept if row.gene_id != row.symbol])
    head = {"contigs": list(contigs), "prefix": prefix, "coding": sum(not row.is_minor for row in kept)}
    lines = [json.dumps(head, separators=(",", ":"))]
    for row in kept:
        rest = "" if row.gene_id == row.symbol else row.gene_id.removeprefix(prefix)
        lines.append(f"{row.symbol}\t{rest}\t{row.contig}\t{row.position}")
    return parcel.wrap("".join(f"{line}\n" for line in lines))


def packed(genes: GeneIndex, contigs: Mapping[str, int]) -> bytes:
    """All genes on an assembly's contigs, or on the longest of very many, packed.

    Raises:
        FileFormatError: The gene index is damaged.
    """
    longest = sorted(contigs, key=lambda name: -contigs[name])[:MAX_CONTIGS]
    return pack(rows(genes, contigs, longest), longest)


def _shared(ids: list[str]) -> str:
    """What all ids begin with, short of a whole id."""
    first, last = min(ids, default=""), max(ids, default="")
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first[:-1], last, strict=False))
    return "".join(letter for letter, _ in pairs)


def offer(predictor: Predictor) -> None:
    """Bring the names of the predictor's assembly to the search box; where they take long, as soon as they are there.

    An annotation that cannot be read completes nothing here; asking for a gene says what ails it.
    """
    assembly = predictor.assembly
    if assembly is None or assembly.genes is None:
        return
    job = _packing(assembly.genes, assembly.contigs)
    with suppress(Exception):  # of any kind: see above
        job.result(_AT_HAND_S)
    if job.state == "done":
        components.component("search")(key=KEY, data=job.result(0))
    elif not job.done():
        _wait(job)


@st.cache_resource(show_spinner=False)
def _shelf() -> weakref.WeakKeyDictionary[GeneIndex, Job[bytes]]:
    """The packing of each annotation that is open, for as long as it is."""
    return weakref.WeakKeyDictionary()


def _packing(genes: GeneIndex, contigs: Mapping[str, int]) -> Job[bytes]:
    from enformer_core.inference.jobs import JobQueue

    shelf = _shelf()
    if genes not in shelf:
        queue = JobQueue()
        shelf[genes] = queue.submit(lambda job: packed(genes, contigs))
        queue.close()  # its thread ends with this job
    return shelf[genes]


@st.fragment(run_every=_POLL_S)
@problems.guarded
def _wait(job: Job[bytes]) -> None:
    if job.done():
        st.rerun()
