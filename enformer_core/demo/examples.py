"""The worked examples of the simulated genome, chosen by their true answers: five questions, a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..genome.examples import PSEUDOCOUNT
from ..genome.haplotype import Haplotype
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..genome.normalise import Fetch
from ..genome.variant import Variant
from .assays import IDENTIFIERS
from .elements import Place, TrueElement, decimals
from .motifs import CELL_TYPES
from .response import AROUND_START, Response
from .structural import BOUNDARY_HALF, Cluster, Opened, deletion
from .truth import WINDOW, truth_from
from .variants import Known

FILE = "examples.json"
_CELLS = {"ery": "erythroid", "hep": "hepatic", "neu": "neural"}
_AROUND = slice(447, 450)  # bins around the middle of a window
_FAR = (35_000, 45_000)  # where the enhancer of an example lies
_TWOFOLD, _RAISED, _SPECIFIC = 1.0, 0.5, 3.0  # least true log2 changes
_SEEN = 3.0  # CAGE of a gene worth showing, on its three bins
_STRONG = 0.6  # activity of an element worth breaking
Example = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of the chromosome that the examples lie on.

    Attributes:
        chrom: The chromosome.
        length: In bp.
        genes: From left to right.
        response: Of the chromosome.
        elements: Its true elements.
        clusters: Of lonely genes.
        boundaries: What the loss of each does, the greatest rise first.
        variants: Small variants with their truth.
        fetch: Gives its bases.
    """

    chrom: str
    length: int
    genes: Sequence[Place]
    response: Response
    elements: Sequence[TrueElement]
    clusters: Sequence[Cluster]
    boundaries: Sequence[Opened]
    variants: Sequence[Known]
    fetch: Fetch

    def has_room(self, position: int) -> bool:
        """Whether a window on a position lies on the chromosome."""
        return WINDOW // 2 <= position <= self.length - WINDOW // 2

    def levels(self, center: int, *edits: Variant) -> np.ndarray:
        """float64 ``[16]``: true mean of each track over the three bins in the middle of a window."""
        haplotype = Haplotype(Interval.centered(self.chrom, center, WINDOW), edits)
        return truth_from(haplotype, self.fetch).values[_AROUND].astype(np.float64).mean(axis=0)

    def change(self, track: str, center: int, edit: Variant) -> float:
        """True log2 fold change of a track there."""
        column = IDENTIFIERS.index(track)
        return _ratio(self.levels(center, edit)[column], self.levels(center)[column])

    def locus(self, start: int, end: int) -> str:
        """Locus text of a 0-based, half-open range."""
        return format_locus(Interval(self.chrom, max(start, 0), min(end, self.length)))

    def around(self, center: int) -> str:
        """Locus text of the three bins in the middle of a window."""
        return self.locus(center + AROUND_START[0], center + AROUND_START[1])


def examples(scene: Scene) -> Iterator[Example]:
    """Those of the five that the chromosome has; the first is what the app opens on."""
    used: set[str] = set()
    for make in (_promoter, _enhancer, _variant, _boundary, _specific):
        example = make(scene, used)
        if example is not None:
            used.add(example["query"])
            yield example


def _promoter(scene: Scene, used: set[str]) -> Example | None:
    """The gene that is on in all cell types."""
    genes = [g for g in scene.genes if scene.has_room(g.tss)]
    if not genes:
        return None
    gene = max(genes, key=lambda g: (float(scene.response.level(g.tss).min()), -g.tss))
    levels = scene.levels(gene.tss)
    cell = _highest(levels)
    track = f"CAGE_{cell}"
    value = levels[IDENTIFIERS.index(track)]
    sentence = (
        f"{gene.symbol} starts here: CAGE is a narrow peak on the first transcribed bases, DNASE shows open chromatin, "
        f"and H3K27ac marks the nucleosomes beside it. In {_CELLS[cell]} cells the true CAGE level, the mean of the "
        f"three bins around the start, is {value:.1f}."
    )
    shown = [*(f"CAGE_{c}" for c in CELL_TYPES), f"DNASE_{cell}", f"H3K27ac_{cell}"]
    view = scene.locus(gene.tss - 20_000, gene.tss + 20_000)
    return _example("promoter", "A promoter", sentence, gene.symbol, view, shown) | _expected(
        "level", track, scene.around(gene.tss), value
    )


