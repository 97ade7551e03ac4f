"""The lane of true answers, where the assembly brings them, with how near the explanations at hand come to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.genome.interval import Interval
from enformer_core.genome.registry import Registered, registered
from enformer_core.genome.truth import Truth, read_truth

from ..view_parts import Json, array
from . import jobs, questions

if TYPE_CHECKING:
    from enformer_core.evaluation.genome_figures import GenomeFigures
    from enformer_core.genome.genes.model import Gene
    from enformer_core.settings import Settings

    from ..state import Choice
    from .subject import Subject

Fields = Callable[[], Json]


@dataclass(frozen=True, slots=True)
class Answers:
    """The true answers of the chosen assembly.

    Attributes:
        truth: The answers.
        figures: What the model reaches over the genome, where that is known.
    """

    truth: Truth
    figures: GenomeFigures | None

    def now(self, subject: Subject) -> tuple[tuple[Any, ...], Fields]:
        """What tells one state of the lane from another, and what makes the fields of its part."""
        gene, cell_type = _gene(subject), self.truth.cell_type(_biosamples(subject))
        found = _at_hand(subject)
        place = (subject.window.interval, gene.gene_id if gene else None, cell_type)
        signature = (*place, *(id(each) for each in found.values()))
        return signature, lambda: _fields(self.truth, subject, gene, cell_type, found, self.figures)


def answers(choice: Choice, settings: Settings) -> Answers | None:
    """The true answers of the chosen assembly; None where it brings none, or they cannot be read."""
    entry = registered("assembly", settings).get(choice.assembly)
    if entry is None or not entry.manifest.get("truth"):
        return None
    try:
        truth = read(entry)
    except EnformerError:  # `doctor` tells; a browser without the lane is better than none
        return None
    return None if truth is None else Answers(truth, _figures(choice, settings))


def _fields(
    truth: Truth,
    subject: Subject,
    gene: Gene | None,
    cell_type: str | None,
    found: dict[str, Any],
    figures: GenomeFigures | None,
) -> Json:
    from enformer_core.evaluation.truth_view import truth_lane, truth_scores
    from enformer_core.evaluation.truth_words import brief, words

    seen = subject.reference_window
    lane = truth_lane(truth, seen, gene, cell_type)
    said = short = "The target is no gene's start in one cell type, so there are no links to compare with"
    if gene is not None and cell_type is not None:
        scores = truth_scores(truth, seen, gene, cell_type, **found)
        said, short = words(scores, figures), brief(scores)
    return {
        "starts": array(lane.starts, np.float64),
        "ends": array(lane.ends, np.float64),
        "labels": list(lane.labels),
        "kinds": list(lane.kinds),
        "effects": array(lane.effects, np.float32),
        "site": lane.site,
        "variants": [_variant(variant) for variant in lane.variants],
        "words": said,
        "brief": short,
    }


def _at_hand(subject: Subject) -> dict[str, Any]:
    """The explanations of the target that are there; attention counts where it looks from the target's bins."""
    about = questions.about(subject)
    found = {kind: jobs.found(kind, about) for kind in ("contributions", "mutagenesis")}
    kept = {kind: each if each is not None and each.target == subject.target else None for kind, each in found.items()}
    looks = jobs.found("attention", about)
    kept["attention"] = looks if looks is not None and looks.query_bins == subject.target.bins else None
    return kept


def _variant(told: Mapping[str, Any]) -> Json:
    """A known variant; JSON has no NaN."""
    return {**told, "effect": told["effect"] if math.isfinite(told["effect"]) else None}


def _gene(subject: Subject) -> Gene | None:
    """The gene that starts in the target's bins; the one nearest to their middle."""
    genes = subject.window.assembly.genes if subject.window.assembly else None
    if genes is None:
        return None
    chrom, site = subject.window.interval.chrom, subject.reference_site
    places = subject.places_of(subject.target.bins)
    whole = Interval(chrom, places[0].start, places[-1].end)
    near = [gene for gene in genes.overlapping(whole) if any(p.start <= gene.tss < p.end for p in places)]
    return min(near, key=lambda gene: (abs(gene.tss - site), gene.symbol), default=None)


def _biosamples(subject: Subject) -> list[str]:
    return [subject.table[track].biosample for track in subject.target.tracks]


def _figures(choice: Choice, settings: Settings) -> GenomeFigures | None:
    """What the model reaches over the genome, where it brings that and the assembly is its own."""
    entry = registered("model", settings).get(choice.model)
    if entry is None or entry.trained_on != choice.assembly:
        return None
    try:
        return _read_figures(entry)
    except EnformerError:  # a broken file of figures takes nothing from the lane
        return None


def _identity(entry: Registered) -> tuple[str, str]:
    return str(entry.folder), str(dict(entry.manifest))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Registered: _identity})
def read(entry: Registered) -> Truth | None:
    """The truth of a registered assembly, read once; it raises as ``read_truth``."""
    return read_truth(entry)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Registered: _identity})
def _read_figures(entry: Registered) -> GenomeFigures | None:
    from enformer_core.evaluation.genome_figures import read_figures

    return read_figures(entry)
