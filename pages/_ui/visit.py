"""Who is visiting, and whether they are still there."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def this_visit() -> str:
    """What the server calls the visit whose page is being drawn; empty outside one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def is_open(visit: str) -> bool:
    """Whether a visit's page is open now; taken to be so where no server runs that could know."""
    return not runtime.exists() or runtime.get_instance().is_active_session(visit)
