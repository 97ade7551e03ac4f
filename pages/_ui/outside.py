"""What of a visit is on screen outside the search box and its answer, which a question alone draws anew."""

from __future__ import annotations

from copy import copy
from dataclasses import fields

from .state import Session

#: Of a ``Session``, what only the search box and its answer show; what else there is, the sidebar shows too.
INSIDE = frozenset(
    {
        *("text", "site", "example", "wanted_view", "is_begun", "is_tour_folded", "tiles", "view", "view_done"),
        *("edit_list", "wanted_edits", "edit_problem", "refused_edit"),
        *("results", "shown", "job", "job_key", "pending", "stopped", "signals", "folder"),
        *("address", "told_view", "is_view_stale", "notes"),
    }
)
_OUTSIDE = tuple(field.name for field in fields(Session) if field.name not in INSIDE)


def shown(state: Session) -> tuple[object, ...]:
    """What tells whether something outside has to be drawn anew: it equals what it was, or it does not.

    Args:
        state: Of this visit. Later changes to it change nothing in what is returned.
    """
    return (bool(state.text.strip()), *(_as_it_is(getattr(state, name)) for name in _OUTSIDE))


def _as_it_is(value: object) -> object:
    return [copy(entry) for entry in value] if isinstance(value, list) else copy(value)
