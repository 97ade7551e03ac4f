"""How well a model finds the elements that regulate a gene, against tested pairs: tables, a figure and provenance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import sha256_of, written_aside
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..inference.predictor import Predictor
from ..interpret.target import PSEUDOCOUNT
from ..provenance import own_version
from ..settings import Settings
from .crispri_baselines import GAMMA, LEAST_DISTANCE, abc_scores, by_distance
from .crispri_pairs import Key, PairTable
from .crispri_plan import Choices, Plan, notes, planned
from .crispri_scores import COLUMNS, SEED, Columns, Recipe, scores_of, tss_bins
from .crispri_store import GeneStore
from .crispri_tables import BOOTSTRAPS, EDGES, ScoredPairs, pair_rows, summary_rows, write_curves, write_table
from .effects import OnStep

SCHEMA = 1
PAIRS, SUMMARY, CURVES, PROVENANCE = "pairs.tsv", "summary.tsv", "curves.svg", "provenance.json"
_SCORED = 0.95  # of the work: what the model does; then come the intervals


def evaluate_crispri(
    predictor: Predictor,
    table: PairTable,
    out: Path,
    choices: Choices,
    settings: Settings,
    *,
    on_step: OnStep,
    on_note: Callable[[str], object],
) -> list[Path]:
    """Score every pair and write ``pairs.tsv``, ``summary.tsv``, ``curves.svg`` and ``provenance.json``.

    Each finished gene is kept at once, in ``out / genes``: a run that is stopped goes on there with ``resume``. As in
    the paper, only pairs whose element lies in the input window of the gene are judged; the others are counted.

    Args:
        predictor: The model, with the assembly of the table.
        table: The tested pairs.
        out: Folder for the results; it is made in a folder that is there.
        choices: What is asked for.
        settings: Limits of the processes that read bigWigs.
        on_step: Told how far it is.
        on_note: Told, before the model runs, which tracks are taken and how many pairs are left out.

    Returns:
        The files, the summary first.

    Raises:
        InputError: The choices do not go together, or the run that is there was made in another way.
        TrackError: There is no such track, or none is known for a cell type.
        OutputExists: There is a run in ``out``, and ``resume`` is False.
        FileError: A file cannot be read or written.
    """
    assembly = predictor.assembly
    if assembly is None:
        raise InputError("pairs lie on an assembly, and none was given", hint="Give the one the table was made on")
    plan = planned(predictor, table, choices)
    for text in notes(predictor, plan):
        on_note(text)
    abc = abc_scores(plan.genes, choices.bigwigs, assembly, settings) if choices.bigwigs else None
    facts = _facts(predictor, assembly, table, plan.recipe)
    store = GeneStore.opened(out, facts, resume=choices.resume)
    by_gene = _by_model(predictor, plan, store, on_step)
    on_step(_SCORED, "intervals")
    scored, changes = _together(plan, by_gene, abc)
    write_table(out / PAIRS, pair_rows(scored, changes))
    write_table(out / SUMMARY, summary_rows(scored))
    write_curves(out / CURVES, scored, _footer(facts, scored))
    _write_facts(out / PROVENANCE, facts | _counted(predictor, table, plan, choices))
    return [out / name for name in (SUMMARY, PAIRS, CURVES, PROVENANCE)]


def _by_model(predictor: Predictor, plan: Plan, store: GeneStore, on_step: OnStep) -> list[Columns]:
    """The scores of every gene, from the store where they are there."""
    found = []
    for done, gene in enumerate(plan.genes):
        place = format_locus(Interval(gene.chrom, gene.tss, gene.tss + 1))
        on_step(_SCORED * done / len(plan.genes), f"gene {done + 1:,} of {len(plan.genes):,}, {place}")
        scores = store.load(gene)
        if scores is None:
            scores = scores_of(predictor, gene, plan.recipe)
            store.save(gene, scores)
        found.append(scores)
    return found


def _together(
    plan: Plan, by_gene: Sequence[Columns], abc: list[list[float]] | None
) -> tuple[ScoredPairs, np.ndarray | None]:
    """The scores of pairs, from those of the elements of genes; and the signed changes."""
    columns: dict[str, dict[tuple[Key, Interval], float]] = {}
    for i, (gene, scores) in enumerate(zip(plan.genes, by_gene, strict=True)):
        for name, values in (scores if abc is None else scores | {"abc": abc[i]}).items():
            places = [(gene.key, element) for element in gene.elements]
            columns.setdefault(name, {}).update(zip(places, values, strict=True))

    def of_pairs(name: str) -> np.ndarray:
        return np.array([columns[name][pair.key, pair.element] for pair in plan.pairs], np.float64)

    found: dict[str, np.ndarray] = {}
    changes = None
    for method in plan.recipe.methods:
        values = of_pairs(COLUMNS[method])
        if method == "deletion":
            changes = values
            found |= {"deletion": np.abs(values), "deletion_drop": -values}
        else:
            found[method] = values
    found["distance"] = by_distance(plan.pairs)
    if abc is not None:
        found["abc"] = of_pairs("abc")
    return ScoredPairs(tuple(plan.pairs), found), changes


def _facts(predictor: Predictor, assembly: Assembly, table: PairTable, recipe: Recipe) -> dict[str, Any]:
    """All that decides what the model says of an element."""
    return {
        "schema": SCHEMA,
        "kind": "crispri",
        "model": Path(predictor.name).name,
        "weights_sha256": predictor.weights_sha256,
        "assembly": assembly.name,
        "assembly_id": assembly.identity,
        "pairs_sha256": table.sha256,
        "precision": predictor.precision,
        "device": predictor.facts.device_name,
        "version": own_version(),
        "simulated": predictor.simulated,
        "target_bins": list(tss_bins(predictor.geometry)),
        "seed": SEED,
        **asdict(recipe),
    }


def _counted(predictor: Predictor, table: PairTable, plan: Plan, choices: Choices) -> dict[str, Any]:
    """What else the figures depend on, and what was left out."""
    names = predictor.tracks(plan.recipe.head)
    return {
        "track_names": {c: [names[i].description for i in t] for c, t in plan.recipe.tracks.items()},
        "input_length": predictor.geometry.input_length,
        "pairs": len(plan.pairs),
        "genes": len(plan.genes),
        "sample": choices.sample,
        "left_out": {**table.left_out, "with the element outside the input window": plan.outside},
        "bigwigs": [{"file": file.name, "sha256": sha256_of(file)} for file in choices.bigwigs],
        "contact": {"power_law_exponent": GAMMA, "least_distance_bp": LEAST_DISTANCE},
        "distance_edges_kb": [edge for edge in EDGES if edge != float("inf")],
        "bootstraps": BOOTSTRAPS,
        "confidence": 95,
        "pseudocount": PSEUDOCOUNT,
    }


def _footer(facts: Mapping[str, Any], scored: ScoredPairs) -> str:
    simulated = "Simulated: " if facts["simulated"] else ""
    return f"{simulated}{facts['model']} on {facts['assembly']}, {len(scored.pairs):,} pairs; grey line: chance"


def _write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    with written_aside(path, overwrite=True) as aside:
        aside.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
