"""``evaluate boundaries`` from its words to its files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from worlds import World

from enformer_core.cli import cli
from enformer_core.cli.running import exit_with


def asked(*arguments: object) -> int:
    return exit_with(lambda: cli(["evaluate", "boundaries", *map(str, arguments)], standalone_mode=False))


@pytest.fixture
def bed(tmp_path: Path) -> Path:
    path = tmp_path / "tads.bed"
    path.write_text("".join(f"chr1\t{m}\t{m + 1}\n" for m in range(9_000, 50_000, 8_000)))
    return path


def test_from_words_to_files(world: World, bed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    words = ["--model", world.model, "--assembly", world.fasta, "--genes", world.genes, "--boundaries", bed]
    assert asked(*words, "--n", 3, "--seed", 7, "--away", 1_000, "--out", out, "--device", "cpu") == 0
    said = capsys.readouterr()
    names = ["boundaries.svg", "boundaries.tsv", "heads.tsv", "boundaries.json", "provenance.json", "boundaries.npz"]
    assert said.out.splitlines() == [str(out / name) for name in names]
    assert all((out / name).is_file() for name in names)
    found = json.loads((out / "boundaries.json").read_text())
    assert found["pairs"] == 3
    for sentence in found["found"]:
        assert sentence in said.err
    assert json.loads((out / "provenance.json").read_text())["question"]["seed"] == 7


def test_what_is_wrong_is_said(world: World, bed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, no_attention = tmp_path / "bad.bed", tmp_path / "dilated"
    bad.write_text("chr1\t1\t2\nchr1\tx\t2\n")
    shutil.copytree(world.model, no_attention)
    config = json.loads((no_attention / "config.json").read_text())
    (no_attention / "config.json").write_text(json.dumps(config | {"model_type": "basenji2"}))
    base = ["--model", world.model, "--assembly", world.fasta, "--out", tmp_path / "out"]
    for more, code, says in (
        (["--boundaries", bad], 3, "line 2"),
        (["--boundaries", tmp_path / "none.bed"], 3, "not there"),
        (["--boundaries", "demo"], 2, "Give --boundaries a BED file"),
        (["--boundaries", bed, "--model", no_attention], 4, "a model of type 'basenji2'"),
        (["--boundaries", bed, "--n", 1], 2, "--n"),
        ([], 2, "--boundaries"),
    ):
        assert asked(*base, *more) == code
        assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
