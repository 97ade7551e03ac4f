"""What explanations of one window find of the truth, as sentences, with the genome's figures beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .truth_view import ATTENTION, DISTANCE, EDITS, GRADIENT, MUTAGENESIS, TruthScores

if TYPE_CHECKING:
    from .genome_figures import Figure, GenomeFigures

_METHODS = {GRADIENT: "gradient × input", ATTENTION: "attention", DISTANCE: "distance alone"}
_EFFECTS = {MUTAGENESIS: "the mutagenesis map", GRADIENT: "the gradient", EDITS: "the edits"}
_FEWEST = 3


def words(scores: TruthScores, figures: GenomeFigures | None = None) -> str:
    """Both as sentences, with the genome's figures in brackets."""
    whole = "" if figures is None else f" In brackets: {figures.where}, which the model did not see in training."
    return f"{_links_in_words(scores, figures)} {_effects_in_words(scores, figures)}{whole}"


def brief(scores: TruthScores) -> str:
    """How well the linked elements are found, in one line of a picture."""
    told = [f"{says} {scores.areas[name]:.2f}" for name, says in _METHODS.items() if scores.areas.get(name) is not None]
    areas = f" · AUPRC of this window: {', '.join(told)}" if told else ""
    return f"{scores.positives:,} of {scores.pairs:,} tested elements linked to {scores.gene}{areas}"


def _links_in_words(scores: TruthScores, figures: GenomeFigures | None) -> str:
    of = f"of {scores.pairs:,} tested elements in this window"
    about = f"{scores.positives:,} {of} {'are' if scores.positives != 1 else 'is'} linked to {scores.gene} in "
    about += f"{scores.cell_type} cells"
    areas = {name: figures.areas.get(name) for name in scores.areas} if figures else {}
    told = [
        f"{says} {'none' if (area := scores.areas[name]) is None else f'{area:.2f}'}{_bracket(areas.get(name))}"
        for name, says in _METHODS.items()
        if name in scores.areas
    ]
    why = " (it takes linked ones and others)" if scores.areas[DISTANCE] is None else ""
    return f"{about}. AUPRC of this window{why}: {', '.join(told)}."


def _effects_in_words(scores: TruthScores, figures: GenomeFigures | None) -> str:
    genome = _bracket(figures.effects if figures else None)
    told = [
        f"by {_EFFECTS[name]} "
        + (f"{found.r:.2f}" if found.r is not None else "none")
        + f" over {found.variants:,} {'variants' if found.variants != 1 else 'variant'}"
        for name, found in scores.effects.items()
    ]
    if not told:
        return f"Pearson's r of effects of variants: nothing at hand{genome}."
    few = f" (it takes {_FEWEST} that differ)" if any(found.r is None for found in scores.effects.values()) else ""
    return f"Pearson's r of effects of variants{few}: {', '.join(told)}{genome}."


def _bracket(figure: Figure | None) -> str:
    return "" if figure is None else f" [{figure.value:.2f}, {figure.low:.2f} to {figure.high:.2f}]"
