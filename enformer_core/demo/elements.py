"""The true elements of a simulated chromosome, and what each of them does for the genes around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .chromosomes import number
from .contact import Boundaries
from .grammar import CELL
from .layout import Element
from .motifs import CELL_TYPES
from .response import PIECE, Edited, Response
from .sites import FULL

#: Half of the width in bp of an element, and of the part that is masked to see what it does.
EXTENT, MASKED = 200, 180
ACTIVE = 0.2
LINKED_WITHIN = 50_000
UNKNOWN = 4
_NEAR_PLANTED = 300
#: Classes that act on genes from afar; ``chance`` are sites that happen to lie together in the background.
ENHANCERS = frozenset({"ery", "hep", "neu", "common", "mixed", "rest", "chance"})
ELEMENT_COLUMNS = ("#chrom", "start", "end", "name", "score", "strand", "kind", *(f"activity_{c}" for c in CELL_TYPES))
LINK_COLUMNS = ("element", "gene", "gene_id", "distance", "cell_type", "activity", "log2_fold_change")


@dataclass(frozen=True, slots=True)
class TrueElement:
    """An element and what it does.

    Attributes:
        name: Its class, the chromosome's number and its own: ``ery_40012``.
        kind: Its class.
        position: 0-based middle.
        activity: In each cell type, from 0 to 1: the highest within ``EXTENT``.
        strength: Of a boundary, from 0 to 1; 0 for others.
    """

    name: str
    kind: str
    position: int
    activity: tuple[float, ...]
    strength: float


@dataclass(frozen=True, slots=True)
class Place:
    """A gene as the tables name it: symbol, id and 0-based start of transcription."""

    symbol: str
    gene_id: str
    tss: int


@dataclass(frozen=True, slots=True)
class Link:
    """What the loss of an element changes at a gene: log2 fold change of CAGE in each cell type."""

    element: TrueElement
    gene: Place
    change: tuple[float, ...]


def true_elements(chrom: str, planted: Iterable[Element], activity: np.ndarray, cut: Boundaries) -> list[TrueElement]:
    """Every planted element, and every other place that is active by chance, from left to right.

    Args:
        chrom: The chromosome.
        planted: Its planted elements.
        activity: float64 ``[cells, 3]``.
        cut: Its boundaries.
    """
    places = [(element.position, element.kind) for element in planted]
    places += [(position, "chance") for position in _unplanned(activity, [p for p, _ in places])]
    found = []
    for n, (position, kind) in enumerate(sorted(places), start=1):
        cells = slice(max(position - EXTENT, 0) // CELL, -(-(position + EXTENT) // CELL))
        first, last = np.searchsorted(cut.position4, [4 * (position - EXTENT), 4 * (position + EXTENT)])
        strength = int(cut.strength[first:last].max(initial=0)) / FULL if kind == "boundary" else 0.0
        name = f"{kind}_{10_000 * number(chrom) + n}"
        found.append(TrueElement(name, kind, position, tuple(activity[cells].max(axis=0).tolist()), strength))
    return found


def masked(element: TrueElement) -> Edited:
    """The loss of an element: N in its place, which binds nothing."""
    return Edited(element.position - MASKED, np.full(2 * MASKED, UNKNOWN, np.uint8))


def links(elements: Iterable[TrueElement], genes: Sequence[Place], response: Response, length: int) -> Iterator[Link]:
    """What the loss of each active enhancer does to each gene within ``LINKED_WITHIN``."""
    chosen = [
        e for e in elements if e.kind in ENHANCERS and max(e.activity) > ACTIVE and PIECE <= e.position < length - PIECE
    ]
    for element, after in zip(chosen, response.after([masked(e) for e in chosen]), strict=True):
        for gene in genes:
            if abs(gene.tss - element.position) <= LINKED_WITHIN:
                yield Link(element, gene, tuple(response.change(after, gene.tss).tolist()))


def element_lines(chrom: str, elements: Iterable[TrueElement]) -> Iterator[str]:
    """BED of the elements, with their class and activity in further columns."""
    for e in elements:
        score = round(1000 * max(*e.activity, e.strength))
        span = (str(e.position - EXTENT), str(e.position + EXTENT))
        yield "\t".join([chrom, *span, e.name, str(score), ".", e.kind, *(f"{a:.3f}" for a in e.activity)])


def link_lines(found: Iterable[Link]) -> Iterator[str]:
    """The links, one line for each cell type in which the element is active."""
    for link in found:
        distance = abs(link.gene.tss - link.element.position)
        for cell, activity, change in zip(CELL_TYPES, link.element.activity, link.change, strict=True):
            if activity > ACTIVE:
                named = [link.element.name, link.gene.symbol, link.gene.gene_id, str(distance), cell]
                yield "\t".join([*named, f"{activity:.3f}", decimals(change)])


def decimals(value: float) -> str:
    """Three decimals, without a sign on nothing."""
    return f"{round(value, 3) + 0.0:.3f}"


def _unplanned(activity: np.ndarray, planted: Sequence[int]) -> list[int]:
    """Middles of stretches that are active in some cell type, away from what was planted."""
    active = activity.max(axis=1) > ACTIVE
    for position in planted:
        active[max(position - _NEAR_PLANTED, 0) // CELL : (position + _NEAR_PLANTED) // CELL + 1] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    return [int(first + last) * CELL // 2 for first, last in edges.reshape(-1, 2)]
