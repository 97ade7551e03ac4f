"""A small world for the pages, and the app opened upon it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest
import streamlit as st
import worlds
from app_driver import open_app
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest


@pytest.fixture(autouse=True, scope="session")
def _packages_are_scanned_once() -> Iterator[None]:
    """Every AppTest looks through all installed packages for components, which takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def _the_model_runs_in_this_process(_own_folders: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a worker takes seconds; tests/serving and the browser tests have it as it is in life."""
    monkeypatch.setenv("ENFORMER_WORKER", "false")


@pytest.fixture
def no_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is configured, and nothing is kept in memory from other tests."""
    yield
    st.cache_resource.clear()


@pytest.fixture
def configured(no_world: None, world: worlds.World, monkeypatch: pytest.MonkeyPatch) -> worlds.World:
    """The model, the assembly and the genes of the world are the ones to start with."""
    monkeypatch.setenv("ENFORMER_MODEL", str(world.model))
    monkeypatch.setenv("ENFORMER_ASSEMBLY", str(world.fasta))
    monkeypatch.setenv("ENFORMER_GENES", str(world.genes))
    return world


@pytest.fixture
def opened(configured: worlds.World) -> Callable[..., AppTest]:
    """Open the app, with query parameters, and wait for what it does."""

    return open_app
