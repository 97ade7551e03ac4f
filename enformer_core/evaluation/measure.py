"""Measuring a model on the held-out chromosome: effects, then tables, then the figures that have bars."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..demo.assays import IDENTIFIERS
from ..errors import TrackError
from ..tracks.table import TrackTable
from . import heldout, samples, tables
from .bars import ABOVE_DISTANCE, TIMES_DISTANCE, bar_rows
from .effects import (
    EXPRESSED,
    HALF_CONTACT,
    OnStep,
    PairEffects,
    Predicts,
    SnvEffects,
    element_effects,
    planned_edits,
    predicted_tiles,
    snv_effects,
)
from .heldout import HeldOut
from .samples import Sizes
from .weak import weak_spots

SCHEMA = 1
# Which part of the work is done after the windows, after the variants, after the elements.
_PARTS = (0.05, 0.35, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What was measured: tables that are stored, and the points that figures show.

    Attributes:
        card: Tables of rows by name; every number that the card says.
        levels: CAGE at start sites: ``truth`` and ``predicted`` ``[genes, 3]``.
        snvs: By seed.
        pairs: Shuffled elements and genes.
        deletions: Deleted elements and genes; None where no gene is near any.
    """

    card: dict[str, Any]
    levels: Mapping[str, np.ndarray]
    snvs: Mapping[int, SnvEffects]
    pairs: PairEffects
    deletions: PairEffects | None


def columns_of(table: TrackTable) -> NDArray[np.int64]:
    """The head's columns in the order of the simulated genome's tracks.

    Raises:
        TrackError: The model does not predict one of them.
    """
    by_name = {track.identifier: track.target_index for track in table}
    missing = [name for name in IDENTIFIERS if name not in by_name]
    if missing:
        raise TrackError(
            f"the model has no track {', '.join(missing[:4])}{' ...' if len(missing) > 4 else ''}",
            hint="The card is for models trained on the simulated genome; their targets file names its tracks",
        )
    return np.array([by_name[name] for name in IDENTIFIERS], np.int64)


def measure(
    model: Predicts, world: HeldOut, sizes: Sizes, on_step: OnStep, names: Mapping[int, str] | None = None
) -> Measured:
    """Measure everything but the cost of a prediction.

    Args:
        model: What predicts windows of ``world``.
        world: The held-out chromosome.
        sizes: How much is looked at.
        on_step: Told how far it is.
        names: Gene symbols by 0-based start site, where they are known.
    """
    predicted = predicted_tiles(model, world, sizes.tiles, _part(on_step, 0.0, _PARTS[0]))
    snvs = {}
    for i, seed in enumerate(sizes.seeds):
        span = (_PARTS[1] - _PARTS[0]) / len(sizes.seeds)
        step = _part(on_step, _PARTS[0] + i * span, span)
        snvs[seed] = snv_effects(model, world, samples.snvs(world, seed, sizes, model.n_bins), predicted, step)
    plan, deleted = planned_edits(world, sizes)
    effects = element_effects(model, world, plan, _part(on_step, _PARTS[1], _PARTS[2] - _PARTS[1]))
    pairs, deletions = effects.get("shuffled", PairEffects.none()), effects.get("deleted")
    levels = tables.gene_levels(predicted, world)
    tracks = tables.track_rows(predicted, world)
    card: dict[str, Any] = {
        "tracks": tracks,
        "assays": tables.assay_rows(tracks),
        "genes": tables.gene_rows(levels),
        "variants": tables.variant_rows(snvs, deletions, deleted),
        "links": tables.link_rows(pairs),
        "distance": tables.distance_rows(pairs),
        "promoters": tables.promoter_rows(levels, world, names or {}),
    }
    card["bars"] = bar_rows(card)
    card["weak"] = weak_spots(card)
    card["definitions"] = definitions(model, world, sizes) | {
        "genes": len(levels["tss"]),
        "shown_bins": tracks[0]["n"],
        "elements_tried": len(plan),
    }
    return Measured(card, levels, snvs, pairs, deletions)


def definitions(model: Predicts, world: HeldOut, sizes: Sizes) -> dict[str, Any]:
    """The numbers that say what the figures are."""
    tiles = -(-world.n_bins // model.n_bins)
    return {
        "chrom": world.chrom,
        "bin": heldout.BIN,
        "input_bp": model.n_tokens * heldout.BIN,
        "output_bp": model.n_bins * heldout.BIN,
        "bins": model.n_bins,
        "windows": tiles if sizes.tiles is None else min(sizes.tiles, tiles),
        "all_windows": tiles,
        "pseudocount": heldout.PSEUDOCOUNT,
        "tss_bins": 3,
        "expressed": EXPRESSED,
        "linked": tables.LINKED,
        "far_kb": tables.FAR // 1000,
        "own_bp": samples.OWN,
        "most_kb": samples.FAR_FROM_TSS // 1000,
        "near_bp": samples.NEAR_TSS,
        "shuffled_bp": samples.SHUFFLED,
        "deleted_bp": samples.DELETED,
        "matched": samples.MATCHED,
        "half_contact": HALF_CONTACT,
        "bootstraps": tables.BOOTSTRAPS,
        "confidence": 95,
        "above_distance": ABOVE_DISTANCE,
        "times_distance": TIMES_DISTANCE,
        "n_seeds": len(sizes.seeds),
        **asdict(sizes),
    }


def storable(value: Any) -> Any:
    """The same for JSON: numpy numbers become plain ones, six decimals are kept, what is no number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [storable(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _part(on_step: OnStep, start: float, span: float) -> OnStep:
    return lambda fraction, message: on_step(start + span * fraction, message)
