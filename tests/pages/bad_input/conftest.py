"""One page for all the bad inputs of a module: opening another takes longer than fifty questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
import worlds
from app_driver import open_app
from bad_input_driver import Corners, build, fresh
from streamlit.testing.v1 import AppTest

import enformer_core as ec


@pytest.fixture(scope="session")
def corners(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Corners:
    """The usual world with more contigs and genes."""
    return build(tmp_path_factory.mktemp("corners"), world)


@pytest.fixture(scope="module")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for data and cache that outlive a test, since the page does."""
    yield tmp_path_factory.mktemp("kept")
    st.cache_resource.clear()


@pytest.fixture
def home(_home: Path, corners: Corners, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with data and cache, and the settings that lead to them and to the world."""
    folders = {f"ENFORMER_{name.upper()}_DIR": str(_home / name) for name in ("data", "cache")}
    for name, value in {**corners.environment(), **folders}.items():
        monkeypatch.setenv(name, value)
    return _home


@pytest.fixture(scope="module")
def _pages() -> list[AppTest]:
    return []


@pytest.fixture
def page(home: Path, _pages: list[AppTest]) -> AppTest:
    """The page as a new visitor finds it."""
    if not _pages:
        _pages.append(open_app())
    return fresh(_pages[0])


@pytest.fixture(scope="module")
def predictor(corners: Corners) -> Iterator[ec.Predictor]:
    """What the page asks, asked in Python."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in corners.environment().items():
            patch.setenv(name, value)
        made = ec.Predictor.from_pretrained(corners.model, assembly=corners.fasta, genes=corners.genes)
    yield made
    made.close()
