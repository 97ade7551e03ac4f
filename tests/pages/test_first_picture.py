"""What is made ready while nobody has come yet: the very picture that the app opens on."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import worlds
from app_driver import open_app, question
from own_work import OwnWork

from enformer_core.settings import load_settings
from pages._ui import first_picture, matching, serve, services


@pytest.fixture
def listening(no_world: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is no server here to wait for."""
    monkeypatch.setattr(serve, "_wait_until_it_listens", lambda: None)
    yield
    gc.unfreeze()


def predicted() -> set[Path]:
    return {path for path in load_settings().predictions_dir.rglob("*") if path.is_file()}


def test_the_app_opens_on_what_was_predicted_before_anybody_came(listening, world):
    worlds.register(world, load_settings().data_dir)
    turn = sys.getswitchinterval()
    serve.load_early()
    assert sys.getswitchinterval() == turn
    assert gc.get_freeze_count() > 0, "every poll would look through PyTorch for garbage"
    settings = services.settings()
    choice = matching.first_choice(settings)
    predictor = services.loading(choice, settings).result(0)
    predictor.work(OwnWork(lambda _: None)).result()  # what was queued before it is done
    ready = predicted()
    assert ready
    app = open_app()
    assert question(app) == "Predicted CAGE and DNASE in erythroid at ALFA1, against 1 experiment"
    assert predicted() == ready, "the page has asked for another prediction"


def test_without_an_example_nothing_is_predicted(listening, configured):
    settings = services.settings()
    choice = matching.first_choice(settings)
    predictor = services.loading(choice, settings).result()
    around = services.companions(choice, settings)
    assert first_picture.prepare(predictor, around, services.reader()) is None
    assert not predicted()


def test_what_goes_wrong_before_anybody_came_is_left_to_the_page(listening, monkeypatch):
    monkeypatch.setenv("ENFORMER_MODEL", "/nowhere/at/all")
    turn = sys.getswitchinterval()
    serve.load_early()
    assert sys.getswitchinterval() == turn
    app = open_app()
    assert "There is no model" in app.error[0].value
