"""The weak spots of a model, found in its own figures: each a kind and the numbers of its sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .bars import ABC, DISTANCE, MISSED, MODEL, UNKNOWN, method_row

Row = dict[str, Any]
_WORST_TRACKS = 3
_FEW_POSITIVES = 30
_SMALL, _SOME_SPREAD = 0.8, 0.01  # of a spread ratio that is told; of the true spread (log2) that makes it one
_ALARM = 0.2  # log2
_FEW_PAIRS = 20
_LEAST_EFFECT = 0.005  # log2: where the mean true effect is smaller, a slope says little


def weak_spots(card: Mapping[str, Sequence[Row]]) -> list[Row]:
    """What a person should not trust the model with, the most serious first.

    Args:
        card: Its tables ``bars``, ``tracks``, ``genes``, ``variants``, ``links``, ``distance`` and ``promoters``.
    """
    return [
        *({"kind": "bar", **_only(bar, "what", "value", "floor", "verdict")} for bar in card["bars"] if _failed(bar)),
        *({"kind": "track", **_only(row, "track", "truth")} for row in _worst_tracks(card["tracks"])),
        *_expressed(card["genes"]),
        *_spreads(card["variants"]),
        *_alarms(card["variants"]),
        *_distances(card["distance"]),
        *_links(card["links"]),
    ]


def _failed(bar: Row) -> bool:
    return bar["verdict"] in (MISSED, UNKNOWN)


def _worst_tracks(tracks: Sequence[Row]) -> list[Row]:
    return sorted(tracks, key=lambda row: row["truth"] if math.isfinite(row["truth"]) else -1.0)[:_WORST_TRACKS]


def _expressed(genes: Sequence[Row]) -> list[Row]:
    """Silent genes are easy to tell from expressed ones; the expressed among themselves are harder."""
    by_name = {row["what"]: row for row in genes}
    every, expressed = by_name["mean, all genes"], by_name["mean, expressed genes"]
    if not expressed["truth"] < every["truth"]:
        return []
    return [{"kind": "expressed", "all": every["truth"], "expressed": expressed["truth"], "n": expressed["n"]}]


def _spreads(variants: Sequence[Row]) -> list[Row]:
    return [
        {"kind": "spread", **_only(row, "what", "spread")}
        for row in variants
        if row["true_sd"] > _SOME_SPREAD and row["spread"] < _SMALL
    ]


def _alarms(variants: Sequence[Row]) -> list[Row]:
    rows = [row for row in variants if row["largest_without_truth"] > _ALARM]
    return [{"kind": "alarm", **_only(row, "what", "largest_without_truth")} for row in rows]


def _distances(distance: Sequence[Row]) -> list[Row]:
    known = [row for row in distance if row["n"] >= _FEW_PAIRS and math.isfinite(row["slope"])]
    told = [row for row in known if abs(row["true"]) >= _LEAST_EFFECT and math.isfinite(row["r"])]
    if not told:
        return []
    flattest, loosest = min(told, key=lambda row: row["slope"]), min(told, key=lambda row: row["r"])
    return [
        {"kind": "slope", **_only(flattest, "from_kb", "to_kb", "slope")},
        {"kind": "distance", **_only(loosest, "from_kb", "to_kb", "r")},
    ]


def _links(links: Sequence[Row]) -> list[Row]:
    found = []
    for span in ("all", "beyond"):
        model, distance, abc = (method_row(links, span, kind) for kind in (MODEL, DISTANCE, ABC))
        if abc["auprc"] > model["auprc"]:
            found.append({"kind": "abc", "span": span, "model": model["auprc"], "abc": abc["auprc"]})
        if not model["gain_low"] > 0.0:
            gain = _only(model, "gain", "gain_low", "gain_high")
            found.append({"kind": "gain", "span": span, "distance": distance["auprc"], **gain})
        if model["positives"] < _FEW_POSITIVES:
            found.append({"kind": "few", "span": span, **_only(model, "positives", "pairs")})
    return found


def _only(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}
