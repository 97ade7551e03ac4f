"""Real genomes and weights on the Setup page: what each takes, and its download with progress and a way to stop."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from enformer_core.genome.origins import origins
from enformer_core.genome.registry import registered
from enformer_core.provision.background import Background
from enformer_core.provision.plan import Plan, make_plan
from enformer_core.settings import Settings

from .. import problems
from ..words import for_markdown
from . import plan_table

NAMES = ("hg38", "mm10", "weights")
_POLL_S = 0.5


@st.cache_resource(show_spinner=False)
def background() -> Background:
    """The one set-up of this process, which all visits share."""
    return Background()


def draw(settings: Settings) -> None:
    """The plans; where the app is not hosted, with a button each."""
    st.markdown("#### Real genomes and weights")
    if settings.hosted:
        st.markdown(
            "The administrator of this server adds them with `enformer-browser setup hg38`, `mm10` or `weights`."
        )
    else:
        st.markdown(
            "One click each, or `enformer-browser setup hg38`, `mm10` or `weights`. A download that is stopped goes on "
            "where it stopped; predictions go on meanwhile."
        )
    st.html(plan_table.STYLE)
    if not settings.hosted:
        _standing()
    for name in NAMES:
        _one(name, settings)


@problems.guarded
def _one(name: str, settings: Settings) -> None:
    plan = make_plan(name, settings)
    with st.container(border=True, key=f"plan-{name}"):
        state = "there and whole" if plan.is_whole else _state(plan)
        about, action = st.columns([0.75, 0.25], vertical_alignment="center")
        about.markdown(f"**{name}** ({state}): {for_markdown(plan.recipe.about)}")
        if plan.is_whole:
            kind = plan.recipe.kind
            entry = registered(kind, settings).get(plan.target.name)
            st.html(plan_table.fetched(name, origins(entry.manifest) if entry else ()))
            return
        if not settings.hosted:
            _button(plan, settings, action)
        st.html(plan_table.planned(plan))
        if not settings.hosted:
            st.caption(f"{for_markdown(plan_table.total(plan))} It goes to {for_markdown(str(plan.target))}.")


def _button(plan: Plan, settings: Settings, place: DeltaGenerator) -> None:
    standing = background().standing
    place.button(
        f"{'Go on with' if any(d.here for d in plan.downloads) else 'Download'} {plan.name}",
        key=f"download-{plan.name}",
        help=f"Fetch, check and register {plan.name}",
        on_click=_start,
        args=(plan.name, settings),
        disabled=standing is not None and not standing.is_over,
        width="stretch",
    )


@problems.guarded
def _start(name: str, settings: Settings) -> None:
    if not settings.hosted:
        background().start(make_plan(name, settings))


def _state(plan: Plan) -> str:
    return "begun" if any(d.here for d in plan.downloads) else "not here"


def _standing() -> None:
    """What is under way, or how the last one ended."""
    standing = background().standing
    if standing is None:
        return
    if not standing.is_over:
        _under_way()
        return
    if standing.was_cancelled:
        st.info(f"**The set-up of {standing.name} was stopped.** What has come is kept; it goes on from there.")
    elif standing.error is not None:
        problems.show(standing.error)
    else:
        st.success(f"**{standing.name} is there.** It can be chosen on the Browse page.")
    st.button("Close this message", key="close-setup", on_click=background().forget, type="tertiary")


@st.fragment(run_every=_POLL_S)
@problems.guarded
def _under_way() -> None:
    standing = background().standing
    if standing is None or standing.is_over:
        st.rerun()
        return
    progress = standing.progress
    bar, stop = st.columns([0.85, 0.15], vertical_alignment="center")
    text = f"{standing.name}: {progress.text if progress else 'looking around'} …"
    bar.progress(progress.whole if progress else 0.0, text=for_markdown(text))
    stop.button("Cancel", key="cancel-setup", on_click=background().cancel, width="stretch")
