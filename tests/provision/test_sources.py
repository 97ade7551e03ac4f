"""The manifest of sources: what ours says, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from enformer_core.errors import FileError, FileFormatError, FileTooLarge, InputError
from enformer_core.fetching.remote_file import Checksum, RemoteFile
from enformer_core.genome.known_assemblies import KNOWN
from enformer_core.provision.sources import read_sources, recipe_for

GOOD = """
schema = 1
[toy]
kind = "model"
registered_as = "toy"
about = "Small"
room = 10
[[toy.files]]
role = "config"
name = "config.json"
what = "the shape"
urls = ["https://example.org/config.json"]
[[toy.files]]
role = "weights"
name = "w.bin"
what = "the weights"
urls = ["https://example.org/w.bin"]
"""


def test_ours_can_all_be_fetched() -> None:
    recipes = read_sources()
    assert list(recipes) == ["hg38", "mm10", "weights"]
    for name in ("hg38", "mm10"):
        assert recipes[name].registered_as == name
        assert name in KNOWN
    for recipe in recipes.values():
        known = sum(file.size or 0 for file in recipe.files)
        assert recipe.room > known
        for file in recipe.files:
            assert RemoteFile(file.name, file.urls, file.size, None, file.hub, file.magic).urls
            assert file.terms
            for url in (*file.urls, *([file.sums] if file.sums else [])):
                assert urlsplit(url).scheme == "https"


def test_ours_says_how_each_checksum_was_had_and_which_files_have_none() -> None:
    files = [file for recipe in read_sources().values() for file in recipe.files]
    for file in files:
        assert bool(file.sha256 or file.md5) == bool(file.known), file.name
        if file.sha256:
            Checksum("sha256", file.sha256)
    assert [f.name for f in files if not (f.sha256 or f.md5 or f.sums or f.hub)] == ["hgnc_complete_set.txt"]


def test_ours_pins_what_could_change() -> None:
    for file in recipe_for("weights").files:
        parts = urlsplit(file.urls[0]).path.split("/")
        assert any(len(part) == 40 and int(part, 16) for part in parts if set(part) <= set("0123456789abcdef"))


def test_the_tables_of_tracks_are_the_published_ones(shared_data: Path) -> None:
    from enformer_core.files import sha256_of

    for file in recipe_for("weights").of("tracks"):
        ours = shared_data / "enformer_targets" / file.name
        assert (sha256_of(ours), ours.stat().st_size) == (file.sha256, file.size)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schema = 1", "schema = 2", "schema is '2', not 1"),
        ("schema = 1", "", "schema is 'None', not 1"),
        ("schema = 1", "schema = ", "it is not TOML"),
        ('role = "config"', 'role = "fasta"', "'config.json' is fasta, and of model files there are"),
        ('role = "weights"', 'role = "config"', "there are 2 files of the role config, not 1 to 1"),
        ('name = "w.bin"', 'name = "../w.bin"', "it must be a plain file name"),
        ('name = "w.bin"', 'name = "config.json"', "two files have one name"),
        ('urls = ["https://example.org/w.bin"]', "urls = []", "files.1.urls"),
        ('urls = ["https://example.org/w.bin"]', 'urls = ["w.bin"]', "'w.bin' is no web address"),
        ('what = "the weights"', 'what = "the weights"\nsha256 = "abc"', "files.1.sha256"),
        ('what = "the weights"', f'what = "x"\nsha256 = "{"a" * 64}"\nmd5 = "{"b" * 32}"', "sha256 or md5, not both"),
        ('what = "the weights"', 'what = "x"\nsize = -1', "files.1.size"),
        ('what = "the weights"', 'what = "x"\nsise = 1', "files.1.sise"),
        ("room = 10", 'room = "10"', "room"),
        ('registered_as = "toy"', 'registered_as = "../toy"', "registered_as"),
    ],
)
def test_a_wrong_manifest_is_said_to_be(old: str, new: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(GOOD)
    assert list(read_sources(file)) == ["toy"]
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(FileFormatError) as caught:
        read_sources(file)
    assert words in caught.value.what
    assert caught.value.where == str(file)


def test_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_sources(tmp_path / "none.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(FileTooLarge):
        read_sources(tmp_path / "large.toml")
    (tmp_path / "latin.toml").write_bytes(b"\xff")
    with pytest.raises(FileFormatError, match="not TOML"):
        read_sources(tmp_path / "latin.toml")
    (tmp_path / "good.toml").write_text(GOOD)
    with pytest.raises(InputError, match="has nothing for 'hg38'"):
        recipe_for("hg38", tmp_path / "good.toml")
