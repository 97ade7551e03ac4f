"""``doctor --verify`` with stand-ins: numbers that the slow form of a small model gives, and numbers that are wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from weights import GOLDEN, GOLDEN_CONFIG, TINY_CONFIG, golden_sequence, write_model
from worlds import World, register, write_fasta

from enformer_core.cli import cli, doctor_verify
from enformer_core.cli.running import INTERRUPTED, exit_with
from enformer_core.errors import FileError, FileFormatError
from enformer_core.evaluation import published_cases as cases
from enformer_core.evaluation.published import Check
from enformer_core.inference.onehot import one_hot
from enformer_core.model import checkpoint
from enformer_core.settings import load_settings

Run = Callable[..., tuple[int, str, str]]
START, LENGTH, BINS = 30_000, TINY_CONFIG.input_length, TINY_CONFIG.target_length  # 0-based start of the window
OFFSET = (LENGTH - 128 * BINS) // 2
TRACK, READ = 3, (15, 16, 17)
SITE = 34_096  # 0-based place of the edit: the first base of bin 16
WINDOW = f"chr1:{START + 1:,}-{START + LENGTH:,}"


class SlowModel:
    """``model.Enformer`` on a stretch of a sequence: nothing of what is verified takes part in it."""

    def __init__(self, world: World) -> None:
        self._model = checkpoint.load(world.model / "model.safetensors", TINY_CONFIG).eval()
        self.bases = world.bases["chr1"][START : START + LENGTH]

    def track(self, edits: dict[int, str]) -> np.ndarray:
        """A track, float64 ``[bins]``, with bases put at 0-based positions."""
        letters = list(self.bases)
        for at, base in edits.items():
            letters[at - START] = base
        with torch.inference_mode():
            return self._model(one_hot("".join(letters))[None])["human"][0, :, TRACK].double().numpy()

    def level(self, edits: dict[int, str]) -> float:
        """Its sum over some bins."""
        return float(self.track(edits)[list(READ)].sum())


@pytest.fixture(scope="module")
def expected(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest of all kinds of cases with its tables."""
    folder, model = tmp_path_factory.mktemp("published"), SlowModel(world)
    edit, ref = {SITE: "ACGT"[("ACGT".index(model.bases[SITE - START]) + 1) % 4]}, model.bases[SITE - START]
    level, edited = model.level({}), model.level(edit)
    here = range(SITE - 1, SITE + 2)
    table = {
        "seq": "".join(edit.get(at, model.bases[at - START]) for at in here),
        "ism_acgt": [[model.level(edit | {at: base}) - edited for base in "ACGT"] for at in here],
    }
    (folder / "map.json").write_text(json.dumps({"ism": {"after": table}}))
    places = START + OFFSET + 128 * np.arange(BINS)
    columns = {"plain": model.track({}), "logged": np.log10(1 + model.track({}))}
    columns["changed"] = model.track(edit) - model.track({})
    rows = (
        f"{start}\t{start + 128}\t{a:.9f}\t{b:.9f}\t{c:.9f}\n"
        for start, a, b, c in zip(places, *columns.values(), strict=True)
    )
    (folder / "curves.tsv").write_text("chrom_start\tchrom_end\tplain\tlogged\tchanged\n" + "".join(rows))
    common = {"source": "the slow form", "window": WINDOW, "track": TRACK}
    site = f"chr1:{SITE + 1}:{ref}>{edit[SITE]}"
    summed = common | {"bins": "15-17"}
    drawn = common | {"kind": "curve", "file": "curves.tsv", "at_least": 0.999}
    listed = [
        summed | {"kind": "value", "name": "level", "expected": level},
        summed | {"kind": "change", "name": "edit", "edits": [site], "level": level, "expected": edited - level},
        summed
        | {"kind": "substitutions", "name": "map", "edits": [site], "level": edited, "file": "map.json"}
        | {"interval": f"chr1:{SITE}-{SITE + 2}", "table": "after"},
        drawn | {"name": "plain", "column": "plain"},
        drawn | {"name": "logged", "column": "logged", "scale": "log10(1 + x)"},
        drawn | {"name": "changed", "column": "changed", "of": "change", "edits": [site]},
    ]
    manifest = {"schema": 1, "what": "a small model", "assembly": "genome", "head": "human", "relative": 1e-4}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"why": "float32", "cases": listed}))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], world: World) -> Run:
    def run(*arguments: object, model: object = None, assembly: object = None) -> tuple[int, str, str]:
        named = ["--model", model or world.model, "--assembly", assembly or world.fasta]
        words = ["doctor", "--verify", *named, *arguments]
        code = exit_with(lambda: cli([*map(str, words)], standalone_mode=False))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def changed(expected: Path, folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of the manifest, with its tables, in which something is changed."""
    shutil.copytree(expected, folder, dirs_exist_ok=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder / "manifest.json"


def test_all_numbers_of_the_slow_form(run: Run, expected: Path, tmp_path: Path) -> None:
    code, said, notes = run("--expected", expected / "manifest.json")
    lines = said.splitlines()
    assert code == 0, said
    assert [line[:8] for line in lines[:-1]] == ["ok      "] * 6
    assert lines[-1] == "all 14 numbers are those of a small model"
    assert "level: sum of bins 15-17 of track 3: expected " in lines[0]
    assert "map: 9 of 9 as published, largest difference " in lines[2]
    assert "loading the weights" in notes
    assert not list((load_settings().cache_dir / "predictions").glob("*/*")), (
        "nothing is taken from a cache or left in it"
    )

    code, said, _ = run("--expected", expected / "manifest.json", "--json", "--quiet")
    facts = json.loads(said)
    assert (code, facts["ok"], facts["absent"], len(facts["checks"])) == (0, True, [], 14)
    assert facts["checks"][1]["what"].startswith(f"chr1:{SITE + 1}:")
    assert facts["tolerance"] == {"relative": 1e-4, "why": "float32"}
    assert len(facts["weights_sha256"]) == 64


@pytest.mark.slow
def test_the_numbers_of_the_authors_own_code(run: Run, tmp_path: Path) -> None:
    """Their TensorFlow model on the weights that ``tests/weights.py`` draws; see ``tests/parity/README.md``."""
    golden, bases = np.load(GOLDEN), golden_sequence()
    position = int(golden["variant"].item())
    ref = bases[position]
    alt = "ACGT"[("ACGT".index(ref) + 2) % 4]
    common = {"source": "the authors' code", "window": "chr12:1-196,608"}
    listed = [
        common
        | {"kind": "value", "name": f"track {row * 40}", "track": row * 40, "bins": "448"}
        | {"expected": float(golden["human"][28, row])}
        for row in (1, 100)
    ]
    level, change = float(golden["human"][28, 3]), float(golden["variant_delta"][8, 3])
    listed.append(
        common
        | {"kind": "change", "name": "variant", "track": 120, "bins": "448", "level": level, "expected": change}
        | {"edits": [f"chr12:{position + 1}:{ref}>{alt}"]}
    )
    manifest = {"schema": 1, "what": "the authors' code", "assembly": "golden", "head": "human", "relative": 1e-4}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"why": "float32", "cases": listed}))
    write_fasta(tmp_path / "golden.fa", {"chr12": bases})
    model = write_model(tmp_path / "model", GOLDEN_CONFIG)
    code, said, _ = run("--expected", tmp_path / "manifest.json", model=model, assembly=tmp_path / "golden.fa")
    assert (code, said.splitlines()[-1]) == (0, "all 3 numbers are those of the authors' code"), said


@pytest.mark.parametrize(
    ("number", "factor", "words"),
    [
        (0, 1.001, "level: sum of bins"),
        (1, 1.5, "edit: chr1:"),
        (1, -1.0, "edit: chr1:"),
    ],
)
def test_one_number_that_is_not_so(
    run: Run, expected: Path, tmp_path: Path, number: int, factor: float, words: str
) -> None:
    def change_it(manifest: dict[str, Any]) -> None:
        manifest["cases"] = manifest["cases"][:2]
        manifest["relative"] = 1e-5
        case = manifest["cases"][number]
        case["expected"] *= factor

    code, said, _ = run("--expected", changed(expected, tmp_path / "other", change_it))
    failed = [line for line in said.splitlines() if line.startswith("FAILED")]
    assert (code, len(failed)) == (4, 1), said
    assert words in failed[0]
    assert said.splitlines()[-1] == "1 of 2 numbers are not those of a small model"


def test_one_substitution_and_one_curve_that_are_not_so(run: Run, expected: Path, tmp_path: Path) -> None:
    """A single wrong entry of a table is named; so is a curve that is moved by one bin."""
    manifest = changed(expected, tmp_path / "other", lambda m: m.update(cases=m["cases"][2:4]))
    table = json.loads((expected / "map.json").read_text())
    row = table["ism"]["after"]["ism_acgt"][2]
    base = table["ism"]["after"]["seq"][2]
    other = next(i for i in range(4) if "ACGT"[i] != base)
    row[other] += 0.01
    (manifest.parent / "map.json").write_text(json.dumps(table))
    head, *rows = (expected / "curves.tsv").read_text().splitlines()
    values = [row.split("\t")[2:] for row in rows]
    moved = [
        "\t".join([*row.split("\t")[:2], *value]) for row, value in zip(rows, values[1:] + values[:1], strict=True)
    ]
    (manifest.parent / "curves.tsv").write_text("\n".join([head, *moved]))
    code, said, _ = run("--expected", manifest)
    lines = said.splitlines()
    assert code == 4
    assert lines[0].startswith("FAILED  map: 8 of 9 as published")
    assert lines[1].startswith(
        f"FAILED  map: chr1:{SITE + 2:,} {base}>{'ACGT'[other]}: expected {row[other]:.6g}, got "
    )
    assert lines[2].startswith("FAILED  plain: correlation of track 3 with plain over 32 bins: expected 1, got ")
    assert lines[3] == "2 of 10 numbers are not those of a small model"


def test_what_does_not_belong_together_is_said(run: Run, expected: Path, world: World, tmp_path: Path) -> None:
    other = write_model(tmp_path / "narrow", replace(TINY_CONFIG, output_heads={"human": 2}))
    code, _, said = run("--expected", expected / "manifest.json", model=other)
    assert (code, "has no track 3 of human: its tracks are 2 of human" in said) == (4, True), said
    assert "enformer-browser setup weights" in said

    def widen(manifest: dict[str, Any]) -> None:
        manifest["cases"] = [manifest["cases"][0] | {"window": f"chr1:{START + 1}-{START + LENGTH + 2}"}]

    code, _, said = run("--expected", changed(expected, tmp_path / "a", widen))
    assert (code, "has 8,194 bp, and" in said, "reads 8,192" in said) == (4, True, True), said
    code, _, said = run("--expected", changed(expected, tmp_path / "b", lambda m: m.update(assembly="hg38")))
    assert (code, "published for hg38, and genome is another assembly" in said) == (3, True), said
    assert "enformer-browser setup hg38" in said

    def move(manifest: dict[str, Any]) -> None:
        manifest["cases"] = [manifest["cases"][2] | {"interval": f"chr1:{SITE + 1}-{SITE + 3}"}]

    code, _, said = run("--expected", changed(expected, tmp_path / "c", move))
    assert (code, "as published" in said) == (3, True), said

    def shift(manifest: dict[str, Any]) -> None:
        manifest["cases"] = [manifest["cases"][3] | {"window": f"chr1:{START + 2}-{START + LENGTH + 1}"}]

    code, _, said = run("--expected", changed(expected, tmp_path / "d", shift))
    assert (code, "its bins are not the 32 of chr1:" in said) == (3, True), said


def test_what_is_missing_and_how_to_get_it(
    run: Run, world: World, expected: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = exit_with(lambda: cli(["doctor", "--verify"], standalone_mode=False))
    assert (code, "enformer-browser setup weights" in capsys.readouterr().err) == (4, True)
    code = exit_with(lambda: cli(["doctor", "--verify", "--model", str(world.model)], standalone_mode=False))
    assert (code, "enformer-browser setup hg38" in capsys.readouterr().err) == (3, True)
    code = exit_with(lambda: cli(["doctor", "--expected", "x"], standalone_mode=False))
    assert (code, "--expected needs --verify" in capsys.readouterr().err) == (2, True)

    # What `setup` registers is found by itself; the manifest asks for an assembly by its name.
    register(world, load_settings().data_dir, assembly="genome", model="enformer", simulated=False)
    code = exit_with(
        lambda: cli(["doctor", "--verify", "--expected", str(expected / "manifest.json")], standalone_mode=False)
    )
    assert code == 0, capsys.readouterr()
    capsys.readouterr()

    code, _, said = run("--expected", tmp_path / "nothing.json")
    assert (code, "the published numbers cannot be read" in said) == (3, True)
    manifest = changed(expected, tmp_path / "bare", lambda m: m.update(cases=m["cases"][:3:2]))
    (manifest.parent / "map.json").unlink()
    code, said, _ = run("--expected", manifest)
    assert code == 0
    assert f"absent  map: not checked, for {manifest.parent / 'map.json'} is not there" in said
    assert "; 1 more need tables that are not there" in said
    manifest = changed(expected, tmp_path / "nothing", lambda m: m.update(cases=m["cases"][2:3]))
    (manifest.parent / "map.json").unlink()
    code, _, said = run("--expected", manifest)
    assert (code, "nothing was checked: none of the tables is there" in said) == (3, True)


def test_ctrl_c(run: Run, expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor_verify, "wait", interrupted)
    code, said, notes = run("--expected", expected / "manifest.json")
    assert (code, said) == (INTERRUPTED, "")
    assert notes.endswith("Stopped.\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"schema": 2}', "schema: Input should be 1"),
        ("{case}", "cases.0.value.expected: Input should be a finite number"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: str, words: str) -> None:
    case = {"kind": "value", "name": "", "source": "", "window": "", "track": 0, "bins": "1", "expected": 1}
    whole = {"schema": 1, "what": "", "assembly": "", "head": "", "relative": 0.1, "why": "", "cases": [case]}
    path = tmp_path / "manifest.json"
    path.write_text(text.replace("{case}", json.dumps(whole).replace('"expected": 1', '"expected": 1e999')))
    with pytest.raises(FileFormatError, match=words):
        cases.read_manifest(path)
    path.write_text(json.dumps(whole))
    assert cases.read_manifest(path).cases[0].name == ""
    curve = {
        "kind": "curve",
        "column": "a",
        "file": "../x.tsv",
        "at_least": 0.5,
        "name": "",
        "source": "",
        "window": "",
    }
    path.write_text(json.dumps(whole | {"cases": [curve | {"track": 1}]}))
    with pytest.raises(FileFormatError, match=r"'\.\./x\.tsv' is not a plain file name"):
        cases.read_manifest(path)


def test_tables_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for text in ("", "{}", "[" * 100_000, '{"ism": {"a": {"seq": "AC", "ism_acgt": [[0, 1, 2, 3]]}}}'):
        path.write_text(text)
        with pytest.raises(FileFormatError, match=r"ism\.a"):
            cases.read_substitutions(path, "a")
    for text in ("", "chrom_start\tchrom_end\ta\n", "chrom_start\tchrom_end\ta\n0\t128\tnan\n", "a\n1\n", "\x00"):
        path.write_text(text)
        with pytest.raises(FileFormatError):
            cases.read_curve(path, "a")
    with pytest.raises(FileError):
        cases.read_curve(tmp_path, "a")


def test_nan_is_never_as_published() -> None:
    assert not Check("", "", 1.0, float("nan"), 0.9, 1.0).ok


def test_the_manifest_that_ships_names_windows_and_bins_and_no_gene() -> None:
    manifest = cases.read_manifest(cases.shipped_manifest())
    first, second = manifest.cases[:2]
    assert isinstance(first, cases.Value)
    assert isinstance(second, cases.Change)
    assert (first.window, first.track, first.bins, first.expected) == (
        "chr12:30,975,542-31,172,149",
        4980,
        "447-449",
        6.8935,
    )
    assert (second.edits, second.expected) == (("chr12:31073901:T>A",), -3.139)
    assert {case.track for case in manifest.cases} == {41, 42, 706, 2280, 4767, 4799, 4828, 4980}


def test_the_published_tables_fit_the_manifest_that_ships(shared_data: Path) -> None:
    """They are no part of this repository: the folder they come in is what ``--expected`` takes."""
    folder = shared_data / "enformer_reference"
    for case in cases.read_manifest(cases.shipped_manifest()).cases:
        start, end = (int(x.replace(",", "")) for x in case.window.partition(":")[2].split("-"))
        assert end - start + 1 == 196_608
        if isinstance(case, cases.Substitutions):
            bases, effect = cases.read_substitutions(folder / case.file, case.table)
            assert (len(bases), effect[np.arange(41), ["ACGT".index(b) for b in bases]].tolist()) == (41, [0.0] * 41)
        if isinstance(case, cases.Curve):
            places, values = cases.read_curve(folder / case.file, case.column)
            assert (places[0, 0], places[-1, 1]) == (start - 1 + 40_960, end - 40_960)
            assert values.shape == (896,)
