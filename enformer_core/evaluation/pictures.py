"""Which figures the card shows, and what each of them says without being seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..demo.motifs import CELL_TYPES
from . import figures
from .effects import link_scores
from .measure import Measured
from .scores import precision_recall
from .tables import FAR, LINKED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "images"
_WHERE = {"in motifs": "DNASE, SNVs in motifs", "outside motifs": "DNASE, SNVs outside motifs"}


def write_pictures(measured: Measured, out: Path, footer: str) -> dict[str, dict[str, str]]:
    """Write every figure below ``out`` / images.

    Returns:
        For each the ``file``, relative to ``out``, and what it ``says``.
    """
    told: dict[str, dict[str, str]] = {}
    for name, (draw, size, says) in _pictures(measured).items():
        file = f"{FOLDER}/card-{name}.svg"
        figures.write_svg(out / file, draw, size, footer)
        told[name] = {"file": file, "says": says}
    return told


_Picture = tuple[Callable[["Figure"], None], tuple[float, float], str]


def _pictures(measured: Measured) -> Mapping[str, _Picture]:
    return {
        "positions": (
            lambda figure: _positions(figure, measured),
            (6.4, 4.4),
            "For every track the correlation over positions with the truth, with the experiment, and the noise ceiling",
        ),
        "genes": (
            lambda figure: _genes(figure, measured),
            (7.6, 3.0),
            "Predicted against true CAGE at the start site of every gene, one panel per cell type",
        ),
        "variants": (
            lambda figure: _variants(figure, measured),
            (7.6, 7.4),
            "Predicted against true log2 fold change of variants in motifs, outside, in promoters, and of deletions",
        ),
        "links": (
            lambda figure: _links(figure, measured),
            (7.6, 3.4),
            "Precision over recall of enhancer-gene links for the model, distance alone and the ABC-like score",
        ),
        "distance": (
            lambda figure: _distance(figure, measured),
            (6.4, 3.2),
            "Mean true and predicted effect of shuffling an element, by its distance from the gene",
        ),
    }


def _positions(figure: Figure, measured: Measured) -> None:
    rows = measured.card["tracks"]
    names = {"truth": "truth", "noisy": "noisy experiment", "ceiling": "noise ceiling"}
    series = {says: [row[key] for row in rows] for key, says in names.items()}
    figures.dots(figure, [row["track"] for row in rows], series, "Pearson r over 128-bp bins, log1p")


def _genes(figure: Figure, measured: Measured) -> None:
    true, predicted = (np.log1p(measured.levels[key].astype(np.float64)) for key in ("truth", "predicted"))
    panels = [(name, true[:, c], predicted[:, c]) for c, name in enumerate(CELL_TYPES)]
    figures.scatters(figure, panels, "CAGE, log1p")


def _variants(figure: Figure, measured: Measured) -> None:
    effects = list(measured.snvs.values())
    panels = []
    for where, title in _WHERE.items():
        true, predicted = (
            np.concatenate([getattr(e, name)[e.where == where] for e in effects]) for name in ("true_dnase", "dnase")
        )
        panels.append((title, true, predicted))
    true, predicted = (np.concatenate([getattr(e, name).ravel() for e in effects]) for name in ("true_cage", "cage"))
    kept = ~np.isnan(true)
    panels.append(("CAGE, SNVs in promoters", true[kept], predicted[kept]))
    if measured.deletions is not None:
        panels.append(("CAGE, deleted elements", measured.deletions.true, measured.deletions.predicted))
    figures.scatters(figure, panels, "log2 fold change", columns=2)


def _links(figure: Figure, measured: Measured) -> None:
    panels = []
    for title, least in (("all pairs", 0), (f"beyond {FAR // 1000} kb", FAR)):
        part = measured.pairs.chosen(np.flatnonzero(measured.pairs.distance > least))
        positive = part.true < -LINKED
        lines = {name: precision_recall(score, positive) for name, score in link_scores(part).items()}
        share = positive.sum() / max(len(positive), 1)
        panels.append((f"{title}: {positive.sum():,} of {len(positive):,} linked", float(share), lines))
    figures.curves(figure, panels)


def _distance(figure: Figure, measured: Measured) -> None:
    rows = measured.card["distance"]
    names = [f"{row['from_kb']}-{row['to_kb']}" for row in rows]
    series = {says: [row[says] for row in rows] for says in ("true", "predicted")}
    figures.steps(figure, names, series, "mean log2 fold change of CAGE", "distance from element to start site, kb")
