"""What a model says of each element of a gene: gradient x input, the loss of the element, attention.

All is asked in one window, centred on the start site that the table gives: never looked up by the gene's name. The
target is the mean of the tracks over the bin that begins with the start site and one to either side (447 to 449 of
the published model). See docs/evaluation.md for where this differs from Avsec et al. 2021.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TrackError, shown
from ..genome.interval import Interval
from ..inference.predictor import Predictor
from ..inference.window import Geometry
from ..interpret.deletion import How
from ..interpret.explain import attention, contributions, deletion_scan
from ..interpret.target import Reduction, Target
from .crispri_pairs import Key, Pair

if TYPE_CHECKING:
    from ..inference.window import Window

METHODS = ("gradient_x_input", "deletion", "attention")
#: What is computed for each element by each method. ``change`` is signed: log2 fold change when the element is lost.
COLUMNS = {"gradient_x_input": "gradient_x_input", "deletion": "deletion_change", "attention": "attention"}
SEED = 0
Columns = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How elements are scored.

    Attributes:
        methods: Of ``METHODS``.
        head: Whose tracks.
        tracks: Columns of the head by cell type, averaged.
        how: What a lost element is replaced by.
        shuffles: Of each element, whose mean effect is taken; 0 for ``N``.
    """

    methods: tuple[str, ...]
    head: str
    tracks: Mapping[str, tuple[int, ...]]
    how: How
    shuffles: int


@dataclass(frozen=True, slots=True)
class GeneElements:
    """A start site in one cell type, with the elements that were tested on it.

    Attributes:
        chrom: Chromosome.
        tss: 0-based start site.
        cell_type: As in the table.
        elements: Each once, from left to right; all of them inside the input window.
    """

    chrom: str
    tss: int
    cell_type: str
    elements: tuple[Interval, ...]

    @property
    def key(self) -> Key:
        """What its pairs have in common."""
        return self.chrom, self.tss, self.cell_type


def genes_of(pairs: Sequence[Pair], geometry: Geometry) -> tuple[list[GeneElements], list[Pair]]:
    """The genes of a table, by chromosome and place, and the pairs whose element lies wholly in the gene's window."""
    inside = [p for p in pairs if geometry.input_interval(p.element.chrom, p.tss).contains(p.element)]
    elements: dict[Key, set[Interval]] = {}
    for pair in inside:
        elements.setdefault(pair.key, set()).add(pair.element)
    return [GeneElements(*key, tuple(sorted(found))) for key, found in sorted(elements.items())], inside


def tss_bins(geometry: Geometry) -> tuple[int, int, int]:
    """The output bins of a window's middle: the one that begins there, and one to either side."""
    middle = (geometry.input_length // 2 - geometry.output_offset) // geometry.bin_size
    return middle - 1, middle, middle + 1


def tracks_of(predictor: Predictor, head: str, cell_type: str) -> tuple[int, ...]:
    """The CAGE tracks whose biosample names a cell type as a word of its own: ``K562``, ``erythroid``.

    Raises:
        TrackError: The table has no cell type, or the model no such track.
    """
    hint = "Name the tracks by --tracks"
    if not cell_type:
        raise TrackError("the table has no column CellType, so its tracks are not known", hint=hint)
    word = re.compile(rf"(?<!\w){re.escape(cell_type)}(?!\w)", re.IGNORECASE)
    found = tuple(t.target_index for t in predictor.tracks(head).search(assay="CAGE") if word.search(t.biosample))
    if not found:
        raise TrackError(f"the model has no CAGE track of the cell type {shown(cell_type)}", hint=hint)
    return found


def scores_of(predictor: Predictor, gene: GeneElements, recipe: Recipe) -> Columns:
    """Ask the model about one gene.

    Args:
        predictor: Who is asked.
        gene: Its elements lie in the window.
        recipe: What is asked.

    Returns:
        Per column one number for each element: ``gradient_x_input``, the sum over its bases of the absolute score, in
        coverage; ``deletion_change``, the log2 fold change of the target without it; ``attention``, the weight of one
        of its bins, as a mean over layers, heads, the queries at the start site and its bins.

    Raises:
        NumericalError: The model gives NaN or infinity.
        OutOfDeviceMemory: There is too little memory.
    """
    window = predictor.window(Interval(gene.chrom, gene.tss, gene.tss + 1))
    found: Columns = {}
    if "gradient_x_input" in recipe.methods:
        found["gradient_x_input"] = _gradient(predictor, window, gene, _target(predictor, gene, recipe, "mean"))
    if "deletion" in recipe.methods:
        target = _target(predictor, gene, recipe, "log_ratio")
        found["deletion_change"] = [_lost(predictor, window, e, target, recipe) for e in gene.elements]
    if "attention" in recipe.methods:
        found["attention"] = _attention(predictor, window, gene)
    return found


def _target(predictor: Predictor, gene: GeneElements, recipe: Recipe, reduction: Reduction) -> Target:
    return Target(recipe.tracks[gene.cell_type], tss_bins(predictor.geometry), reduction, head=recipe.head)


def _gradient(predictor: Predictor, window: Window, gene: GeneElements, target: Target) -> list[float]:
    span = Interval(gene.chrom, gene.elements[0].start, max(e.end for e in gene.elements))
    scores = np.abs(contributions(predictor, window, target, span=span).scores.astype(np.float64))
    return [float(scores[e.start - span.start : e.end - span.start].sum()) for e in gene.elements]


def _lost(predictor: Predictor, window: Window, element: Interval, target: Target, recipe: Recipe) -> float:
    # With N there is nothing to repeat, and the number of shuffles has no meaning.
    scan = deletion_scan(
        predictor,
        window,
        element,
        target,
        width=element.width,
        how=recipe.how,
        shuffles=max(recipe.shuffles, 1),
        seed=SEED,
    )
    return float(scan.effect[0])


def _attention(predictor: Predictor, window: Window, gene: GeneElements) -> list[float]:
    weights = attention(predictor, window, tss_bins(predictor.geometry)).weights.astype(np.float64).mean(axis=(0, 1, 2))
    size, first = predictor.geometry.bin_size, window.interval.start
    return [float(weights[(e.start - first) // size : (e.end - 1 - first) // size + 1].mean()) for e in gene.elements]
