"""What a run over boundaries has measured so far, in one file from which it goes on: replaced whole or not at all."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileError, FileFormatError, OutputExists
from ..files import written_aside

FILE = "boundaries.npz"
_ARRAYS = ("maps", "stripe", "across")


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """Numbers of the pairs that are done, in the order of the pairs. Along ``2``: the boundary, the null place.

    Attributes:
        question: What decides the numbers, ready for JSON.
        maps: float64 ``[2, layers, heads, G, G]``: sums over pairs of pooled maps, in multiples of even attention.
        stripe: float64 ``[pairs, 2, layers, heads]``, see ``Zones.stripe``.
        across: float64 ``[pairs, 2, layers, heads]``, see ``Zones.across``.
    """

    question: Mapping[str, Any]
    maps: np.ndarray
    stripe: np.ndarray
    across: np.ndarray

    @classmethod
    def none(cls, question: Mapping[str, Any], groups: int, layers: int, heads: int) -> Measurements:
        """Nothing is done yet."""
        empty = np.zeros((0, 2, layers, heads))
        return cls(question, np.zeros((2, layers, heads, groups, groups)), empty, empty)

    @property
    def done(self) -> int:
        """Pairs that are done."""
        return len(self.stripe)

    def plus(self, maps: np.ndarray, stripe: np.ndarray, across: np.ndarray) -> Measurements:
        """These and those of one pair more.

        Args:
            maps: ``[2, layers, heads, G, G]``.
            stripe: ``[2, layers, heads]``.
            across: ``[2, layers, heads]``.
        """
        return Measurements(
            self.question,
            self.maps + maps,
            np.concatenate([self.stripe, stripe[None]]),
            np.concatenate([self.across, across[None]]),
        )

    def save(self, folder: Path) -> None:
        """Replace the file in a folder.

        Raises:
            FileError: It cannot be written; the one before is as it was.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        with written_aside(folder / FILE, overwrite=True) as aside, aside.open("wb") as handle:
            np.savez(handle, question=np.array(json.dumps(self.question, sort_keys=True)), **arrays)

    def resumed(self, folder: Path, *, overwrite: bool) -> Measurements:
        """Those of the same question that are in a folder, or else these, which hold nothing yet.

        Args:
            folder: Of an earlier run, perhaps.
            overwrite: Whether to begin anew where the file is damaged or answers another question.

        Raises:
            OutputExists: It answers another question.
            FileFormatError: It is damaged.
        """
        path = folder / FILE
        if not path.exists():
            return self
        try:
            found = self._read(path)
        except FileFormatError:
            if overwrite:
                return self
            raise
        different = [name for name, value in self.question.items() if found.question.get(name) != value]
        if not different and self._fits(found):
            return found
        if overwrite:
            return self
        if not different:
            raise _damaged(path, "its numbers do not fit together")
        raise OutputExists(
            f"{path} holds other measurements: another {', '.join(different)}",
            hint="Ask the same again to go on with it, choose another folder, or add --force to begin anew",
        )

    def _read(self, path: Path) -> Measurements:
        try:
            # np.load leaves a file open that it was given by name and cannot read.
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
                question = json.loads(str(stored["question"]))
                found = Measurements(question, *(stored[name] for name in _ARRAYS))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as exc:
            raise _damaged(path, str(exc)) from exc
        arrays = (found.maps, found.stripe, found.across)
        if not isinstance(question, dict) or not all(a.dtype == np.float64 and np.isfinite(a).all() for a in arrays):
            raise _damaged(path, "it holds something else")
        return found

    def _fits(self, found: Measurements) -> bool:
        """Whether the arrays of a file have the shapes that this question needs."""
        same = found.maps.shape == self.maps.shape and found.stripe.shape == found.across.shape
        return same and found.stripe.shape[1:] == self.stripe.shape[1:]


def _damaged(path: Path, why: str) -> FileFormatError:
    return FileFormatError(
        f"the measurements so far cannot be read: {why}", where=str(path), hint="Add --force to begin anew"
    )


def check_free(folder: Path, names: tuple[str, ...], *, overwrite: bool) -> None:
    """Make a folder, and refuse one that holds results without the measurements that they come from.

    Raises:
        OutputExists: A file of these names is there, is not of a run that can be gone on with, and is not to be
            overwritten.
        FileError: The folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FileError(
            f"the folder {folder} cannot be made: {exc.strerror}", hint="Choose a folder that you may write to"
        ) from exc
    there = [name for name in names if (folder / name).exists()]
    if there and not overwrite and not (folder / FILE).exists():
        raise OutputExists(f"{folder / there[0]} already exists", hint="Choose another folder, or add --force")
