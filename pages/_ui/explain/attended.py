"""Work that ends with the visit it was asked in: whoever closes the tab leaves nothing running."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from enformer_core.errors import JobTimeout

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job

_EVERY_S, _MISSED = 1.0, 3  # so many looks in a row without a visitor: a reload of the page takes less


def attended(job: Job) -> Job:
    """Cancel a job soon after the browser that asked for it has gone.

    Args:
        job: Work that is under way.

    Returns:
        The same job.
    """
    is_there = _presence()
    if is_there is not None:
        threading.Thread(target=_watch, args=(job, is_there), name="attendance", daemon=True).start()
    return job


def _watch(job: Job, is_there: Callable[[], bool]) -> None:
    missed = 0
    while missed < _MISSED:
        try:
            job.result(_EVERY_S)
        except JobTimeout:
            missed = 0 if is_there() else missed + 1
        except BaseException:  # whatever ended it is told where its result is taken
            return
        else:
            return
    job.cancel()


def _presence() -> Callable[[], bool] | None:
    """What tells whether this visit goes on; None where no server is, as in a test of the script alone."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return None
    visit, server = context.session_id, runtime.get_instance()
    return lambda: server.is_active_session(visit)
