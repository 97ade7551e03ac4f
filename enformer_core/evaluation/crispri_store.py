"""The finished genes of a run, one small file each, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import FileError, InputError, OutputExists, shown
from ..files import written_aside
from .crispri_scores import Columns, GeneElements

RUN, GENES = "run.json", "genes"


class GeneStore:
    """A folder with the scores of genes. Open it with ``opened``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def opened(cls, out: Path, facts: Mapping[str, Any], *, resume: bool) -> GeneStore:
        """Begin a run, or go on with one that was made in the same way.

        Args:
            out: The run's folder; it is made, in a folder that is there.
            facts: All that decides the scores, ready for JSON.
            resume: Whether to go on; where nothing was begun, that is a new run.

        Raises:
            OutputExists: There is a run, and ``resume`` is False.
            InputError: The run that is there was made in another way; the message names what differs.
            FileError: The folder cannot be made, or what is there cannot be read.
        """
        known = out / RUN
        if known.exists():
            if not resume:
                raise OutputExists(f"{out} holds a run", hint="Add --resume to go on with it, or choose another folder")
            _check_same(known, facts)
        if not out.parent.is_dir():
            raise FileError(f"the folder {out.parent} does not exist", hint="Make it first, or choose another")
        try:
            (out / GENES).mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise FileError(f"the folder {out} cannot be made: {exc.strerror}", hint="Choose another") from exc
        if not known.exists():
            with written_aside(known) as aside:
                aside.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return cls(out / GENES)

    def load(self, gene: GeneElements) -> Columns | None:
        """The scores of a gene; None where it is not finished, or its file is damaged: then it is scored anew."""
        try:
            stored = json.loads(self._path(gene).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(stored, dict) or stored.get("gene") != _plain(gene):
            return None
        scores = stored.get("scores")
        return scores if _sound(scores, len(gene.elements)) else None

    def save(self, gene: GeneElements, scores: Columns) -> None:
        """Keep the scores of a gene, whole or not at all.

        Raises:
            FileError: The file cannot be written.
        """
        with written_aside(self._path(gene), overwrite=True) as aside:
            aside.write_text(json.dumps({"gene": _plain(gene), "scores": scores}) + "\n", encoding="utf-8")

    def _path(self, gene: GeneElements) -> Path:
        name = json.dumps(gene.key)
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:20]}.json"


def _plain(gene: GeneElements) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(gene)))


def _sound(scores: object, n: int) -> bool:
    """Whether stored scores are columns of ``n`` finite numbers."""
    return isinstance(scores, dict) and all(
        isinstance(values, list)
        and len(values) == n
        and all(isinstance(v, float | int) and math.isfinite(v) for v in values)
        for values in scores.values()
    )


def _check_same(path: Path, facts: Mapping[str, Any]) -> None:
    try:
        there = json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise FileError(f"the stored run cannot be read: {exc}", where=str(path), hint="Choose another folder") from exc
    for name, value in json.loads(json.dumps(facts)).items():
        before = there.get(name) if isinstance(there, dict) else None
        if before != value:
            raise InputError(
                f"the run that is there was made with another {name}: {shown(json.dumps(before))}, "
                f"not {shown(json.dumps(value))}",
                where=str(path),
                hint="Give what it was made with, or choose another folder",
            )
