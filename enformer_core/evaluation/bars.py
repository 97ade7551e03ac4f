"""What the demo model has to reach on the held-out chromosome: the card's stated bars, and how far it came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]

_BINS = (("DNASE", 0.93, 0.97), ("H3K27ac", 0.93, 0.97), ("CTCF", 0.93, 0.97), ("TF", 0.93, 0.97), ("CAGE", 0.90, 0.96))
_GENES = (
    ("across genes", "mean, all genes", 0.65, 0.85),
    ("change between cell types", "mean change, expressed genes", 0.70, 0.90),
)
_VARIANTS = (
    ("SNV on DNASE, all", 0.85, 0.93),
    ("SNV on DNASE, in motifs", 0.80, 0.90),
    ("SNV in promoters on CAGE", 0.45, 0.75),
)
#: The floor of links lies this much above distance alone.
ABOVE_DISTANCE = 0.08
#: The reach of long links is this many times distance alone.
TIMES_DISTANCE = 2.0
MODEL, DISTANCE, ABC = "model", "distance", "ABC"
REACHED, MET, MISSED, UNKNOWN = "met the reach", "met the floor", "missed the floor", "no score"


def bar_rows(card: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Every figure that has a bar, with its floor, its reach, and which of them it met.

    Args:
        card: The tables ``assays``, ``genes``, ``variants`` and ``links``.
    """
    rows = []
    assays = {row["assay"]: row for row in card["assays"]}
    for assay, floor, reach in _BINS:
        rows.append(_bar(f"positions, {assay}", assays[assay], "truth", floor, reach))
    genes = {row["what"]: row for row in card["genes"]}
    for what, name, floor, reach in _GENES:
        rows.append(_bar(what, genes[name], "truth", floor, reach))
    variants = {row["what"]: row for row in card["variants"]}
    for what, floor, reach in _VARIANTS:
        rows.append(_bar(what, variants[what], "r", floor, reach))
    return [*rows, *_link_bars(card["links"])]


def verdict(value: float | None, floor: float | None, reach: float | None) -> str:
    """Which bar a figure met, in words; a figure without a number has met none."""
    if value is None or floor is None or not math.isfinite(value) or not math.isfinite(floor):
        return UNKNOWN
    if reach is not None and value >= max(floor, reach):
        return REACHED
    return MET if value >= floor else MISSED


def method_row(links: Sequence[Row], span: str, kind: str) -> Row:
    """The best method of a kind (``model``, ``distance`` or ``ABC``) over one span of the links."""
    found = [row for row in links if row["span"] == span and row["method"].startswith(kind)]
    return max(found, key=lambda row: -1.0 if not math.isfinite(row["auprc"]) else row["auprc"])


def _bar(what: str, row: Row, key: str, floor: float, reach: float) -> Row:
    facts = {name: row.get(name) for name in ("noisy", "ceiling")}
    facts |= {"low": row.get(f"{key}_low"), "high": row.get(f"{key}_high")}
    return {
        "what": what,
        "value": row[key],
        "floor": floor,
        "reach": reach,
        "verdict": verdict(row[key], floor, reach),
        **facts,
    }


def _link_bars(links: Sequence[Row]) -> list[Row]:
    rows = []
    for what, span in (("links, AUPRC", "all"), ("links beyond 10 kb, AUPRC", "beyond")):
        model, distance, abc = (method_row(links, span, kind) for kind in (MODEL, DISTANCE, ABC))
        floor = distance["auprc"] + ABOVE_DISTANCE
        reach = abc["auprc"] if span == "all" else TIMES_DISTANCE * distance["auprc"]
        facts = {"low": model["low"], "high": model["high"], "noisy": None, "ceiling": None}
        rows.append(
            {"what": what, "value": model["auprc"], "floor": floor, "reach": reach}
            | {"verdict": verdict(model["auprc"], floor, reach), **facts}
        )
    return rows
