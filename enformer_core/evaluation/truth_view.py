"""The truth beside what a model says of one window: how well each explanation finds the linked elements of a gene.

Elements and genes are judged as ``evaluate crispri`` judges them: the elements known to be active in the cell type
that lie in the input window and are no part of the promoter; linked are those whose loss truly lowers the gene by more
than ``LINKED`` log2. Here the gene need not be expressed. The truth is that of the reference: with edits, elements are
looked up where their reference bases stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..genome.interval import Interval
from ..genome.truth import Truth
from ..genome.truth_files import KnownElement, KnownLink, KnownVariant
from ..genome.variant import Variant
from ..interpret.placed import base_places, reference_ranges
from .linked import LINKED, OWN
from .scores import auprc, pearson

if TYPE_CHECKING:
    from ..interpret.attention_map import AttentionMap
    from ..interpret.mutagenesis_map import MutagenesisMap
    from ..interpret.scores import ContributionScores

DISTANCE, GRADIENT, ATTENTION = "distance", "gradient_x_input", "attention"
MUTAGENESIS, EDITS = "mutagenesis", "edits"
EffectOf = Callable[[Variant], float]
_BASES = "ACGT"


class Target(Protocol):
    """The gene that is explained, such as a ``Gene`` of the assembly's."""

    @property
    def gene_id(self) -> str:
        """As the annotation has it."""
        ...

    @property
    def symbol(self) -> str:
        """Its name."""
        ...

    @property
    def tss(self) -> int:
        """0-based start site."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TruthLane:
    """What is known in a window, for a lane. Positions are 0-based on the reference; n elements.

    Attributes:
        starts: float64 ``[n]``.
        ends: float64 ``[n]``.
        labels: Names.
        kinds: Kinds.
        effects: float32 ``[n]``: log2 fold change of the gene when the element is lost; NaN where there is no link.
        site: Start site of the gene; None without a gene.
        variants: ``position``, ``label`` and ``effect`` (on the gene, NaN where it is not known) of each variant.
    """

    starts: np.ndarray
    ends: np.ndarray
    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    effects: np.ndarray
    site: int | None
    variants: tuple[Mapping[str, int | str | float], ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r of predicted and true effects.

    Attributes:
        r: None below 3 variants, or where they have all the same effect.
        variants: How many there are.
    """

    r: float | None
    variants: int


@dataclass(frozen=True, slots=True)
class TruthScores:
    """How near explanations of one window come to the truth.

    Attributes:
        gene: Symbol.
        cell_type: As tracks call it.
        pairs: Elements that are judged.
        positives: Linked ones among them.
        areas: AUPRC by method, ``distance`` always; None where none or all are linked.
        effects: By what told the effects of known variants.
    """

    gene: str
    cell_type: str
    pairs: int
    positives: int
    areas: Mapping[str, float | None]
    effects: Mapping[str, Correlation] = field(default_factory=dict)


def truth_lane(truth: Truth, window: Interval, gene: Target | None, cell_type: str | None) -> TruthLane:
    """What is known in a window.

    Args:
        truth: Of the assembly.
        window: Reference bases that are on view.
        gene: Whose links; None where the target is no gene's start.
        cell_type: One of ``truth.cell_types``; None where the target's tracks are of none, or of several.

    Raises:
        FileError: A file of the truth cannot be read.
    """
    elements = truth.elements_in(window)
    links = {} if gene is None else {link.element.name: link.effect for link in _links(truth, gene, cell_type)}
    return TruthLane(
        starts=np.array([element.interval.start for element in elements], np.float64),
        ends=np.array([element.interval.end for element in elements], np.float64),
        labels=tuple(element.name for element in elements),
        kinds=tuple(element.kind for element in elements),
        effects=np.array([links.get(element.name, math.nan) for element in elements], np.float32),
        site=None if gene is None else gene.tss,
        variants=tuple(_told(known, gene, cell_type) for known in truth.variants_in(window)),
    )


