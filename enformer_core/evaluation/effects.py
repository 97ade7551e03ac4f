"""Predicted and true effects of edits on the held-out chromosome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np

from . import samples
from .heldout import BIN, DNASE, HeldOut, at_tss, log2_ratio
from .samples import FAR_FROM_TSS, OWN, Sizes, Snv
from .windows import Edit

#: Bins to each side of a variant among which its strongest change is looked for.
AROUND = 8
#: CAGE, the sum of the bins at a start site, above which a gene counts as expressed.
EXPRESSED = 1.0
_NOTHING = 1e-3  # log2; a true change below it is none
#: Added to the distance in bp by the ABC-like score.
HALF_CONTACT = 5_000.0
OnStep = Callable[[float, str], None]


class Predicts(Protocol):
    """What effects are measured on: a model's windows, or anything that answers in the same way."""

    @property
    def n_tokens(self) -> int:
        """Bins of an input window."""
        ...

    @property
    def crop(self) -> int:
        """Bins from the first input bin to the first output bin."""
        ...

    @property
    def n_bins(self) -> int:
        """Bins of an output window."""
        ...

    def predict(self, start: int, edit: Edit | None = None) -> np.ndarray:
        """Tracks ``[bins, 16]`` of the window that begins at a bin."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SnvEffects:
    """Effects of single-base changes. n variants; NaN where a kind of effect was not looked at.

    Attributes:
        where: ``[n]``: where each lies.
        true_dnase: ``[n]``: log2 fold change of the bin and cell type of DNASE that truly changes most.
        dnase: ``[n]``: the predicted one, there.
        true_cage: ``[n, 3]``: log2 fold change at the start site, for variants in promoters.
        cage: ``[n, 3]``: the predicted one.
    """

    where: np.ndarray
    true_dnase: np.ndarray
    dnase: np.ndarray
    true_cage: np.ndarray
    cage: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class PairEffects:
    """Effects of edited elements on genes: n triples of element, gene and cell type in which the gene is expressed.

    Attributes:
        element: int64 ``[n]``: row of the element.
        gene: int64 ``[n]``: row of the gene.
        cell: int64 ``[n]``: cell type.
        distance: ``[n]``: bp from the element's middle to the start site.
        true: ``[n]``: log2 fold change of CAGE at the start site.
        predicted: ``[n]``.
        measured_dnase: ``[n]``: measured DNASE on the element, the sum of three bins.
    """

    element: np.ndarray
    gene: np.ndarray
    cell: np.ndarray
    distance: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    measured_dnase: np.ndarray

    @classmethod
    def none(cls) -> PairEffects:
        """No triples, as where no gene is in sight of any element."""
        rows, numbers = np.zeros(0, np.int64), np.zeros(0)
        return cls(rows, rows, rows, numbers, numbers, numbers, numbers)

    def chosen(self, rows: np.ndarray) -> PairEffects:
        """Some of the triples."""
        return PairEffects(*(getattr(self, f.name)[rows] for f in fields(self)))


def predicted_tiles(model: Predicts, world: HeldOut, tiles: int | None, on_step: OnStep) -> np.ndarray:
    """The reference of a chromosome: float32 ``[bins, 16]``, from windows whose outputs lie side by side.

    Args:
        model: What predicts.
        world: The chromosome.
        tiles: How many windows, from the left; all by default. Bins of the others are NaN.
        on_step: Told how far it is.
    """
    found = np.full(world.truth.shape, np.nan, np.float32)
    n_tiles = -(-world.n_bins // model.n_bins)
    for tile in range(n_tiles if tiles is None else min(tiles, n_tiles)):
        on_step(tile / n_tiles, "windows")
        first = tile * model.n_bins
        count = min(model.n_bins, world.n_bins - first)
        found[first : first + count] = model.predict(first - model.crop)[:count]
    return found


def snv_effects(
    model: Predicts, world: HeldOut, variants: Sequence[Snv], reference: np.ndarray, on_step: OnStep
) -> SnvEffects:
    """Effects of variants; ``reference`` is that of ``predicted_tiles`` (NaN tiles give NaN effects)."""
    n = len(variants)
    dnase, cage = np.full((2, n), np.nan), np.full((2, n, 3), np.nan)
    for i, variant in enumerate(variants):
        on_step(i / n, "variants")
        at, edit = variant.position // BIN, variant.edit()
        tile = at // model.n_bins * model.n_bins
        edited = model.predict(tile - model.crop, edit)
        around = slice(at - AROUND, at + AROUND + 1)
        truth = world.edited_truth(edit, around.start, around.stop)
        true_change = log2_ratio(truth, world.truth[around])
        change = log2_ratio(edited[around.start - tile : around.stop - tile], reference[around])
        if variant.where == "in promoters":
            tss = np.array([world.tss[variant.gene] // BIN])
            cage[0, i] = log2_ratio(at_tss(truth, tss - around.start), at_tss(world.truth, tss))[0]
            cage[1, i] = log2_ratio(at_tss(edited, tss - tile), at_tss(reference, tss))[0]
        else:
            place = _strongest(true_change[:, DNASE], variant.position)
            dnase[:, i] = true_change[:, DNASE][place], change[:, DNASE][place]
    where = np.array([variant.where for variant in variants])
    return SnvEffects(where, dnase[0], dnase[1], cage[0], cage[1])


def element_effects(
    model: Predicts,
    world: HeldOut,
    edits_of: Mapping[int, Mapping[str, Sequence[Edit]]],
    on_step: OnStep,
) -> dict[str, PairEffects]:
    """Effects of edited elements on the genes around them, each in a window centred on the element.

    Args:
        model: What predicts.
        world: The chromosome.
        edits_of: For each row of ``world.elements`` the edits of each kind; effects are means over a kind's edits.
        on_step: Told how far it is.

    Returns:
        By kind.
    """
    found: dict[str, list[list[np.ndarray]]] = {}
    for done, (element, kinds) in enumerate(edits_of.items()):
        on_step(done / len(edits_of), "elements")
        start = int(world.elements[element]) // BIN - model.n_tokens // 2
        genes = _tested_genes(model, world, element, start)
        if not len(genes):
            continue
        reference = model.predict(start)
        for kind, edits in kinds.items():
            effects = [_on_genes(model, world, start, reference, genes, edit) for edit in edits]
            true, predicted = np.mean([e[0] for e in effects], axis=0), np.mean([e[1] for e in effects], axis=0)
            found.setdefault(kind, []).append(_triples(world, element, genes, true, predicted))
    return {kind: PairEffects(*map(np.concatenate, zip(*parts, strict=True))) for kind, parts in found.items()}


def planned_edits(world: HeldOut, sizes: Sizes) -> tuple[dict[int, dict[str, list[Edit]]], dict[int, np.ndarray]]:
    """What ``element_effects`` is asked for: the edits of each element, and the elements that each seed deletes."""
    rows = samples.elements_near_genes(world, sizes.elements)
    deleted = {seed: samples.drawn_elements(rows, seed, sizes.deletions) for seed in sizes.seeds}
    everywhere = set(np.concatenate([*deleted.values(), np.zeros(0, np.int64)]).tolist())
    plan: dict[int, dict[str, list[Edit]]] = {}
    for row in rows.tolist():
        plan[row] = {"shuffled": samples.shuffles(world, row, sizes.shuffles)}
        if row in everywhere:
            plan[row]["deleted"] = [samples.deletion(world, row)]
    return plan, deleted


def link_scores(pairs: PairEffects) -> dict[str, np.ndarray]:
    """Scores ``[n]`` of element-gene links by the name of the method, larger where a link is more likely.

    A method that is added here appears in the table and the figure of the card.
    """
    return {
        "model, in-silico deletion": -pairs.predicted,
        "distance alone": -pairs.distance,
        "ABC-like (measured DNASE x contact)": pairs.measured_dnase / (pairs.distance + HALF_CONTACT),
    }


def _strongest(change: np.ndarray, position: int) -> tuple[int, int]:
    """Bin and cell type of the largest change ``[bins, 3]``; where there is none, the variant's bin and any cell."""
    place = np.unravel_index(int(np.abs(change).argmax()), change.shape)
    if np.abs(change[place]) < _NOTHING:
        return AROUND, position % change.shape[1]
    return int(place[0]), int(place[1])


