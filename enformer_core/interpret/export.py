"""Explanations as files that other tools read. Equal results give equal bytes: no date goes into any of them.

* ``.npz``: plain arrays, no pickle; ``target`` and ``provenance`` are JSON text.
* ``.tsv``: a first line of ``# `` and JSON (kind, method, target, value, interval, provenance), then a table.
  Its positions are 0-based and half-open, and those of the edited window where there are edits.
* ``.bw``: one number a base in reference coordinates. A bigWig has no room for its story, so the JSON of the ``.tsv``
  is written beside it, as ``NAME.bw.provenance.json``: several explanations may share a folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import FileError, InputError, shown
from ..files import written_aside
from ..inference.export import PROVENANCE_FILE, write_npz, write_tsv
from ..tracks.bigwig_write import write_bigwig
from .placed import Placed, base_places

if TYPE_CHECKING:
    import pandas as pd


class Exportable(Placed, Protocol):
    """What a result must be able to say of itself."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Named arrays, none of objects."""
        ...

    def frame(self) -> pd.DataFrame:
        """A table."""
        ...

    def facts(self) -> dict[str, object]:
        """What was explained and how, ready for JSON."""
        ...

    def signal(self) -> np.ndarray:
        """float32 ``[L]``, one number for each base of ``interval``; NaN for none."""
        ...


def save(result: Exportable, path: Path, *, overwrite: bool = False, joined: bool = False) -> list[Path]:
    """Write a result to ``.npz``, ``.tsv`` or ``.bw``.

    Args:
        result: What to write.
        path: Its ending says how. Nothing half-written is left there if anything goes wrong.
        overwrite: Whether to replace a file that is there.
        joined: Whether bases that touch and have equal values become one entry of a bigWig.

    Returns:
        The files that were written.

    Raises:
        InputError: The ending is not known, or no base with a value lies on the contig.
        OutputExists: The file is there and ``overwrite`` is False.
        FileError: The folder is missing or may not be written, or the path is a folder.
        OutOfDisk: The disk is full.
    """
    if path.suffix not in (".npz", ".tsv", ".bw"):
        what = (
            f"the ending {shown(path.suffix)} of {shown(path.name)} is not known"
            if path.suffix
            else (f"{shown(path.name)} has no ending that says what to write")
        )
        raise InputError(what, hint="End it in .npz, .tsv or .bw")
    if path.suffix == ".bw":
        return _bigwig(result, path, overwrite, joined)
    write: Callable[[Path], None] = (
        (lambda aside: write_npz(aside, result.arrays()))
        if path.suffix == ".npz"
        else (lambda aside: write_tsv(aside, result.facts(), result.frame()))
    )
    _refuse_folder(path)
    with written_aside(path, overwrite=overwrite) as aside:
        write(aside)
    return [path]


def base_frame(placed: Placed, columns: Mapping[str, object]) -> pd.DataFrame:
    """A table with one row for each base: chrom, start, end, with edits ref_start, then other columns."""
    import pandas as pd

    starts = np.arange(placed.interval.start, placed.interval.end, dtype=np.int64)
    first: dict[str, object] = {"chrom": placed.interval.chrom, "start": starts, "end": starts + 1}
    if placed.coordinates is not None:
        places = base_places(placed)
        first["ref_start"] = pd.Series(places, dtype="Int64").mask(places < 0)
    return pd.DataFrame({**first, **columns})


def entries(result: Exportable, *, joined: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a bigWig holds: starts, ends (int64, 0-based, half-open, on the reference) and values (float32), ``[n]``.

    Bases off the contig, inserted bases and bases without a value are left out; a deleted base gets no entry.

    Args:
        result: Its ``signal`` is written.
        joined: Whether bases that touch and have equal values become one entry.
    """
    places, values = base_places(result), result.signal()
    kept = (places >= 0) & ~np.isnan(values)
    starts, values = places[kept], values[kept]
    if not joined or not len(starts):
        return starts, starts + 1, values
    new = np.flatnonzero(np.append(True, (np.diff(starts) > 1) | (values[1:] != values[:-1])))
    last = np.append(new[1:], len(starts)) - 1
    return starts[new], starts[last] + 1, values[new]


def _bigwig(result: Exportable, path: Path, overwrite: bool, joined: bool) -> list[Path]:
    beside = path.with_name(f"{path.name}.{PROVENANCE_FILE}")
    for each in (path, beside):
        _refuse_folder(each)
    starts, ends, values = entries(result, joined=joined)
    if not len(starts):
        raise InputError("no base with a value lies on the contig, so there is nothing to write")
    # The story is on disk before the bigWig takes its place, so that neither stands without the other.
    with written_aside(beside, overwrite=True) as aside:
        aside.write_text(json.dumps(result.facts(), indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
        write_bigwig(path, result.contigs, result.interval.chrom, starts, ends, values, overwrite=overwrite)
    return [path, beside]


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise FileError(f"{path} is a folder, not a file", hint="Choose another name")
