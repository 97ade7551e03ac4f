"""``evaluate card`` from its words to its files, with a small model of random weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from weights import write_model
from worlds import World, write_fasta

from enformer_core.cli import cli
from enformer_core.cli.evaluate import command
from enformer_core.cli.running import exit_with
from enformer_core.demo import chromosomes
from enformer_core.demo.assays import IDENTIFIERS
from enformer_core.evaluation.run import read_card
from enformer_core.model import EnformerConfig

# Random weights; the window is a third of the published one, so that genes and elements still meet in it.
CONFIG = EnformerConfig(
    dim=24,
    depth=1,
    heads=4,
    attn_dim_key=4,
    output_heads={"sim1": 16},
    dim_divisible_by=4,
    input_length=65_536,
    target_length=384,
)
HEADER = "index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_model(tmp_path_factory.mktemp("models") / "random", CONFIG)
    rows = (f"{i}\t0\t{name}\tnone\t384\t1\tmean\t{name}\n" for i, name in enumerate(IDENTIFIERS))
    (folder / "targets_sim1.txt").write_text(HEADER + "".join(rows))
    return folder


@pytest.fixture(scope="module")
def fasta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("assembly") / "sim1.fa"
    tested = chromosomes.SIM1.tested
    codes = chromosomes.plant(tested, chromosomes.SIM1.lengths[tested]).codes
    write_fasta(path, {tested: chromosomes.letters(codes)})
    return path


def asked(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["card", *map(str, arguments)])


@pytest.mark.slow
def test_a_quick_card(model: Path, fasta: Path, tmp_path: Path) -> None:
    done = asked("--model", model, "--assembly", fasta, "--out", tmp_path, "--sample", 2, "--quick")
    assert done.exit_code == 0, done.output
    written = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    names = ("distance", "genes", "links", "positions", "variants")
    assert written == ["demo-model-card.json", "demo-model-card.md", *(f"images/card-{n}.svg" for n in names)]
    assert done.stdout.splitlines()[0] == str(tmp_path / "demo-model-card.md")
    assert "an early look: at most 2 of each kind" in done.stderr
    card = read_card(tmp_path / "demo-model-card.json")
    assert (card["kind"], card["sample"]) == ("model-card", {"limited": True, "limit": 2})
    provenance = card["provenance"]
    assert (provenance["model"], provenance["assembly"], provenance["simulated"]) == ("random", "sim1", True)
    assert len(provenance["weights_sha256"]) == 64
    assert card["definitions"]["windows"] == 2
    assert card["cost"] == {}
    assert str(tmp_path) not in json.dumps(card)
    assert all(bar["verdict"] != "met the reach" for bar in card["bars"] if bar["what"].startswith("positions"))
    text = (tmp_path / "demo-model-card.md").read_text()
    assert "Model card: `random`" in text
    assert "65,536 bp in and 384 bins" in text


def test_what_is_there_is_not_written_over(
    model: Path, fasta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo-model-card.json").write_text("mine")
    words = ["evaluate", "card", "--model", str(model), "--assembly", str(fasta), "--out", str(tmp_path)]
    assert exit_with(lambda: cli(words, standalone_mode=False)) == 3
    assert "add --force" in capsys.readouterr().err
    assert (tmp_path / "demo-model-card.json").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said_before_the_work(
    model: Path, fasta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").write_text("a file in the way")
    words = ["evaluate", "card", "--model", str(model), "--assembly", str(fasta), "--out", str(tmp_path)]
    assert exit_with(lambda: cli(words, standalone_mode=False)) == 3
    assert "images cannot be made" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_another_genome_or_model_is_refused(
    world: World, model: Path, fasta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["evaluate", "card", "--quick", "--out", str(tmp_path)]
    for more, code, said in (
        (["--model", str(model), "--assembly", str(world.fasta)], 3, "is not that of the simulated genome sim1"),
        (["--model", str(world.model), "--assembly", str(fasta)], 2, "the model has no track DNASE_ery"),
        (["--model", str(model), "--assembly", str(fasta), "--out", str(tmp_path / "none")], 3, "does not exist"),
        (["--model", str(model)], 3, "sim1"),
    ):
        assert exit_with(lambda more=more: cli([*base, *more], standalone_mode=False)) == code
        assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_cost_of_a_prediction_is_measured_apart(model: Path) -> None:
    from enformer_core.errors import ModelError
    from enformer_core.evaluation.cost import measured_cost

    cost = measured_cost(model, threads=1)
    assert 0 < float(cost["seconds"]) < 60
    assert 0.05 < float(cost["peak_gigabytes"]) < 4
    assert cost["threads"] == 1
    with pytest.raises(ModelError, match="to time it failed"):
        measured_cost(model / "missing", threads=1)
