"""From scored pairs to the tables and the figure of ``evaluate crispri``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import written_aside
from . import figures
from .crispri_pairs import Pair
from .curves import compared
from .scores import precision_recall

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = dict[str, Any]
#: Edges of the bins of distance in kb; the last bin goes on to the end of the window.
EDGES = (0, 10, 30, math.inf)
BOOTSTRAPS = 500
DISTANCE = "distance"
#: What the figure shows, in the order of its colours; ``deletion_drop`` would mostly hide behind ``deletion``.
_DRAWN = {
    "gradient_x_input": "gradient x input",
    DISTANCE: "distance alone",
    "deletion": "loss of the element",
    "attention": "attention",
    "abc": "ABC-like",
}


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs:
    """Pairs with all their scores.

    Attributes:
        pairs: n of them.
        scores: ``[n]`` by name, larger where a link is likelier.
    """

    pairs: tuple[Pair, ...]
    scores: Mapping[str, np.ndarray]

    @property
    def positive(self) -> np.ndarray:
        """bool ``[n]``."""
        return np.array([pair.regulated for pair in self.pairs], bool)

    @property
    def elements(self) -> np.ndarray:
        """``[n]``: a number for each element; pairs of one element have the same."""
        numbers: dict[object, int] = {}
        return np.array([numbers.setdefault(pair.element, len(numbers)) for pair in self.pairs], np.int64)

    def spans(self) -> dict[str, np.ndarray]:
        """Rows of all pairs, and of each bin of distance, by its name."""
        distance = np.array([pair.distance for pair in self.pairs], np.float64) / 1_000
        found = {"all": np.arange(len(self.pairs))}
        for low, high in pairwise(EDGES):
            name = f"{low:g}-{high:g} kb" if math.isfinite(high) else f"beyond {low:g} kb"
            found[name] = np.flatnonzero((distance >= low) & (distance < high))
        return found


def summary_rows(scored: ScoredPairs) -> list[Row]:
    """One row per bin of distance and score; see ``curves.compared``. Intervals resample elements."""
    rows, positive, elements = [], scored.positive, scored.elements
    for span, kept in scored.spans().items():
        scores = {name: values[kept] for name, values in scored.scores.items()}
        prevalence = float(positive[kept].mean()) if len(kept) else math.nan
        for row in compared(scores, positive[kept], elements[kept], DISTANCE, BOOTSTRAPS):
            rows.append({"distance_bin": span, "score": row.pop("method"), **row, "prevalence": prevalence})
    return rows


def pair_rows(scored: ScoredPairs, changes: np.ndarray | None) -> list[Row]:
    """One row per pair: what the table says, and every score.

    Args:
        scored: The pairs.
        changes: ``[n]``: signed log2 fold change when the element is lost; None where it was not asked for.
    """
    rows = []
    for i, pair in enumerate(scored.pairs):
        row: Row = {
            "line": pair.line,
            "chrom": pair.element.chrom,
            "chromStart": pair.element.start,
            "chromEnd": pair.element.end,
            "measuredGeneSymbol": pair.gene,
            "startTSS": pair.tss,
            "CellType": pair.cell_type,
            "Regulated": "TRUE" if pair.regulated else "FALSE",
            "distance_bp": pair.distance,
        }
        if changes is not None:
            row["deletion_log2_change"] = float(changes[i])
        rows.append(row | {name: float(values[i]) for name, values in scored.scores.items()})
    return rows


def write_table(path: Path, rows: Sequence[Row]) -> None:
    """Tab-separated text with a header; a number that there is not is NA.

    Raises:
        FileError: The file cannot be written.
    """
    lines = ["\t".join(rows[0]), *("\t".join(_text(value) for value in row.values()) for row in rows)]
    with written_aside(path, overwrite=True) as aside:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_curves(path: Path, scored: ScoredPairs, footer: str) -> None:
    """Precision over recall, one panel for all pairs and one for each bin of distance that has both answers.

    Raises:
        FileError: The file cannot be written.
    """
    positive, panels = scored.positive, []
    for span, kept in scored.spans().items():
        answers = positive[kept]
        if span != "all" and (answers.all() or not answers.any()):
            continue
        scores = {says: scored.scores[name][kept] for name, says in _DRAWN.items() if name in scored.scores}
        lines = {says: precision_recall(values, answers) for says, values in scores.items()}
        title = f"{span}: {int(answers.sum()):,} of {len(kept):,} regulated"
        panels.append((title, float(answers.mean()), lines))

    def draw(figure: Figure) -> None:
        figures.curves(figure, panels)

    figures.write_svg(path, draw, (max(2.6 * len(panels), 5.2), 3.4), footer)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else "NA"
    # A name is the table's own text: what would end a cell or a line has no place in it.
    return " ".join(str(value).split())
