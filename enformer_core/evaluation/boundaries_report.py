"""What was found at boundaries: the figure, two tables, the numbers as JSON, and where they came from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import written_aside
from . import boundaries_figure
from .boundaries_measure import MEASURES, Compared, Zones, blocks_of, compare
from .boundaries_places import FACTOR, NEAR, Pair
from .boundaries_store import Measurements
from .figures import write_svg
from .measure import storable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = 1
PICTURE, TABLE, HEADS, NUMBERS, PROVENANCE = (
    "boundaries.svg",
    "boundaries.tsv",
    "heads.tsv",
    "boundaries.json",
    "provenance.json",
)
FILES = (PICTURE, TABLE, HEADS, NUMBERS, PROVENANCE)
_SIZE = (10.4, 4.4)
_LEVEL = 0.05
_SAYS = {"stripe": "Attention paid to the boundary", "across": "Attention across the boundary"}


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What the numbers are about.

    Attributes:
        pairs: What was looked at, in the order of the measurements.
        left_out: Boundaries that could not be used, by reason.
        seed: Of tests and intervals.
        away: Least distance in bp from a null place to any boundary.
        read: bp of a window.
        zones: The parts of a window.
        notes: About the boundaries.
        is_matched: Whether start sites of genes were known, so that null places lie as far from them.
        provenance: Where it all came from, ready for JSON.
    """

    pairs: tuple[Pair, ...]
    left_out: Mapping[str, int]
    seed: int
    away: int
    read: int
    zones: Zones
    notes: tuple[str, ...]
    is_matched: bool
    provenance: Mapping[str, Any]


