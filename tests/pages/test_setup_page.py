"""Real genomes on the Setup page: what they take, a button, progress, a way to stop, and what came of it."""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import worlds
from app_driver import APP, errors, html, plain
from published_files import ALIASES, FASTA, manifest, publish
from streamlit.testing.v1 import AppTest

from enformer_core.provision import background as background_module
from enformer_core.provision.plan import make_plan
from enformer_core.settings import load_settings
from pages._ui import services
from pages._ui.setup import fetching


@pytest.fixture
def page(no_world: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    """Open the page, without the facts of doctor above, which take seconds."""
    monkeypatch.setattr(services, "findings", lambda settings: [])

    def opened() -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/setup.py").run()
        assert not app.exception
        return app

    return opened


def buttons(app: AppTest) -> dict[str, bool]:
    """Which downloads can be begun."""
    return {b.key.removeprefix("download-"): not b.disabled for b in app.button if b.key.startswith("download-")}


def settled(app: AppTest) -> AppTest:
    end = time.monotonic() + 60
    while app.get("progress") and time.monotonic() < end:
        time.sleep(0.05)
        app.run()
    assert not app.exception
    return app


def test_the_plan_as_a_table(page: Callable[[], AppTest]) -> None:
    app = page()
    text = html(app)
    for words in ("hg38.fa.gz", "984 MB", "hgdownload.soe.ucsc.edu", "its publisher&#x27;s list", "pytorch_model.bin"):
        assert words in text
    assert buttons(app) == {"hg38": True, "mm10": True, "weights": True}
    captions = plain("\n".join(c.value for c in app.caption))
    assert "To fetch: 984 MB and 2 files of unknown size." in captions
    assert str(load_settings().assemblies_dir / "hg38") in captions


def test_hosted_it_is_text_only(page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    app = page()
    assert "hg38.fa.gz" in html(app)
    assert buttons(app) == {}
    shown = html(app) + "\n".join(m.value for m in [*app.markdown, *app.caption])
    assert str(load_settings().data_dir) not in plain(shown)
    fetching._start("hg38", load_settings())
    assert fetching.background().standing is None


def test_a_click_sets_it_up(
    page: Callable[[], AppTest], world: worlds.World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = publish(tmp_path / "files", world)
    sources = manifest(tmp_path / "s.toml", published, "https://example.org", aliases={"sha256": None})
    small = functools.partial(make_plan, sources=sources, folder_from=published)
    monkeypatch.setattr(fetching, "make_plan", lambda name, settings: small("hg38", settings))
    monkeypatch.setattr(fetching, "NAMES", ("hg38",))
    app = settled(page().button("download-hg38").click().run())
    assert "hg38 is there." in plain(app.success[0].value)
    text = html(app)
    assert buttons(app) == {}
    assert f"{ALIASES}<small>CC0</small>" in text
    assert "recorded, not verified" in text
    assert text.count("verified: it has the checksum") == 2
    assert str(published) not in text
    assert not app.button("close-setup").click().run().success
    assert FASTA in html(page())  # a reload


def test_progress_is_everybodys_and_can_be_stopped(
    page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    word = {"step": 1, "steps": 5, "what": "fetching <b>hg38.fa.gz</b>", "fraction": 0.25, "seconds_left": 74.0}
    says(json.dumps(word), monkeypatch, then="import time; time.sleep(600)")
    app = page().button("download-hg38").click().run()
    end = time.monotonic() + 60
    while not (standing := fetching.background().standing) or standing.progress is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    for visit in (app.run(), page()):
        (bar,) = visit.get("progress")
        assert "fetching \\<b\\>hg38" in bar.proto.text
        assert "about 74 s left" in plain(bar.proto.text)
        assert buttons(visit) == {"hg38": False, "mm10": False, "weights": False}
    visit.button("cancel-setup").click().run()
    app = settled(app.run())
    assert "The set-up of hg38 was stopped." in plain(app.info[0].value)
    assert buttons(app)["hg38"]


def test_an_error_has_its_own_words(page: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    what = "hg38.fa.gz could not be fetched: <i>why</i>"
    says(json.dumps({"error": "DownloadError", "what": what, "hint": "Try again later"}), monkeypatch)
    app = settled(page().button("download-hg38").click().run())
    assert f"{what}. Try again later" in errors(app)
    assert "<i>" not in app.error[0].value.replace("\\<i\\>", "")
    assert buttons(app)["hg38"]


def says(line: str, monkeypatch: pytest.MonkeyPatch, then: str = "") -> None:
    """Have the process of every set-up print one line."""
    code = f"print({line!r}, flush=True)\n{then}"
    monkeypatch.setattr(background_module, "command", lambda plan: [sys.executable, "-c", code])
