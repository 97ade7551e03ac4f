"""The command line as a person or a script meets it: in a process of its own, by its words and exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from worlds import World

import enformer_core as ec
from enformer_core.cli import cli
from enformer_core.cli.running import exit_with
from enformer_core.settings import load_settings


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line as ``main`` does, in this process."""

    def run(*arguments: object, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            code = exit_with(lambda: cli(list(map(str, arguments)), standalone_mode=False))
        return Done(code, *capsys.readouterr())

    return run


def test_as_a_module_and_as_a_command(world: World, tmp_path: Path) -> None:
    """In processes of their own: the exit code, the words, and what goes to which stream."""
    script = Path(sys.executable).with_name("enformer-browser")
    ask = ["predict", "--model", world.model, "--sequence", "-", "--tracks", "2", "--out", tmp_path / "s.npz"]
    for command in ([sys.executable, "-m", "enformer_core"], [script]):
        done = subprocess.run([*command, *ask], input=b"ACGT" * 9, capture_output=True, check=False)
        code, out = (0, str(tmp_path / "s.npz")) if command[0] == sys.executable else (3, "")
        assert (done.returncode, done.stdout.decode().strip()) == (code, out)
    assert b"already exists" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.fixture(scope="module")
def base(world: World) -> tuple[object, ...]:
    return ("predict", "--model", world.model, "--assembly", world.fasta, "--genes", world.genes)


def test_predict_npz_is_what_python_gives(run: Run, world: World, base: tuple, tmp_path: Path) -> None:
    out = tmp_path / "p.npz"
    done = run(*base, "--locus", "ALFA1", "--tracks", "0,3", "--out", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(out)
    assert "note: centred on the start site of ALFA1" in done.stderr
    stored = np.load(out)
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    expected = predictor.predict("ALFA1", tracks=[0, 3])
    assert np.array_equal(stored["values"], expected.values)
    assert stored["target_index"].tolist() == [0, 3]
    assert json.loads(str(stored["provenance"])) == json.loads(expected.provenance.to_json())


def test_predict_with_an_edit_writes_bigwigs(run: Run, world: World, base: tuple, tmp_path: Path) -> None:
    ref = world.bases["chr1"][20_000]
    edit = f"chr1:20001:{ref}>{'A' if ref != 'A' else 'G'}"
    done = run(*base, "--locus", "ALFA1", "--edit", edit, "--tracks", "1", "--out", tmp_path / "bw", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(p.name for p in (tmp_path / "bw").iterdir())
    assert names[0].startswith("genome.chr1_17953-22048.human0001_CAGE-hepatocyte")
    assert "edited-" in names[0]
    assert names[1] == "provenance.json"
    assert json.loads((tmp_path / "bw" / "provenance.json").read_text())["edits"] == [edit]


def test_row_10_a_wide_locus_on_the_command_line(run: Run, base: tuple, tmp_path: Path) -> None:
    """Its middle with a note how to get all, all of it, or why not."""
    wide = (*base, "--locus", "chr1:10,001-18,000", "--tracks", "1", "--out")
    done = run(*wide, tmp_path / "middle.npz")
    assert "its central 4,096 bp are predicted" in done.stderr
    assert "note: all of it takes 3 windows" in done.stderr
    assert run(*wide, tmp_path / "all.npz", "--tiles", "all").returncode == 0
    middle, everything = (np.load(tmp_path / f"{name}.npz") for name in ("middle", "all"))
    assert np.array_equal(everything["values"][32:64], middle["values"])
    assert everything["start"] == middle["start"] - 4_096
    assert json.loads(str(everything["provenance"]))["tiles"][1] == "chr1:9905-18096"
    too_wide = run(*base, "--locus", "chr1:1-60,000", "--tiles", "all", "--out", tmp_path / "no.npz")
    assert (too_wide.returncode, "at most 10, 40,960 bp" in too_wide.stderr) == (2, True)
    wrong = run(*wide, tmp_path / "no.npz", "--tiles", "1;2")
    assert (wrong.returncode, "Write --tiles all, or --tiles 1,2" in wrong.stderr) == (2, True)


def test_predict_a_sequence_from_standard_input(run: Run, world: World, tmp_path: Path) -> None:
    out = tmp_path / "s.tsv"
    done = run(
        "predict",
        "--model",
        world.model,
        "--sequence",
        "-",
        "--tracks",
        "2",
        "--out",
        out,
        stdin=b">x\nacgtacgt\nGGCC\n",
    )
    assert done.returncode == 0, done.stderr
    assert "12 bp" in done.stderr
    assert len(out.read_text().splitlines()) == 2 + 32


def test_settings_come_from_the_environment(run: Run, world: World, tmp_path: Path) -> None:
    env = {"ENFORMER_MODEL": str(world.model), "ENFORMER_ASSEMBLY": str(world.fasta)}
    done = run("predict", "--locus", "chr2:15,000", "--tracks", "0", "--out", tmp_path / "p.npz", env=env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Usage:"),
        (("predit",), 2, "no verb 'predit'. Did you mean predict?"),
        (
            ("zzz",),
            2,
            "The verbs are: app, predict, contributions, mutagenesis, attention, setup, train, evaluate, doctor",
        ),
        (("predict", "--devcie", "cpu"), 2, "Did you mean '--device'"),
        (("predict", "--out", "x.npz"), 2, "give either --locus or --sequence"),
        (("setup", "cache"), 2, "Add --clear"),
        (("setup", "indx", "x"), 2, "indx"),
        (("app", "--port", "99999"), 2, "99999"),
    ],
)
def test_row_72_words_for_a_wrong_command(run: Run, arguments: tuple, code: int, words: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "verb",
    [
        (),
        *((verb,) for verb in ("predict", "contributions", "mutagenesis", "attention", "app", "doctor", "setup")),
        *(("setup", x) for x in ("index", "convert", "cache")),
    ],
)
def test_help_has_an_example(run: Run, verb: tuple) -> None:
    done = run(*verb, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert "enformer-browser" in done.stdout.split("Example")[1]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("--locus", "chr1:200-100"), 2, "start 200 is after end 100"),
        (("--locus", "chr23:1-10"), 2, "chr23"),
        (("--locus", "ALFB1"), 2, "ALFA1"),
        (("--locus", "ALFA1", "--tracks", "0,x"), 2, "track 'x' is not a row number"),
        (("--locus", "ALFA1", "--tracks", "99"), 2, "99"),
        (("--locus", "ALFA1", "--head", "rat"), 2, "no head 'rat'"),
        (("--locus", "ALFA1", "--averaging", "both"), 2, "averaging 'both' is not known"),
        (("--locus", "ALFA1", "--device", "cuda:9"), 2, "'cuda:9'"),
        (("--locus", "ALFA1", "--device", "gpu"), 2, "gpu"),
        (("--locus", "ALFA1", "--precision", "float8"), 2, "float8"),
        (("--locus", "ALFA1", "--edit", "chr1:1:A>A"), 2, "REF and ALT"),
        (("--locus", "ALFA1", "--model", "/nowhere/model"), 4, "there is no model '/nowhere/model'"),
        (("--locus", "ALFA1", "--assembly", "/nowhere/x.fa"), 3, "/nowhere/x.fa"),
        (("--locus", "ALFA1", "--genes", "/nowhere/x.gtf"), 3, "/nowhere/x.gtf"),
    ],
)
def test_row_73_and_74_codes_and_words(
    run: Run, base: tuple, tmp_path: Path, change: tuple, code: int, words: str
) -> None:
    done = run(*base, *change, "--out", tmp_path / "p.npz")
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_row_73_outputs(run: Run, world: World, base: tuple, tmp_path: Path) -> None:
    out = tmp_path / "p.npz"
    out.write_text("precious")
    ask = (*base, "--locus", "ALFA1", "--tracks", "0")
    done = run(*ask, "--out", out)
    assert (done.returncode, out.read_text()) == (3, "precious")
    assert "already exists" in done.stderr
    assert "--force" in done.stderr
    assert run(*ask, "--out", out, "--force").returncode == 0
    assert "values" in np.load(out)
    missing = run(*ask, "--out", tmp_path / "no" / "such" / "p.npz")
    assert missing.returncode == 3
    assert "does not exist" in missing.stderr
    same = run(*ask, "--out", world.fasta, "--force")
    assert same.returncode == 2
    assert "is one of the inputs" in same.stderr
    ending = run(*ask, "--out", tmp_path / "p.xlsx")
    assert ending.returncode == 2
    assert ".xlsx" in ending.stderr