def write_report(found: Measurements, facts: Facts, out: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Write everything below ``out``; files that are there are replaced.

    Returns:
        The files, and what was found, in sentences.

    Raises:
        FileError: A file cannot be written.
    """
    values = {name: getattr(found, name).mean(axis=(2, 3)) for name in MEASURES}  # [pairs, 2] each
    block = _blocks(facts)
    compared = {name: compare(v[:, 0], v[:, 1], block, facts.seed) for name, v in values.items()}
    rows = _head_rows(found, block, facts.seed)
    sentences = tuple(
        sentence
        for name in MEASURES
        for sentence in (_sentence(name, compared[name], len(facts.pairs)), _head_sentence(name, rows))
    )
    texts = {
        TABLE: _table(values, facts),
        HEADS: _lines(rows),
        NUMBERS: _json(_numbers(compared, rows, sentences, int(block.max()) + 1, facts)),
        PROVENANCE: _json(facts.provenance),
    }
    for name, text in texts.items():
        with written_aside(out / name, overwrite=True) as aside:
            aside.write_text(text, encoding="utf-8")

    def draw(figure: Figure) -> None:
        difference = (found.maps[0] - found.maps[1]) / found.done
        most = _most(found)
        third = len(difference[most]) // 3  # as far as attention across is counted, and a group more
        near = difference[most][third:-third, third:-third]
        maps = {
            "Mean of all heads, the whole window": (difference.mean(axis=(0, 1)), facts.read),
            f"Layer {most[0]}, head {most[1]}, near the centre": (
                near,
                facts.read * len(near) // len(difference[most]),
            ),
        }
        boundaries_figure.draw(figure, maps, values, compared)

    write_svg(out / PICTURE, draw, _SIZE, _footer(facts))
    return [out / name for name in FILES], sentences


def _blocks(facts: Facts) -> np.ndarray:
    positions = np.array([pair.boundary.position for pair in facts.pairs], np.int64)
    return blocks_of([pair.chrom for pair in facts.pairs], positions, facts.read)


def _most(found: Measurements) -> tuple[int, int]:
    """Layer and head whose attention to the centre rises most."""
    change = (found.stripe[:, 0] - found.stripe[:, 1]).mean(axis=0)
    layer, head = np.unravel_index(int(change.argmax()), change.shape)
    return int(layer), int(head)


def _head_rows(found: Measurements, block: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """One row for each layer and head, with p-values corrected for their number (Bonferroni)."""
    n_layers, n_heads = found.stripe.shape[2:]
    rows = []
    for layer, head in np.ndindex(n_layers, n_heads):
        row: dict[str, Any] = {"layer": layer, "head": head}
        for name in MEASURES:
            values = getattr(found, name)[:, :, layer, head]
            result = asdict(compare(values[:, 0], values[:, 1], block, seed))
            row |= {f"{name}_{key}": value for key, value in result.items()}
            for p in ("p", "p_larger"):
                row[f"{name}_{p}_corrected"] = min(1.0, result[p] * n_layers * n_heads)
        rows.append(row)
    return rows


def _table(values: Mapping[str, np.ndarray], facts: Facts) -> str:
    """One row per window. ``position`` is 0-based: the base right of the window's middle."""
    rows = []
    for i, pair in enumerate(facts.pairs):
        for side, (kind, place) in enumerate((("boundary", pair.boundary), ("null", pair.null))):
            row: dict[str, Any] = {"pair": i, "kind": kind, "chrom": pair.chrom, "position": place.position}
            row |= {"tss_distance": place.tss_distance, "gc": place.gc}
            rows.append(row | {name: float(values[name][i, side]) for name in MEASURES})
    return _lines(rows)


def _lines(rows: list[dict[str, Any]]) -> str:
    """Rows as tab-separated text with a header; what is no number is left empty."""
    text = ["\t".join(rows[0])]
    text += ["\t".join(_cell(value) for value in row.values()) for row in rows]
    return "\n".join(text) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return str(value)


def _numbers(
    compared: Mapping[str, Compared],
    rows: list[dict[str, Any]],
    sentences: tuple[str, ...],
    n_blocks: int,
    facts: Facts,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kind": "boundaries",
        "simulated": facts.provenance["simulated"],
        "found": sentences,
        "pairs": len(facts.pairs),
        "blocks": n_blocks,
        "unit": "multiples of even attention, mean over layers and heads",
        **{name: asdict(result) for name, result in compared.items()},
        "heads": {
            "tested": len(rows),
            **{f"{name}_differ": sum(row[f"{name}_p_corrected"] < _LEVEL for row in rows) for name in MEASURES},
        },
        "centre_half_width": facts.zones.width,
        "reach": facts.zones.reach,
        "null": {
            "matched": _matched(facts),
            "away": facts.away,
            "tss_distance": _median(facts, "tss_distance"),
            "gc": _median(facts, "gc"),
        },
        "left_out": dict(facts.left_out),
        "notes": facts.notes,
    }


def _matched(facts: Facts) -> str:
    if not facts.is_matched:
        return "chromosome only: there is no gene annotation"
    return (
        f"chromosome, and distance to the nearest start site within a factor of {FACTOR:g} (after adding {NEAR:,} bp)"
    )


def _median(facts: Facts, name: str) -> dict[str, float]:
    sides = {"boundary": [p.boundary for p in facts.pairs], "null": [p.null for p in facts.pairs]}
    return {kind: float(np.median([getattr(place, name) for place in places])) for kind, places in sides.items()}


def _sentence(name: str, result: Compared, n: int) -> str:
    level = f"{result.boundary:.3g} times even attention, against {result.null:.3g} at places like them"
    known = f"95 % interval {result.low:.3g} to {result.high:.3g}"
    interval = f"ratio {result.ratio:.3g}, {'no interval' if math.isnan(result.low) else known}, p {result.p:.2g}"
    pairs = f"more at the boundary in {result.larger:.0%} of {n:,} pairs, p {result.p_larger:.2g}"
    verdict = "no difference of the means is shown" if result.p >= _LEVEL else "more" if result.ratio > 1 else "less"
    return f"{_SAYS[name]}, mean of all heads: {verdict}; {level} ({interval}; {pairs})"


def _head_sentence(name: str, rows: list[dict[str, Any]]) -> str:
    """Heads one by one, which can differ both ways where their mean does not."""
    sure = [row for row in rows if row[f"{name}_p_corrected"] < _LEVEL]
    if not sure:
        return f"{_SAYS[name]}, head by head: none of {len(rows):,} shows a difference (p corrected for their number)"
    change = [row[f"{name}_boundary"] - row[f"{name}_null"] for row in sure]
    most = sure[int(np.argmax(np.abs(change)))]
    n_more = sum(c > 0 for c in change)
    return (
        f"{_SAYS[name]}, head by head: {n_more:,} of {len(rows):,} more, {len(sure) - n_more:,} less; most of all "
        f"layer {most['layer']}, head {most['head']}, both counted from 0: {most[f'{name}_boundary']:.3g} against "
        f"{most[f'{name}_null']:.3g} (ratio {most[f'{name}_ratio']:.3g}, p {most[f'{name}_p_corrected']:.2g}, "
        "corrected for their number)"
    )


def _footer(facts: Facts) -> str:
    about = facts.provenance
    world = "Simulated genome" if about["simulated"] else "Assembly"
    return f"{world} {about['assembly']}, {about['boundaries']}, {len(facts.pairs):,} pairs; model {about['model']}"


def _json(value: Any) -> str:
    return json.dumps(storable(value), indent=1) + "\n"
