"""Several runs of ``evaluate crispri`` on one table, one for each cell type, judged together.

The ABC-like score needs bigWigs of one cell type, so a table of several is scored in as many runs. Their pairs are
ranked together here, and intervals resample elements, each with its pairs of all cell types.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import FileError, FileFormatError, InputError, shown
from ..genome.interval import Interval
from .crispri import PAIRS, PROVENANCE
from .crispri_pairs import Pair
from .crispri_tables import ScoredPairs, summary_rows

#: Of the provenance: what runs have to share.
_SHARED = ("assembly", "assembly_id", "bootstraps", "confidence", "how", "input_length", "pairs_sha256", "pseudocount")
_SHARED += ("shuffles", "simulated", "target_bins", "weights_sha256")
_LAST_FACT, _CHANGE = "distance_bp", "deletion_log2_change"  # in ``pairs.tsv`` scores come after these


def pooled(folder: Path, weights_sha256: str) -> dict[str, Any] | None:
    """The runs in the folders of ``folder``, judged together.

    Args:
        folder: Holds one folder for each run.
        weights_sha256: Of the model that the runs have to be of.

    Returns:
        ``rows`` as ``summary_rows`` gives them, ``cell_types`` with their numbers of start sites and pairs, and
        ``facts``: what the runs share. None where there is no run.

    Raises:
        InputError: The runs do not belong together, or are of other weights.
        FileError: A file is missing or cannot be read.
        FileFormatError: A file is not what ``evaluate crispri`` writes.
    """
    runs = sorted(path.parent for path in folder.glob(f"*/{PROVENANCE}"))
    if not runs:
        return None
    said = [_facts(run) for run in runs]
    for run, facts in zip(runs, said, strict=True):
        for name in _SHARED:
            if facts.get(name) != said[0].get(name):
                raise InputError(f"the runs in {folder} differ in {name}", hint=f"Look at {run} and {runs[0]}")
    if said[0]["weights_sha256"] != weights_sha256:
        raise InputError(
            f"the runs in {folder} are of other weights", hint="Run evaluate crispri again with this model"
        )
    scored = _together([_read(run / PAIRS) for run in runs])
    cells = [
        {
            "cell_type": cell,
            "start_sites": facts["genes"],
            "pairs": facts["pairs"],
            "sampled": facts["sample"] is not None,
        }
        for facts in said
        for cell in facts["tracks"]
    ]
    return {"rows": summary_rows(scored), "cell_types": cells, "facts": {name: said[0][name] for name in _SHARED}}


def _facts(run: Path) -> dict[str, Any]:
    path = run / PROVENANCE
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise FileError(f"{path} cannot be read: {exc}", hint="Run evaluate crispri again") from exc
    if not isinstance(found, dict) or not {*_SHARED, "genes", "pairs", "sample", "tracks"} <= set(found):
        raise FileFormatError("it is not what evaluate crispri writes", where=str(path), hint="Run it again")
    return found


def _read(path: Path) -> ScoredPairs:
    try:
        header, *lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as exc:
        raise FileError(f"{path} cannot be read: {exc}", hint="Run evaluate crispri again") from exc
    names = header.split("\t")
    if _LAST_FACT not in names:
        raise FileFormatError("it is not what evaluate crispri writes", where=str(path), hint="Run it again")
    scored = [name for name in names[names.index(_LAST_FACT) + 1 :] if name != _CHANGE]
    pairs, scores = [], []
    for number, line in enumerate(lines, start=2):
        row = dict(zip(names, line.split("\t"), strict=False))
        try:
            pairs.append(_pair(row))
            scores.append([float(row[name]) for name in scored])
        except (KeyError, ValueError) as exc:
            where = f"{path}, line {number:,}"
            raise FileFormatError(f"{shown(line)} is no scored pair", where=where, hint="Run it again") from exc
    columns = np.array(scores, np.float64).T
    return ScoredPairs(tuple(pairs), dict(zip(scored, columns, strict=True)))


def _pair(row: dict[str, str]) -> Pair:
    element = Interval(row["chrom"], int(row["chromStart"]), int(row["chromEnd"]))
    regulated = {"TRUE": True, "FALSE": False}[row["Regulated"]]
    gene, start, cell = row["measuredGeneSymbol"], int(row["startTSS"]), row["CellType"]
    return Pair(int(row["line"]), element, gene, start, cell, regulated)


def _together(parts: Sequence[ScoredPairs]) -> ScoredPairs:
    """All pairs with the scores that every part has."""
    names = [name for name in parts[0].scores if all(name in part.scores for part in parts)]
    scores = {name: np.concatenate([part.scores[name] for part in parts]) for name in names}
    return ScoredPairs(tuple(pair for part in parts for pair in part.pairs), scores)
