"""``evaluate crispri`` from its options to its files: whole, stopped and gone on with, and refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from worlds import World

from enformer_core.cli import cli
from enformer_core.cli.running import INTERRUPTED, exit_with
from enformer_core.evaluation import crispri, crispri_tables
from enformer_core.evaluation.crispri_scores import Columns
from tests.evaluation.crispri_tables import ROWS, row, write

Run = Callable[..., tuple[int, str, str]]
RESULTS = ("summary.tsv", "pairs.tsv", "curves.svg", "provenance.json")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        words = ["evaluate", "crispri", "--model", world.model, "--assembly", world.fasta, "--shuffles", 1, *arguments]
        code = exit_with(lambda: cli([*map(str, words)], standalone_mode=False))
        said = capsys.readouterr()
        return code, said.out, said.err

    monkeypatch.setattr(crispri_tables, "BOOTSTRAPS", 20)
    return run


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tables") / "pairs.tsv", [*ROWS, row(1, 2, valid="FALSE")])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_a_run_that_is_stopped_and_gone_on_with(
    run: Run, world: World, pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ("--pairs", pairs, "--dnase", world.experiment)
    code, said, notes = run(*ask, "--out", tmp_path / "whole")
    assert code == 0, notes
    assert said.split() == [str(tmp_path / "whole" / name) for name in RESULTS]
    assert "note: tracks of erythroid: 0 (CAGE:erythroid)" in notes
    assert "1 rows whose ValidConnection is not TRUE are left out" in notes
    assert "1 pairs are left out: the element lies outside the 8,192 bp around the start" in notes

    score, asked = crispri.scores_of, []

    def stopped(*arguments: object) -> Columns:
        if len(asked) == 1:
            raise KeyboardInterrupt
        asked.append(arguments)
        return score(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(crispri, "scores_of", stopped)
    out = tmp_path / "stopped"
    code, said, notes = run(*ask, "--out", out)
    assert (code, said) == (INTERRUPTED, "")
    assert "go on with --resume" in notes
    assert sorted(path.name for path in out.iterdir()) == ["genes", "run.json"]
    (done,) = (out / "genes").iterdir()
    first = done.read_bytes()

    code, _, notes = run(*ask, "--out", out)
    assert (code, "Add --resume" in notes) == (3, True)
    for other, what in ((("--tracks", "1"), "tracks"), (("--method", "attention"), "methods"), (("--how", "N"), "how")):
        code, _, notes = run(*ask, *other, "--out", out, "--resume")
        assert (code, f"made with another {what}" in notes) == (2, True), notes
    code, _, notes = run("--pairs", write(tmp_path / "other.tsv"), "--out", out, "--resume")
    assert (code, "made with another pairs_sha256" in notes) == (2, True)

    asked.clear()
    code, _, notes = run(*ask, "--out", out, "--resume")
    assert code == 0, notes
    assert len(asked) == 1  # the second gene alone
    assert done.read_bytes() == first
    for name in RESULTS:
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    _check_files(tmp_path / "whole")


def _check_files(out: Path) -> None:
    """What the files of the whole run say."""
    rows = rows_of(out / "pairs.tsv")
    assert [int(r["line"]) for r in rows] == [2, 3, 4, 6, 7, 8]
    assert [r["Regulated"] for r in rows] == ["TRUE", "FALSE", "TRUE", "FALSE", "TRUE", "FALSE"]
    for r in rows:
        assert float(r["deletion"]) == abs(float(r["deletion_log2_change"])) > 0
        assert float(r["deletion_drop"]) == -float(r["deletion_log2_change"])
        assert float(r["distance"]) == pytest.approx(1 / int(r["distance_bp"]), rel=1e-5)
        assert float(r["gradient_x_input"]) > 0 < float(r["attention"])
    for symbol in ("ALFA1", "BETA2"):
        assert sum(float(r["abc"]) for r in rows if r["measuredGeneSymbol"] == symbol) == pytest.approx(1, abs=1e-5)
    summary = rows_of(out / "summary.tsv")
    names = ["gradient_x_input", "deletion", "deletion_drop", "attention", "distance", "abc"]
    assert [r["score"] for r in summary if r["distance_bin"] == "all"] == names
    assert {(r["pairs"], r["positives"]) for r in summary if r["distance_bin"] == "all"} == {("6", "3")}
    assert {r["auprc"] for r in summary if r["distance_bin"] == "beyond 30 kb"} == {"NA"}
    facts = json.loads((out / "provenance.json").read_text())
    assert facts["left_out"] == {
        "whose ValidConnection is not TRUE": 1,
        "with the element outside the input window": 1,
    }
    assert (facts["target_bins"], facts["tracks"]) == ([15, 16, 17], {"erythroid": [0]})
    assert (facts["genes"], facts["pairs"], len(facts["weights_sha256"])) == (2, 6, 64)
    assert str(out.parent) not in json.dumps(facts)
    assert "gradient x input" in (out / "curves.svg").read_text()


def test_a_part_of_the_table_by_one_method(run: Run, pairs: Path, tmp_path: Path) -> None:
    ask = ("--pairs", pairs, "--tracks", "1,3", "--method", "attention", "--sample", "1", "--quiet")
    code, _, said = run(*ask, "--out", tmp_path / "run")
    assert (code, said) == (0, "")
    rows = rows_of(tmp_path / "run" / "pairs.tsv")
    assert {r["measuredGeneSymbol"] for r in rows} == {"ALFA1"}
    assert not {"gradient_x_input", "deletion", "deletion_log2_change", "abc"} & set(rows[0])


def test_what_cannot_be_done_is_said_before_the_work(run: Run, world: World, pairs: Path, tmp_path: Path) -> None:
    two = write(tmp_path / "two.tsv", [*ROWS, row(18_000, 18_500, cell="hepatocyte")])
    far = write(tmp_path / "far.tsv", [row(50_000, 50_400)])
    unknown = write(tmp_path / "unknown.tsv", [row(18_000, 18_500, cell="K562")])
    out = tmp_path / "run"
    for more, code, said in (
        (("--pairs", pairs, "--method", "magic"), 2, "'magic' is not a method"),
        (("--pairs", pairs, "--method", " "), 2, "no method is chosen"),
        (("--pairs", pairs, "--h3k27ac", world.experiment), 2, "Give --dnase"),
        (("--pairs", pairs, "--tracks", "12"), 2, "there is no track 12"),
        (("--pairs", pairs, "--tracks", "all"), 2, "the mean of all tracks"),
        (("--pairs", pairs, "--cell-type", "hepatic"), 2, "The table has: erythroid"),
        (("--pairs", two, "--dnase", world.experiment), 2, "Choose one with --cell-type"),
        (("--pairs", pairs, "--dnase", world.fasta), 3, "genome.fa"),
        (("--pairs", far), 3, "none of the 1 pairs has its element within the 8,192 bp"),
        (("--pairs", unknown), 2, "no CAGE track of the cell type 'K562'. Name the tracks by --tracks"),
        (("--pairs", "demo"), 3, "no true links"),
        (("--pairs", tmp_path / "none.tsv"), 3, "cannot be read"),
        (("--pairs", pairs, "--out", tmp_path / "a" / "b"), 3, "a does not exist"),
    ):
        found = run("--out", out, *more)
        assert (found[0], said in found[2]) == (code, True), (more, found[2])
        assert not out.exists()
