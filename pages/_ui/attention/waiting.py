"""A map that is being made: how far it is, how to stop it, and what came of it where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from .. import problems
from ..explain import jobs
from ..words import for_markdown, seconds
from .figure import HEIGHT_PX

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job

    from ..explain.jobs import Held

KIND = "picture"
_POLL_S = 0.4


def in_its_place(held: Held) -> None:
    """Draw what stands where the map will be."""
    if held.job is not None:
        _progress(held.job)
        st.html(f'<div class="eb-waiting" style="height:{HEIGHT_PX - 60}px" aria-hidden="true"></div>')
        return
    if held.error is not None:
        problems.show_any(held.error)
    else:
        st.info("**The map was cancelled.** Make it again, or choose something else.")
    st.button("Try again" if held.error else "Make it again", key="picture-again", on_click=jobs.again, args=(KIND,))


@st.fragment(run_every=_POLL_S)
@problems.guarded
def _progress(job: Job) -> None:
    if job.done():
        st.rerun()
    progress = job.progress
    bar, stop = st.columns([0.82, 0.18], vertical_alignment="center")
    words = ["the attention map", progress.message, f"{progress.fraction:.0%}", seconds(progress.seconds_left)]
    bar.progress(min(max(progress.fraction, 0.0), 1.0), text=" · ".join(for_markdown(w) for w in words if w))
    stop.button("Cancel", key="picture-cancel", on_click=jobs.cancel, args=(KIND,), width="stretch")
