"""The saved view: a file that a person keeps or sends to somebody, and that puts the same view on screen again.

It holds what was asked and how it was looked at, and no results: opening it asks again. Nothing in it is executed. A
model, an assembly or an experiment is a name in it, and a name only ever leads to what the app offers by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import streamlit as st

from enformer_core.errors import EnformerError, FileFormatError, InputError, shown
from enformer_core.genome.edit import Edit
from enformer_core.genome.locus import format_locus
from enformer_core.genome.query import SequenceQuery, parse_query
from enformer_core.genome.typed import MAX_TEXT
from enformer_core.provenance import own_version
from enformer_core.settings import Settings
from enformer_core.tracks.table import TrackTable

from . import experiments, problems, services
from .edit_list import EditList, ListedEdit
from .explain import link as explain_link
from .looks import Look, Show
from .session_choice import found_choice, is_named, saved_name, tell_choosers
from .session_reading import checked, read
from .session_schema import FORMAT, MAX_BYTES, VERSION, SavedExperiment, SavedTrack, SavedView, place
from .state import Choice, Session, ask, session
from .theme import LANE_COLOURS
from .words import cut, listed

MAX_NAMED = 5
_ROUND, _PROBLEM = "open-view-round", "open-view-problem"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session file that was read and found to be in order.

    Attributes:
        view: What it holds.
        notes: What to say about it.
    """

    view: SavedView
    notes: tuple[str, ...] = ()


def dump(
    state: Session, *, choice: Choice | None = None, head: str | None = None, table: TrackTable | None = None
) -> str:
    """The text of a session file. Equal states give equal texts: no date, no place on a disk, names in order.

    Args:
        state: What is on screen.
        choice: The model and the assembly in force; by default those that were chosen.
        head: The head in force; by default the one that was chosen.
        table: The head's tracks, so that another model can find them by their identifiers.

    Raises:
        InputError: Something is too long for a session file, or has still to be put on screen.
    """
    if _is_awaited(state):
        raise InputError("this view is not there yet", hint="Save it when its picture has come")
    try:
        view = checked(_document(state, choice or state.choice or Choice(), head or state.head, table))
    except FileFormatError as error:
        raise InputError(f"this view cannot be saved: {error.what}", hint="Make it shorter first") from error
    text = json.dumps(view.model_dump(), indent=2, sort_keys=True) + "\n"
    if len(text) > MAX_BYTES:
        raise InputError(
            f"this view cannot be saved: it would have {len(text):,} bytes, and {MAX_BYTES:,} is the most",
            hint="Make its sequence or its edits shorter first",
        )
    return text


def load(text: str | bytes) -> Loaded:
    """Read a session file; nothing is put in force.

    Args:
        text: Its text, or its bytes in UTF-8.

    Raises:
        FileTooLarge: It has more than 2 MB.
        FileFormatError: It is not a session file, is damaged, was made by a newer version, or has a value that is not
            allowed.
    """
    (view, notes), own = read(text), own_version()
    if view.app_version != own:
        notes += (f"the view was saved with version {shown(view.app_version)} of this software, this is {own}",)
    return Loaded(view, notes)


def open_in(state: Session, loaded: Loaded, settings: Settings) -> None:
    """Put a saved view in force. Call it before widgets are drawn, as a callback is: some of them take over values.

    Experiments that are on view already are compared as they were; others cannot be restored, and the notes name them.

    Args:
        state: Of this visit.
        loaded: The saved view.
        settings: Say which models and assemblies the app offers.

    Raises:
        AssemblyMismatch: The view lies on an assembly that is not offered here. Nothing is changed.
        InputError: More edits are on than can be applied. Nothing is changed.
    """
    view = loaded.view
    choice, about_choice = found_choice(view, services.current_choice(state, settings), settings)
    edit_list, about_edits = _edit_list(view)
    is_same_question = bool(view.question) and view.question == state.text
    ask(view.question or view.sequence)
    state.text, state.site, state.is_begun = view.question or view.sequence, view.start_site, True
    state.choice, state.head = choice, view.head or state.head
    state.transform, state.hidden = view.transform, set(view.hidden_experiments)
    state.show, state.tiles = Show(**view.show.model_dump()), (view.tiles[0], view.tiles[1])
    state.edit_list, state.view = edit_list, place(view.view) if view.view else None
    example = services.companions(choice, settings).examples.get(view.example)
    if example is not None and (example.query, example.edits) == (state.text, state.edits):
        state.example = example.id
    _take_tracks(state, view.tracks)
    # Target indices mean nothing in another model.
    is_model = is_named(choice.model, view.model)
    about_experiments = _pair(state, view.experiments if is_model else [_unpaired(e) for e in view.experiments])
    about_explain = _take_explain(state, view, is_model=is_model)
    state.notes = (*loaded.notes, *about_choice, *about_edits, *about_experiments, *about_explain)
    tell_choosers(state, is_same_question=is_same_question)


def widgets(state: Session, *, choice: Choice, head: str | None = None, table: TrackTable | None = None) -> None:
    """Draw the button that saves the view and the field that opens one, with what was wrong with the last file.

    Args:
        state: What is on screen.
        choice: The model and the assembly in force.
        head: The head in force, where it is known.
        table: The head's tracks, where they are known.
    """

    def content() -> str:
        return dump(state, choice=choice, head=head, table=table)

    try:
        if not _is_awaited(
            state
        ):  # a picture under way will be there when somebody clicks, which is when this is asked
            content()
    except InputError as error:
        problems.show(error)
    else:
        st.download_button(
            "Save view",
            data=content,
            file_name=file_name(state),
            mime="application/json",
            key="save-view",
            icon=":material/save:",
            on_click="ignore",
            width="stretch",
            help="A small file that brings this view back: the question, tracks, edits and place, and no results",
        )
    key = f"open-view-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        "Open view",
        key=key,
        max_upload_size=MAX_BYTES // 1024**2,
        on_change=_opened,
        args=(key,),
        help="A file that Save view gave. Experiments of your own are not in it: add them again",
    )
    if problem := st.session_state.get(_PROBLEM):
        name, error = problem
        problems.show(error, where=f"{name}, {error.where}" if error.where else name)


