"""How well a model does over a whole held-out stretch of the genome, in a small file that goes with its weights.

Beside the figures of one window, those of the genome say what to expect. A model's manifest names the file under
``figures``; that of the demo model is made from its card, and any lab can write the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import FileError, FileFormatError, shown
from ..genome.registry import Registered

SCHEMA = 1
MAX_BYTES = 64 * 1024
_VARIANTS = "SNV in promoters on CAGE"
_KEYS = {"schema", "kind", "weights_sha256", "where", "pairs", "positives", "areas", "effects"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the interval or range that goes with it.

    Attributes:
        value: The figure.
        low: Lower end.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GenomeFigures:
    """What a model reaches over a held-out stretch of the genome.

    Attributes:
        where: Which, such as ``chr4``.
        pairs: Pairs of element and gene that were judged.
        positives: Linked ones among them.
        areas: AUPRC at finding these by method, with 95 % intervals: ``distance``, ``gradient_x_input``,
            ``deletion``, ``attention`` and others of ``evaluate crispri``.
        effects: Pearson's r of predicted and true effects of variants on expression, with its range over samples.
    """

    where: str
    pairs: int
    positives: int
    areas: Mapping[str, Figure]
    effects: Figure


def figures_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """What the file of a model holds, from its stored card.

    Raises:
        FileFormatError: The card has no part on enhancer-gene links.
    """
    if card.get("pairs") is None:
        raise FileFormatError("the card has no enhancer-gene links", hint="Run evaluate crispri, then evaluate card")
    rows = {row["score"]: row for row in card["pairs"]["rows"] if row["distance_bin"] == "all"}
    snv = next(row for row in card["variants"] if row["what"] == _VARIANTS)
    return {
        "schema": SCHEMA,
        "kind": "figures",
        "weights_sha256": card["provenance"]["weights_sha256"],
        "where": card["provenance"]["window"],
        "pairs": rows["distance"]["pairs"],
        "positives": rows["distance"]["positives"],
        "areas": {name: asdict(Figure(row["auprc"], row["low"], row["high"])) for name, row in rows.items()},
        "effects": asdict(Figure(snv["r"], snv["r_low"], snv["r_high"])),
    }


def read_figures(entry: Registered) -> GenomeFigures | None:
    """The figures of a registered model; None where its manifest names none.

    Raises:
        FileFormatError: The file is not what it should be, or of other weights than the manifest's.
        FileError: It is missing, or cannot be read.
        PathNotAllowed: The manifest gives a path instead of a file name.
    """
    path = entry.file("figures")
    if path is None:
        return None
    try:
        with path.open("rb") as handle:
            text = handle.read(MAX_BYTES + 1)
        found = json.loads(text) if len(text) <= MAX_BYTES else None
    except OSError as exc:
        raise FileError(f"{path} cannot be read: {exc.strerror or exc}", hint="Check the model's manifest") from exc
    except (ValueError, RecursionError) as exc:
        raise _bad(entry, f"it is not JSON: {exc}") from exc
    if not isinstance(found, dict) or set(found) != _KEYS or found["kind"] != "figures" or found["schema"] != SCHEMA:
        raise _bad(entry, f"it is no object of kind figures and schema {SCHEMA} with its keys, and no others")
    stated = entry.manifest.get("sha256")
    if isinstance(stated, dict) and found["weights_sha256"] not in stated.values():
        raise _bad(entry, f"it is of other weights, {shown(found['weights_sha256'])}")
    areas = found["areas"]
    if not isinstance(areas, dict) or not isinstance(found["where"], str):
        raise _bad(entry, "areas is no object of figures by method, or where is no text")
    pairs, positives = found["pairs"], found["positives"]
    if not all(type(count) is int and count >= 0 for count in (pairs, positives)):
        raise _bad(entry, f"pairs and positives are {shown((pairs, positives))}, no counts")
    told = {name: _figure(entry, name, area) for name, area in areas.items()}
    return GenomeFigures(found["where"], pairs, positives, told, _figure(entry, "effects", found["effects"]))


def _figure(entry: Registered, name: str, found: object) -> Figure:
    if not isinstance(found, dict) or set(found) != {"value", "low", "high"}:
        raise _bad(entry, f"{shown(name)} is {shown(found)}, not value, low and high")
    numbers = [found[key] for key in ("value", "low", "high")]
    if not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
        raise _bad(entry, f"{shown(name)} holds what is no number: {shown(numbers)}")
    return Figure(*map(float, numbers))


def _bad(entry: Registered, what: str) -> FileFormatError:
    return FileFormatError(what, where=str(entry.file("figures")), hint="Take it out of the model's manifest")
