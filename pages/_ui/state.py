"""What one visitor has asked for and been given. Every session makes its own; nothing is shared between two."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from enformer_core.errors import EnformerError, InputError, shown
from enformer_core.genome.examples import Example
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.genome.written import VariantText

from . import uploads
from .explain.asked import Asked
from .listed_edits import EditList
from .looks import Look, Show

if TYPE_CHECKING:
    from enformer_core.inference.prediction import Prediction
    from enformer_core.inference.window import Window
    from enformer_core.tracks.bigwig_read import BinnedSignal
    from enformer_core.tracks.features import Features
    from enformer_core.tracks.remote.policy import Address

    from .uploads import VisitFolder
    from .work import Work

MAX_TRACKS = 20
MAX_RESULTS, MAX_SIGNALS = 16, 64
_KEY = "browser"
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model, on which assembly; empty texts where none is chosen."""

    model: str = ""
    assembly: str = ""
    genes: str = ""


@dataclass(slots=True)
class Experiment:
    """A bigWig on view.

    Attributes:
        path: Where it is read; of one at a web address, a name that stands for it.
        name: What it is called on screen; never used as a path.
        track: Target index of the track that it is compared with, or None.
        uploaded: Whether the file is ours to delete.
        address: Where it is on the web, or None.
    """

    path: Path
    name: str
    track: int | None = None
    uploaded: bool = False
    address: Address | None = None


@dataclass(slots=True)
class Annotation:
    """A BED, narrowPeak, GTF or VCF on view.

    Attributes:
        path: Where it is read.
        name: What it is called on screen; never used as a path.
        kind: ``regions``, ``peaks``, ``genes`` or ``variants``.
        about: Its format and how much it holds, in words.
        track: Target index of the track under whose lane it is drawn; None for the place below the genes.
        uploaded: Whether the file is ours to delete.
        found: What was read of it, by the file's state and the place.
    """

    path: Path
    name: str
    kind: str
    about: str
    track: int | None = None
    uploaded: bool = False
    found: OrderedDict[tuple, Features] = field(default_factory=OrderedDict)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came of a request.

    Attributes:
        prediction: Of the reference.
        window: What was asked for, with its edits.
        subject: What to call it.
        edited: The prediction with the edits applied; None where there are none.
    """

    prediction: Prediction
    window: Window
    subject: str
    edited: Prediction | None = None


@dataclass(slots=True)
class Session:
    """The state of one session.

    Attributes:
        text: What was asked: a gene, locus, variant or sequence.
        site: Transcript whose start site is in the middle; empty for the canonical one.
        edit_list: Edits of whatever is asked; those typed as the question itself are not among them.
        wanted_edits: Edits to put in the list as soon as the assembly is at hand; they may leave bases to it.
        edit_problem: What was typed as an edit and could not be applied, and why; the text is empty for a click.
        refused_edit: Why what was last asked for in the picture could not be done.
        view_done: Which view on the page asked for something last, and the number of what was done last for it.
        example: Id of the worked example on view; empty once something else was asked.
        wanted: Identifiers of tracks to put on view as soon as the model's table is at hand.
        wanted_looks: How the lanes of these tracks are drawn, by identifier.
        wanted_view: Locus to show as soon as the window is known; empty for none.
        is_begun: Whether a first picture has been chosen, so that an empty question stays empty.
        is_tour_folded: Whether the row of examples is folded away.
        choice: The model and the assembly; None for those of the settings.
        head: The model's head; None for its first.
        tracks: Target indices in order; None for the default ones.
        tracks_done: Which chooser of tracks asked for something last, and the number of what was done last for it.
        transform: How experiments are brought to the model's scale.
        show: How all lanes are drawn.
        looks: By target index, how a lane is drawn where that is not the usual way.
        tiles: How many windows stand to the left and to the right of the one that was asked for.
        explain: What is to be explained, and by what.
        view: What is on screen; None for the first view of a result.
        results: The last predictions by request.
        shown: Request of the picture that stays until the next is there.
        job: Work under way, or None.
        job_key: The request it is for.
        pending: That request with its window and how to call it.
        stopped: Requests that failed or were cancelled, with the reason.
        experiments: Files on view.
        annotations: Files of features on view.
        hidden: Identifiers of tracks whose experiment comes with the assembly and is not to be shown.
        refused: Why the last file was not taken.
        signals: Binned experiments by file and place.
        folder: Where uploads lie; deleted with the session.
        uploader: Counts uploads, so that the widget is emptied after each.
        address: The address bar as last read or written: what each parameter says.
        told_view: The view that the address tells of, or need not tell of; None for the first view.
        is_view_stale: Whether the view of the address belongs to another question, and is to be written anew.
        notes: What to say about the link that was opened.
    """

    text: str = ""
    site: str = ""
    edit_list: EditList = field(default_factory=EditList)
    wanted_edits: tuple[VariantText, ...] = ()
    edit_problem: tuple[str, EnformerError] | None = None
    refused_edit: EnformerError | None = None
    view_done: tuple[int, int] = (0, 0)
    example: str = ""
    wanted: tuple[str, ...] = ()
    wanted_looks: dict[str, Look] = field(default_factory=dict)
    wanted_view: str = ""
    is_begun: bool = False
    is_tour_folded: bool = False
    choice: Choice | None = None
    head: str | None = None
    tracks: tuple[int, ...] | None = None
    tracks_done: tuple[int, int] = (0, 0)
    transform: str = "soft"
    show: Show = field(default_factory=Show)
    looks: dict[int, Look] = field(default_factory=dict)
    tiles: tuple[int, int] = (0, 0)
    explain: Asked = field(default_factory=Asked)
    view: Interval | None = None
    results: OrderedDict[str, Result] = field(default_factory=OrderedDict)
    shown: str = ""
    job: Work | None = None
    job_key: str = ""
    pending: tuple[str, Window, str] | None = None
    stopped: dict[str, EnformerError | None] = field(default_factory=dict)
    experiments: list[Experiment] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    refused: list[tuple[str, EnformerError]] = field(default_factory=list)
    signals: OrderedDict[tuple, BinnedSignal] = field(default_factory=OrderedDict)
    folder: VisitFolder | None = None
    uploader: int = 0
    address: dict[str, str] = field(default_factory=dict)
    told_view: Interval | None = None
    is_view_stale: bool = False
    notes: tuple[str, ...] = ()

    @property
    def edits(self) -> tuple[Variant, ...]:
        """The edits that are applied, in the order of the list; setting it replaces the list as one step."""
        return self.edit_list.applied

    @edits.setter
    def edits(self, variants: tuple[Variant, ...]) -> None:
        self.edit_list = self.edit_list.replaced(variants)

    def upload_folder(self) -> Path:
        """This session's own folder for uploads, readable by nobody else."""
        if self.folder is None or not self.folder.path.is_dir():
            self.folder = uploads.store().visit()
        return self.folder.path


