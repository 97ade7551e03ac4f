"""Which model and assembly are chosen to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enformer_core.genome import registry
from enformer_core.settings import load_settings
from pages._ui import matching
from pages._ui.state import Choice


@pytest.fixture(autouse=True)
def _packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo model comes with the software, its assembly does not."""
    monkeypatch.setattr(registry, "assets_dir", lambda: tmp_path / "assets")
    put(tmp_path / "assets" / "demo_model", kind="model", name="demo", simulated=True, assembly="sim1")


def put(folder: Path, **manifest: object) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"schema": 1, "name": folder.name} | manifest))


def models(*names: str, **more: object) -> None:
    for name in names:
        put(load_settings().models_dir / name, kind="model", **more)


def assemblies(*names: str) -> None:
    for name in names:
        put(load_settings().assemblies_dir / name, kind="assembly", fasta="x.fa", simulated=name.startswith("sim"))


def first(**settings: str) -> tuple[str, str]:
    choice = matching.first_choice(load_settings(settings))
    return choice.model, choice.assembly


def test_the_demo_waits_for_its_assembly():
    assert first() == ("", "")
    assemblies("sim1")
    assert first() == ("demo", "sim1")


def test_the_demo_model_is_never_put_on_a_real_genome():
    assemblies("hg38")
    assert first() == ("", "hg38")
    assert first(assembly="hg38") == ("", "hg38")
    assert first(assembly="/data/other.fa") == ("", "/data/other.fa")
    assert first(model="demo") == ("demo", "")


def test_one_own_pair_goes_before_the_demo():
    assemblies("hg38", "sim1")
    models("enformer")
    assert first() == ("enformer", "hg38")


def test_without_a_whole_own_pair_it_is_the_demo():
    assemblies("sim1")
    models("enformer")
    assert first() == ("demo", "sim1")
    assemblies("hg38", "mm10")
    assert first() == ("demo", "sim1")


def test_two_own_models_leave_the_choice_open_to_the_demo():
    assemblies("hg38", "sim1")
    models("one", "two")
    assert first() == ("demo", "sim1")


def test_an_own_model_finds_the_assembly_it_was_trained_on():
    assemblies("hg38", "mm10", "sim1")
    models("ours", assembly="mm10")
    assert first() == ("ours", "mm10")


def test_settings_win_and_are_completed_by_what_belongs_to_them():
    assemblies("hg38", "sim1")
    models("enformer")
    assert first(model="demo") == ("demo", "sim1")
    assert first(assembly="sim1") == ("demo", "sim1")
    assert first(assembly="hg38") == ("enformer", "hg38")
    assert first(model="enformer") == ("enformer", "hg38")
    assert first(model="demo", assembly="hg38") == ("demo", "hg38")
    assert first(model="/models/mine") == ("/models/mine", "hg38")


def test_a_lone_own_part_is_taken_as_it_is():
    models("enformer")
    assert first() == ("enformer", "")


def test_a_misfit_is_named():
    assemblies("hg38", "sim1")
    settings = load_settings()
    assert "trained on the simulated genome sim1" in matching.misfit(Choice("demo", "hg38"), settings)
    assert matching.misfit(Choice("demo", "sim1"), settings) == ""
    assert matching.misfit(Choice("demo", ""), settings) == ""
    assert matching.misfit(Choice("/x", "hg38"), settings) == ""


def test_the_assembly_of_a_model():
    settings = load_settings()
    assert matching.trained_on("demo", settings) == ""
    assemblies("sim1")
    assert matching.trained_on("demo", settings) == "sim1"
    assert matching.trained_on("none", settings) == ""
