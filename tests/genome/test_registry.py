"""Registered assemblies and models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enformer_core.errors import FileError, FileFormatError, PathNotAllowed
from enformer_core.genome import registry
from enformer_core.genome.registry import Registered, assets_dir, broken, find, registered
from enformer_core.settings import Settings, load_settings

GOOD = {"kind": "assembly", "schema": 1, "name": "mine", "fasta": "genome.fa.gz"}


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture(autouse=True)
def _packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "assets_dir", lambda: tmp_path / "assets")


def put(root: Path, name: str, manifest: object) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    (folder / "manifest.json").write_text(text)
    return folder


def test_nothing_is_registered_in_a_fresh_folder(settings: Settings) -> None:
    assert registered("assembly", settings) == {}
    assert registered("model", settings) == {}
    with pytest.raises(FileError, match="Registered: none"):
        find("model", "demo", settings)


def test_each_kind_in_its_folder_and_both_in_the_assets(settings: Settings, tmp_path: Path) -> None:
    put(settings.assemblies_dir, "mine", GOOD)
    put(settings.models_dir, "small", {"kind": "model", "schema": 1, "name": "small", "geometry": {"bins": 8}})
    put(tmp_path / "assets", "sim1", GOOD | {"name": "sim1", "simulated": True})
    put(tmp_path / "assets", "demo", {"kind": "model", "schema": 1, "name": "demo"})
    (tmp_path / "assets" / "browser").mkdir()
    assert list(registered("assembly", settings)) == ["mine", "sim1"]
    assert list(registered("model", settings)) == ["small", "demo"]
    assert find("assembly", "sim1", settings).simulated is True
    assert find("assembly", "mine", settings).simulated is False
    assert find("model", "small", settings).manifest["geometry"] == {"bins": 8}


def test_a_packaged_folder_has_the_name_of_its_manifest(settings: Settings, tmp_path: Path) -> None:
    folder = put(tmp_path / "assets", "demo_model", {"kind": "model", "schema": 1, "name": "demo", "assembly": "sim1"})
    assert list(registered("model", settings)) == ["demo"]
    entry = find("model", "demo", settings)
    assert (entry.name, entry.folder, entry.trained_on) == ("demo", folder, "sim1")
    with pytest.raises(FileError, match="Did you mean demo"):
        find("model", "demo_model", settings)


def test_a_packaged_name_gives_way_to_the_data_folder_s(settings: Settings, tmp_path: Path) -> None:
    put(tmp_path / "assets", "demo_model", {"kind": "model", "schema": 1, "name": "demo"})
    own = put(settings.models_dir, "demo", {"kind": "model", "schema": 1, "name": "demo"})
    assert {name: entry.folder for name, entry in registered("model", settings).items()} == {"demo": own}


def test_in_the_data_folder_the_folder_s_name_counts(settings: Settings) -> None:
    put(settings.models_dir, "demo_model", {"kind": "model", "schema": 1, "name": "demo"})
    assert registered("model", settings) == {}
    with pytest.raises(FileFormatError, match="'demo' must be its folder's, 'demo_model'"):
        find("model", "demo_model", settings)


@pytest.mark.parametrize("name", ["a b", "../x", "", ".x", "x" * 65])
def test_an_unsafe_packaged_name_is_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    put(tmp_path / "assets", "demo_model", {"kind": "model", "schema": 1, "name": name})
    assert registered("model", settings) == {}
    assert "letters, digits" in broken("model", settings)["demo_model"].what


def test_a_model_may_not_say_what_it_was_trained_on(settings: Settings) -> None:
    put(settings.models_dir, "small", {"kind": "model", "schema": 1, "name": "small"})
    assert find("model", "small", settings).trained_on == ""


@pytest.mark.parametrize("key", ["experiments", "examples", "genes", "aliases", "motifs"])
@pytest.mark.parametrize(("value", "word"), [(5, "no str"), ("../x", "plain file name"), ("a/b", "plain file name")])
def test_what_comes_with_an_assembly_is_named_in_its_folder(
    settings: Settings, key: str, value: object, word: str
) -> None:
    put(settings.assemblies_dir, "mine", GOOD | {key: value})
    with pytest.raises(FileError, match=word):
        find("assembly", "mine", settings)


@pytest.mark.parametrize(("value", "word"), [(5, "no str"), ("../x", "plain file name")])
def test_the_figures_of_a_model_lie_in_its_folder(settings: Settings, value: object, word: str) -> None:
    put(settings.models_dir, "small", {"kind": "model", "schema": 1, "name": "small", "figures": value})
    with pytest.raises(FileError, match=word):
        find("model", "small", settings)


def test_the_data_folder_goes_before_the_assets(settings: Settings, tmp_path: Path) -> None:
    mine = put(settings.assemblies_dir, "mine", GOOD)
    put(tmp_path / "assets", "mine", GOOD)
    assert find("assembly", "mine", settings).folder == mine


def test_files_are_in_the_folder(settings: Settings) -> None:
    folder = put(settings.assemblies_dir, "mine", GOOD)
    entry = find("assembly", "mine", settings)
    assert entry.file("fasta") == folder / "genome.fa.gz"
    assert entry.file("genes") is None
    with pytest.raises(TypeError):
        entry.manifest["fasta"] = "other"  # type: ignore[index]


@pytest.mark.parametrize(
    "name",
    ["../x.fa", "/etc/passwd", "a/b.fa", "..", ".", "", "~/x.fa", "a\\b", "x\x00.fa", "file:x", "a" * 300, "-rf", " x"],
)
def test_row_56_no_path_of_a_manifest_leaves_its_folder(settings: Settings, name: str) -> None:
    put(settings.assemblies_dir, "mine", GOOD | {"fasta": name})
    assert registered("assembly", settings) == {}
    with pytest.raises(PathNotAllowed, match="not a plain file name"):
        find("assembly", "mine", settings)
    entry = Registered("m", Path("m"), {"weights": name})
    with pytest.raises(PathNotAllowed):
        entry.file("weights")


@pytest.mark.parametrize(
    ("manifest", "word"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("[" * 30_000, "not JSON"),
        ('{"kind": NaN}', "NaN is not allowed"),
        ("\x00\xff", "not JSON"),
        (" " * 65_537, "above the limit"),
        ({**GOOD, "kind": "genome"}, "kind is 'genome'"),
        ({k: v for k, v in GOOD.items() if k != "kind"}, "kind is 'None'"),
        ({**GOOD, "kind": ["assembly"]}, "kind is"),
        ({**GOOD, "schema": 2}, "newer than this software"),
        ({**GOOD, "schema": 0}, "schema is '0'"),
        ({**GOOD, "schema": True}, "schema is 'True'"),
        ({**GOOD, "schema": "1"}, "schema is '1'"),
        ({k: v for k, v in GOOD.items() if k != "fasta"}, "fasta is missing"),
        ({k: v for k, v in GOOD.items() if k != "name"}, "name is missing"),
        ({**GOOD, "name": "other"}, "'other' must be its folder's, 'mine'"),
        ({**GOOD, "name": 5}, "name is '5', which is no str"),
        ({**GOOD, "fasta": ["genome.fa"]}, "which is no str"),
        ({**GOOD, "simulated": "no"}, "simulated is 'no', which is no bool"),
        ({**GOOD, "simulated": 1}, "which is no bool"),
        ({**GOOD, "description": None}, "which is no str"),
        ({**GOOD, "experiments": None}, "experiments is 'None', which is no str"),
    ],
)
def test_bad_manifests_are_named_and_hide_nothing_else(settings: Settings, manifest: object, word: str) -> None:
    folder = put(settings.assemblies_dir, "mine", manifest)
    put(settings.assemblies_dir, "other", GOOD | {"name": "other"})
    assert list(registered("assembly", settings)) == ["other"]
    assert list(broken("assembly", settings)) == ["mine"]
    with pytest.raises(FileFormatError, match=word) as caught:
        find("assembly", "mine", settings)
    assert caught.value.where == str(folder / "manifest.json")


@pytest.mark.parametrize("name", ["a b", ".hidden", "-x", "é", "x" * 65])
def test_unsafe_folder_names_are_refused(settings: Settings, name: str) -> None:
    put(settings.assemblies_dir, name, GOOD | {"name": name})
    assert registered("assembly", settings) == {}
    assert list(broken("assembly", settings)) == [name]


@pytest.mark.parametrize("name", ["../mine", "mine/", "", "\x00", "x" * 10**6])
def test_names_are_looked_up_and_never_joined_to_a_path(settings: Settings, name: str) -> None:
    put(settings.assemblies_dir, "mine", GOOD)
    with pytest.raises(FileError, match="there is no assembly") as caught:
        find("assembly", name, settings)
    assert len(str(caught.value)) < 400


def test_a_near_miss_is_suggested(settings: Settings) -> None:
    put(settings.assemblies_dir, "hg38", GOOD | {"name": "hg38"})
    with pytest.raises(FileError, match="Did you mean hg38"):
        find("assembly", "hg39", settings)


def test_the_assets_are_those_of_this_checkout() -> None:
    assert assets_dir() == Path(__file__).resolve().parents[2] / "assets"


def test_without_the_app_only_the_data_folder_counts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "assets_dir", lambda: None)
    put(settings.assemblies_dir, "mine", GOOD)
    assert list(registered("assembly", settings)) == ["mine"]