def _enhancer(scene: Scene, used: set[str]) -> Example | None:
    """The lonely gene that loses most with its cluster."""
    found = []
    for cluster in scene.clusters:
        gene = cluster.gene
        if _FAR[0] <= cluster.distance <= _FAR[1] and scene.has_room(gene.tss) and gene.symbol not in used:
            cell = cluster.elements[0].kind
            edit = deletion(scene.chrom, *cluster.span, scene.fetch)
            found.append((scene.change(f"CAGE_{cell}", gene.tss, edit), gene.tss, cluster, edit, cell))
    if not found or min(found)[0] > -_TWOFOLD:
        return None
    value, _, cluster, edit, cell = min(found, key=lambda item: item[:2])
    gene = cluster.gene
    sentence = (
        f"{gene.symbol} has no enhancer of its own nearby: it hangs on a cluster of {len(cluster.elements)} "
        f"{_CELLS[cell]} enhancers {cluster.distance / 1000:.0f} kb away. With the cluster deleted, its true CAGE in "
        f"{_CELLS[cell]} cells falls {2**-value:.1f}-fold (log2 {decimals(value)})."
    )
    low, high = min(gene.tss, cluster.span[0]), max(gene.tss, cluster.span[1])
    shown = [f"CAGE_{cell}", f"DNASE_{cell}", f"H3K27ac_{cell}", f"CTCF_{cell}"]
    view = scene.locus(low - 6_000, high + 6_000)
    return _example(
        "enhancer", f"An enhancer {cluster.distance / 1000:.0f} kb away", sentence, gene.symbol, view, shown, edit
    ) | _expected("log2_fold_change", f"CAGE_{cell}", scene.around(gene.tss), value)


def _variant(scene: Scene, used: set[str]) -> Example | None:
    """The base in a motif that closes a strong element most."""
    strong = {e.name: e for e in scene.elements if max(e.activity) >= _STRONG}
    found = [
        (min(known.dnase), known.variant)
        for known in scene.variants
        if known.kind == "motif" and known.dnase and known.facts["ELEMENT"] in strong
        if scene.has_room(known.variant.start)
    ]
    if not found or min(found)[0] > -_TWOFOLD:
        return None
    edit = min(found)[1]
    known = next(k for k in scene.variants if k.variant == edit)
    cell = CELL_TYPES[int(np.argmin(known.dnase or ()))]
    value = scene.change(f"DNASE_{cell}", edit.start, edit)
    sentence = (
        f"This base lies in a motif of {known.facts['MOTIF']} in an enhancer. Changing {edit.ref} to {edit.alt} breaks "
        f"the motif, and the element closes: its true DNASE in {_CELLS[cell]} cells falls {2**-value:.1f}-fold "
        f"(log2 {decimals(value)})."
    )
    shown = [*(f"DNASE_{c}" for c in CELL_TYPES), f"H3K27ac_{cell}"]
    query = scene.locus(edit.start, edit.end)
    view = scene.locus(edit.start - 5_000, edit.start + 5_000)
    return _example("variant", "A broken motif", sentence, query, view, shown, edit) | _expected(
        "log2_fold_change", f"DNASE_{cell}", scene.around(edit.start), value
    )


