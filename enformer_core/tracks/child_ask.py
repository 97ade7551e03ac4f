"""Putting a list of files to the children, and finding out which of them is to blame when one dies."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import BigWigError, FileError, FileFormatError, FileTooLarge, GtfError
from .bigwig_header import Identity
from .child_pool import Child, ChildPool
from .child_wire import WireError

LANES_PER_REQUEST = 100
_AGAIN = "Copy or download it again"
MAX_WORDS = 400
_REFUSALS = {kind.__name__: kind for kind in (FileError, FileFormatError, FileTooLarge, GtfError)}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lane:
    """One file to read.

    Attributes:
        path: The file.
        identity: Its state when its header was checked.
        work: What to do with it: ``kind`` and that kind's arguments.
        max_bytes: Most raw bytes that the answer may have.
        noun: What a message calls the file.
        error: Class of the error where it cannot be read.
    """

    path: Path
    identity: Identity
    work: dict[str, Any]
    max_bytes: int
    noun: str = "bigWig"
    error: type[FileFormatError] = BigWigError

    def request(self) -> dict[str, Any]:
        """The lane as a child reads it."""
        return {"path": str(self.path.absolute()), "identity": list(self.identity)} | self.work


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child found: numbers by name, and raw bytes. ``facts`` has no value that was not checked."""

    facts: dict[str, Any] = field(default_factory=dict)
    raw: bytes = b""

    def count(self, name: str) -> int:
        """A number above or equal to 0; 0 where the child sent something else."""
        value = self.facts.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


class Changed:
    """The file is no longer the one whose header was checked."""


Outcome = Answer | Changed | FileError


def ask(pool: ChildPool, lanes: Sequence[Lane], timeout_s: float) -> list[Outcome]:
    """Read all lanes; what one file does to its child never costs another its answer.

    A child that dies is replaced and the remaining files are put to a new one. The file at which it died is blamed
    only if the child had read nothing before it: otherwise an earlier file may have damaged the child's memory, and
    the file is read again as the first of a new child.

    Args:
        pool: The children.
        lanes: Files to read.
        timeout_s: Longest time for one lane.

    Returns:
        One outcome per lane, in order.

    Raises:
        ResourceError: A child does not start.
        RuntimeError: The pool is closed.
    """
    outcomes: list[Outcome] = []
    fresh = False
    while len(outcomes) < len(lanes):
        group = lanes[len(outcomes) : len(outcomes) + LANES_PER_REQUEST]
        with pool.child(fresh=fresh) as child:
            found, is_whole = _ask_child(child, group, timeout_s)
        outcomes += found
        fresh = not is_whole
    return outcomes


def _ask_child(child: Child, lanes: Sequence[Lane], timeout_s: float) -> tuple[list[Outcome], bool]:
    """Outcomes of the lanes that this child got to, and whether it came to the end."""
    was_fresh = child.n_requests == 0
    outcomes: list[Outcome] = []
    try:
        deadline = time.monotonic() + timeout_s
        child.send({"lanes": [lane.request() for lane in lanes], "cpu_s": timeout_s * len(lanes)}, deadline)
        for lane in lanes:
            deadline = time.monotonic() + timeout_s
            facts = child.receive(deadline)
            outcomes.append(_outcome(child, lane, facts, deadline))
            if facts.get("error") in ("damaged", "memory"):
                return outcomes, False
    except TimeoutError:
        return [*outcomes, _timed_out(lanes[len(outcomes)], timeout_s)], False
    except WireError as exc:
        ending = child.kill(grace_s=0.5)
        _log.debug("the reader ended (%s) at %s: %s", ending, lanes[len(outcomes)].path, exc)
        if was_fresh and not outcomes:
            return [_died(lanes[0], ending)], False
        return outcomes, False
    child.finished()
    return outcomes, True


def _outcome(child: Child, lane: Lane, facts: dict[str, Any], deadline: float) -> Outcome:
    n_bytes = facts.get("n_bytes")
    if not isinstance(n_bytes, int) or not 0 <= n_bytes <= lane.max_bytes:
        raise WireError(f"an answer claims {n_bytes} bytes")
    raw = child.receive_bytes(n_bytes, deadline)
    error = facts.get("error")
    if error is None:
        return Answer(facts, raw)
    if error == "changed":
        return Changed()
    if error == "refused":
        return _refused(lane, facts)
    _log.debug("reading %s failed: %s", lane.path, facts.get("reason"))
    where = str(lane.path)
    if error == "memory":
        return lane.error(
            f"reading this {lane.noun} takes more memory than is allowed",
            where=where,
            hint="If you trust the file, raise the setting bigwig_memory_bytes",
        )
    return lane.error(f"the {lane.noun} is damaged: its data cannot be read", where=where, hint=_AGAIN)


def _refused(lane: Lane, facts: dict[str, Any]) -> FileError:
    """What our own reader says of a file. A child that was taken over could say anything, but not at any length."""
    what, where, hint = (str(facts.get(name, ""))[:MAX_WORDS] for name in ("what", "where", "hint"))
    kind = _REFUSALS.get(str(facts.get("code")), lane.error)
    return kind(what, where=f"{lane.path} {where}".rstrip(), hint=hint)


def _timed_out(lane: Lane, timeout_s: float) -> FileFormatError:
    return lane.error(
        f"reading this {lane.noun} took more than {timeout_s:g} s and was stopped",
        where=str(lane.path),
        hint="If you trust the file, raise the setting bigwig_timeout_s",
    )


def _died(lane: Lane, ending: str) -> FileFormatError:
    return lane.error(
        f"the {lane.noun} is damaged: reading it crashed the reader ({ending})", where=str(lane.path), hint=_AGAIN
    )