def truth_scores(
    truth: Truth,
    window: Interval,
    gene: Target,
    cell_type: str,
    *,
    contributions: ContributionScores | None = None,
    attention: AttentionMap | None = None,
    mutagenesis: MutagenesisMap | None = None,
    edits: Mapping[Variant, float] | None = None,
) -> TruthScores:
    """Judge the explanations at hand, which are all of one gene and one cell type.

    Args:
        truth: Of the assembly.
        window: Reference bases that the model reads.
        gene: The target's.
        cell_type: One of ``truth.cell_types``.
        contributions: Of the whole window.
        attention: From the target's bins.
        mutagenesis: Of a stretch.
        edits: Predicted effects on the gene of variants, each alone.

    Raises:
        FileError: A file of the truth cannot be read.
    """
    judged = judged_links(truth, window, gene, cell_type)
    linked = np.array([link.effect < -LINKED for link in judged], bool)
    elements = [link.element for link in judged]
    scores = {DISTANCE: np.array([1.0 / max(_distance(e, gene), 1) for e in elements], np.float64)}
    if contributions is not None:
        scores[GRADIENT] = gradient_scores(contributions, elements)
    if attention is not None:
        scores[ATTENTION] = attention_scores(attention, elements)
    known = [
        (k.variant, effect)
        for k in truth.variants_in(window)
        if math.isfinite(effect := k.effect_on(gene.symbol, cell_type))
    ]
    effects = {}
    if mutagenesis is not None:
        effects[MUTAGENESIS] = _correlation(known, _substitutions(mutagenesis, mutagenesis.effect))
    if contributions is not None:
        effects[GRADIENT] = _correlation(known, _substitutions(contributions, _first_order(contributions)))
    if edits is not None:
        told = {_key(variant): effect for variant, effect in edits.items()}
        effects[EDITS] = _correlation(known, lambda variant: told.get(_key(variant), math.nan))
    areas = {name: _area(values, linked) for name, values in scores.items()}
    return TruthScores(gene.symbol, cell_type, len(judged), int(linked.sum()), areas, effects)


def judged_links(truth: Truth, window: Interval, gene: Target, cell_type: str) -> list[KnownLink]:
    """The links that are judged: the element lies wholly in the window, farther than ``OWN`` from the start site."""
    return [
        link
        for link in _links(truth, gene, cell_type)
        if window.contains(link.element.interval) and _distance(link.element, gene) > OWN
    ]


def gradient_scores(contributions: ContributionScores, elements: list[KnownElement]) -> np.ndarray:
    """float64 ``[elements]``: the sum of the absolute scores over the bases; NaN where none was explained."""
    places, scores = base_places(contributions), np.abs(contributions.scores.astype(np.float64))
    found = []
    for element in elements:
        inside = (places >= element.interval.start) & (places < element.interval.end)
        found.append(scores[inside].sum() if inside.any() else math.nan)
    return np.array(found, np.float64)


def attention_scores(attention: AttentionMap, elements: list[KnownElement]) -> np.ndarray:
    """float64 ``[elements]``: mean weight of the keys that the element touches; NaN where there are none."""
    starts, ends = reference_ranges(attention, attention.key_starts, attention.key_ends)
    weights = attention.weights.astype(np.float64).mean(axis=(0, 1, 2))
    found = []
    for element in elements:
        touched = (starts < element.interval.end) & (ends > element.interval.start)
        found.append(weights[touched].mean() if touched.any() else math.nan)
    return np.array(found, np.float64)


def _links(truth: Truth, gene: Target, cell_type: str | None) -> Iterator[KnownLink]:
    found = truth.links_of(gene.gene_id) or truth.links_of(gene.symbol)
    return (link for link in found if link.cell_type == cell_type)


def _distance(element: KnownElement, gene: Target) -> int:
    return abs(element.interval.center - gene.tss)


def _area(values: np.ndarray, linked: np.ndarray) -> float | None:
    if np.isnan(values).any():
        return None  # the others alone would be another question
    found = auprc(values, linked)
    return found if math.isfinite(found) else None


def _told(known: KnownVariant, gene: Target | None, cell_type: str | None) -> dict[str, int | str | float]:
    variant = known.variant
    effect = math.nan if gene is None or cell_type is None else known.effect_on(gene.symbol, cell_type)
    return {"position": variant.start, "label": f"{variant.ref}>{variant.alt}", "effect": effect}


def _key(variant: Variant) -> tuple[str, int, str, str]:
    return variant.chrom, variant.pos, variant.ref, variant.alt


def _substitutions(placed: ContributionScores | MutagenesisMap, values: np.ndarray) -> EffectOf:
    """What ``values`` ``[L, 4]`` say of a variant: NaN unless it replaces one base that was explained as it is."""
    places = base_places(placed)

    def effect_of(variant: Variant) -> float:
        if len(variant.ref) != 1 or len(variant.alt) != 1:
            return math.nan
        at = np.flatnonzero(places == variant.start)
        if not len(at) or placed.bases[at[0]] != variant.ref:
            return math.nan
        return float(values[at[0], _BASES.index(variant.alt)])

    return effect_of


def _first_order(contributions: ContributionScores) -> np.ndarray:
    """float32 ``[L, 4]``: the effect of each substitution if the model were linear: its gradient less that there."""
    return contributions.gradient - contributions.scores[:, None]


def _correlation(known: list[tuple[Variant, float]], effect_of: EffectOf) -> Correlation:
    """Of the variants whose effect is known and told."""
    both = [(true, told) for variant, true in known if math.isfinite(told := effect_of(variant))]
    true, predicted = np.array(both, np.float64).reshape(-1, 2).T
    r = pearson(true, predicted)
    return Correlation(r if math.isfinite(r) else None, len(both))
