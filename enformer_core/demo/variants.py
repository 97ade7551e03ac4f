"""Small variants of the simulated genome: in motifs, beside them, in promoters and elsewhere; and VCF lines.

The truth stands beside each: DNASE over bins 447 to 449 of a window on the variant, and CAGE of the gene that changes
most, over bins 447 to 449 of a window on its start; log2((alt + 0.01) / (ref + 0.01)) in each cell type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..genome.edit import Edit
from ..genome.examples import PSEUDOCOUNT
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.normalise import Fetch, anchored, normalise
from ..genome.variant import Variant
from .chance import Chance
from .chromosomes import codes_of
from .elements import ACTIVE, ENHANCERS, Place, TrueElement, decimals
from .grammar import CELL, signal
from .motifs import CELL_TYPES, MOTIFS
from .response import AROUND_START, PIECE, Edited, Response
from .sites import find_sites

_CLASSES = ("motif", "beside", "boundary", "promoter", "elsewhere", "indel")
_SHARES = (30, 20, 5, 20, 13, 12)
_FACTORS = tuple(motif.name for motif in MOTIFS if any(motif.drive) or motif.name in ("CTCF", "REST"))
_LOOKED_AT = 320  # bp around an element in which its motifs are looked for
_BOUND = 400  # occupancy in thousandths of a site worth breaking
_PROMOTER = (-150, 40)
_INDEL = (1, 7)
_AT_ONCE = 24
_DNASE = slice(0, 3)
_SMALLEST_TOLD = 0.001


@dataclass(frozen=True, slots=True)
class Known:
    """A variant and its true effects.

    Attributes:
        variant: Left-aligned, as VCF has it.
        kind: Its class.
        facts: Other entries of INFO, in order.
        dnase: log2 fold change in each cell type; None where it was not asked for.
        cage: The same, of ``gene``.
        gene: Symbol of the gene that changes most; empty if none does.
    """

    variant: Variant
    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)
    dnase: Sequence[float] | None = None
    cage: Sequence[float] | None = None
    gene: str = ""


class Drawing:
    """Draws small variants of one chromosome.

    Args:
        chance: A stream of its own.
        chrom: The chromosome.
        codes: uint8 ``[L]``.
        elements: Its true elements.
        genes: Its genes, with strands.
        fetch: Its bases.
    """

    def __init__(
        self,
        chance: Chance,
        chrom: str,
        codes: np.ndarray,
        elements: Sequence[TrueElement],
        genes: Sequence[tuple[Place, int]],
        fetch: Fetch,
    ) -> None:
        self._chance, self._chrom, self._codes, self._fetch = chance, chrom, codes, fetch
        self._genes = list(genes)
        inside = [e for e in elements if PIECE < e.position < len(codes) - PIECE]
        self._active = [e for e in inside if e.kind in ENHANCERS and max(e.activity) > ACTIVE]
        self._boundaries = [e for e in inside if e.kind == "boundary"]

    def draw(self, count: int) -> list[Known]:
        """About ``count`` variants in the order of the chromosome, no two at one place."""
        found: dict[tuple[int, str, str], Known] = {}
        for _ in range(count):
            known = self._one(self._chance.chosen(_CLASSES, _SHARES))
            if known is not None:
                found[known.variant.pos, known.variant.ref, known.variant.alt] = known
        return [found[key] for key in sorted(found)]

    def _one(self, kind: str) -> Known | None:
        chance = self._chance
        if kind == "promoter" and self._genes:
            gene, strand = chance.chosen(self._genes)
            return self._substituted(kind, gene.tss + strand * chance.whole(*_PROMOTER), {"GENE": gene.symbol})
        if kind == "elsewhere":
            return self._substituted(kind, chance.whole(PIECE, len(self._codes) - PIECE), {})
        pool = self._boundaries if kind == "boundary" else self._active
        if not pool:
            return None
        element = chance.chosen(pool)
        facts = {"ELEMENT": element.name}
        site = self._site(element, ("CTCF",) if kind == "boundary" else _FACTORS)
        if site is None or kind == "beside":
            return self._substituted("beside", element.position + chance.whole(-150, 151), facts)
        name, start, width = site
        facts["MOTIF"] = name
        at = start + chance.whole(0, width)
        return self._indel(at, facts) if kind == "indel" else self._substituted(kind, at, facts)

    def _site(self, element: TrueElement, factors: Sequence[str]) -> tuple[str, int, int] | None:
        """A bound site of one of the factors in an element: motif, 0-based start and width."""
        first = element.position - _LOOKED_AT // 2
        bound = find_sites(self._codes[first : first + _LOOKED_AT])
        sites = [
            (motif.name, first + (int(centre2) - motif.width + 1) // 2, motif.width)
            for motif in MOTIFS
            if motif.name in factors
            for centre2 in bound[motif.name].centre2[bound[motif.name].occupancy >= _BOUND]
        ]
        return self._chance.chosen(sites) if sites else None

    def _substituted(self, kind: str, at: int, facts: Mapping[str, str]) -> Known | None:
        if not PIECE < at < len(self._codes) - PIECE:
            return None
        base = int(self._codes[at])
        alt = (base + self._chance.whole(1, 4)) % 4
        return Known(Variant(self._chrom, at + 1, "ACGT"[base], "ACGT"[alt]), kind, facts)

    def _indel(self, at: int, facts: Mapping[str, str]) -> Known:
        n = self._chance.whole(*_INDEL)
        if self._chance.whole(0, 2):
            edit = Edit(at, at + n, "")
        else:
            edit = Edit(at, at, "".join("ACGT"[self._chance.whole(0, 4)] for _ in range(n)))
        variant = normalise(anchored(self._chrom, edit, self._fetch), self._fetch)
        return Known(variant, "indel", facts)


def with_truth(found: Sequence[Known], genes: Sequence[Place], response: Response, fetch: Fetch) -> list[Known]:
    """Small variants with their true effects; CAGE is left out for those that change the length."""
    dnase = list(_dnase([known.variant for known in found], fetch))
    plain = [known.variant for known in found if len(known.variant.ref) == len(known.variant.alt)]
    edits = [Edited(variant.start, codes_of(variant.alt)) for variant in plain]
    after = dict(zip(plain, response.after(edits), strict=True))
    told = []
    for known, local in zip(found, dnase, strict=True):
        cage, symbol = None, ""
        if (answer := after.get(known.variant)) is not None:
            near = [(response.change(answer, g.tss), g) for g in genes if answer.low <= g.tss < answer.high]
            change, gene = max(near, key=lambda pair: float(np.abs(pair[0]).max()), default=(np.zeros(3), None))
            cage = change.tolist()
            symbol = gene.symbol if gene and np.abs(change).max() >= _SMALLEST_TOLD else ""
        told.append(Known(known.variant, known.kind, known.facts, local, cage, symbol))
    return told


def _dnase(variants: Sequence[Variant], fetch: Fetch) -> Iterator[list[float]]:
    """log2 fold change of DNASE over the three bins on each variant, cells as in a window on it."""
    before = PIECE // 2  # what lies further away has no effect on DNASE
    inside = slice((before + AROUND_START[0]) // CELL, (before + AROUND_START[1]) // CELL)
    for first in range(0, len(variants), _AT_ONCE):
        group = variants[first : first + _AT_ONCE]
        windows = [Interval(v.chrom, v.start - before, v.start + before) for v in group]
        pieces = [Haplotype(w).sequence(fetch) for w in windows]
        pieces += [Haplotype(w, (v,)).sequence(fetch) for w, v in zip(windows, group, strict=True)]
        tracks = signal(codes_of("".join(pieces))).tracks[:, _DNASE].astype(np.float64)
        levels = tracks.reshape(len(pieces), PIECE // CELL, -1)[:, inside].mean(axis=1)
        yield from np.log2((levels[len(group) :] + PSEUDOCOUNT) / (levels[: len(group)] + PSEUDOCOUNT)).tolist()


# --- VCF -----------------------------------------------------------------------------------------------------------

_CELLS = ", ".join(CELL_TYPES)
_INFO = (
    ("CLASS", "1", "String", "What was drawn"),
    ("SVTYPE", "1", "String", "DEL for deletions of more than a motif"),
    ("END", "1", "Integer", "Last deleted base"),
    ("ELEMENT", "1", "String", "The element, as in elements.bed"),
    ("MOTIF", "1", "String", "The motif that the variant lies in"),
    ("GENE", "1", "String", "The gene whose promoter the variant lies in, or which the deletion is about"),
    ("DISTANCE", "1", "Integer", "From the deletion to the start of GENE in bp"),
    ("TRUTH_DNASE", str(len(CELL_TYPES)), "Float", f"True log2 fold change of DNASE at the variant: {_CELLS}"),
    (
        "TRUTH_GENE",
        "1",
        "String",
        "The gene that TRUTH_CAGE is about: GENE for a deletion, else the one that changes most",
    ),
    ("TRUTH_CAGE", str(len(CELL_TYPES)), "Float", f"True log2 fold change of CAGE of TRUTH_GENE: {_CELLS}"),
)


def vcf_header(assembly: str, lengths: Mapping[str, int]) -> str:
    """The header of a VCF file."""
    head = ["##fileformat=VCFv4.3", f"##reference={assembly} (simulated)"]
    head += [f"##contig=<ID={chrom},length={length}>" for chrom, length in lengths.items()]
    head += [f'##INFO=<ID={i},Number={n},Type={t},Description="{what}">' for i, n, t, what in _INFO]
    head.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    return "".join(f"{line}\n" for line in head)


def vcf_lines(found: Iterable[Known]) -> Iterator[str]:
    """One line for each variant."""
    for known in found:
        facts = {"CLASS": known.kind, **known.facts}
        if known.dnase is not None:
            facts["TRUTH_DNASE"] = ",".join(map(decimals, known.dnase))
        if known.gene:
            facts["TRUTH_GENE"] = known.gene
        if known.cage is not None:
            facts["TRUTH_CAGE"] = ",".join(map(decimals, known.cage))
        info = ";".join(f"{key}={value}" for key, value in facts.items())
        v = known.variant
        yield f"{v.chrom}\t{v.pos}\t{v.id or '.'}\t{v.ref}\t{v.alt}\t.\t.\t{info}"