def session() -> Session:
    """The state of the session that runs."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    return st.session_state[_KEY]


def keep(entries: OrderedDict[Key, Value], key: Key, value: Value, limit: int) -> None:
    """Remember a value as the newest, and forget the oldest ones beyond the limit."""
    entries[key] = value
    entries.move_to_end(key)
    while len(entries) > limit:
        entries.popitem(last=False)


def ask(text: str) -> None:
    """Ask a new question, as if it had been typed: of the reference, and no worked example any more."""
    state = session()
    state.text, state.site, state.view, state.notes = text, "", None, ()
    state.tiles = (0, 0)
    state.edit_list, state.wanted_edits = EditList(), ()
    state.edit_problem = state.refused_edit = None
    state.refused = []
    state.example, state.wanted, state.wanted_view, state.is_view_stale = "", (), "", True
    state.wanted_looks = {}
    state.explain = state.explain.elsewhere()


def open_example(example: Example) -> None:
    """Ask what a worked example asks. Its tracks and its view are put on screen once model and assembly are there."""
    ask(example.query)
    state = session()
    state.edit_list, state.example = EditList.of(example.edits), example.id
    state.wanted, state.wanted_view, state.is_begun = example.tracks, example.view, True


def remove_edits() -> None:
    """Ask the same of the reference, which can be undone. A worked example with edits is left by that."""
    state = session()
    state.edits, state.wanted_edits, state.example = (), (), ""
    state.edit_problem = state.refused_edit = None


def take_off(state: Session, track: int) -> None:
    """Take a track off view; what was compared with it is compared with nothing.

    Raises:
        InputError: It is not on view, or it is the only one.
    """
    tracks = state.tracks or ()
    if track not in tracks:
        raise InputError(f"track {shown(track)} is not on view", hint="Choose one of the lanes that are there")
    if len(tracks) == 1:
        raise InputError("the last lane cannot be taken off", hint="Add another track first")
    state.tracks = tuple(index for index in tracks if index != track)
    for experiment in state.experiments:
        if experiment.track == track:
            experiment.track = None
