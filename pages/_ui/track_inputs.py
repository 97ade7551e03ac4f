"""The tracks on view: which they are, and how they are called in lists."""

from __future__ import annotations

from enformer_core.tracks.table import Track, TrackTable

from . import track_chooser
from .picture import track_name
from .presets import usual
from .state import Session
from .words import cut


def usable(state: Session, table: TrackTable) -> tuple[int, ...]:
    """The chosen tracks that this table has; the usual ones where none is."""
    known = set(table.target_index.tolist())
    wanted = state.tracks or usual(table)
    found = tuple(index for index in wanted if index in known)
    if state.tracks and len(found) < len(wanted):
        missing = [str(index) for index in wanted if index not in known]
        state.notes += (f"the model has no track {', '.join(missing)}, which was left out",)
        state.tracks = found or None
    return found or usual(table)


def choose(state: Session, table: TrackTable, model: str) -> tuple[int, ...]:
    """Draw the chosen tracks of a model and the way to the others; return the chosen target indices in order."""
    chosen = usable(state, table)
    track_chooser.draw(state, table, chosen, scope=model)
    return chosen


def label(track: Track) -> str:
    """A track in one line, for lists."""
    about = track.biosample or track.description
    return cut(f"{track.target_index} · {track_name(track)} · {about}", 90)
