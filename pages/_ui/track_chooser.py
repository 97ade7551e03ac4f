"""The chooser of tracks behind its looks: what the browser is sent of a table, and what comes of its answers.

The whole table goes to the browser once, as bytes with a checksum, so that searching thousands of rows asks nothing of
the server (``assets/browser/tracks``). What comes back is the list of tracks that is wanted, whole and numbered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from enformer_core.errors import InputError, shown
from enformer_core.tracks.table import Track, TrackTable

from . import components, parcel, problems
from .picture import track_name
from .presets import Preset, suggested
from .state import MAX_TRACKS, Session, session
from .theme import track_colour_name
from .words import cut, visible

KEY, TABLE_KEY = "tracks", "track-table"
CHECKSUM = 64
_LONGEST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Offer:
    """A table as the browser is offered it.

    Attributes:
        packed: Of ``pack``.
        presets: Sets of tracks that it suggests.
    """

    packed: bytes
    presets: tuple[Preset, ...]

    @property
    def checksum(self) -> str:
        """What tells it from another table: 64 hexadecimal digits."""
        return self.packed[:CHECKSUM].decode("ascii")


def pack(table: TrackTable) -> bytes:
    """A table as ``assets/browser/tracks/table.js`` reads it.

    Returns:
        A ``parcel`` of a line for each track: target index, identifier, short name, assay, ChIP target, biosample,
        colour, and description (nothing where it is assay, target and biosample with colons between), with tabs
        between. Equal tables give equal bytes.
    """
    return parcel.wrap("".join(map(_line, table)))


def _line(track: Track) -> str:
    parsed = ":".join(part for part in (track.assay, track.target, track.biosample) if part)
    description = "" if track.description == parsed else track.description
    texts = (track.identifier, track_name(track), track.assay, track.target, track.biosample)
    cells = [*texts, track_colour_name(track), description]
    return "\t".join([str(track.target_index), *(cut(visible(cell), _LONGEST_TEXT) for cell in cells)]) + "\n"


def draw(state: Session, table: TrackTable, chosen: tuple[int, ...], scope: str) -> None:
    """Draw the chosen tracks, the presets, and the way to the others.

    Args:
        state: Of this visit.
        table: All tracks of the head.
        chosen: Target indices of those on view, top to bottom.
        scope: What saved presets belong to, such as the model's name.
    """
    offer = _offer(table)
    mount = components.component("tracks")
    mount(key=TABLE_KEY, data=offer.packed)
    client, serial = state.tracks_done
    data = {
        "table": offer.checksum,
        "count": len(table),
        "most": MAX_TRACKS,
        "scope": hashlib.sha256(scope.encode(errors="replace")).hexdigest()[:16],  # a path is nobody's business
        "tracks": [_about(state, track) for track in table.select(chosen)],
        "presets": [_told(preset) for preset in offer.presets],
        "done": {"client": client, "serial": serial},
    }
    mount(key=KEY, data=data, on_chosen_change=lambda: _chosen(table))


def take(state: Session, table: TrackTable, asked: Mapping[str, object]) -> None:
    """Put on view the tracks that the chooser asks for, in its order; what was asked before that is left.

    Args:
        state: Of this visit.
        table: All tracks of the head that is on view.
        asked: ``table``, the table's checksum; ``client`` and ``serial``, which chooser asks and for what time; and
            ``tracks``, target indices.

    Raises:
        InputError: The table has no such tracks, one is named twice, or they are none or too many.
    """
    client, serial, tracks = asked.get("client"), asked.get("serial"), asked.get("tracks")
    if type(client) is not int or type(serial) is not int or asked.get("table") != _offer(table).checksum:
        return  # of a head that has been left in the meantime
    if client == state.tracks_done[0] and serial <= state.tracks_done[1]:
        return
    state.tracks_done = (client, serial)
    state.tracks = _checked(tracks, table)
    for experiment in state.experiments:
        if experiment.track not in state.tracks:
            experiment.track = None


def _checked(tracks: object, table: TrackTable) -> tuple[int, ...]:
    hint = "Reload the page"
    if not isinstance(tracks, list) or not tracks or not all(type(index) is int for index in tracks):
        raise InputError(f"{shown(tracks)} are not tracks", hint=hint)
    if len(tracks) > MAX_TRACKS:
        raise InputError(f"{len(tracks):,} tracks are too many: at most {MAX_TRACKS} are shown", hint=hint)
    known = set(table.target_index.tolist())
    strange = [index for index in tracks if index not in known]
    if strange or len(set(tracks)) < len(tracks):
        what = f"the model has no track {shown(strange[0])}" if strange else f"{shown(tracks)} names a track twice"
        raise InputError(what, hint=hint)
    return tuple(tracks)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={TrackTable: hash})
def _offer(table: TrackTable) -> Offer:
    return Offer(pack(table), suggested(table))


def _about(state: Session, track: Track) -> dict[str, object]:
    look = state.looks.get(track.target_index)
    return {
        "index": track.target_index,
        "identifier": track.identifier,
        "name": visible(track_name(track)),
        "about": cut(visible(track.biosample or track.description), _LONGEST_TEXT),
        "full": cut(visible(f"{track.description} · track {track.target_index} · {track.identifier}"), _LONGEST_TEXT),
        "colour": (look and look.colour) or track_colour_name(track),
    }


def _told(preset: Preset) -> dict[str, object]:
    return {"group": preset.group, "name": cut(visible(preset.name), _LONGEST_TEXT), "tracks": preset.tracks}


@problems.guarded
def _chosen(table: TrackTable) -> None:
    asked = st.session_state[KEY].get("chosen")
    if isinstance(asked, dict):
        take(session(), table, asked)
