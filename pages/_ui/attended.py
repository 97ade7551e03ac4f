"""Work that ends with the visit it was asked in: whoever closes the tab leaves nothing running."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from streamlit import runtime

from enformer_core.errors import JobTimeout

from .visit import is_open, this_visit

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job

_EVERY_S, _MISSED = 1.0, 3  # so many looks in a row without a visitor: a reload of the page takes less


def attend(*jobs: Job) -> None:
    """Cancel jobs soon after the browser that asked for them has gone.

    Args:
        jobs: Work that is under way.
    """
    is_there = _presence()
    if is_there is not None and not all(job.done() for job in jobs):
        threading.Thread(target=_watch, args=(jobs, is_there), name="attendance", daemon=True).start()


def _watch(jobs: Sequence[Job], is_there: Callable[[], bool]) -> None:
    missed = 0
    for job in jobs:
        while missed < _MISSED and not _ends(job):
            missed = 0 if is_there() else missed + 1
    if missed >= _MISSED:
        for job in jobs:
            job.cancel()


def _ends(job: Job) -> bool:
    """Wait a while for the end of a job, whatever it is."""
    try:
        job.result(_EVERY_S)
    except JobTimeout:
        return False
    except BaseException:  # it is told where the result is taken
        return True
    return True


def _presence() -> Callable[[], bool] | None:
    """What tells whether this visit goes on; None where no server is, as in a test of the script alone."""
    visit = this_visit()
    return (lambda: is_open(visit)) if visit and runtime.exists() else None
