"""The numbers of a result as bigWigs and bedGraphs, with the names and colours that they have on screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from enformer_core.inference.difference import difference, write_differences
from enformer_core.inference.prediction import Prediction
from enformer_core.provenance import Provenance
from enformer_core.tracks.bedgraph import bedgraph_text
from enformer_core.tracks.signal_files import SignalFile, SignalGroup
from enformer_core.tracks.table import Track

from ..picture import track_name
from ..state import Result
from ..theme import LIGHT, track_colour
from ..words import cut

REFERENCE, EDITED, DIFFERENCE = "reference", "edited", "difference"
_LONGEST = 120

#: Starts and ends (0-based, int64 ``[bins]``), and values (float32 ``[bins, tracks]``).
Bins = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Part:
    """One folder of bigWigs.

    Attributes:
        name: Of the folder.
        bins: What its files hold.
        files: One per track, in order.
    """

    name: str
    bins: Bins
    files: tuple[SignalFile, ...]


def write(result: Result, root: Path) -> list[Part]:
    """Write the bigWigs below ``root``: ``reference``, and with edits ``edited`` and ``difference``.

    Raises:
        EnformerError: A file cannot be written.
    """
    reference, edited = result.prediction, result.edited
    parts = [_part(REFERENCE, result, reference.to_bigwig(root / REFERENCE), _bins(reference))]
    if edited is not None:
        parts.append(_part(EDITED, result, edited.to_bigwig(root / EDITED), _bins(edited)))
        written = write_differences(reference, edited, root / DIFFERENCE)
        parts.append(_part(DIFFERENCE, result, written, difference(reference, edited)))
    return parts


def write_bedgraphs(result: Result, parts: list[Part], root: Path) -> None:
    """Write the same numbers as text, each beside its bigWig."""
    comments = _comments(result)
    for part in parts:
        starts, ends, values = part.bins
        for column, file in enumerate(part.files):
            rule = ["values are edited - reference; see README.txt"] if part.name == DIFFERENCE else []
            chrom, path = result.prediction.interval.chrom, (root / file.path).with_suffix(".bedGraph")
            text = bedgraph_text(chrom, starts, ends, values[:, column], file, comments=[*comments, *rule])
            path.write_text(text, encoding="utf-8", newline="\n")


def groups(result: Result, parts: list[Part]) -> tuple[SignalGroup, ...]:
    """The files of each track together, in the order of the tracks."""
    columns = zip(*(part.files for part in parts), strict=True)
    names = _names(result)
    return tuple(SignalGroup(name, *files) for name, files in zip(names, columns, strict=True))


def _part(name: str, result: Result, written: list[Path], bins: Bins) -> Part:
    files = []
    for path, track, label in zip(written, result.prediction.tracks, _names(result), strict=True):
        shown_name = f"{label}, {name}" + (", simulated" if result.prediction.provenance.simulated else "")
        files.append(SignalFile(f"{name}/{path.name}", shown_name, *_colors(name, track)))
    return Part(name, bins, tuple(files))


def _colors(part: str, track: Track) -> tuple[str, str]:
    """Those of the light theme: files are shown on white."""
    if part == REFERENCE:
        return track_colour(track, LIGHT), ""
    return LIGHT.edited, LIGHT.accent if part == DIFFERENCE else ""


def _names(result: Result) -> Iterator[str]:
    """What the tracks are called on screen, with their number in the head, which tells replicates apart."""
    for track in result.prediction.tracks:
        yield f"{cut(f'{track_name(track)} {track.biosample}'.strip(), _LONGEST)} (track {track.target_index})"


def _bins(prediction: Prediction) -> Bins:
    starts, ends, kept = prediction.reference_bins()
    return starts, ends, prediction.values[kept]


def _comments(result: Result) -> list[str]:
    facts = result.prediction.provenance
    return [*about(facts), "positions are 0-based and half-open; provenance.json in this folder has the rest"]


def about(facts: Provenance) -> list[str]:
    """Where numbers come from, in a few lines."""
    model = f"model {Path(facts.model).name}, weights {facts.weights_sha256}, {facts.head} head"
    where = f"assembly {facts.assembly}" if facts.assembly else "a pasted sequence"
    lines = [
        f"Enformer Browser {facts.version}: {model}",
        f"{where}, window {facts.window} (1-based), averaging {facts.averaging}, {facts.precision} on {facts.device}",
    ]
    if facts.tiles:
        lines.append(f"{len(facts.tiles)} windows side by side: {facts.tiling}")
    return ["SIMULATED data: no experiment stands behind it", *lines] if facts.simulated else lines
