"""Rows 68 and 69 of the table of bad inputs: what an upload is called, what it is, and how much there may be of it."""

from __future__ import annotations

import gc
import io
import re
import stat
import tomllib
import zipfile
from pathlib import Path

import pytest
from app_driver import APP, html, upload
from bad_input_driver import Corners, fresh, goes_on, said, still_answers, uploaded
from streamlit.testing.v1 import AppTest

from pages._ui.experiments import MAX_EXPERIMENTS
from pages._ui.intake import MAX_SESSION_FACTOR
from pages._ui.state import Experiment, Session

NAMES = (
    "../../app.py",
    "..\\..\\app.py",
    "/etc/passwd",
    "CON",
    "a.bw.exe",
    "a.txt",
    "noextension",
    ".bw",
    "",
    "<img src=x onerror=alert(1)>.bw",
    "[x](javascript:alert(1)).bw",
    "a\x00b\u202ec\n.bw",
    "\U0001f9ec" * 60,
    "n" * 4096,
)


def test_row_68_a_name_is_only_shown(page: AppTest, corners: Corners) -> None:
    content = corners.experiment.read_bytes()
    for name in NAMES:
        upload(fresh(page).run(), content, name)
        state = page.session_state["browser"]
        (experiment,) = state.experiments
        assert experiment.path.parent == state.upload_folder()
        assert re.fullmatch("[0-9a-f]{32}", experiment.path.name)
        assert stat.S_IMODE(experiment.path.parent.stat().st_mode) == 0o700
        assert not set("\x00\u202e") & set(html(page)), repr(name)
        assert "<img" not in html(page)
        assert 0 < len(experiment.name) <= 200
        assert not page.exception
    goes_on(fresh(page))


def zipped(name: str, content: bytes, mode: int = 0o100644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return buffer.getvalue()


def test_row_68_archives_are_refused_whatever_they_are_called(page: AppTest, corners: Corners) -> None:
    good = corners.experiment.read_bytes()
    for content in (
        zipped("ID0000.bw", good),
        zipped("inner.zip", zipped("ID0000.bw", good)),
        zipped("link.bw", b"/etc/passwd", 0o120777),
        zipped("../../app.py", b"print()"),
    ):
        assert "this is a zip archive" in uploaded(page, content, "ID0000.bw")
    assert "this is an empty file" in uploaded(page, b"", "ID0000.bw")
    still_answers(page)


def test_row_69_one_file_and_all_files_of_a_visit_are_bounded(
    page: AppTest, corners: Corners, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = corners.experiment.read_bytes()
    monkeypatch.setenv("ENFORMER_UPLOAD_MAX_BYTES", str(len(good) - 1))
    assert "the file is too large: one file may have 0 MB" in uploaded(page, good, "a.bw")
    monkeypatch.setenv("ENFORMER_UPLOAD_MAX_BYTES", str(len(good)))
    for n in range(MAX_SESSION_FACTOR):
        upload(page, good, f"{n}.bw")
        assert not page.error
    upload(page, good, "one-more.bw")
    assert "all together 4 times that. Remove another" in said(page)
    folder = page.session_state["browser"].upload_folder()
    assert len(list(folder.iterdir())) == len(page.session_state["browser"].experiments) == MAX_SESSION_FACTOR
    page.button(key="drop-0").click().run()
    upload(page, good, "one-more.bw")
    assert not page.error
    goes_on(page)


def test_row_69_the_number_of_experiments_is_bounded(page: AppTest, corners: Corners, tmp_path: Path) -> None:
    state = page.run().session_state["browser"]
    state.experiments = [Experiment(tmp_path / f"{n}.bw", f"{n}.bw") for n in range(MAX_EXPERIMENTS)]
    upload(page, corners.experiment.read_bytes(), "one-more.bw")
    assert f"one-more.bw: {MAX_EXPERIMENTS} experiments are on view already. Remove one first" in said(page)
    assert len(state.experiments) == MAX_EXPERIMENTS
    assert not list(state.upload_folder().iterdir())


def test_row_69_what_was_uploaded_goes_with_its_visit() -> None:
    """Streamlit forgets a visit two minutes after its tab was closed; the visit's folder goes with it."""
    state, other = Session(), Session()
    folder, others = state.upload_folder(), other.upload_folder()
    (folder / "upload").write_bytes(b"x" * 100)
    assert folder != others
    del state
    gc.collect()
    assert not folder.exists()
    assert others.exists()
    configured = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text())["server"]
    assert (configured["disconnectedSessionTTL"], configured["maxUploadSize"]) == (120, 200)
