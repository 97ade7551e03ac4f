"""The lanes of explanations below the tracks: what each shows now, and how far the work for it is."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from enformer_core.errors import EnformerError

from ..view_parts import Json
from ..words import seconds
from . import interval as intervals
from . import jobs, live, motifs, parts, questions
from .asked import LANES, Asked
from .elements import elements_of
from .live import Now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enformer_core.genome.interval import Interval

    from .jobs import Held
    from .subject import Subject
    from .truth import Answers

_NAMES: Mapping[str, str] = {
    "contributions": "Contribution",
    "mutagenesis": "Mutagenesis",
    "scan": "Deletion scan",
    "attention": "Attention",
    "truth": "True answers",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One lane.

    Attributes:
        kind: One of ``LANES``, or ``scan``.
        entry: What the view is told of it.
        now: Looks at the work, goes on with it, and says what there is to show.
    """

    kind: str
    entry: Json
    now: Callable[[], Now]


@dataclass(frozen=True, slots=True)
class Rows:
    """All lanes of explanations.

    Attributes:
        rows: Top to bottom.
        about: The window and the model that they are about.
    """

    rows: tuple[Row, ...] = ()
    about: Hashable = None

    @property
    def entries(self) -> list[Json]:
        """What the view is told, top to bottom."""
        return [row.entry for row in self.rows]

    @property
    def results(self) -> list[Any]:
        """What has been found for those on view, ready to be taken away."""
        found = (jobs.found(row.kind, self.about) for row in self.rows)
        return [result for result in found if result is not None]

    def draw(self, mount: Callable[..., Any]) -> None:
        """Send the browser what there is of each, again and again while work goes on."""
        for row in self.rows:
            live.draw(row.kind, row.now, mount)


def rows(asked: Asked, subject: Subject | EnformerError | None, answers: Answers | None) -> Rows:
    """The lanes that are switched on.

    Args:
        asked: What is.
        subject: What is explained, or why nothing can be; None while the picture itself is on its way.
        answers: The true answers, where the assembly brings them.
    """
    jobs.cancel("picture")  # of the page about attention, which nobody looks at now
    if subject is None:
        return Rows()
    about = None if isinstance(subject, EnformerError) else questions.about(subject)
    jobs.keep_only(about)
    found = []
    for kind in LANES:
        if kind not in asked.lanes:
            continue
        if isinstance(subject, EnformerError):
            found.append(_refused(kind, subject))
        elif kind == "truth":
            found += [_truth(answers, subject)] if answers is not None else []
        else:
            found.append(_ROWS[kind](asked, subject))
    return Rows(tuple(found), about)


def _contributions(_: Asked, subject: Subject) -> Row:
    def now() -> Now:
        held = questions.contributions(subject)
        return _now(held, lambda scores: parts.contributions(scores, elements_of(scores, subject), subject.unit))

    return Row("contributions", _entry("contributions", "gradient × input", subject), now)


def _mutagenesis(asked: Asked, subject: Subject) -> Row:
    try:
        place = intervals.chosen(subject, asked.interval) if asked.interval else None
    except EnformerError as error:
        return _refused("mutagenesis", error)
    if place is not None and intervals.is_wide(place):
        return _scan(subject, place)

    def now() -> Now:
        bases = place
        if bases is None:
            before = questions.contributions(subject)
            if before.result is None:
                return _now(before, lambda _: {})
            bases = intervals.strongest(subject, elements_of(before.result, subject))
            if bases is None:
                return Now(("nothing",), lambda: _state("off", "No element stands out here. Choose bases to mutate"))
        held = questions.mutagenesis(subject, bases)

        def made(found: Any) -> Json:
            named = motifs.named(subject, found) if found is held.result else ()
            return parts.mutagenesis(found, named, subject.change_unit)

        begun = _now(held, made, _substitutions)
        if held.job is not None and held.partial is None:
            return Now(begun.signature, lambda: begun.make() | _begun(bases, subject), held)
        return begun

    about = f"{subject.change_unit}, exact"
    return Row("mutagenesis", _entry("mutagenesis", about, subject), now)


