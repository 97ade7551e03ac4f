"""What ``evaluate crispri`` is asked for, and what follows from it before the model runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import FileFormatError, InputError, shown
from ..inference.predictor import Predictor
from ..interpret.deletion import How
from ..interpret.question import head_of, refuse_rounded
from ..interpret.target import Target
from .crispri_pairs import Pair, PairTable
from .crispri_scores import METHODS, GeneElements, Recipe, genes_of, tracks_of, tss_bins


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked for.

    Attributes:
        methods: Of ``METHODS``, at least one.
        tracks: Columns of the head, averaged; None for the CAGE tracks of each pair's cell type.
        head: Whose tracks; None for the model's default.
        cell_type: Pairs of this one only; None for all.
        how: What a lost element is replaced by: ``shuffle`` or ``N``.
        shuffles: Of each element.
        sample: Look at so many start sites at most: every second one, every third, ...; None for all.
        dnase: bigWig of accessibility; None for no ABC-like score.
        h3k27ac: bigWig that goes with it.
        resume: Go on with a run that was stopped.
    """

    methods: tuple[str, ...] = METHODS
    tracks: tuple[int, ...] | None = None
    head: str | None = None
    cell_type: str | None = None
    how: How = "shuffle"
    shuffles: int = 4
    sample: int | None = None
    dnase: Path | None = None
    h3k27ac: Path | None = None
    resume: bool = False

    @property
    def bigwigs(self) -> tuple[Path, ...]:
        """Those that are given."""
        return tuple(file for file in (self.dnase, self.h3k27ac) if file is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is scored.

    Attributes:
        recipe: How.
        genes: With their elements.
        pairs: Of these genes, whose element lies in the window.
        outside: Number of pairs of the table whose element does not.
    """

    recipe: Recipe
    genes: list[GeneElements]
    pairs: list[Pair]
    outside: int


def planned(predictor: Predictor, table: PairTable, choices: Choices) -> Plan:
    """What is scored of a table. Everything that can be wrong with the choices is found here, before the model runs.

    Raises:
        InputError: The choices do not go together, or there is no pair of the cell type.
        SettingsError: The model is in bfloat16, which is too coarse for lost elements.
        TrackError: There is no such head or track, or none is known for a cell type.
        FileFormatError: No pair has its element in the window.
    """
    _check(predictor, choices)
    wanted = _wanted(table, choices)
    cell_types = sorted({pair.cell_type for pair in wanted})
    genes, inside = genes_of(wanted, predictor.geometry)
    n_outside = len(wanted) - len(inside)
    if not genes:
        raise FileFormatError(
            f"none of the {len(wanted):,} pairs has its element within the {predictor.geometry.input_length:,} bp "
            "that the model reads around the start site"
        )
    head = predictor.head(choices.head)
    tracks = {cell: choices.tracks or tracks_of(predictor, head, cell) for cell in cell_types}
    for columns in tracks.values():
        head_of(predictor, Target(columns, tss_bins(predictor.geometry), head=head))
    n_shuffles = choices.shuffles if choices.how == "shuffle" else 0
    recipe = Recipe(tuple(m for m in METHODS if m in choices.methods), head, tracks, choices.how, n_shuffles)
    return _sampled(Plan(recipe, genes, inside, n_outside), choices.sample)


def _sampled(plan: Plan, sample: int | None) -> Plan:
    """The same for every so many-th start site; ``outside`` is still that of the whole table.

    Every third one is among all, and every sixth among these: a larger sample can go on with a smaller one.
    """
    if sample is None or sample >= len(plan.genes):
        return plan
    genes = plan.genes[:: -(-len(plan.genes) // sample)]
    kept = {gene.key for gene in genes}
    return replace(plan, genes=genes, pairs=[pair for pair in plan.pairs if pair.key in kept])


def notes(predictor: Predictor, plan: Plan) -> Iterator[str]:
    """What a person should know before the model runs."""
    names = predictor.tracks(plan.recipe.head)
    for cell_type, columns in plan.recipe.tracks.items():
        listed = ", ".join(f"{column} ({names[column].description})" for column in columns)
        yield f"note: tracks of {cell_type or 'all pairs'}: {listed}"
    yield f"note: {len(plan.pairs):,} pairs of {len(plan.genes):,} start sites and cell types are scored"
    if plan.outside:
        size = predictor.geometry.input_length
        yield f"note: {plan.outside:,} pairs are left out: the element lies outside the {size:,} bp around the start"


def _check(predictor: Predictor, choices: Choices) -> None:
    unknown = [name for name in choices.methods if name not in METHODS]
    if unknown or not choices.methods:
        what = f"{shown(unknown[0])} is not a method" if unknown else "no method is chosen"
        raise InputError(what, hint=f"Known are {', '.join(METHODS)}")
    if choices.h3k27ac is not None and choices.dnase is None:
        raise InputError("H3K27ac alone makes no ABC-like score", hint="Give --dnase with --h3k27ac")
    if "deletion" in choices.methods:
        refuse_rounded(predictor)
        if choices.how == "shuffle" and choices.shuffles < 1:
            raise InputError(f"{choices.shuffles} shuffles are too few", hint="Choose 1 or more; 4 are usual")


def _wanted(table: PairTable, choices: Choices) -> list[Pair]:
    """The pairs of the chosen cell type, which is one where there are bigWigs."""
    wanted = [p for p in table.pairs if choices.cell_type is None or p.cell_type == choices.cell_type]
    if not wanted:
        there = ", ".join(sorted({pair.cell_type for pair in table.pairs})) or "none"
        raise InputError(f"no pair is of the cell type {shown(choices.cell_type)}", hint=f"The table has: {there}")
    cell_types = sorted({pair.cell_type for pair in wanted})
    if choices.bigwigs and len(cell_types) > 1:
        raise InputError(
            f"the bigWigs are of one cell type, and the table has {len(cell_types)}: {', '.join(cell_types)}",
            hint="Choose one with --cell-type",
        )
    return wanted
