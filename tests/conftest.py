"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import World, build

from enformer_core.settings import PREFIX

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes in a parameter do not name its test: packed ones hold the time, and differ from process to process."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the data, cache or settings of the person who runs it."""
    import os

    for name in [n for n in os.environ if n.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ENFORMER_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("ENFORMER_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("ENFORMER_SETTINGS_FILE", str(home / "settings.toml"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real hg38 slices, bigWigs and tables, which are no part of this repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data are not at {folder}")
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small genome with genes, a model and an experiment."""
    return build(tmp_path_factory.mktemp("world"))