def test_row_73_inputs_that_cannot_be_read(run: Run, world: World, tmp_path: Path) -> None:
    for given in (tmp_path, tmp_path / "absent.fa"):
        done = run("predict", "--model", world.model, "--sequence", given, "--out", tmp_path / "p.npz")
        assert done.returncode == 3
        assert "Traceback" not in done.stderr


def test_row_73_stdout_closed() -> None:
    command = f"{sys.executable} -m enformer_core doctor --json | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_doctor(run: Run, world: World, tmp_path: Path) -> None:
    done = run("doctor", env={"ENFORMER_MODEL": str(world.model), "ENFORMER_ASSEMBLY": str(world.fasta)})
    assert done.returncode == 0, done.stdout
    assert f"start model: {world.model}" in done.stdout
    assert "start assembly: genome, 2 contigs" in done.stdout
    assert f"setting model = {world.model}  [ENFORMER_MODEL]" in done.stdout
    assert "setting precision = auto  [default]" in done.stdout
    facts = json.loads(run("doctor", "--json").stdout)
    assert facts["starts"] is True
    assert {"torch", "streamlit", "prediction cache"} <= {f["name"] for f in facts["findings"]}


def test_doctor_when_the_app_could_not_start(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("doctor", env={"ENFORMER_DATA_DIR": str(tmp_path / "file" / "data")})
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
    assert "ENFORMER_DATA_DIR" in done.stdout


def test_doctor_names_a_registered_model_that_cannot_be_used(run: Run) -> None:
    folder = load_settings().models_dir / "half"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    done = run("doctor")
    assert done.returncode == 0
    (line,) = (line for line in done.stdout.splitlines() if "model half: " in line)
    assert "manifest.json" in line


def test_any_setting_has_a_flag(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("THREADS", "DATA_ROOTS", "DATA_DIR"):
        monkeypatch.setenv(f"ENFORMER_{name}", "")  # restored afterwards, for the flag sets the environment
    roots = json.dumps([str(tmp_path)])
    done = run("--set", "threads=1", "--set", f"data_roots={roots}", "--set", f"data_dir={tmp_path / 'd'}", "doctor")
    assert done.returncode == 0
    assert "setting threads = 1  [--set]" in done.stdout
    assert f"setting data_dir = {tmp_path / 'd'}  [--set]" in done.stdout
    assert str(tmp_path) in done.stdout.split("setting data_roots = ")[1].splitlines()[0]
    for pair, words in (("thread=1", "Did you mean threads=...?"), ("zzz", "The settings are: data_dir")):
        wrong = run("--set", pair, "doctor")
        assert wrong.returncode == 2
        assert words in wrong.stderr
    monkeypatch.setenv("ENFORMER_THREADS", "")
    assert "ENFORMER_THREADS" in run("--set", "threads=-1", "doctor").stderr


def test_doctor_with_a_setting_that_is_wrong(run: Run) -> None:
    done = run("doctor", env={"ENFORMER_PRECISION": "float8"})
    assert done.returncode == 2
    assert "ENFORMER_PRECISION" in done.stderr
    assert "float8" in done.stderr


def test_cache_is_shown_and_cleared(run: Run, base: tuple, tmp_path: Path) -> None:
    assert run(*base, "--locus", "ALFA1", "--tracks", "0", "--out", tmp_path / "p.npz").returncode == 0
    assert "prediction cache: 1 predictions" in run("doctor").stdout
    assert run("setup", "cache", "--clear").stdout.startswith("1 predictions dropped")
    assert "prediction cache: 0 predictions" in run("doctor").stdout


def test_index(run: Run, tmp_path: Path) -> None:
    fasta = tmp_path / "g.fa"
    fasta.write_text(">chr1 some words\nACGTACGT\nACG\n>chr2\nTTTT\n")
    done = run("setup", "index", fasta)
    assert (done.returncode, done.stdout.strip()) == (0, f"{fasta}.fai")
    assert Path(f"{fasta}.fai").read_text() == "chr1\t11\t17\t8\t9\nchr2\t4\t36\t4\t5\n"
    assert run("setup", "index", fasta).returncode == 3
    assert run("setup", "index", fasta, "--force").returncode == 0