def _tested_genes(model: Predicts, world: HeldOut, element: int, start: int) -> np.ndarray:
    """int64: the genes from 1 to 50 kb from an element whose start sites are well inside the output."""
    distance = np.abs(world.tss - world.elements[element])
    bins = world.tss // BIN - start - model.crop
    room = samples.DELETED // BIN + 1
    seen = (bins >= room) & (bins < model.n_bins - room)
    return np.flatnonzero((distance > OWN) & (distance <= FAR_FROM_TSS) & seen)


def _on_genes(
    model: Predicts, world: HeldOut, start: int, reference: np.ndarray, genes: np.ndarray, edit: Edit
) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted log2 fold changes ``[genes, 3]`` of one edit."""
    bins = world.tss[genes] // BIN
    after = np.where(world.tss[genes] >= edit.end, bins - edit.removed // BIN, bins)
    first, last = int(after.min()) - 1, int(after.max()) + 2
    truth = world.edited_truth(edit, first, last)
    output = start + model.crop
    edited = model.predict(start, edit)
    return (
        log2_ratio(at_tss(truth, after - first), at_tss(world.truth, bins)),
        log2_ratio(at_tss(edited, after - output), at_tss(reference, bins - output)),
    )


def _triples(
    world: HeldOut, element: int, genes: np.ndarray, true: np.ndarray, predicted: np.ndarray
) -> list[np.ndarray]:
    """The fields of ``PairEffects`` for one element: the cell types in which each gene truly has CAGE above 1."""
    row, cell = np.nonzero(at_tss(world.truth, world.tss[genes] // BIN) > EXPRESSED)
    at = int(world.elements[element]) // BIN
    dnase = world.measured[max(at - 1, 0) : at + 2][:, DNASE].sum(axis=0)
    distance = np.abs(world.tss[genes] - world.elements[element])[row].astype(np.float64)
    same = np.full(len(row), element, np.int64)
    return [same, genes[row], cell, distance, true[row, cell], predicted[row, cell], dnase[cell].astype(np.float64)]
