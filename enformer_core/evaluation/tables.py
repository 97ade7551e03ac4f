"""From effects to the card's tables: plain rows of numbers, as they are stored and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..demo.assays import TRACKS
from ..demo.motifs import CELL_TYPES
from .curves import compared
from .effects import EXPRESSED, PairEffects, SnvEffects, link_scores
from .heldout import BIN, HeldOut, at_tss
from .linked import LINKED
from .scores import pearson, sign_accuracy, slope, spread_ratio

Row = dict[str, Any]
#: True changes above these (log2) count for the accuracy of signs.
SIGNED_DNASE, SIGNED_CAGE = 0.2, 0.1
#: Where a link is long.
FAR = 10_000
#: Edges of the bins of distance, in kb.
DISTANCES = (1, 3, 6, 10, 16, 25, 35, 50)
_TF = ("GATA1", "HNF4A", "ASCL1", "REST")
BOOTSTRAPS = 300


def track_rows(predicted: np.ndarray, world: HeldOut) -> list[Row]:
    """One row per track: correlation over positions with the truth, with the noisy experiment, and the noise ceiling.

    Args:
        predicted: ``[bins, 16]``; NaN bins are left out everywhere.
        world: The chromosome.
    """
    seen = ~np.isnan(predicted).any(axis=1)
    p, t, m = (np.log1p(values[seen].astype(np.float64)) for values in (predicted, world.truth, world.measured))
    return [
        {
            "track": track.identifier,
            "assay": "TF" if track.assay in _TF else track.assay,
            "truth": pearson(p[:, i], t[:, i]),
            "noisy": pearson(p[:, i], m[:, i]),
            "ceiling": pearson(t[:, i], m[:, i]),
            "n": int(seen.sum()),
        }
        for i, track in enumerate(TRACKS)
    ]


def assay_rows(tracks: Sequence[Row]) -> list[Row]:
    """Means over the tracks of each assay; the factors bound in one cell type together are ``TF``.

    A track whose truth is flat where it was looked at has no ceiling and is left out; one that a model predicts flat is
    not, and its assay has no score.
    """
    rows = []
    for assay in dict.fromkeys(row["assay"] for row in tracks):
        mine = [row for row in tracks if row["assay"] == assay and np.isfinite(row["ceiling"])]
        means = {
            key: float(np.mean([row[key] for row in mine])) if mine else np.nan for key in ("truth", "noisy", "ceiling")
        }
        rows.append({"assay": assay, "tracks": len(mine), **means})
    return rows


def gene_levels(predicted: np.ndarray, world: HeldOut) -> Row:
    """CAGE at start sites ``[genes, 3]`` of prediction, truth and experiment, for the genes that were predicted."""
    bins = world.tss // BIN
    found = {
        "predicted": at_tss(predicted, bins),
        "truth": at_tss(world.truth, bins),
        "noisy": at_tss(world.measured, bins),
    }
    seen = ~np.isnan(found["predicted"]).any(axis=1)
    return {"tss": world.tss[seen], **{name: values[seen] for name, values in found.items()}}


def gene_rows(levels: Row) -> list[Row]:
    """Across genes, log1p: each cell type, each change between two, and the mean of both kinds of row."""
    p, t, m = (np.log1p(levels[key].astype(np.float64)) for key in ("predicted", "truth", "noisy"))
    expressed = levels["truth"].max(axis=1, initial=0.0) > EXPRESSED
    everyone = np.ones(len(t), bool)

    def row(what: str, of: Callable[[np.ndarray], np.ndarray], kept: np.ndarray) -> Row:
        x, y, z = of(p)[kept], of(t)[kept], of(m)[kept]
        return {
            "what": what,
            "truth": pearson(x, y),
            "noisy": pearson(x, z),
            "ceiling": pearson(y, z),
            "n": int(kept.sum()),
        }

    def mean(what: str, rows: Sequence[Row]) -> Row:
        return {
            "what": what,
            **{k: float(np.mean([r[k] for r in rows])) for k in ("truth", "noisy", "ceiling")},
            "n": rows[0]["n"],
        }

    every = [row(f"{name}, all genes", lambda v, c=c: v[:, c], everyone) for c, name in enumerate(CELL_TYPES)]
    active = [row(f"{name}, expressed genes", lambda v, c=c: v[:, c], expressed) for c, name in enumerate(CELL_TYPES)]
    pairs = ((0, 1), (0, 2), (1, 2))
    change = [
        row(
            f"{CELL_TYPES[i]} against {CELL_TYPES[j]}, expressed genes",
            lambda v, i=i, j=j: v[:, i] - v[:, j],
            expressed,
        )
        for i, j in pairs
    ]
    means = [
        mean("mean, all genes", every),
        mean("mean, expressed genes", active),
        mean("mean change, expressed genes", change),
    ]
    return [*every, *active, *change, *means]


def variant_rows(
    snvs: Mapping[int, SnvEffects], deletions: PairEffects | None, deleted: Mapping[int, np.ndarray]
) -> list[Row]:
    """One row per kind of variant: each score as mean and range over the seeds."""
    rows = []
    dnase = {"SNV on DNASE, all": ("in motifs", "outside motifs"), "SNV on DNASE, in motifs": ("in motifs",)}
    dnase["SNV on DNASE, outside motifs"] = ("outside motifs",)
    for what, places in dnase.items():
        samples = [(e.true_dnase[k], e.dnase[k]) for e in snvs.values() for k in [np.isin(e.where, places)]]
        rows.append(_variant_row(what, samples, SIGNED_DNASE))
    samples = [(e.true_cage[k].ravel(), e.cage[k].ravel()) for e in snvs.values() for k in [e.where == "in promoters"]]
    rows.append(_variant_row("SNV in promoters on CAGE", samples, SIGNED_CAGE))
    if deletions is not None:
        chosen = [np.isin(deletions.element, elements) for elements in deleted.values()]
        samples = [(deletions.true[k], deletions.predicted[k]) for k in chosen]
        rows.append(_variant_row("deletion of an element on CAGE", samples, SIGNED_CAGE))
    return rows


def _variant_row(what: str, samples: Sequence[tuple[np.ndarray, np.ndarray]], least: float) -> Row:
    scores = {
        "r": [pearson(t, p) for t, p in samples],
        "sign": [sign_accuracy(t, p, least) for t, p in samples],
        "spread": [spread_ratio(t, p) for t, p in samples],
    }
    row: Row = {"what": what, "n": [len(t) for t, _ in samples], "least": least}
    for name, values in scores.items():
        known = [v for v in values if np.isfinite(v)]
        mean, low, high = (float(np.mean(known)), min(known), max(known)) if known else (np.nan,) * 3
        row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
    row["true_sd"] = float(np.mean([t.std() if len(t) else np.nan for t, _ in samples]))
    row["largest_without_truth"] = _false_alarm(samples)
    return row


def _false_alarm(samples: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """The largest predicted change among those whose true change is nil; NaN where there is none of these."""
    none = [np.abs(p[np.abs(t) < 1e-3]) for t, p in samples]
    return float(max((part.max() for part in none if len(part)), default=np.nan))


def link_rows(pairs: PairEffects) -> list[Row]:
    """AUPRC of each method, over all pairs and over the long ones, with intervals by resampling elements."""
    rows = []
    for span, kept in (("all", np.ones(len(pairs.true), bool)), ("beyond", pairs.distance > FAR)):
        part = pairs.chosen(np.flatnonzero(kept))
        found = compared(link_scores(part), part.true < -LINKED, part.element, "distance alone", BOOTSTRAPS)
        rows += [{"span": span, **row} for row in found]
    return rows


def distance_rows(pairs: PairEffects) -> list[Row]:
    """Predicted against true effects of shuffled elements, by distance from the start site."""
    rows = []
    for low, high in pairwise(DISTANCES):
        part = pairs.chosen(np.flatnonzero((pairs.distance > 1_000 * low) & (pairs.distance <= 1_000 * high)))
        some = len(part.true) > 0
        rows.append(
            {
                "from_kb": low,
                "to_kb": high,
                "n": len(part.true),
                "true": float(part.true.mean()) if some else np.nan,
                "predicted": float(part.predicted.mean()) if some else np.nan,
                "slope": slope(part.true, part.predicted),
                "r": pearson(part.true, part.predicted),
            }
        )
    return rows


def promoter_rows(levels: Row, world: HeldOut, names: Mapping[int, str], count: int = 5) -> list[Row]:
    """The start sites whose CAGE is predicted worst: the largest log2 ratio to the truth, of any cell type.

    Args:
        levels: Of ``gene_levels``.
        world: The chromosome.
        names: Gene symbols by 0-based start site; a gene without one is shown by its place alone.
        count: How many.
    """
    ratio = np.log2((levels["predicted"] + 1.0) / (levels["truth"] + 1.0))
    worst = np.argsort(-np.abs(ratio).max(axis=1, initial=0.0), kind="stable")[:count]
    rows = []
    for gene in worst:
        cell = int(np.abs(ratio[gene]).argmax())
        tss = int(levels["tss"][gene])
        rows.append(
            {
                "gene": names.get(tss, ""),
                "locus": f"{world.chrom}:{tss + 1:,}",
                "cell_type": CELL_TYPES[cell],
                "truth": float(levels["truth"][gene, cell]),
                "predicted": float(levels["predicted"][gene, cell]),
                "log2": float(ratio[gene, cell]),
            }
        )
    return rows
