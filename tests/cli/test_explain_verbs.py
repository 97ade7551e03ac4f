"""``contributions``, ``mutagenesis``, ``attention``: files are what Python gives, and wrong options are named."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pytest
from worlds import World

import enformer_core as ec
from enformer_core.cli import cli
from enformer_core.cli.running import exit_with
from enformer_core.inference.predictor import Predictor
from enformer_core.interpret import explain_mutagenesis
from enformer_core.interpret.elements import strongest_elements

Run = Callable[..., tuple[int, str, str]]
TARGET = ec.Target((0, 3), (15, 16, 17), "log_ratio", minus_tracks=(1,))
AS_OPTIONS = ("--tracks", "0,3", "--minus-tracks", "1", "--reduce", "log_ratio")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], world: World) -> Run:
    def run(verb: str, *arguments: object) -> tuple[int, str, str]:
        world_of = ["--model", world.model, "--assembly", world.fasta, "--genes", world.genes]
        code = exit_with(lambda: cli([verb, *map(str, (*world_of, *arguments))], standalone_mode=False))
        return (code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def predictor(world: World) -> Iterator[ec.Predictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


def same(path: Path, result: ec.ContributionScores | ec.MutagenesisMap | ec.DeletionScan | ec.AttentionMap) -> None:
    stored, expected = np.load(path), result.arrays()
    assert set(stored.files) == set(expected)
    for name, array in expected.items():
        assert np.array_equal(stored[name], array, equal_nan=array.dtype.kind == "f"), name


# --- Files ---------------------------------------------------------------------------------------------------------


def test_contributions_are_what_python_gives(run: Run, predictor: ec.Predictor, tmp_path: Path) -> None:
    out = tmp_path / "c.npz"
    code, said, notes = run("contributions", "--locus", "ALFA1", "--bins", "15-17", *AS_OPTIONS, "--out", out)
    assert (code, said.strip()) == (0, str(out)), notes
    assert "note: centred on the start site of ALFA1" in notes
    assert "target: log2((mean of CAGE:erythroid, DNASE:hepatocyte + 0.01) / (mean of CAGE:hepatocyte + 0.01))" in notes
    same(out, ec.contributions(predictor, "ALFA1", TARGET))


def test_other_methods_strands_and_spans(run: Run, predictor: ec.Predictor, tmp_path: Path) -> None:
    ask = ("--locus", "ALFA1", "--bins", "15,16,17", *AS_OPTIONS, "--span", "chr1:20,001-20,020", "--quiet")
    code, _, said = run(
        "contributions", *ask, "--method", "integrated_gradients", "--strands", "--out", tmp_path / "c.npz"
    )
    assert (code, said) == (0, "")
    span, method = "chr1:20,001-20,020", "integrated_gradients"
    same(tmp_path / "c.npz", ec.contributions(predictor, "ALFA1", TARGET, method=method, span=span, strands=True))


def test_contributions_as_a_bigwig_and_a_table(run: Run, predictor: ec.Predictor, tmp_path: Path) -> None:
    ask = ("--locus", "ALFA1", "--bins", "16", "--tracks", "0", "--span", "chr1:20,001-20,050")
    code, said, _ = run("contributions", *ask, "--out", tmp_path / "c.bw")
    assert (code, said.split()) == (0, [str(tmp_path / "c.bw"), str(tmp_path / "c.bw.provenance.json")])
    expected = ec.contributions(predictor, "ALFA1", ec.Target((0,), (16,)), span="chr1:20,001-20,050")
    with pyBigWig.open(str(tmp_path / "c.bw")) as file:
        assert np.array_equal(np.array(file.values("chr1", 20_000, 20_050), dtype=np.float32), expected.scores)
    assert run("contributions", *ask, "--out", tmp_path / "c.tsv")[0] == 0
    assert len((tmp_path / "c.tsv").read_text().splitlines()) == 2 + 50


def test_mutagenesis_is_what_python_gives(run: Run, world: World, predictor: ec.Predictor, tmp_path: Path) -> None:
    base = world.bases["chr1"][20_100]
    edit = f"chr1:20101:{base}>{base}TTG"
    ask = ("--locus", "ALFA1", "--edit", edit, "--interval", "chr1:20,098-20,104", "--bins", "15-17", *AS_OPTIONS)
    code, _, said = run("mutagenesis", *ask, "--method", "exact", "--out", tmp_path / "m.npz")
    assert code == 0, said
    expected = ec.mutagenesis(predictor, "ALFA1", "chr1:20,098-20,104", TARGET, edits=[edit], method="exact")
    same(tmp_path / "m.npz", expected)
    assert expected.effect.shape == (10, 4)


def test_the_command_line_has_no_limit(
    run: Run, predictor: ec.Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    submit = explain_mutagenesis.submit_mutagenesis

    def noting(*arguments: object, **options: object) -> object:
        given.append(options)
        return submit(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("enformer_core.interpret.explain.submit_mutagenesis", noting)
    ask = ("--locus", "ALFA1", "--interval", "chr1:20,001-20,004", "--bins", "16", "--tracks", "0")
    assert run("mutagenesis", *ask, "--out", tmp_path / "m.npz")[0] == 0
    assert given == [{"method": "auto", "limit": None}]


def test_deletions(run: Run, predictor: ec.Predictor, tmp_path: Path) -> None:
    ask = ("--locus", "ALFA1", "--interval", "chr1:20,001-20,100", "--bins", "15-17", *AS_OPTIONS)
    more = ("--deletions", "30", "--stride", "15", "--how", "shuffle")
    code, _, said = run("mutagenesis", *ask, *more, "--out", tmp_path / "d.npz")
    assert code == 0, said
    ways = {"width": 30, "stride": 15, "how": "shuffle"}
    same(tmp_path / "d.npz", ec.deletion_scan(predictor, "ALFA1", "chr1:20,001-20,100", TARGET, **ways))


def test_a_target_as_links_have_it_is_the_same_question(
    run: Run, predictor: ec.Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "bins:15-17;tracks:0,3;minus:1;reduce:log_ratio"
    ask = ("--locus", "ALFA1", "--target", text, "--span", "chr1:20,001-20,020")
    code, _, said = run("contributions", *ask, "--out", tmp_path / "c.npz")
    assert code == 0, said
    same(tmp_path / "c.npz", ec.contributions(predictor, "ALFA1", TARGET, span="chr1:20,001-20,020"))


def test_elements_are_listed_with_their_distance(run: Run, predictor: ec.Predictor, tmp_path: Path) -> None:
    listed, out = tmp_path / "e.tsv", tmp_path / "c.npz"
    ask = ("--locus", "ALFA1", "--target", "gene:ALFA1;tracks:0", "--elements", listed)
    code, said, notes = run("contributions", *ask, "--out", out)
    assert (code, said.split()) == (0, [str(out), str(listed)]), notes
    first, *rows = listed.read_text().splitlines()
    assert json.loads(first.removeprefix("# "))["kind"] == "elements"
    table = pd.read_csv(listed, sep="\t", comment="#")
    assert list(table) == ["rank", "chrom", "start", "end", "score", "strength", "distance"]
    assert len(rows) - 1 == len(table) > 1
    expected = strongest_elements(ec.contributions(predictor, "ALFA1", ec.Target((0,), (15, 16, 17))), site=20_000)
    assert table["start"].tolist() == [element.interval.start for element in expected]
    assert table["distance"].tolist() == [element.distance for element in expected]
    assert run("contributions", *ask, "--out", tmp_path / "other.npz")[0] == 3  # the list is there
    assert not (tmp_path / "other.npz").exists()
    code, _, errors = run("contributions", *ask, "--force", "--out", listed)
    assert (code, "two outputs have the same name" in errors) == (2, True)


def test_a_map_with_its_logo_and_motifs(run: Run, tmp_path: Path) -> None:
    logo, motifs = tmp_path / "l.svg", tmp_path / "m.tsv"
    ask = ("--locus", "ALFA1", "--interval", "chr1:20,001-20,012", "--bins", "16", "--tracks", "0")
    code, said, notes = run("mutagenesis", *ask, "--logo", logo, "--motifs", motifs, "--out", tmp_path / "m.npz")
    assert (code, said.split()) == (0, [str(tmp_path / "m.npz"), str(logo), str(motifs)]), notes
    text = logo.read_text()
    assert "In-silico mutagenesis of chr1:20,001-20,012: mean of CAGE:erythroid over bin 16" in text
    facts = json.loads(motifs.read_text().splitlines()[0].removeprefix("# "))
    assert "JASPAR" in facts["library"]
    assert facts["thresholds"]["p"] == 1e-4
    assert list(pd.read_csv(motifs, sep="\t", comment="#"))[:6] == ["chrom", "start", "end", "strand", "name", "id"]


def test_attention_is_what_python_gives(run: Run, predictor: ec.Predictor, tmp_path: Path) -> None:
    ask = ("--locus", "ALFA1", "--gene", "ALFA1", "--layers", "1", "--heads", "0,2", "--key-width", "4")
    code, _, said = run("attention", *ask, "--out", tmp_path / "a.npz")
    assert code == 0, said
    same(tmp_path / "a.npz", ec.attention(predictor, "ALFA1", [15, 16, 17], layers=[1], heads=[0, 2], key_width=4))
    assert run("attention", "--locus", "ALFA1", "--bins", "3", "--out", tmp_path / "b.npz")[0] == 0
    assert np.load(tmp_path / "b.npz")["weights"].shape == (2, 4, 1, 64)


def test_a_pasted_sequence(capsys: pytest.CaptureFixture[str], world: World, tmp_path: Path) -> None:
    fasta = tmp_path / "s.fa"
    fasta.write_text(f">insert\n{world.bases['chr1'][20_000:21_000]}\n")
    ask = ["mutagenesis", "--model", world.model, "--sequence", fasta, "--interval", "insert:11-12"]
    ask += ["--region", "insert:1-128", "--tracks", "0", "--out", tmp_path / "m.npz"]
    assert exit_with(lambda: cli(list(map(str, ask)), standalone_mode=False)) == 0, capsys.readouterr().err
    stored = np.load(tmp_path / "m.npz")
    assert (str(stored["chrom"]), int(stored["start"]), str(stored["bases"])) == (
        "insert",
        10,
        world.bases["chr1"][20_010:20_012],
    )


# --- Bins ----------------------------------------------------------------------------------------------------------


def bins_of(path: Path) -> list[int]:
    return np.load(path)["query_bins"].tolist()


def test_three_ways_to_name_the_same_bins(run: Run, tmp_path: Path) -> None:
    """The start site of ALFA1, 0-based 20,000, is the first base of bin 16; that of BETA2 is on the minus strand."""
    for i, (locus, *way) in enumerate(
        [
            ("ALFA1", "--bins", "15-17"),
            ("ALFA1", "--gene", "alfa1"),
            ("ALFA1", "--region", "chr1:19,873-20,256"),
            ("BETA2", "--gene", "BETA2"),
        ]
    ):
        code, _, said = run("attention", "--locus", locus, *way, "--layers", "0", "--out", tmp_path / f"{i}.npz")
        assert code == 0, said
        assert bins_of(tmp_path / f"{i}.npz") == [15, 16, 17]


def test_a_gene_beside_the_middle_and_after_an_edit(run: Run, world: World, tmp_path: Path) -> None:
    """Window around 0-based 20,500: the output begins at 18,452, so the site is in bin 12; 300 bp before it, bin 14."""
    ask = ("--locus", "chr1:20,501", "--gene", "ALFA1", "--layers", "0")
    assert run("attention", *ask, "--out", tmp_path / "a.npz")[0] == 0
    assert bins_of(tmp_path / "a.npz") == [11, 12, 13]
    base = world.bases["chr1"][20_299]
    edit = f"chr1:20300:{base}>{base}{'ACGTTGCATC' * 13}"
    assert run("attention", *ask, "--edit", edit, "--out", tmp_path / "b.npz")[0] == 0
    assert bins_of(tmp_path / "b.npz") == [10, 11, 12]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--locus", "ALFA1"), 2, "give one of --bins, --gene and --region"),
        (("--locus", "ALFA1", "--bins", "1", "--gene", "ALFA1"), 2, "give one of --bins, --gene and --region"),
        (("--locus", "ALFA1", "--bins", "x"), 2, "'x' is neither a bin nor a range of bins"),
        (("--locus", "ALFA1", "--bins", "32"), 2, "there is no bin 32 in the output, which has 32 bins"),
        (("--locus", "ALFA1", "--bins", "5,5"), 2, "bin 5 is chosen twice"),
        (("--locus", "ALFA1", "--gene", "ALFB1"), 2, "ALFA1"),
        (("--locus", "ALFA1", "--gene", "GIANT"), 2, "outside the output window"),
        (("--locus", "chr1:21,990", "--gene", "ALFA1"), 2, "the nearest three bins are 0-2"),
        (("--locus", "chr1:18,010", "--gene", "ALFA1"), 2, "the nearest three bins are 29-31"),
        (("--locus", "ALFA1", "--region", "chr1:1-100"), 2, "outside the output window"),
        (("--locus", "ALFA1", "--region", "chr1:17,000-18,000"), 2, "in bins 0"),
        (("--locus", "ALFA1", "--region", "nonsense:"), 2, "there is no position after 'nonsense'"),
        (("--locus", "ALFA1", "--bins", "1", "--tracks", "12"), 2, "there is no track 12 in the output"),
        (("--locus", "ALFA1", "--bins", "1", "--tracks", "x"), 2, "track 'x' is not a row number"),
        (("--locus", "ALFA1", "--bins", "1", "--minus-tracks", "0"), 2, "track 0 is chosen twice"),
        (("--locus", "ALFA1", "--bins", "1", "--minus-tracks", "all"), 2, "all tracks cannot be subtracted"),
        (("--locus", "ALFA1", "--gene", "A;B"), 2, "'A;B' is no gene"),
        (("--locus", "ALFA1", "--gene", "BETA2"), 2, "start site of BETA2: chr1:33,000-33,000 lies outside"),
        (
            ("--locus", "ALFA1", "--bins", "1", "--target", "bins:1;tracks:0"),
            2,
            "--target stands beside --bins, --tracks",
        ),
        (("--locus", "ALFA1", "--bins", "1", "--reduce", "max"), 2, "'max' is not one of"),
        (("--locus", "ALFA1", "--bins", "1", "--head", "rat"), 2, "no head 'rat'"),
        (("--locus", "ALFA1", "--bins", "1", "--span", "chr1:1-100"), 2, "does not lie in the input window"),
        (("--locus", "ALFA1", "--bins", "1", "--method", "guess"), 2, "'guess' is not one of"),
        (("--locus", "ALFA1", "--bins", "1", "--edit", "chr1:1:A>A"), 2, "REF and ALT"),
        (("--bins", "1"), 2, "give either --locus or --sequence"),
    ],
)
def test_everything_wrong_is_refused_before_the_model_runs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple, code: int, words: str
) -> None:
    monkeypatch.setattr(Predictor, "work", lambda self, run: pytest.fail("the model was asked"))
    tracks = () if "--tracks" in arguments else ("--tracks", "0")
    done, said, errors = run("contributions", *tracks, *arguments, "--out", tmp_path / "c.npz")
    assert (done, said) == (code, "")
    assert words in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("verb", "arguments", "words"),
    [
        ("contributions", ("--bins", "1"), "no track is named. Add --tracks 0,3,41 or --tracks all"),
        ("mutagenesis", ("--bins", "1", "--tracks", "0"), "Missing option '--interval'"),
        ("mutagenesis", ("--bins", "1", "--tracks", "0", "--interval", "chr1:1-9"), "does not lie in the input window"),
        (
            "mutagenesis",
            ("--bins", "1", "--tracks", "0", "--interval", "chr1:20,001-20,009", "--stride", "5"),
            "--stride needs --deletions",
        ),
        (
            "mutagenesis",
            ("--bins", "1", "--tracks", "0", "--interval", "chr1:20,001-20,009", "--how", "N"),
            "--how needs --deletions",
        ),
        (
            "mutagenesis",
            (
                "--bins",
                "1",
                "--tracks",
                "0",
                "--interval",
                "chr1:20,001-20,009",
                "--deletions",
                "5",
                "--method",
                "fast",
            ),
            "--method does not go with --deletions",
        ),
        (
            "mutagenesis",
            ("--bins", "1", "--tracks", "0", "--interval", "chr1:20,001-20,009", "--deletions", "10"),
            "does not fit into the 9 bp",
        ),
        ("contributions", ("--target", "tracks:0"), "--target names no place"),
        ("contributions", ("--target", "gene:ALFA1"), "--target names no track"),
        ("contributions", ("--target", "gene:ALFA1;tracks:x"), "the target's tracks: 'x' is no track number"),
        (
            "contributions",
            ("--bins", "1", "--tracks", "0", "--elements", "e.csv"),
            "of --elements 'e.csv' is not known",
        ),
        (
            "mutagenesis",
            ("--bins", "1", "--tracks", "0", "--interval", "chr1:20,001", "--deletions", "1", "--motifs", "m.tsv"),
            "--motifs does not go with --deletions",
        ),
        (
            "mutagenesis",
            ("--bins", "1", "--tracks", "0", "--interval", "chr1:20,001", "--logo", "logo.gif"),
            "of --logo 'logo.gif' is not known. End it in .svg, .pdf or .png",
        ),
        ("attention", ("--bins", "1", "--layers", "2"), "there is no layer 2"),
        ("attention", ("--bins", "1", "--heads", "x"), "--heads: 'x' is not a number"),
        ("attention", ("--bins", "1", "--layers", ","), "--layers ',' names nothing"),
        ("attention", ("--bins", "40"), "there is no bin 40 in the output"),
        ("attention", ("--bins", "1", "--key-width", "65"), "key_width is 65"),
    ],
)
def test_what_only_one_verb_refuses(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, arguments: tuple, words: str
) -> None:
    monkeypatch.setattr(Predictor, "work", lambda self, run: pytest.fail("the model was asked"))
    done, _, errors = run(verb, "--locus", "ALFA1", *arguments, "--out", tmp_path / "x.npz")
    assert done == 2
    assert words in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["contributions", "mutagenesis", "attention"])
def test_outputs_are_checked_before_the_model_is_loaded(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(Predictor, "from_pretrained", lambda *a, **k: pytest.fail("the model was loaded"))
    ask: tuple[object, ...] = ("--locus", "ALFA1", "--bins", "1")
    ask += () if verb == "attention" else ("--tracks", "0")
    ask += ("--interval", "chr1:20,001") if verb == "mutagenesis" else ()
    there = tmp_path / "there.npz"
    there.write_text("precious")
    (tmp_path / "folder.bw").mkdir()
    for out, code, words in (
        (there, 3, "already exists"),
        (tmp_path / "x.xlsx", 2, "End it in .npz, .tsv or .bw"),
        (tmp_path / "x", 2, "End it in .npz, .tsv or .bw"),
        (tmp_path / "no" / "x.npz", 3, "does not exist"),
        (tmp_path / "folder.bw", 3, "is a folder, not a file"),
    ):
        done, _, errors = run(verb, *ask, "--out", out)
        assert done == code
        assert words in errors
    assert there.read_text() == "precious"


def test_help_needs_no_torch() -> None:
    import subprocess

    code = (
        "import sys; from enformer_core.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('LOADED', *sys.modules)"
    )
    for verb in ("contributions", "mutagenesis", "attention"):
        done = subprocess.run([sys.executable, "-c", code, verb, "--help"], capture_output=True, text=True, check=True)
        text, loaded = done.stdout.split("LOADED")
        assert "Example" in text
        assert not {"torch", "pandas", "numpy"} & set(loaded.split())
