"""The search box: one line for gene, locus, variant and sequence, with the questions of this visit.

What is typed, completed and pasted is the browser's business (``assets/browser/search``); a question comes here whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from enformer_core.genome.interval import Interval
from enformer_core.genome.typed import MAX_TEXT, plain

from . import components, problems
from .edit_list import EditList
from .state import Session, ask, session
from .words import cut, visible

PROMPT = "gene, locus, variant or sequence"
KEY = "search-box"
MAX_VISITS = 20
# Twice what is read as a sequence: what is longer is refused, however long it is.
MAX_ASKED = 2_000_000
_MEMORY = "search-visits"


@dataclass(frozen=True, slots=True)
class Visit:
    """A question of this visit, as it was left.

    Attributes:
        text: What was asked.
        example: Id of the worked example that asked it, or empty.
        site: Transcript whose start site was in the middle, or empty.
        edits: The list of edits, with what can be undone in it.
        view: What was on screen, or None.
    """

    text: str
    example: str = ""
    site: str = ""
    edits: EditList = field(default_factory=EditList)
    view: Interval | None = None


@dataclass(slots=True)
class Visits:
    """The questions of one visit, as a browser's pages: a trail to go back and forth on, and a history.

    Attributes:
        trail: The last questions, in the order of time.
        place: Which of them is on screen.
        asked: The texts of the last questions, each once, to the number of their last turn; the newest last.
        turn: How often the question on screen has changed.
    """

    trail: list[Visit] = field(default_factory=list)
    place: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    turn: int = 0

    def note(self, visit: Visit) -> None:
        """Take note of what is asked now: a new question ends the trail here, and goes on from it."""
        if self.trail:
            now = self.trail[self.place]
            if (now.text, now.example) == (visit.text, visit.example):
                self.trail[self.place] = visit
                return
        elif not visit.text.strip():
            return  # nothing has been asked yet
        self.trail = [*self.trail[: self.place + 1], visit][-MAX_VISITS:]
        self.place = len(self.trail) - 1
        self.turn += 1
        self.asked.pop(visit.text, None)
        if visit.text.strip():
            self.asked[visit.text] = self.turn
        while len(self.asked) > MAX_VISITS:
            del self.asked[next(iter(self.asked))]

    def at(self, step: int) -> Visit | None:
        """The question so many steps ahead (or, below 0, behind), if there is one."""
        place = self.place + step
        return self.trail[place] if 0 <= place < len(self.trail) else None

    def go(self, step: int) -> Visit | None:
        """Move along the trail; where it does not reach so far, stay and return None."""
        visit = self.at(step)
        if visit is not None:
            self.place += step
            self.turn += 1
        return visit

    def history(self) -> list[tuple[int, str]]:
        """The questions but the one on screen, the newest first: the number of each and its text."""
        now = self.trail[self.place].text if self.trail else ""
        return [(number, text) for text, number in reversed(self.asked.items()) if text != now]


def box(state: Session) -> None:
    """Draw the box, with the steps back and forward."""
    visits = _noted(state)
    back, forward = visits.at(-1), visits.at(1)
    is_line = _is_line(state.text)
    data = {
        "text": state.text if is_line else "",
        "turn": visits.turn,
        "hint": PROMPT if is_line else f"{label(state.text)} · ask something else",
        "history": [[number, label(text)] for number, text in visits.history()],
        "back": label(back.text) if back else None,
        "forward": label(forward.text) if forward else None,
    }
    components.component("search")(
        key=KEY, data=data, on_asked_change=_asked, on_again_change=_again, on_went_change=_went
    )


def label(text: str) -> str:
    """A question in a line: as it was typed, or a sequence by its name and length."""
    if not text.strip():
        return "the start"
    if _is_line(text):
        return visible(cut(text.strip(), 80))
    lines = text.strip().splitlines()
    name = cut(visible(lines[0][1:].strip()), 40) if lines[0].startswith(">") else ""
    letters = sum(len("".join(line.split())) for line in lines if not line.startswith(">"))
    return f"sequence {name}, {letters:,} letters".replace(" ,", ",")


def asked(text: str) -> None:
    """Ask what was typed or pasted. The question that is on screen already stays, with its edits."""
    state = session()
    if len(text) <= MAX_TEXT and not plain(text):  # spaces, some of them without a width
        text = ""
    if text != state.text:
        _noted(state)
        ask(text[:MAX_ASKED])


def asked_again(number: int) -> None:
    """Ask a question of the history by its number; one that has fallen out of it is no longer there."""
    for known, text in _visits().history():
        if known == number:
            asked(text)


def went(step: int) -> None:
    """Go back (-1) or forward (1) to a question as it was left; nothing where there is none."""
    state = session()
    visit = _noted(state).go(step)
    if visit is not None:
        ask(visit.text)
        state.example, state.site, state.edit_list, state.view = visit.example, visit.site, visit.edits, visit.view


def _is_line(text: str) -> bool:
    """Whether the box can show a text: longer ones, and those of several lines, are sequences."""
    return len(text) <= MAX_TEXT and len(text.strip().splitlines()) < 2


def _noted(state: Session) -> Visits:
    """The visit, with the question on screen as it stands now."""
    visits = _visits()
    visits.note(Visit(state.text, state.example, state.site, state.edit_list, state.view))
    return visits


def _visits() -> Visits:
    if _MEMORY not in st.session_state:
        st.session_state[_MEMORY] = Visits()
    return st.session_state[_MEMORY]


# The browser's word is checked: anybody can send anything.


@problems.guarded
def _asked() -> None:
    text = st.session_state[KEY].get("asked")
    if isinstance(text, str):
        asked(text)


@problems.guarded
def _again() -> None:
    number = st.session_state[KEY].get("again")
    if isinstance(number, int):
        asked_again(number)


@problems.guarded
def _went() -> None:
    step = st.session_state[KEY].get("went")
    if step in (-1, 1):
        went(step)