def file_name(state: Session) -> str:
    """What to call the file, with the question in it: ``enformer-view_ALFA1.json``."""
    asked = "sequence" if _is_sequence(state.text) else re.sub(r"[^A-Za-z0-9.]+", "-", state.text)[:60].strip("-.")
    return f"enformer-view_{asked}.json" if asked else "enformer-view.json"


@problems.guarded
def _opened(key: str) -> None:
    """Open what was uploaded, and empty the field, which holds files in memory."""
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.session_state[_PROBLEM] = None
    try:
        open_in(session(), load(file.getvalue()), services.settings())
    except EnformerError as error:
        st.session_state[_PROBLEM] = (cut(file.name, 60), error)


def _is_awaited(state: Session) -> bool:
    """Whether something that was asked for has still to be put on screen, so that the state does not hold it yet."""
    return bool(state.wanted or state.wanted_edits or state.wanted_view)


def _document(state: Session, choice: Choice, head: str | None, table: TrackTable | None) -> dict[str, object]:
    is_sequence = _is_sequence(state.text)
    edits = [
        {"chrom": v.chrom, "pos": v.pos, "ref": v.ref, "alt": v.alt, "id": v.id, "is_on": item.is_on}
        for item in state.edit_list.items
        for v in (item.variant,)
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "app_version": own_version(),
        "question": "" if is_sequence else state.text,
        "sequence": state.text if is_sequence else "",
        "start_site": state.site,
        "example": state.example,
        "model": saved_name(choice.model),
        "assembly": saved_name(choice.assembly),
        "genes": Path(choice.genes).name,
        "head": head,
        "tracks": None if state.tracks is None else _tracks(state.tracks, state.looks, table),
        "show": asdict(state.show),
        "tiles": list(state.tiles),
        "explain": explain_link.write(state.explain),
        "transform": state.transform,
        "edits": edits,
        "view": format_locus(state.view) if state.view else "",
        "experiments": [{"name": e.name, "track": e.track} for e in state.experiments],
        "hidden_experiments": sorted(state.hidden),
    }


def _tracks(indices: Sequence[int], looks: Mapping[int, Look], table: TrackTable | None) -> list[dict[str, object]]:
    names = {track.target_index: track.identifier for track in table} if table else {}
    found: list[dict[str, object]] = []
    for index in indices:
        look = looks.get(index, Look())
        drawn = {"height": look.height, "colour": LANE_COLOURS.get(look.colour, ""), "top": look.top}
        found.append({"index": index, "identifier": names.get(index, ""), **drawn})
    return found


def _is_sequence(text: str) -> bool:
    if len(text) > MAX_TEXT or "\n" in text.strip():
        return True
    try:
        return isinstance(parse_query(text), SequenceQuery)
    except EnformerError:
        return False


def _edit_list(view: SavedView) -> tuple[EditList, list[str]]:
    items: dict[tuple[str, Edit], ListedEdit] = {}
    for saved in view.edits:
        items.setdefault((saved.chrom, Edit.of(saved.variant)), ListedEdit(saved.variant, saved.is_on))
    notes = ["an edit is listed twice in the saved view, and was taken once"] if len(items) < len(view.edits) else []
    return EditList(tuple(items.values())), notes


def _take_tracks(state: Session, tracks: Sequence[SavedTrack] | None) -> None:
    """Ask for tracks by their identifiers where all are known, so that another model's table will do too."""
    names = tuple(track.identifier for track in tracks or ())
    changed = [track for track in tracks or () if track.look != Look()]
    if names and all(names) and len(set(names)) == len(names):
        state.tracks, state.wanted, state.looks = None, names, {}
        state.wanted_looks = {track.identifier: track.look for track in changed}
    else:
        state.tracks, state.wanted = tuple(dict.fromkeys(track.index for track in tracks or ())) or None, ()
        state.looks = {track.index: track.look for track in changed}


def _take_explain(state: Session, view: SavedView, *, is_model: bool) -> tuple[str, ...]:
    """Explain what was explained; of another model the first lane, for its tracks have other numbers."""
    found, notes = explain_link.read(view.explain.model_dump())
    if is_model or not (found.tracks or found.minus):
        state.explain = found
        return notes
    state.explain = replace(found, tracks=(), minus=())
    return (*notes, "the tracks that were explained belong to that model, so the first lane is explained")


def _unpaired(experiment: SavedExperiment) -> SavedExperiment:
    return SavedExperiment(name=experiment.name, track=None)


def _pair(state: Session, saved: Iterable[SavedExperiment]) -> list[str]:
    """Compare the experiments that are here as they were, and no others; and say which are not here."""
    tracks = {experiment.name: experiment.track for experiment in saved}
    for experiment in state.experiments:
        experiments.pair(state, experiment, tracks.get(experiment.name))
    here = {experiment.name for experiment in state.experiments}
    missing = [cut(name, 60) for name in tracks if name not in here]
    if not missing:
        return []
    more = [f"{len(missing) - MAX_NAMED} more"] if len(missing) > MAX_NAMED else []
    return [f"add {listed([*missing[:MAX_NAMED], *more])} again under Experiments: a saved view holds no files"]
