"""Published numbers as cases to be checked: a manifest in JSON, which may name tables beside it.

What ships with the software is ``assets/published/enformer.json``. It holds single numbers; the tables that it names
are other people's, under licences of their own, and are read where a person has put them.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..app_files import app_folder
from ..errors import FileError, FileFormatError, FileTooLarge, shown
from ..genome.registry import is_plain_name

MAX_BYTES = 4 * 1024**2
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Case(_Part):
    """What all cases say.

    Attributes:
        name: For the reader.
        source: Who published it, and where.
        window: The input window, locus text (1-based).
        track: Row of the head.
    """

    name: str
    source: str
    window: str
    track: int = Field(ge=0)


class Value(_Case):
    """The sum of some output bins of a track; ``bins`` are text such as ``447-449``."""

    kind: Literal["value"]
    bins: str
    expected: _Finite


class Change(_Case):
    """What edits change in that sum, whose published value without them is ``level``."""

    kind: Literal["change"]
    bins: str
    edits: tuple[str, ...] = Field(min_length=1)
    level: _Finite
    expected: _Finite


class Substitutions(_Case):
    """What every substitution of ``interval`` changes in that sum, after ``edits``, with which its value is ``level``.

    ``file`` is JSON, in which ``ism`` holds under the name ``table`` the bases as ``seq`` and the changes as
    ``ism_acgt``, one row for each base in the order ACGT.
    """

    kind: Literal["substitutions"]
    bins: str
    edits: tuple[str, ...] = ()
    level: _Finite
    interval: str
    file: str
    table: str


class Curve(_Case):
    """A track along all output bins, compared by correlation.

    ``file`` is tab-separated, with columns ``chrom_start`` (0-based), ``chrom_end`` and ``column``. ``scale`` is what
    was drawn, and ``of`` whether it was the prediction without ``edits`` or what they change in it.
    """

    kind: Literal["curve"]
    edits: tuple[str, ...] = ()
    of: Literal["reference", "change"] = "reference"
    scale: Literal["linear", "log10(1 + x)"] = "linear"
    file: str
    column: str
    at_least: float = Field(ge=-1, le=1)


Case = Annotated[Value | Change | Substitutions | Curve, Field(discriminator="kind")]


class Manifest(_Part):
    """Cases of one model on one assembly.

    Attributes:
        what: Whose numbers these are.
        assembly: Of all windows.
        head: Of all tracks.
        relative: How far a prediction may be from the published one, in parts of it.
        why: Why so far.
        cases: What is checked, in this order.
    """

    schema_version: Literal[1] = Field(alias="schema")
    what: str
    assembly: str
    head: str
    relative: float = Field(gt=0, lt=1)
    why: str
    cases: tuple[Case, ...] = Field(min_length=1)


def shipped_manifest() -> Path:
    """The manifest that comes with the software."""
    return app_folder() / "assets" / "published" / "enformer.json"


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        FileError: It is not there, or cannot be read.
        FileTooLarge: It is above 4 MB.
        FileFormatError: It is not such a manifest; the message names the first thing that is wrong.
    """
    try:
        manifest = Manifest.model_validate_json(_text(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise FileFormatError(
            f"{place}: {first['msg']}" if place else first["msg"],
            where=str(path),
            hint="assets/published/enformer.json is an example of such a manifest",
        ) from exc
    for case in manifest.cases:
        if isinstance(case, Substitutions | Curve) and not is_plain_name(case.file):
            raise FileFormatError(
                f"file {shown(case.file)} is not a plain file name",
                where=str(path),
                hint="A manifest names files in its own folder only",
            )
    return manifest


def read_substitutions(path: Path, table: str) -> tuple[str, np.ndarray]:
    """Bases, and float64 ``[bases, 4]`` (ACGT) of what each substitution changes.

    Raises:
        FileError: The file cannot be read.
        FileFormatError: It has no such table, or one of another shape.
    """
    try:
        found = json.loads(_text(path))["ism"][table]
        bases, effect = str(found["seq"]), np.array(found["ism_acgt"], dtype=np.float64)
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise _unreadable(path, f"it holds no table ism.{table} of seq and ism_acgt") from exc
    if effect.shape != (len(bases), 4) or not np.isfinite(effect).all() or set(bases) - set("ACGT"):
        raise _unreadable(path, f"ism.{table} is not four numbers for each of its {len(bases):,} bases")
    return bases, effect


def read_curve(path: Path, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of bins (0-based, half-open), int64 ``[bins, 2]``, and a column's values, float64 ``[bins]``.

    Raises:
        FileError: The file cannot be read.
        FileFormatError: It lacks a column, or holds something other than numbers.
    """
    try:
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(_text(path).decode()), delimiter="\t"))
        places = np.array([(int(row["chrom_start"]), int(row["chrom_end"])) for row in rows], dtype=np.int64)
        values = np.array([float(row[column]) for row in rows])
    except (ValueError, KeyError, TypeError, OverflowError, csv.Error) as exc:
        raise _unreadable(path, f"it has no columns of numbers chrom_start, chrom_end and {column}") from exc
    if not len(rows) or not np.isfinite(values).all():
        raise _unreadable(path, f"{column} has no values, or one that is not finite")
    return places, values


def _text(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileTooLarge(f"published numbers take at most {MAX_BYTES:,} bytes", where=str(path))
        return path.read_bytes()
    except OSError as exc:
        raise FileError(f"the published numbers cannot be read: {exc.strerror}", where=str(path)) from exc


def _unreadable(path: Path, why: str) -> FileFormatError:
    return FileFormatError(why, where=str(path), hint="Put the file there as it was published")
