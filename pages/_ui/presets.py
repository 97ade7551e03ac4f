"""Sets of tracks that a table suggests: the usual ones, one biosample in all assays, one assay in all biosamples.

Those that somebody saves stay in the browser (``assets/browser/tracks/saved.js``); the server never sees them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from enformer_core.tracks.table import Track, TrackTable

from .picture import track_name
from .state import MAX_TRACKS

MAX_BIOSAMPLES, MAX_KINDS = 12, 6
_WANTED = (("CAGE", ""), ("DNASE", ""), ("CHIP", "H3K27ac"))
_FIRST = ("CAGE", "DNASE", "ATAC")


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of tracks.

    Attributes:
        group: Heading that it stands under.
        name: What it is called.
        tracks: Target indices, top to bottom.
    """

    group: str
    name: str
    tracks: tuple[int, ...]


def usual(table: TrackTable) -> tuple[int, ...]:
    """Target indices of the first CAGE, DNASE and H3K27ac track, or of the first three."""
    firsts = [next((t for t in table if (t.assay, t.target) == kind), None) for kind in _WANTED]
    found = tuple(t.target_index for t in firsts if t is not None)
    return found or tuple(t.target_index for t in list(table)[:3])


def suggested(table: TrackTable) -> tuple[Preset, ...]:
    """The usual tracks, then biosamples measured in most ways, then assays and ChIP targets that fit on one page."""
    return (Preset("This model", "Usual tracks", usual(table)), *_of_biosamples(table), *_of_kinds(table))


def _of_biosamples(table: TrackTable) -> list[Preset]:
    """The first track of each kind, up to the limit, for the biosamples in which the common kinds were measured."""
    frequency = Counter(_kind(track) for track in table)
    found: dict[str, dict[tuple[str, str, str], Track]] = defaultdict(dict)
    names = {track.biosample for track in table if track.biosample}
    for track in table:
        name = track.biosample if " " not in track.biosample else _cell_line(track.biosample, names)
        if name:
            found[name].setdefault(_kind(track), track)
    rich = [name for name, kinds in found.items() if len(kinds) > 1]
    rich.sort(key=lambda name: (-sum(frequency[kind] for kind in found[name]), name.casefold()))
    presets = []
    for name in rich[:MAX_BIOSAMPLES]:
        kinds = sorted(found[name], key=lambda kind: (_rank(kind[0]), -frequency[kind], kind))[:MAX_TRACKS]
        presets.append(Preset("One biosample", name, tuple(found[name][kind].target_index for kind in kinds)))
    return presets


def _of_kinds(table: TrackTable) -> list[Preset]:
    """For assays and ChIP targets whose tracks all fit into one picture, all of them."""
    found: dict[tuple[str, str, str], list[Track]] = defaultdict(list)
    for track in table:
        if track.assay:
            found[_kind(track)].append(track)
    fitting = [kind for kind, tracks in found.items() if 1 < len(tracks) <= MAX_TRACKS]
    fitting.sort(key=lambda kind: (_rank(kind[0]), -len(found[kind]), kind))
    presets = []
    for kind in fitting[:MAX_KINDS]:
        name = f"{track_name(found[kind][0])}, all biosamples"
        presets.append(Preset("One assay", name, tuple(track.target_index for track in found[kind])))
    return presets


def _kind(track: Track) -> tuple[str, str, str]:
    """What a track measures: its assay, ChIP target and strand."""
    return track.assay, track.target, track.strand


def _rank(assay: str) -> int:
    return _FIRST.index(assay) if assay in _FIRST else len(_FIRST)


def _cell_line(biosample: str, names: set[str]) -> str:
    """The biosample that a longer text is of.

    Tables with tracks of several consortia call one cell line ``K562`` here and ``chronic myelogenous leukemia cell
    line:K562 ENCODE`` there; the shorter name counts, if it is one. Other texts stand for themselves.
    """
    words = biosample.rsplit(":", 1)[-1].split()
    return words[0] if ":" in biosample and words and words[0] in names else biosample
