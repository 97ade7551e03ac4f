"""bigWigs at web addresses: what fetches them, for all visits, each file for those who give its address."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from enformer_core.settings import Settings, load_settings
from enformer_core.tracks.remote.bigwigs import RemoteBigWigs
from enformer_core.tracks.remote.policy import policy_of

_FOLDER = "remote"


def is_offered(settings: Settings) -> bool:
    """Whether any web address may be read from."""
    return policy_of(settings).hosts != ()


def fetcher() -> RemoteBigWigs:
    """What fetches bigWigs in this process."""
    settings = load_settings()
    return _fetcher(str(settings.cache_dir), settings.bigwig_hosts, settings.hosted)


@st.cache_resource(show_spinner=False, on_release=lambda fetcher: fetcher.close())
def _fetcher(cache_dir: str, hosts: tuple[str, ...], hosted: bool) -> RemoteBigWigs:
    # Made anew where one of these differs: they are what the policy follows from.
    return RemoteBigWigs(Path(cache_dir) / _FOLDER, policy_of(load_settings()))
