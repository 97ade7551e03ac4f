"""What is marked on both axes of an attention map: start sites of genes, and boundaries where some are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from enformer_core.genome.interval import Interval

if TYPE_CHECKING:
    from enformer_core.genome.truth import Truth
    from enformer_core.inference.window import Window

MAX_MARKS = 60
_BOUNDARY = "boundary"  # as the kind of a known element


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the axes.

    Attributes:
        kind: What it is.
        position: 0-based, on the reference.
        name: For people.
    """

    kind: Literal["gene", "boundary"]
    position: int
    name: str


def gene_starts(window: Window) -> tuple[Mark, ...]:
    """Canonical start sites of the genes in a window's input, by position.

    Where there are more than can be drawn, those of genes that code for a protein, nearest to the middle first.
    """
    genes = window.assembly.genes if window.assembly else None
    if genes is None:
        return ()
    read = window.interval
    found = [gene for gene in genes.overlapping(read) if read.start <= gene.tss < read.end]
    found.sort(key=lambda gene: (gene.biotype != "protein_coding", abs(gene.tss - read.center)))
    marks = [Mark("gene", gene.tss, gene.symbol) for gene in found[:MAX_MARKS]]
    return tuple(sorted(marks, key=lambda mark: mark.position))


def known_boundaries(truth: Truth, read: Interval) -> tuple[Mark, ...]:
    """The middles of the boundaries that an assembly's truth has in a window, by position.

    Raises:
        FileError: The truth cannot be read.
    """
    found = [element for element in truth.elements_in(read) if element.kind == _BOUNDARY]
    return tuple(Mark("boundary", element.interval.center, element.name) for element in found[:MAX_MARKS])


def named_at(marks: tuple[Mark, ...], place: Interval) -> str:
    """What the marks in a stretch are, the first three."""
    there = [mark for mark in marks if place.start <= mark.position < place.end][:3]
    return ", ".join(dict.fromkeys(f"start of {m.name}" if m.kind == "gene" else "boundary" for m in there))
