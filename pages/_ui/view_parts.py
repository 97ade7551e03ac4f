"""What the browser is sent of a picture: parts that come once and stay, and how they are to be shown.

Numbers travel as base64 of their bytes, little-endian. Positions are 0-based and half-open.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

import numpy as np

from enformer_core.genome.edit import Edit
from enformer_core.genome.genes.model import Gene
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

from . import edit_marks
from .picture import Lane, Picture
from .theme import track_colour_name
from .words import cut

Json = dict[str, object]
_LONGEST_SYMBOL, _LONGEST_TEXT = 60, 200
_CODES = np.full(256, 4, dtype=np.uint8)
_CODES[[ord(letter) for letter in "ACGT"]] = range(4)


@dataclass(frozen=True, slots=True)
class Show:
    """How lanes are drawn.

    Attributes:
        residual: With a lane of experiment less prediction.
        difference: With a lane of edited less reference.
        together: Lanes of one assay or ChIP target share their range.
        log: As log10(1 + x).
        scale: Range of the y axis: of what is in the ``view``, of the whole ``window``, or ``robust``: the view's
            without its highest hundredth.
    """

    residual: bool = False
    difference: bool = True
    together: bool = True
    log: bool = False
    scale: str = "view"


def parts(picture: Picture, bases: str) -> dict[str, Json]:
    """By the slot that it takes on the page, each part of a picture, with an ``id`` that follows its content.

    Args:
        picture: What is shown.
        bases: Of the input window, without edits.
    """
    found = {"window": _window(picture, bases)}
    for lane in picture.lanes:
        found[f"lane-{lane.track.target_index}"] = _lane(picture, lane)
    if picture.edits and any(lane.edited is not None for lane in picture.lanes):
        found["edited"] = _edited(picture)
    return {slot: _named(part) for slot, part in found.items()}


def view(
    picture: Picture,
    sent: dict[str, Json],
    show: Show,
    words: dict[str, str],
    *,
    is_shareable: bool,
    done: tuple[int, int] = (0, 0),
) -> Json:
    """What the view is told: which parts to show, and how.

    Args:
        picture: What is shown.
        sent: Its parts.
        show: How lanes are drawn.
        words: Texts of the picture as a whole.
        is_shareable: Whether its address opens it again.
        done: Which view asked for something last, and the number of what was done last.
    """
    return {
        "kind": "view",
        "id": sent["window"]["id"],
        "place": format_locus(picture.view),
        "first": _ends(picture.view),
        "window": sent["window"]["id"],
        "lanes": [_about(lane, sent[f"lane-{lane.track.target_index}"]["id"]) for lane in picture.lanes],
        "edited": sent["edited"]["id"] if "edited" in sent else None,
        "edits": [_edit(number, variant) for number, variant in enumerate(picture.edits, start=1)],
        "show": {name: getattr(show, name) for name in Show.__slots__},
        "simulated": picture.simulated,
        "shareable": is_shareable,
        "done": {"client": done[0], "serial": done[1]},
        "words": words,
    }


def _window(picture: Picture, bases: str) -> Json:
    codes = _CODES[np.frombuffer(bases.encode("ascii"), dtype=np.uint8)]
    return {
        "chrom": picture.output.chrom,
        "read": _ends(picture.read),
        "output": _ends(picture.output),
        "binSize": picture.bin_size,
        "length": picture.length,
        "starts": _array(picture.starts, np.float64),
        "ends": _array(picture.ends, np.float64),
        "codes": _array(_packed(codes), np.uint8),
        "unknown": _unknown(codes, picture.read.start),
        "genes": None if picture.genes is None else [_gene(gene) for gene in picture.genes],
    }


def _lane(picture: Picture, lane: Lane) -> Json:
    measured = None if lane.experiment is None else _array(lane.experiment[picture.rows], np.float32)
    return {"predicted": _array(lane.predicted, np.float32), "experiment": measured}


def _edited(picture: Picture) -> Json:
    found: Json = {
        "starts": _array(picture.edited_starts, np.float64),
        "ends": _array(picture.edited_ends, np.float64),
    }
    for place, lane in enumerate(picture.lanes):
        if lane.edited is not None:
            found[f"lane{place}"] = _array(lane.edited, np.float32)
    return found


def _about(lane: Lane, part: object) -> Json:
    track = lane.track
    return {
        "part": part,
        "name": lane.name,
        "biosample": cut(track.biosample, _LONGEST_TEXT),
        "about": cut(" · ".join(p for p in (track.biosample, lane.file) if p) or track.description, _LONGEST_TEXT),
        "full": cut(f"{track.description} · track {track.target_index} · {track.identifier}", 2 * _LONGEST_TEXT),
        "colour": track_colour_name(track),
        "group": lane.name,
        "label": lane.label,
        "problem": cut(lane.problem, _LONGEST_TEXT),
    }


def _gene(gene: Gene) -> Json:
    transcript = gene.canonical
    return {
        "symbol": cut(gene.symbol, _LONGEST_SYMBOL),
        "start": gene.start,
        "end": gene.end,
        "strand": transcript.strand,
        "tss": transcript.tss,
        "coding": int(gene.biotype == "protein_coding"),
        "exons": [list(exon) for exon in transcript.exons],
        "cds": list(transcript.cds) if transcript.cds else None,
    }


def _edit(number: int, variant: object) -> Json:
    edit = Edit.of(variant)  # pyright: ignore[reportArgumentType]
    return {
        "number": number,
        "start": edit.start,
        "end": edit.end,
        "alt": cut(edit.alt, _LONGEST_TEXT),
        "label": edit_marks.label(variant),  # pyright: ignore[reportArgumentType]
        "full": cut(str(variant), _LONGEST_TEXT),
    }


def _ends(interval: Interval) -> Json:
    return {"start": interval.start, "end": interval.end}


def _array(values: np.ndarray, kind: type[np.generic]) -> Json:
    data = np.ascontiguousarray(values, dtype=np.dtype(kind).newbyteorder("<"))
    return {"b64": base64.b64encode(data.tobytes()).decode("ascii"), "type": np.dtype(kind).name}


def _packed(codes: np.ndarray) -> np.ndarray:
    """Four bases a byte, the first in the lowest bits; what is unknown becomes A, and stands in ``unknown``."""
    padded = np.zeros(-(-len(codes) // 4) * 4, dtype=np.uint8)
    padded[: len(codes)] = codes & 3
    return padded.reshape(-1, 4) @ np.array([1, 4, 16, 64], dtype=np.uint8)


def _unknown(codes: np.ndarray, start: int) -> list[list[int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (codes == 4).astype(np.int8), [0]])))
    return (edges.reshape(-1, 2) + start).tolist()


def _named(part: Json) -> Json:
    content = json.dumps(part, sort_keys=True)
    return {"kind": "part", "id": hashlib.sha256(content.encode()).hexdigest()[:24], **part}