def _boundary(scene: Scene, used: set[str]) -> Example | None:
    """The boundary whose loss raises a visible gene most."""
    for found in scene.boundaries:
        gene, place = found.gene, int(np.argmax(found.change))
        after = float(scene.response.level(gene.tss)[place]) * 2.0 ** found.change[place]
        if found.change[place] < _RAISED or after < _SEEN or not scene.has_room(gene.tss) or gene.symbol in used:
            continue
        at, cell = found.boundary.position, CELL_TYPES[place]
        edit = deletion(scene.chrom, at - BOUNDARY_HALF, at + BOUNDARY_HALF, scene.fetch)
        value = scene.change(f"CAGE_{cell}", gene.tss, edit)
        sentence = (
            f"Two CTCF sites that face each other, {abs(at - gene.tss) / 1000:.0f} kb from {gene.symbol}, keep the "
            f"enhancers beyond them away from it. With both sites deleted, these reach the gene, and its true CAGE in "
            f"{_CELLS[cell]} cells rises {2**value:.1f}-fold (log2 {decimals(value)})."
        )
        low, high = min(gene.tss, at), max(gene.tss, at)
        shown = [f"CAGE_{cell}", f"CTCF_{cell}", f"DNASE_{cell}", f"H3K27ac_{cell}"]
        view = scene.locus(low - 20_000, high + 20_000)
        return _example("boundary", "A deleted boundary", sentence, gene.symbol, view, shown, edit) | _expected(
            "log2_fold_change", f"CAGE_{cell}", scene.around(gene.tss), value
        )
    return None


def _specific(scene: Scene, used: set[str]) -> Example | None:
    """The gene that stands out most in one cell type and is as good as off in another."""
    found = []
    for gene in scene.genes:
        low, middle, high = np.sort(scene.response.level(gene.tss)).tolist()
        stands_out = high >= _SEEN and _ratio(high, low) >= _SPECIFIC
        if stands_out and scene.has_room(gene.tss) and gene.symbol not in used:
            found.append((-_ratio(high, middle), gene.tss, gene))
    if not found:
        return None
    gene = min(found, key=lambda item: item[:2])[2]
    levels = scene.levels(gene.tss)
    cell, other = _highest(levels), _highest(-levels)
    value = _ratio(levels[IDENTIFIERS.index(f"CAGE_{cell}")], levels[IDENTIFIERS.index(f"CAGE_{other}")])
    sentence = (
        f"{gene.symbol} is a gene of {_CELLS[cell]} cells: the enhancers that reach it are open there and closed "
        f"elsewhere. Its true CAGE is {2**value:.0f} times that in {_CELLS[other]} cells (log2 {decimals(value)})."
    )
    shown = [*(f"CAGE_{c}" for c in CELL_TYPES), *(f"DNASE_{c}" for c in CELL_TYPES)]
    view = scene.locus(gene.tss - 20_000, gene.tss + 20_000)
    return _example("cell-type", "A gene of one cell type", sentence, gene.symbol, view, shown) | _expected(
        "log2_ratio", f"CAGE_{cell}", scene.around(gene.tss), value, against=f"CAGE_{other}"
    )


def _example(
    name: str, title: str, sentence: str, query: str, view: str, tracks: list[str], *edits: Variant
) -> Example:
    listed = [{"chrom": v.chrom, "pos": v.pos, "ref": v.ref, "alt": v.alt} for v in edits]
    said = {"id": name, "title": title, "sentence": sentence, "query": query}
    return said | {"view": view, "tracks": tracks, "edits": listed}


def _expected(measure: str, track: str, region: str, value: float, *, against: str | None = None) -> Example:
    truth = {"measure": measure, "track": track, "against": against, "region": region, "value": round(float(value), 3)}
    return {"expected": truth}


def _highest(levels: np.ndarray) -> str:
    """The cell type in which CAGE is highest."""
    return max(CELL_TYPES, key=lambda c: (levels[IDENTIFIERS.index(f"CAGE_{c}")], c))


def _ratio(level: float, other: float) -> float:
    return float(np.log2((level + PSEUDOCOUNT) / (other + PSEUDOCOUNT)))
