"""Finished runs of ``evaluate boundaries`` that belong to the model and the assembly on view, and to no other.

They are looked for in the data folder, and in the model's own folder, where a model can bring them along. A run counts
only if it was made with the very same weights and bases.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enformer_core.errors import FileError, FileFormatError
from enformer_core.genome.registry import registered
from enformer_core.settings import Settings

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor

# As evaluation.boundaries_report and boundaries_measure have them, which load PyTorch; a test compares.
NUMBERS, HEADS, PROVENANCE = "boundaries.json", "heads.tsv", "provenance.json"
MEASURES = ("stripe", "across")
SCHEMA = 1
_MAX_BYTES, _MAX_HEADS = 4 * 1024**2, 10_000
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Boundaries over their null places.

    Attributes:
        name: ``all heads``, or a layer and a head.
        value: Ratio of the means; NaN where there is none.
        low: Lower end of its 95 % interval; NaN where there is none.
        high: Its upper end.
        p: Of the difference; of a single head corrected for their number.
    """

    name: str
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Run:
    """What a finished run has found.

    Attributes:
        ratios: By measure; all heads first, then each one.
        found: In sentences.
        pairs: How many boundaries, each with its null place.
        matched: What was matched, in words.
        away: bp that null places keep from every boundary.
        reach: bp to either side within which attention across counts.
        centre: bp to either side of the boundary that count as the boundary itself.
        boundaries: Name of their file.
        simulated: Whether the genome is a simulation.
    """

    ratios: Mapping[str, tuple[Ratio, ...]]
    found: tuple[str, ...]
    pairs: int
    matched: str
    away: int
    reach: int
    centre: int
    boundaries: str
    simulated: bool


def folder_of(model: str, assembly: str, settings: Settings) -> Path:
    """Where a run with a model and an assembly is kept in the data folder."""
    name = "-".join(_NO_NAME.sub("_", Path(part).name) for part in (model, assembly))
    return settings.data_dir / "evaluations" / "boundaries" / name


def finished(predictor: Predictor, model: str, settings: Settings) -> Run | None:
    """The finished run of a model with its assembly; None where there is none.

    Args:
        predictor: Model and assembly.
        model: What the model is called.
        settings: Where the data folder is.

    Raises:
        FileError: A run of these weights is there and cannot be read.
    """
    assembly = predictor.assembly
    if assembly is None:
        return None
    folders = [folder_of(model, assembly.name, settings)]
    if entry := registered("model", settings).get(model):
        folders.append(entry.folder / "boundaries")
    for folder in folders:
        if not (folder / NUMBERS).is_file() or not (folder / PROVENANCE).is_file():
            continue
        made_with = _object(folder / PROVENANCE)
        same = (predictor.weights_sha256, assembly.identity)
        if (made_with.get("weights_sha256"), made_with.get("assembly_id")) == same:
            return _run(folder, made_with)
    return None


def _run(folder: Path, made_with: Mapping[str, Any]) -> Run:
    path = folder / NUMBERS
    numbers = _object(path)
    if numbers.get("kind") != "boundaries" or numbers.get("schema") != SCHEMA:
        raise _bad(path, "it is not of this kind, or of another version")
    try:
        heads = _heads(folder / HEADS)
        null = numbers["null"]
        return Run(
            ratios={
                name: (_ratio("mean of all heads", numbers[name]), *(_of_head(row, name) for row in heads))
                for name in MEASURES
            },
            found=tuple(str(sentence) for sentence in numbers["found"]),
            pairs=int(numbers["pairs"]),
            matched=str(null["matched"]),
            away=int(null["away"]),
            reach=int(numbers["reach"]),
            centre=int(numbers["centre_half_width"]),
            boundaries=str(made_with.get("boundaries", "")),
            simulated=bool(numbers["simulated"]),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise _bad(path, f"a number is missing or is none: {exc}") from exc


def _of_head(row: Mapping[str, str], measure: str) -> Ratio:
    cells = {name: row[f"{measure}_{name}"] for name in ("ratio", "low", "high", "p_corrected")}
    return _ratio(f"layer {int(row['layer'])}, head {int(row['head'])}", cells | {"p": cells["p_corrected"]})


def _ratio(name: str, cells: Mapping[str, Any]) -> Ratio:
    """A number that is none is null in JSON, and empty in a table."""
    values = (cells[key] for key in ("ratio", "low", "high", "p"))
    return Ratio(name, *(float("nan") if value in (None, "") else float(value) for value in values))


def _heads(path: Path) -> list[dict[str, str]]:
    """One row for each layer and head; none where the file is not there."""
    if not path.is_file():
        return []
    rows = list(csv.DictReader(_text(path).splitlines(), delimiter="\t"))
    if len(rows) > _MAX_HEADS:
        raise _bad(path, f"it has {len(rows):,} rows, above the limit of {_MAX_HEADS:,}")
    return rows


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(path))
    except (ValueError, RecursionError) as exc:
        raise _bad(path, f"it is not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise _bad(path, "it is not a JSON object")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _bad(path, f"it has {path.stat().st_size:,} bytes, above the limit of {_MAX_BYTES:,}")
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise FileError(f"it cannot be read: {exc.strerror or exc}", where=str(path)) from exc
    except UnicodeDecodeError as exc:
        raise _bad(path, "it is not UTF-8 text") from exc


def _bad(path: Path, what: str) -> FileFormatError:
    return FileFormatError(what, where=str(path), hint="Remove the folder, and run evaluate boundaries again")
