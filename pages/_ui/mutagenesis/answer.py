"""What came of the question: the map as it fills in, or the scan; before that, what it costs."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.locus import format_locus
from enformer_core.settings import Settings

from .. import problems
from ..explain import interval as usual
from ..explain import jobs, questions
from ..picture import track_name
from ..state import Session
from ..theme import palette
from ..words import cut, for_html
from . import costs, downloads, motif_table, substitutions, waiting
from .choices import Chosen
from .figure import map_figure
from .scan_figure import scan_figure
from .strongest import in_words, scan_in_words

if TYPE_CHECKING:
    from enformer_core.interpret.deletion_scan import DeletionScan
    from enformer_core.interpret.mutagenesis_map import MutagenesisMap

    from ..explain.subject import Subject

_BEGUN = "mutagenesis-begun"
_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "toImage"]}
_HOW_TO_READ = (
    "A colour is the target with the substitution less the target as it is; a dot is the base that is there; grey is "
    "not computed, or N. A letter is as high as minus the mean effect of its three substitutions. Drag to zoom, "
    "double-click to go back"
)


def draw(state: Session, subject: Subject, chosen: Chosen, settings: Settings) -> None:
    """Draw the answer about some bases, or what it would take to have one."""
    if usual.is_wide(chosen.interval):
        _wide(subject, chosen, settings)
        return
    n = 3 * chosen.interval.width
    estimate = costs.of_map(subject.predictor.window_seconds, chosen.interval.width)
    line = st.container()
    facts = [f"{n:,} substitutions", costs.in_words(estimate)]
    # Where Browse shows the lane of the same bases, the work is under way or done already.
    is_begun = "mutagenesis" in state.explain.lanes
    if is_begun or _is_wanted("mutagenesis", _key(subject, chosen), estimate):
        held = questions.mutagenesis(subject, chosen.interval)
        again = waiting.MAP_POLL_S if held.is_running else None
        st.fragment(_picture, run_every=again)(subject, chosen, is_running=held.is_running)
        if held.result is not None:
            del facts[1:]
            _below(state, subject, held.result)
    with line:
        _line(subject, chosen, *facts)
    _on_the_command_line(costs.command(subject, chosen.interval, settings))


def _below(state: Session, subject: Subject, found: MutagenesisMap) -> None:
    """What there is to read and to take away of a whole map."""
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        substitutions.table(state, subject, found)
    with right:
        motif_table.table(subject, found)
        st.markdown("#### Take it away")
        downloads.of_map(found, _names(subject))


@problems.guarded
def _picture(subject: Subject, chosen: Chosen, *, is_running: bool) -> None:
    """The map as far as it is, and how far that is."""
    held = questions.mutagenesis(subject, chosen.interval)
    if is_running and not held.is_running:
        st.rerun()
    words = f"Mutating {chosen.interval.width:,} bp"
    if held.job is not None:
        waiting.bar(held.job, "mutagenesis", words)
    elif held.result is None:
        waiting.ended("mutagenesis", held, words)
    found = held.result or held.partial
    if found is None:
        return
    marks = motif_table.marks(subject, found) if held.result is not None else ()
    said = in_words(found, subject.change_unit)
    figure = map_figure(found, palette(), marks)
    st.plotly_chart(figure, theme=None, key="mutagenesis-map", config=_CONFIG, alt=said)
    value = f"The target is {found.value:.4g} as it is, in {subject.unit}."
    st.html(
        f'<div id="mutagenesis-words">{for_html(said)} {for_html(value)}</div>'
        f'<div class="eb-note">{for_html(" · ".join((_HOW_TO_READ, f"method {found.method}", *found.notes)))}</div>'
    )


def _wide(subject: Subject, chosen: Chosen, settings: Settings) -> None:
    """A scan of stretches, in place of a map of so many bases."""
    width, first = chosen.interval.width, usual.scan_width(chosen.interval)
    _line(subject, chosen, "too many bases to mutate one by one", "stretches of them are blanked instead")
    stretch = st.segmented_control(
        "Bases of a stretch",
        usual.WIDTHS,
        default=first,
        key=f"mutagenesis-stretch-{first}",
        format_func=lambda each: f"{each} bp",
        required=True,
        help="Each stretch is replaced by N, one at a time; no base moves",
    )
    command = costs.command(subject, chosen.interval, settings, stretch)
    n = width // stretch
    if n > costs.MAX_STRETCHES:
        st.info(
            f"**{n:,} stretches are too many for a page:** at most {costs.MAX_STRETCHES:,} are computed here. Choose "
            "wider stretches or fewer bases, or run it on the command line:"
        )
        st.code(command, language="bash", wrap_lines=True)
        return
    estimate = costs.of_scan(subject.predictor.window_seconds, width, stretch)
    st.html(f'<div class="eb-note">{n:,} stretches · {costs.in_words(estimate)}</div>')
    if _is_wanted("scan", (*_key(subject, chosen), stretch), estimate):
        held = questions.scan(subject, chosen.interval, stretch)
        if held.result is None:
            waiting.in_its_place("scan", held, f"Scanning {width:,} bp")
        else:
            _scanned(held.result, subject)
    _on_the_command_line(command)


def _scanned(found: DeletionScan, subject: Subject) -> None:
    said = scan_in_words(found, subject.change_unit)
    st.plotly_chart(scan_figure(found, palette()), theme=None, key="mutagenesis-scan", config=_CONFIG, alt=said)
    st.html(f'<div id="mutagenesis-words">{for_html(said)}</div>')
    downloads.of_scan(found)


def _line(subject: Subject, chosen: Chosen, *facts: str) -> None:
    """Which bases, how many, and what they cost."""
    why = f", {chosen.why}" if chosen.why else ""
    words = " · ".join((f"{chosen.interval.width:,} bp{why}", *facts))
    chip = '<span class="eb-chip simulated">simulated</span>' if subject.predictor.simulated else ""
    st.html(
        '<div class="eb-locus" style="white-space:normal" id="mutagenesis-of">'
        f"<b>{for_html(format_locus(chosen.interval))}</b>"
        f"{for_html(words)} {chip}</div>"
    )


def _is_wanted(kind: str, key: tuple[Hashable, ...], estimate: float | None) -> bool:
    """Whether to begin: at once what is quick, and what takes long by a button, which is drawn here.

    What was begun here for another question is stopped.
    """
    begun = st.session_state.get(_BEGUN)
    if begun is not None and begun != (kind, key):
        jobs.cancel(begun[0])
        st.session_state[_BEGUN] = begun = None
    if begun is None and estimate is not None and estimate <= costs.AT_ONCE_S:
        st.session_state[_BEGUN] = begun = (kind, key)
    if begun is not None:
        return True
    st.button(
        "Run",
        key="mutagenesis-run",
        type="primary",
        icon=":material/play_arrow:",
        on_click=st.session_state.__setitem__,
        args=(_BEGUN, (kind, key)),
    )
    return False


def _key(subject: Subject, chosen: Chosen) -> tuple[Hashable, ...]:
    """What tells one question of a visit from another."""
    window = subject.window
    edits = tuple(str(edit) for edit in window.edits)
    return (subject.predictor.weights_sha256, window.interval, edits, subject.head, subject.target, chosen.interval)


def _names(subject: Subject) -> tuple[str, ...]:
    tracks = (subject.table[column] for column in subject.target.columns)
    return tuple(cut(f"{track_name(track)} {track.biosample}".strip(), 60) for track in tracks)


def _on_the_command_line(command: str) -> None:
    with st.expander("The same on the command line"):
        st.code(command, language="bash", wrap_lines=True)
