"""Work that is not done yet: how far it is, how to stop it, and what to do where it has ended without a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from .. import problems
from ..explain import jobs
from ..words import for_markdown, seconds

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job

    from ..explain.jobs import Held

POLL_S = 0.4
MAP_POLL_S = 2.0
"""Of a map that grows: drawing it takes the processors from the work itself."""


def in_its_place(kind: str, held: Held[Any], words: str) -> None:
    """Draw what stands where a result will be.

    Args:
        kind: Of explanation.
        held: It has no result.
        words: What is being done.
    """
    if held.job is not None:
        _watched(held.job, kind, words)
    else:
        ended(kind, held, words)


def ended(kind: str, held: Held[Any], words: str) -> None:
    """Say why there is no result, and offer to begin again."""
    if held.error is not None:
        problems.show_any(held.error)
    else:
        st.info(f"**Cancelled:** {for_markdown(words[:1].lower() + words[1:])}.")
    label = "Try again" if held.error is not None else "Go on"
    st.button(label, key=f"mutagenesis-again-{kind}", on_click=jobs.again, args=(kind,))


def bar(job: Job, kind: str, words: str) -> None:
    """How far the work is, and the button that stops it."""
    progress = job.progress
    left, right = st.columns([0.85, 0.15], vertical_alignment="center")
    said = [words, progress.message, f"{progress.fraction:.0%}", seconds(progress.seconds_left)]
    left.progress(min(max(progress.fraction, 0.0), 1.0), text=" · ".join(for_markdown(part) for part in said if part))
    right.button("Cancel", key=f"mutagenesis-cancel-{kind}", on_click=jobs.cancel, args=(kind,), width="stretch")


@st.fragment(run_every=POLL_S)
@problems.guarded
def _watched(job: Job, kind: str, words: str) -> None:
    if job.done():
        st.rerun()
    bar(job, kind, words)
