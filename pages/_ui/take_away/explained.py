"""Explanations in the folder that is taken away: arrays, tables and bigWigs, with the names that sessions show."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from enformer_core.errors import EnformerError
from enformer_core.tracks.signal_files import SignalFile, one_line

from ..state import Result
from ..theme import LIGHT
from ..words import cut

if TYPE_CHECKING:
    from enformer_core.interpret.attention_map import AttentionMap
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap
    from enformer_core.interpret.scores import ContributionScores

    Explanation = ContributionScores | MutagenesisMap | DeletionScan | AttentionMap

FOLDER = "explanations"
INDEX = f"{FOLDER}/explanations.json"
MAX_ROWS = 20_000
"""Of a table; what has more is in the arrays alone."""
_NAMES = {
    "contributions": "Contributions",
    "mutagenesis": "Mutagenesis",
    "deletion_scan": "Deletion scan",
    "attention": "Attention",
}
_LETTERS = ("contributions", "mutagenesis")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """One explanation in the folder.

    Attributes:
        explanation: What it is.
        stem: Path of its files without their endings, with ``/``.
        files: Those that were written, with ``/``.
        shown: The bigWig as sessions show it; None where there is nothing to draw.
    """

    explanation: Explanation
    stem: str
    files: tuple[str, ...]
    shown: SignalFile | None


def write(result: Result, explanations: Sequence[Explanation], root: Path, left_out: list[str]) -> tuple[Taken, ...]:
    """Write explanations below ``root``, with ``explanations.json``, which says what each file holds.

    Args:
        result: What was predicted.
        explanations: Of the same window.
        root: The folder to fill.
        left_out: Told what could not be made, and why.

    Raises:
        EnformerError: A file cannot be written.
    """
    if not explanations:
        return ()
    (root / FOLDER).mkdir(exist_ok=True)
    taken = tuple(
        _write(result, explanation, f"{FOLDER}/{number}_{_stem(explanation)}", root, left_out)
        for number, explanation in enumerate(explanations, start=1)
    )
    index = [{"files": list(one.files)} | one.explanation.facts() for one in taken]
    text = json.dumps(index, indent=2, sort_keys=True, allow_nan=False)
    (root / INDEX).write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return taken


def about(result: Result, taken: Sequence[Taken]) -> list[str]:
    """A line on each explanation, for the README."""
    return [f"{Path(one.stem).name}: {_called(result, one.explanation)}" for one in taken]


def _write(result: Result, explanation: Explanation, stem: str, root: Path, left_out: list[str]) -> Taken:
    path = root / stem
    written = explanation.save(path.with_name(f"{path.name}.npz"))
    if _n_rows(explanation) <= MAX_ROWS:
        written += explanation.save(path.with_name(f"{path.name}.tsv"))
    else:
        left_out.append(f"{stem}.tsv: a table of {_n_rows(explanation):,} rows; the .npz holds the same numbers")
    shown = None
    try:
        written += explanation.save(path.with_name(f"{path.name}.bw"))
        shown = _shown(result, explanation, f"{stem}.bw")
    except EnformerError as exc:
        left_out.append(f"{stem}.bw: {exc}")
    files = tuple(file.relative_to(root).as_posix() for file in written)
    return Taken(explanation, stem, files, shown)


def _shown(result: Result, explanation: Explanation, path: str) -> SignalFile:
    name = cut(_called(result, explanation), _LONGEST) + (", simulated" if explanation.provenance.simulated else "")
    is_letters = _kind(explanation) in _LETTERS
    return SignalFile(path, name, LIGHT.accent, LIGHT.edited, letters=is_letters)


def _called(result: Result, explanation: Explanation) -> str:
    """What an explanation is, in words: its kind, method and target, and whether of an edited window."""
    kind = _kind(explanation)
    words = [_NAMES[kind]]
    if kind == "attention":
        facts = explanation.facts()
        words.append(f"mean over layers {facts['layers']} and heads {facts['heads']}")
    else:
        words[0] += f" ({str(explanation.facts()['method']).replace('_x_', ' x ').replace('_', ' ')})"
        words.append(_sentence(result, explanation))
    n_edits = len(explanation.provenance.edits)
    words += [f"with {n_edits} edit{'s' * (n_edits > 1)}"] if n_edits else []
    return one_line(", ".join(words))


def _sentence(result: Result, explanation: Explanation) -> str:
    from enformer_core.interpret.attention_map import AttentionMap

    if isinstance(explanation, AttentionMap):
        return ""
    known = {track.target_index: track.description or track.identifier for track in result.prediction.tracks}
    target = explanation.target
    return target.sentence([known.get(column) or f"track {column}" for column in target.columns])


def _stem(explanation: Explanation) -> str:
    """A file name that says what, where, from which weights, and whether edited: a bigWig has no room for it inside."""
    facts, where = explanation.provenance, explanation.interval
    parts = [_kind(explanation), facts.assembly or "sequence"]
    parts += [f"{where.chrom}_{where.start + 1}-{where.end}", facts.weights_sha256[:8]]
    if facts.edits:
        parts.append("edited-" + hashlib.sha256(";".join(facts.edits).encode()).hexdigest()[:8])
    parts += ["simulated"] if facts.simulated else []
    return ".".join(re.sub(r"[^A-Za-z0-9_-]+", "-", part)[:40].strip("-") for part in parts)


def _kind(explanation: Explanation) -> str:
    return str(explanation.facts()["kind"])


def _n_rows(explanation: Explanation) -> int:
    from enformer_core.interpret.attention_map import AttentionMap

    if isinstance(explanation, AttentionMap):
        return explanation.weights.size
    return explanation.interval.width