def _begun(bases: Interval, subject: Subject) -> Json:
    return {"state": "partial", **parts.nothing_yet(bases, subject.change_unit)}


def _scan(subject: Subject, place: Interval) -> Row:
    width = intervals.scan_width(place)

    def now() -> Now:
        return _now(questions.scan(subject, place, width), lambda found: parts.scan(found, subject.change_unit))

    return Row("scan", _entry("scan", f"{width} bp blanked at a time", subject), now)


def _attention(asked: Asked, subject: Subject) -> Row:
    from .looking import looking_from

    try:
        looking = looking_from(asked, subject)
    except EnformerError as error:
        return _refused("attention", error)

    def now() -> Now:
        held = questions.attention(subject, looking.bins, looking.layers, looking.heads)
        return _now(held, lambda found: parts.attention(found, looking.places))

    entry = _entry("attention", looking.about, subject) | {"target": f"from {looking.where}"}
    return Row("attention", entry, now)


def _truth(answers: Answers, subject: Subject) -> Row:
    def now() -> Now:
        signature, fields = answers.now(subject)
        return Now(signature, lambda: _state("done") | fields())

    return Row("truth", _entry("truth", "simulated" if subject.predictor.simulated else "known", subject), now)


_ROWS: Mapping[str, Callable[[Asked, Subject], Row]] = {
    "contributions": _contributions,
    "mutagenesis": _mutagenesis,
    "attention": _attention,
}


def _refused(kind: str, error: EnformerError) -> Row:
    """A lane that cannot be had, and why."""
    words = f"{error.what}. {error.hint}" if error.hint else error.what
    entry: Json = {
        "kind": kind,
        "part": live.name_of(kind),
        "name": _NAMES[kind],
        "about": "",
        "target": "",
        "full": words,
    }
    return Row(kind, entry, lambda: Now(("off", words), lambda: _state("off", words)))


def _entry(kind: str, about: str, subject: Subject) -> Json:
    how = {"mean": "mean", "sum": "sum", "log_ratio": "log2 of the mean"}[subject.target.reduction]
    return {
        "kind": kind,
        "part": live.name_of(kind),
        "name": _NAMES[kind],
        "about": about,
        "target": f"→ {subject.what}",
        "full": f"{_NAMES[kind]} ({about}) explains the {how} of {subject.what} at {subject.where}",
    }


def _state(state: str, problem: str = "") -> Json:
    return {"state": state, "progress": None, "problem": problem}


def _now(held: Held[Any], make: Callable[[Any], Json], words: Callable[[Held[Any]], str] | None = None) -> Now:
    """What a lane shows of some work."""
    found = held.result if held.result is not None else held.partial
    progress = _progress(held, words)
    error = held.error
    if isinstance(error, EnformerError):
        problem = f"{error.what}. {error.hint}" if error.hint else error.what
    else:
        problem = "Something went wrong that should not have; the server's log tells more" if error else ""

    def fields() -> Json:
        shown = make(found) if found is not None else {}
        return _state(held.state, problem) | {"progress": progress} | shown

    return Now((held.key, held.state, id(found), str(progress)), fields, held)


def _progress(held: Held[Any], words: Callable[[Held[Any]], str] | None) -> Json | None:
    if held.job is None:
        return None
    progress = held.job.progress
    message = words(held) if words and held.partial is not None else progress.message
    said = " · ".join(part for part in (message, seconds(progress.seconds_left)) if part)
    return {"fraction": round(min(max(progress.fraction, 0.0), 1.0), 3), "words": said}


def _substitutions(held: Held[Any]) -> str:
    effect: np.ndarray = held.partial.effect if held.partial is not None else np.zeros((0, 4))
    return f"{3 * int(np.isfinite(effect[:, 0]).sum()):,} of {3 * len(effect):,} substitutions"
