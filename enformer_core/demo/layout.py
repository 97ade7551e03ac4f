"""The plan of a simulated chromosome: background sequence, domains between boundaries, and what is planted in them.

Only the sequence counts afterwards: what a planted element does is what ``grammar.signal`` says about its bases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .chance import Chance
from .motifs import INDEX, MOTIFS
from .promoters import TSS_IN_INITIATOR

Programme = Literal["ery", "hep", "neu", "common"]
_SMALLEST, _MEAN_GAP = 1_200, 4_200  # bp between planted things
_GENE_GAP = 12_000  # about the mean bp between the promoters of a domain
_EDGE = 3_000  # bp at either end of a chromosome in which nothing is planted
#: How often a planted base is the consensus base, of 1000: where the factor insists, and where it prefers.
_FAITHFUL = (985, 850)

_SPECIFIC = {"ery": ("GATA1", "TAL1"), "hep": ("HNF4A", "CEBPA"), "neu": ("ASCL1", "SOX2")}
_CLASSES = ("ery", "hep", "neu", "common", "mixed", "ctcf", "rest")


@dataclass(frozen=True, slots=True)
class Element:
    """A planted element.

    Attributes:
        position: 0-based middle.
        kind: Its class, or ``promoter``, ``decoy``, ``boundary``.
    """

    position: int
    kind: str


@dataclass(frozen=True, slots=True)
class PlantedGene:
    """A gene's start.

    Attributes:
        tss: 0-based.
        strand: 1 or -1.
        programme: The cell type that its domain serves, or ``common``.
        lonely: Whether it hangs on one far enhancer.
    """

    tss: int
    strand: int
    programme: Programme
    lonely: bool = False


@dataclass(slots=True)
class Chromosome:
    """A planted chromosome.

    Attributes:
        codes: uint8 ``[L]``: A 0, C 1, G 2, T 3.
        elements: From left to right.
        genes: From left to right.
    """

    codes: np.ndarray
    elements: list[Element] = field(default_factory=list)
    genes: list[PlantedGene] = field(default_factory=list)


def plant_chromosome(chance: Chance, length: int) -> Chromosome:
    """Make a chromosome of ``length`` bp, a multiple of 128."""
    chromosome = Chromosome(_background(chance, length))
    start = _EDGE
    while start < length - 60_000:
        lonely = chance.whole(0, 100) < 14 and start < length - 80_000
        end = min(start + (chance.whole(58_000, 76_000) if lonely else chance.whole(50_000, 130_000)), length - _EDGE)
        domain = _Domain(chance, chromosome, start, end)
        if lonely:
            domain.plant_lonely_gene()
        else:
            domain.plant_genes_and_elements()
        domain.plant_boundary()
        start = end + 1_500
    chromosome.elements.sort(key=lambda element: element.position)
    chromosome.genes.sort(key=lambda gene: gene.tss)
    return chromosome


def _background(chance: Chance, length: int) -> np.ndarray:
    """Bases in stretches of 8 kb, each with a GC content from 36 to 48 %."""
    size = 8_192
    out = np.empty(length, np.uint8)
    for start in range(0, length, size):
        n = min(size, length - start)
        gc = 0.36 + 0.12 * (chance.unit() + chance.unit()) / 2.0
        edges = [int(share * (1 << 32)) for share in ((1.0 - gc) / 2.0, 0.5, 0.5 + gc / 2.0)]
        out[start : start + n] = np.searchsorted(np.array(edges, np.uint64), chance.bits32(n), side="right")
    return out


class _Domain:
    """A stretch between two boundaries, most of whose elements serve one programme."""

    def __init__(self, chance: Chance, chromosome: Chromosome, start: int, end: int) -> None:
        self.chance, self.chromosome, self.start, self.end = chance, chromosome, start, end
        programmes: tuple[Programme, ...] = ("ery", "hep", "neu", "common")
        self.programme: Programme = chance.chosen(programmes, (3, 3, 3, 2))

    def plant_genes_and_elements(self) -> None:
        """Elements and genes along the whole domain, at random distances; one promoter in five is a decoy."""
        chance = self.chance
        weights = [{"ctcf": 3, "rest": 2, "mixed": 2}.get(kind, 3) for kind in _CLASSES]
        weights[_CLASSES.index(self.programme)] += 10
        position, next_gene = self.start + 1_500, self.start + chance.whole(2_000, 12_000)
        while position < self.end - 2_500:
            if position >= next_gene:
                if chance.whole(0, 100) < 20:
                    self._core_promoter(position, decoy=True)
                else:
                    self._gene(position)
                next_gene = position + _GENE_GAP // 2 + chance.waiting(_GENE_GAP // 2)
            else:
                self.element(position, chance.chosen(_CLASSES, weights))
            position += _SMALLEST + chance.waiting(_MEAN_GAP - _SMALLEST)

    def plant_lonely_gene(self) -> None:
        """A strong promoter without an element of its own, and a cluster of enhancers 25 to 45 kb away."""
        chance = self.chance
        if self.programme == "common":
            self.programme = chance.chosen(("ery", "hep", "neu"))
        tss = self.start + chance.whole(5_000, 9_000)
        cluster = tss + chance.whole(25_000, 45_000)
        away = 1
        if chance.whole(0, 2):
            tss, cluster, away = self.start + self.end - tss, self.start + self.end - cluster, -1
        self._gene(tss, lonely=True)
        for step in range(chance.whole(4, 7)):
            self.element(cluster + away * 750 * step, self.programme, sites=4)

    def plant_boundary(self) -> None:
        """Two CTCF sites that face each other."""
        gap = self.chance.whole(70, 180)
        self._plant("CTCF", self.end, 1)
        self._plant("CTCF", self.end + gap, -1)
        self.chromosome.elements.append(Element(self.end + gap // 2, "boundary"))

    def element(self, position: int, kind: str, sites: int = 0) -> None:
        """Plant one element: its factors in slots of 24 bp, up to 120 bp from the middle."""
        chance = self.chance
        names = self._factors(kind, sites or chance.whole(2, 6))
        slots = chance.shuffled(range(-5, 6))[: len(names)]
        for name, slot in zip(names, slots, strict=True):
            place = position + 24 * slot + chance.whole(-3, 4)
            strand = 1 - 2 * chance.whole(0, 2)
            self._plant(name, place, strand)
            if name == "GATA1" and chance.whole(0, 2):  # its partner, at the distance that counts
                self._plant("TAL1", place - strand * chance.whole(13, 18), strand)
        self.chromosome.elements.append(Element(position, kind))

    def _factors(self, kind: str, count: int) -> list[str]:
        """The motifs of an element of a class."""
        chance = self.chance
        if kind == "ctcf":
            return ["CTCF"]
        if kind == "common":
            return ["AP1", *(chance.chosen(("AP1", "ETS", "SP1", "NFY"), (3, 3, 1, 1)) for _ in range(count - 1))]
        if kind == "mixed":
            everything = [name for names in _SPECIFIC.values() for name in names]
            return [chance.chosen([*everything, "AP1"]) for _ in range(count)]
        if kind == "rest":
            return ["REST", *(chance.chosen(("ASCL1", "AP1", "ETS"), (2, 3, 2)) for _ in range(count - 1))]
        first, second = _SPECIFIC[kind]
        others = (first, second, "AP1", "ETS")
        return [first, second, *(chance.chosen(others, (4, 3, 2, 2)) for _ in range(count - 2))][:count]

    def _gene(self, tss: int, *, lonely: bool = False) -> None:
        """Plant a gene's start: its core promoter and, unless it is lonely, often a few activators beside it."""
        strand = self._core_promoter(tss, strong=lonely)
        chance = self.chance
        if not lonely and self.programme != "common" and chance.whole(0, 100) < 55:
            for place in chance.shuffled((-172, -196, -220, 40, 64))[: chance.whole(1, 4)]:
                self._plant(chance.chosen(_SPECIFIC[self.programme]), tss + strand * place, 1 - 2 * chance.whole(0, 2))
        if not lonely and chance.whole(0, 100) < (60 if self.programme == "common" else 20):
            for place in chance.shuffled((-172, -196, -220, 40, 64))[: chance.whole(1, 3)]:
                self._plant(chance.chosen(("AP1", "ETS")), tss + strand * place, 1 - 2 * chance.whole(0, 2))
        self.chromosome.genes.append(PlantedGene(tss, strand, self.programme, lonely))

    def _core_promoter(self, tss: int, *, decoy: bool = False, strong: bool = False) -> int:
        """Plant a core promoter; a decoy's initiator has two of its insisted bases changed. Returns its strand."""
        chance = self.chance
        strand = 1 - 2 * chance.whole(0, 2)
        initiator = MOTIFS[INDEX["INR"]].width
        middle = tss + strand * (initiator // 2 - TSS_IN_INITIATOR)
        self._plant("INR", middle, strand)
        if decoy:
            for place in (0, 2):  # the A and the T of TCAGTC
                at = tss + strand * place
                self.chromosome.codes[at] = (self.chromosome.codes[at] + chance.whole(1, 4)) % 4
        tata = strong or chance.whole(0, 100) < 55
        if tata:
            self._plant("TATA", tss - strand * 29, strand)
        boxes = 3 if strong else chance.whole(0 if tata else 1, 4)
        for place in chance.shuffled((48, 68, 88, 108, 128))[:boxes]:
            self._plant(chance.chosen(("SP1", "SP1", "NFY")), tss - strand * place, 1 - 2 * chance.whole(0, 2))
        self.chromosome.elements.append(Element(tss, "decoy" if decoy else "promoter"))
        return strand

    def _plant(self, name: str, middle: int, strand: int) -> None:
        """Write a motif; ``middle`` is the base at ``width // 2`` of it on its own strand."""
        chance = self.chance
        consensus = MOTIFS[INDEX[name]].consensus
        bases = np.empty(len(consensus), np.uint8)
        for place, letter in enumerate(consensus):
            base = "ACGT".find(letter.upper())
            faithful = _FAITHFUL[0] if letter.isupper() else _FAITHFUL[1]
            if base < 0 or chance.whole(0, 1000) >= faithful:
                base = chance.whole(0, 4)
            bases[place] = base
        start = middle - len(bases) // 2
        if strand < 0:
            bases = 3 - bases[::-1]
            start = middle - (len(bases) - 1 - len(bases) // 2)
        self.chromosome.codes[start : start + len(bases)] = bases
