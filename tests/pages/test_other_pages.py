"""Setup, guide, and what holds for every page."""

from __future__ import annotations

import ast
import sys

import pytest
from app_driver import APP, plain
from streamlit.testing.v1 import AppTest

PAGES = sorted(p for p in (APP.parent / "pages").glob("*.py") if p.stem != "__init__")


def words(app: AppTest) -> str:
    return plain("\n".join(m.value for m in app.markdown))


def test_setup_shows_the_facts_of_doctor(no_world, world, monkeypatch):
    monkeypatch.setenv("ENFORMER_MODEL", "nothing")
    monkeypatch.setenv("ENFORMER_ASSEMBLY", str(world.fasta))
    app = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/setup.py").run()
    assert not app.exception
    text = words(app)
    assert "missing | start model | there is no model" in text
    assert "ok | start assembly | genome, 2 contigs" in text
    assert text.index("missing |") < text.index("ok |")
    assert "enformer-browser setup index hg38.fa" in text


def test_a_hosted_setup_page_names_no_folder(no_world, monkeypatch):
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    app = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/setup.py").run()
    assert "/home" not in words(app)
    assert str(APP.parent) not in words(app)


def test_the_guide_says_how_positions_are_counted(no_world):
    app = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/guide.py").run()
    assert not app.exception
    text = words(app)
    for fact in ("196,608", "114,688", "from 1", "from 0, half-open", "below 8"):
        assert fact in text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_that_is_run_without_app_py_finds_its_frame(page, no_world):
    app = AppTest.from_file(str(page), default_timeout=60).run()
    assert not app.exception


@pytest.mark.parametrize("page", [APP, *PAGES], ids=lambda p: p.stem)
def test_pages_are_short_and_import_neither_numpy_nor_torch(page):
    text = page.read_text()
    assert len(text.splitlines()) <= 200
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {"__future__", "typing", "streamlit", "enformer_core", "pages"}


def test_the_frame_does_not_import_torch(no_world):
    import subprocess

    code = "import sys; import pages._ui.stage, pages._ui.services, pages._ui.running; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=APP.parent, check=False).returncode == 0
