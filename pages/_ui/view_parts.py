"""What the browser is sent of a picture: parts that come once and stay, and how they are to be shown.

Numbers travel as base64 of their bytes, little-endian. Positions are 0-based and half-open.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from enformer_core.genome.edit import Edit
from enformer_core.genome.genes.model import Gene
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.inference.tiling import Tile

from . import edit_marks
from .looks import USUAL_HEIGHT, Look, Show
from .picture import Lane, Picture
from .theme import LANE_COLOURS, track_colour_name
from .tiles import Beyond
from .words import cut

Json = dict[str, object]
_LONGEST_SYMBOL, _LONGEST_TEXT = 60, 200
_CODES = np.full(256, 4, dtype=np.uint8)
_CODES[[ord(letter) for letter in "ACGT"]] = range(4)


def parts(picture: Picture, bases: str) -> dict[str, Json]:
    """By the slot that it takes on the page, each part of a picture, with an ``id`` that follows its content.

    What is shown of one window stays the same when others are put beside it. Slots are numbered from the window that
    was asked for, and its parts come first, so that those that come later push nothing aside.

    Args:
        picture: What is shown.
        bases: Of all that is read, without edits.
    """
    found = {}
    for number in sorted(_numbers(picture), key=lambda number: (abs(number), number)):
        tile, rows = _tile(picture, number)
        start = tile.interval.start - picture.read.start
        found[f"window{number}"] = _window(picture, tile, rows, bases[start : start + tile.interval.width])
        for lane in picture.lanes:
            found[f"lane{number}-{lane.track.target_index}"] = _lane(picture, lane, rows)
    if picture.edits and any(lane.edited is not None for lane in picture.lanes):
        found["edited"] = _edited(picture)
    return {slot: named(part) for slot, part in found.items()}


def view(
    picture: Picture,
    sent: Mapping[str, Json],
    show: Show,
    words: Mapping[str, str],
    *,
    is_shareable: bool,
    done: tuple[int, int] = (0, 0),
    looks: Mapping[int, Look] | None = None,
    beyond: Beyond | None = None,
    features: Sequence[Json] = (),
    explain: Sequence[Json] = (),
) -> Json:
    """What the view is told: which parts to show, and how.

    Args:
        picture: What is shown.
        sent: Its parts.
        show: How lanes are drawn.
        words: Texts of the picture as a whole.
        is_shareable: Whether its address opens it again.
        done: Which view asked for something last, and the number of what was done last.
        looks: By target index, how single lanes are drawn.
        beyond: What can be predicted beside it.
        features: Lanes of annotation, which name parts that the caller sends.
        explain: Lanes of explanations, likewise.
    """
    return {
        "kind": "view",
        "id": sent["window0"]["id"],
        "place": format_locus(picture.view),
        "first": _ends(picture.view),
        "tiles": [_ids(picture, sent, number) for number in _numbers(picture)],
        "lanes": [_about(lane, (looks or {}).get(lane.track.target_index, Look())) for lane in picture.lanes],
        "edited": sent["edited"]["id"] if "edited" in sent else None,
        "edits": [_edit(number, variant) for number, variant in enumerate(picture.edits, start=1)],
        "beyond": asdict(beyond or Beyond()),
        "palette": [{"name": name, "label": label} for name, label in LANE_COLOURS.items()],
        "features": list(features),
        "explain": list(explain),
        "show": asdict(show),
        "simulated": picture.simulated,
        "shareable": is_shareable,
        "done": {"client": done[0], "serial": done[1]},
        "words": dict(words),
    }


def _numbers(picture: Picture) -> range:
    """Of the windows, left to right; that of the one that was asked for is 0."""
    return range(-picture.tiles[0], picture.tiles[1] + 1)


def _tile(picture: Picture, number: int) -> tuple[Tile, slice]:
    """One of the windows, and which of the picture's bins are its own."""
    place = number + picture.tiles[0]
    tile = picture.windows[place]
    n_bins = tile.output.width // picture.bin_size
    first, last = np.searchsorted(picture.rows, [place * n_bins, (place + 1) * n_bins]).tolist()
    return tile, slice(first, last)


def _ids(picture: Picture, sent: Mapping[str, Json], number: int) -> Json:
    lanes = [sent[f"lane{number}-{lane.track.target_index}"]["id"] for lane in picture.lanes]
    return {"window": sent[f"window{number}"]["id"], "lanes": lanes}


def _window(picture: Picture, tile: Tile, rows: slice, bases: str) -> Json:
    codes = _CODES[np.frombuffer(bases.encode("ascii"), dtype=np.uint8)]
    read, genes = tile.interval, picture.genes
    near = None if genes is None else [gene for gene in genes if gene.start < read.end and gene.end > read.start]
    return {
        "chrom": read.chrom,
        "read": _ends(read),
        "output": _ends(tile.output),
        "binSize": picture.bin_size,
        "length": picture.length,
        "starts": array(picture.starts[rows], np.float64),
        "ends": array(picture.ends[rows], np.float64),
        "codes": array(_packed(codes), np.uint8),
        "unknown": _unknown(codes, read.start),
        "genes": None if near is None else [gene_part(gene) for gene in near],
    }


def _lane(picture: Picture, lane: Lane, rows: slice) -> Json:
    measured = None if lane.experiment is None else array(lane.experiment[picture.rows[rows]], np.float32)
    return {"predicted": array(lane.predicted[rows], np.float32), "experiment": measured}


def _edited(picture: Picture) -> Json:
    found: Json = {
        "starts": array(picture.edited_starts, np.float64),
        "ends": array(picture.edited_ends, np.float64),
    }
    for place, lane in enumerate(picture.lanes):
        if lane.edited is not None:
            found[f"lane{place}"] = array(lane.edited, np.float32)
    return found


def _about(lane: Lane, look: Look) -> Json:
    track = lane.track
    return {
        "track": track.target_index,
        "name": lane.name,
        "biosample": cut(track.biosample, _LONGEST_TEXT),
        "about": cut(" · ".join(p for p in (track.biosample, lane.file) if p) or track.description, _LONGEST_TEXT),
        "full": cut(f"{track.description} · track {track.target_index} · {track.identifier}", 2 * _LONGEST_TEXT),
        "height": look.height or USUAL_HEIGHT,
        "colour": look.colour or track_colour_name(track),
        "usual": track_colour_name(track),
        "top": look.top,
        "group": lane.name,
        "label": cut(" · ".join(filter(None, (lane.label, lane.note))), _LONGEST_TEXT),
        "problem": cut(lane.problem, _LONGEST_TEXT),
    }


def gene_part(gene: Gene) -> Json:
    """A gene as the browser draws it; positions are 0-based."""
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


def array(values: np.ndarray, kind: type[np.generic]) -> Json:
    """Numbers as base64 of their bytes, little-endian."""
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


def named(part: Json) -> Json:
    """A part with an ``id`` that follows its content: the browser is sent it only when that changes."""
    content = json.dumps(part, sort_keys=True)
    return {"kind": "part", "id": hashlib.sha256(content.encode()).hexdigest()[:24], **part}
