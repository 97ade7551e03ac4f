"""``setup demo`` as a person meets it. The genome is a small one, built as the whole one is."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import partial
from pathlib import Path

import pytest

from enformer_core.cli import cli
from enformer_core.cli.running import exit_with
from enformer_core.demo import build as build_module
from enformer_core.demo import finished
from enformer_core.demo.chromosomes import Genome
from enformer_core.errors import FileError
from enformer_core.genome.assembly import Assembly
from enformer_core.settings import load_settings

TINY = Genome("sim1", {"chr4": 256_000}, "chr4")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "build", partial(build_module.build, genome=TINY))


def run(*arguments: str) -> int:
    return exit_with(lambda: cli(["setup", "demo", *arguments], standalone_mode=False))


def test_built_once_and_found_the_second_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    settings = load_settings()
    folder = settings.assemblies_dir / "sim1"
    done = capsys.readouterr()
    assert done.out.strip() == str(folder)
    assert "building the simulated genome sim1" in done.err
    assert "--assembly sim1" in done.err
    with Assembly.open("sim1") as assembly:
        assert assembly.simulated
        assert dict(assembly.contigs) == TINY.lengths
    before = (folder / "manifest.json").stat().st_mtime_ns
    assert run() == 0
    done = capsys.readouterr()
    assert (done.out.strip(), done.err) == (str(folder), "sim1 is there and whole\n")
    assert run("--quiet") == 0
    assert capsys.readouterr().err == ""
    assert (folder / "manifest.json").stat().st_mtime_ns == before
    (folder / "links.tsv").unlink()
    assert run("--quiet") == 0
    assert (folder / "links.tsv").is_file()


def test_the_manifest_of_an_earlier_release_is_brought_up_to_date(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = load_settings().assemblies_dir / "sim1"
    folder.mkdir(parents=True)
    text = b'{"kind": "assembly"}'
    facts = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    (folder / "manifest.json").write_bytes(text)
    (folder / "build.json").write_text(json.dumps({"version": finished.VERSION, "files": {"manifest.json": facts}}))
    with monkeypatch.context() as patch:
        patch.setattr(finished, "written_aside", _refused)
        assert run() == 0  # of somebody else: it is of use as it is
        assert "of an earlier release and stays so" in capsys.readouterr().err
    assert (folder / "manifest.json").read_bytes() == text
    assert run() == 0
    assert "is now of this one" in capsys.readouterr().err
    assert "truth" in json.loads((folder / "manifest.json").read_text())
    assert finished.trouble(folder) is None
    assert run() == 0
    assert capsys.readouterr().err == "sim1 is there and whole\n"


def _refused(path: Path, *, overwrite: bool) -> None:
    raise FileError(f"{path} cannot be written: Permission denied")


def test_a_second_time_imports_nothing_heavy() -> None:
    """So that `make run` on a machine that has it costs next to nothing."""
    import subprocess

    code = (
        "import sys, enformer_core.demo.finished as f; print(sorted({'numpy', 'pyBigWig', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_assembly_of_a_person_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = load_settings().assemblies_dir / "sim1"
    theirs.mkdir(parents=True)
    (theirs / "manifest.json").write_text("{}")
    assert run() == 3
    words = capsys.readouterr().err
    assert str(theirs) in words
    assert "--force" in words
    assert run("--force", "--quiet") == 0
    assert (theirs / "build.json").is_file()


def test_a_data_folder_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ENFORMER_DATA_DIR", str(tmp_path / "file"))
    assert run() == 3
    assert "ENFORMER_DATA_DIR" in capsys.readouterr().err
