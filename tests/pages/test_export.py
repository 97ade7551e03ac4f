"""What a person takes away of a view: the zip, its files, and the scripts that make them again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyBigWig
import pytest
import worlds
from worlds import World

import enformer_core as ec
from enformer_core.cli import cli
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.sequence import parse_sequence
from enformer_core.genome.variant_text import parse_variants
from enformer_core.interpret.explain import attention_picture
from enformer_core.settings import load_settings
from enformer_core.tracks import figure_ini
from pages._ui.export import zip_name, zipped
from pages._ui.state import Result
from pages._ui.take_away import reproduce, signals
from pages._ui.work import begin

REPOSITORY = Path(__file__).resolve().parents[2]
TRACKS = (2, 0)
# Names that a file system of another make keeps for itself, and signs that it does not allow.
RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
FORBIDDEN = set('<>:"\\|?*')


@pytest.fixture(scope="module")
def predictor(world: World) -> Iterator[ec.Predictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


def result_of(
    predictor: ec.Predictor,
    query: str,
    *edits: ec.Variant,
    subject: str = "ALFA1",
    tiles: tuple[int, int] = (0, 0),
) -> Result:
    window = predictor.window(query, edits, tiles)
    prediction, edited = begin(predictor, window, TRACKS, "human").results(60)
    return Result(prediction, window, subject, edited)


def edits_of(world: World) -> tuple[ec.Variant, ...]:
    """A substitution, a deletion of 300 bases, and an insertion."""
    bases = world.bases["chr1"]
    other = {"A": "C", "C": "G", "G": "T", "T": "A"}[bases[19_499]]
    return (
        ec.Variant("chr1", 20_501, bases[20_500], bases[20_500] + "GATTACA" * 30),
        ec.Variant("chr1", 19_500, bases[19_499], other),
        ec.Variant("chr1", 21_000, bases[20_999:21_300], bases[20_999]),
    )


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


def names_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def edited(predictor: ec.Predictor, world: World) -> Result:
    return result_of(predictor, "ALFA1", *edits_of(world))


@pytest.fixture(scope="module")
def folder(edited: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of a view with edits, unpacked."""
    return unpacked(zipped(edited, with_bedgraph=True), tmp_path_factory.mktemp("taken"))


def test_equal_results_give_equal_bytes_with_the_numbers_first(edited: Result):
    content = zipped(edited)
    assert content == zipped(edited)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert [entry.filename.split("/")[0] for entry in entries[:9]] == ["reference"] * 3 + ["edited"] * 3 + [
        "difference"
    ] * 3


def test_every_file_is_there_and_named_in_the_readme(folder: Path, edited: Result):
    others = [name for name in names_of(folder) if name.split("/")[0] not in ("reference", "edited", "difference")]
    assert others == [
        "README.txt", "edits.bed", "edits.vcf", "igv_session.xml", "igvjs_session.json", "provenance.json",
        "reproduce.py", "reproduce.sh", "sequence/edited.fa", "sequence/reference.fa", "tracks.ini",
    ]  # fmt: skip
    text = (folder / "README.txt").read_text()
    for name in others:
        assert name == "README.txt" or name in text
    for name in ("reference/", "edited/", "difference/", "middle base", "300 bp deleted", "UCSC does not have genome"):
        assert name in " ".join(text.split())
    for part in ("reference", "edited", "difference"):
        files = [name for name in names_of(folder) if name.startswith(f"{part}/")]
        assert [Path(name).suffix for name in files].count(".bw") == len(TRACKS)
        assert [Path(name).suffix for name in files].count(".bedGraph") == len(TRACKS)
        assert f"{part}/provenance.json" in files


def test_names_are_safe_everywhere(folder: Path):
    for name in names_of(folder):
        for piece in name.split("/"):
            assert piece.isascii()
            assert piece.isprintable()
            assert not set(piece) & FORBIDDEN
            assert not piece.endswith((".", " "))
            assert piece.split(".")[0].lower() not in RESERVED


def test_the_bedgraph_is_the_bigwig(folder: Path):
    for path in sorted(folder.rglob("*.bw")):
        lines = path.with_suffix(".bedGraph").read_text().splitlines()
        rows = [line.split("\t") for line in lines if not line.startswith(("#", "track"))]
        with pyBigWig.open(str(path)) as file:
            intervals = file.intervals("chr1")
        assert [(int(r[1]), int(r[2])) for r in rows] == [entry[:2] for entry in intervals]
        assert [float(np.float32(r[3])) for r in rows] == [entry[2] for entry in intervals]


def test_the_difference_is_edited_minus_reference_where_no_edit_moves_anything(
    predictor: ec.Predictor, world: World, tmp_path: Path
):
    result = result_of(predictor, "ALFA1", edits_of(world)[1])
    assert result.edited is not None
    with zipfile.ZipFile(io.BytesIO(zipped(result))) as archive:
        name = next(n for n in archive.namelist() if n.startswith("difference/") and "human0000" in n)
        content = archive.read(name)
    column = TRACKS.index(0)
    expected = result.edited.values[:, column] - result.prediction.values[:, column]
    assert np.abs(expected).max() > 0
    path = tmp_path / "difference.bw"
    path.write_bytes(content)
    with pyBigWig.open(str(path)) as file:
        assert [value for _, _, value in file.intervals("chr1")] == expected.tolist()


def test_the_sequences_are_what_the_model_read(folder: Path, edited: Result):
    assert edited.edited is not None
    for name, facts in (("reference", edited.prediction.provenance), ("edited", edited.edited.provenance)):
        text = (folder / f"sequence/{name}.fa").read_text()
        assert text.startswith(f">chr1_15905_24096_{name} chr1:15,905-24,096 (1-based) genome")
        assert {len(line) for line in text.splitlines()[1:-1]} == {60}
        assert hashlib.sha256(parse_sequence(text).bases.encode()).hexdigest() == facts.sequence_sha256


def test_the_vcf_holds_the_edits_in_order(folder: Path, edited: Result):
    text = (folder / "edits.vcf").read_text()
    assert "##contig=<ID=chr1,length=60000>" in text
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert [(r[0], int(r[1]), r[3], r[4]) for r in rows] == [
        (v.chrom, v.pos, v.ref, v.alt) for v in sorted(edited.window.edits, key=lambda v: v.pos)
    ]
    assert not parse_variants("\n".join("\t".join(row) for row in rows[:1]))[0].id


def test_sessions_name_files_that_are_there_and_the_fasta_file(folder: Path, world: World):
    session = json.loads((folder / "igvjs_session.json").read_text())
    for track in session["tracks"]:
        assert (folder / track["url"]).is_file()
    assert session["reference"]["fastaURL"] == "genome.fa"
    assert len(session["roi"][0]["features"]) == 3
    assert f'genome="{world.fasta}"' in (folder / "igv_session.xml").read_text()


def test_a_view_is_what_is_shown_as_far_as_it_is_predicted(predictor: ec.Predictor, tmp_path: Path):
    result = result_of(predictor, "ALFA1")
    for name, view, locus in (
        ("inside", ec.Interval("chr1", 19_000, 20_000), "chr1:19001-20000"),
        ("over the edge", ec.Interval("chr1", 0, 20_000), "chr1:17953-20000"),
        ("elsewhere", ec.Interval("chr1", 0, 500), "chr1:17953-22048"),
    ):
        there = unpacked(zipped(result, view=view), tmp_path / name)
        assert json.loads((there / "igvjs_session.json").read_text())["locus"] == locus


def test_without_edits_there_is_the_reference_alone(predictor: ec.Predictor, tmp_path: Path):
    result = result_of(predictor, "chr1:100-200")  # the window begins before the chromosome
    assert zip_name(result) == "enformer_chr1_-1898-2197.zip"
    there = unpacked(zipped(result), tmp_path)
    assert not [n for n in names_of(there) if n.startswith(("edited", "difference", "edits", "sequence/edited"))]
    assert json.loads((there / "provenance.json").read_text())["edits"] == []
    assert json.loads((there / "igvjs_session.json").read_text())["locus"] == "chr1:1-2197"
    assert "--locus chr1:150-150" in (there / "reproduce.sh").read_text()
    header = (there / "sequence/reference.fa").read_text().splitlines()[0]
    assert header == ">chr1_-3946_4245_reference chr1:-3,946-4,245 (1-based) genome"


def test_a_known_assembly_opens_in_ucsc_and_by_its_name(
    edited: Result, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    assembly = edited.window.assembly
    assert assembly is not None
    monkeypatch.setattr(assembly, "build", "hg38")
    there = unpacked(zipped(edited), tmp_path)
    hub = (there / "hg38/trackDb.txt").read_text()
    urls = [line.split(" ", 1)[1] for line in hub.splitlines() if line.startswith("bigDataUrl")]
    assert len(urls) == 3 * len(TRACKS)
    assert all((there / "hg38" / url).is_file() for url in urls)
    assert json.loads((there / "igvjs_session.json").read_text())["reference"] == {"id": "hg38"}
    assert "hub.txt" in (there / "README.txt").read_text()


def test_what_is_simulated_says_so_wherever_there_is_room(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    worlds.register(world, load_settings().data_dir)
    simulated = ec.Predictor.from_pretrained("toy-model", assembly="toy")
    try:
        result = result_of(simulated, "chr1:20,001", edits_of(world)[1])
        there = unpacked(zipped(result, with_bedgraph=True), tmp_path)
    finally:
        simulated.close()
    assert zip_name(result).endswith("_edited_simulated.zip")
    without_room = {"edits.bed"}
    for name in names_of(there):
        if name not in without_room:
            words = name if name.endswith(".bw") else (there / name).read_text()
            assert "simulated" in words.lower(), name
    assert "--model toy-model --assembly toy " in (there / "reproduce.sh").read_text()


# --- Explanations --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explained(predictor: ec.Predictor, world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    """The zip of a view with edits and one explanation of each kind, and what was taken along. The last is of the
    reference, all others of the edited window."""
    _, substitution, deletion = edits_of(world)
    result = result_of(predictor, "ALFA1", deletion, substitution)
    window, reference = result.window, replace(result.window, haplotype=None)
    target = ec.Target((0, 3), (15, 16, 17), "log_ratio", (1,), "human")
    explanations = [
        ec.contributions(predictor, window, target),
        ec.mutagenesis(predictor, window, "chr1:19,497-19,502", target, method="exact"),
        ec.deletion_scan(predictor, window, "chr1:20,001-20,040", target, width=20, stride=10),
        ec.attention(predictor, window, [15, 16, 17], layers=[1], heads=[0, 2], key_width=4),
        ec.contributions(predictor, reference, target, span="chr1:20,001-20,100"),
    ]
    content = zipped(result, explanations=explanations)
    return unpacked(content, tmp_path_factory.mktemp("explained")), explanations


def stems_of(folder: Path) -> list[str]:
    return sorted(path.name.removesuffix(".npz") for path in (folder / "explanations").glob("*.npz"))


def test_explanations_come_along_as_arrays_tables_and_bigwigs(explained: tuple[Path, list]):
    there, explanations = explained
    stems = stems_of(there)
    assert [stem.split(".")[0] for stem in stems] == [
        "1_contributions", "2_mutagenesis", "3_deletion_scan", "4_attention", "5_contributions",
    ]  # fmt: skip
    assert all(".edited-" in stem for stem in stems[:4])
    assert ".edited-" not in stems[4]
    for stem, explanation in zip(stems, explanations, strict=True):
        path = there / "explanations" / stem
        with np.load(f"{path}.npz") as stored:
            for name, array in explanation.arrays().items():
                assert np.array_equal(stored[name], array, equal_nan=array.dtype.kind == "f"), name
        assert len(Path(f"{path}.tsv").read_text().splitlines()) == 2 + len(explanation.frame())
        with pyBigWig.open(f"{path}.bw") as file:
            assert file.intervals("chr1")
        assert Path(f"{path}.bw.provenance.json").is_file()
    index = json.loads((there / "explanations/explanations.json").read_text())
    assert [entry["kind"] for entry in index] == [
        "contributions", "mutagenesis", "deletion_scan", "attention", "contributions",
    ]  # fmt: skip
    assert all((there / file).is_file() for entry in index for file in entry["files"])
    readme = " ".join((there / "README.txt").read_text().split())
    assert "explanations/ Why the model predicts this" in readme
    assert all(stem in readme for stem in stems)
    assert "Contributions (gradient x input), log2((mean of" in readme
    assert "Attention, mean over layers [1] and heads [0, 2], with 2 edits" in readme


def test_sessions_draw_what_has_a_number_a_base_as_letters(explained: tuple[Path, list]):
    there, _ = explained
    session = json.loads((there / "igvjs_session.json").read_text())
    drawn = {t["url"]: t for t in session["tracks"] if t["url"].startswith("explanations/")}
    assert [t.get("graphType") for t in drawn.values()] == ["dynseq", "dynseq", None, None, "dynseq"]
    assert all((there / url).is_file() for url in drawn)
    groups = [t["autoscaleGroup"] for t in session["tracks"] if "autoscaleGroup" in t]
    own = [t["autoscaleGroup"] for t in drawn.values()]
    assert all(groups.count(group) == 1 for group in own)
    root = ElementTree.parse(there / "igv_session.xml").getroot()  # noqa: S314 - our own file
    renderers = {t.get("id"): t.get("renderer") for t in root.iter("Track") if t.get("renderer")}
    assert [renderers[url] for url in drawn] == ["DYNSEQ", "DYNSEQ", "BAR_CHART", "BAR_CHART", "DYNSEQ"]
    assert {renderers[t["url"]] for t in session["tracks"] if "edited/" in t["url"]} == {"BAR_CHART"}
    ini = (there / "tracks.ini").read_text()
    assert ini.count("\n[explanation ") == 5
    assert "min_value" not in ini.split("[explanation 1]")[1]


def test_the_hub_has_letters_too(predictor: ec.Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    result = result_of(predictor, "ALFA1")
    assert result.window.assembly is not None
    monkeypatch.setattr(result.window.assembly, "build", "hg38")
    found = ec.contributions(predictor, result.window, ec.Target((0,), (16,)), span="chr1:20,001-20,100")
    attention = ec.attention(predictor, result.window, [16], layers=[0], heads=[0], key_width=4)
    there = unpacked(zipped(result, explanations=[found, attention]), tmp_path)
    stanzas = (there / "hg38/trackDb.txt").read_text().split("\n\n")
    first, second = (next(s for s in stanzas if s.startswith(f"track explanation{n}")) for n in (1, 2))
    assert "\nlogo on\n" in first
    assert "logo" not in second
    url = next(line for line in first.splitlines() if line.startswith("bigDataUrl")).split(" ")[1]
    assert (there / "hg38" / url).is_file()


def test_the_command_line_makes_the_same_explanations(
    explained: tuple[Path, list], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    there, explanations = explained
    monkeypatch.chdir(there)
    monkeypatch.setenv("ENFORMER_CACHE_DIR", str(tmp_path / "another-cache"))
    text = (there / "reproduce.sh").read_text()
    assert f"mkdir -p {reproduce.OUT}/explanations" in text
    (there / reproduce.OUT / "explanations").mkdir(parents=True)
    commands = [shlex.split(line) for line in text.splitlines() if f"--out {reproduce.OUT}/explanations" in line]
    assert [command[1] for command in commands] == [
        "contributions", "mutagenesis", "mutagenesis", "attention", "contributions",
    ]  # fmt: skip
    for command, explanation in zip(commands, explanations, strict=True):
        cli.main([*command[1:], "--quiet"], standalone_mode=False)
        with np.load(command[-1]) as made:
            for name, array in explanation.arrays().items():
                if array.dtype.kind == "f":
                    # An effect is a difference of two predictions in float32, each exact to about 1e-6 of itself.
                    whole = 0.02 * abs(getattr(explanation, "value", 0.0)) if name in ("effect", "importance") else 0.0
                    scale = max(float(np.nanmax(np.abs(array))), whole, 1e-9)
                    np.testing.assert_allclose(made[name], array, rtol=1e-3, atol=1e-4 * scale, err_msg=name)
                elif name not in ("target", "provenance"):
                    assert np.array_equal(made[name], array), name


def test_what_cannot_be_made_again_or_drawn_is_said(predictor: ec.Predictor, tmp_path: Path):
    result = result_of(predictor, "ALFA1")
    elsewhere = ec.contributions(predictor, "chr1:20,501", ec.Target((0,), (16,)), span="chr1:20,001-20,010")
    empty = ec.mutagenesis(predictor, result.window, "chr1:20,001-20,004", ec.Target((0,), (16,)), method="exact")
    empty = replace(empty, effect=np.full((4, 4), np.nan, np.float32))
    picture = attention_picture(predictor, result.window, size=8)
    there = unpacked(zipped(result, explanations=[elsewhere, empty, picture]), tmp_path)
    text = (there / "reproduce.sh").read_text()
    for stem in (stems_of(there)[0], stems_of(there)[2]):
        assert f"# explanations/{stem} cannot be asked for on a command line" in text
    assert not list(there.glob("explanations/2_*.bw"))
    assert "so there is nothing to write" in " ".join((there / "README.txt").read_text().split())
    urls = [t["url"] for t in json.loads((there / "igvjs_session.json").read_text())["tracks"]]
    assert not [url for url in urls if "2_mutagenesis" in url]


def test_without_explanations_nothing_tells_of_them(folder: Path):
    assert not (folder / "explanations").exists()
    assert "xplanation" not in (folder / "README.txt").read_text()
    assert "xplanation" not in (folder / "reproduce.sh").read_text()


NASTY = 'x"""\nimport os\n\\ $(touch evil) `touch evil` \' ; rm \u2212 <b>{weights}</b> %s'


def test_text_from_people_stays_text(edited: Result, tmp_path: Path):
    there = unpacked(zipped(replace(edited, subject=NASTY)), tmp_path)
    compile((there / "reproduce.py").read_text(), "reproduce.py", "exec")
    lines = (there / "reproduce.sh").read_text().splitlines()
    assert [line for line in lines if "evil" in line] == [line for line in lines if line.startswith("# x'''")]
    assert (there / "README.txt").read_text().splitlines()[1].startswith("====")


def made_again(folder: Path, command: list[str]) -> str:
    """Run a command somewhere else; what it says."""
    cache = folder / "another-cache"  # nothing is taken from the predictions that were kept
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"ENFORMER_CACHE_DIR": str(cache), "PATH": path, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(cache)
    return done.stdout


def assert_same(folder: Path, parts: tuple[str, ...]) -> None:
    for part in parts:
        names = sorted(path.name for path in (folder / part).glob("*.bw"))
        assert len(names) == len(TRACKS)
        made = folder / reproduce.OUT / part
        assert sorted(path.name for path in made.glob("*.bw")) == names
        for name in names:
            assert (made / name).read_bytes() == (folder / part / name).read_bytes(), f"{part}/{name}"


def test_the_python_script_makes_the_same_bytes(folder: Path):
    said = made_again(folder, [sys.executable, str(folder / "reproduce.py")])
    assert said.count("is the same, byte for byte") == len(said.splitlines()) == 3 * len(TRACKS)
    assert_same(folder, ("reference", "edited", "difference"))
    shutil.rmtree(folder / reproduce.OUT)


def test_the_command_line_makes_the_same_bytes(predictor: ec.Predictor, world: World, tmp_path: Path):
    _, substitution, deletion = edits_of(world)
    result = result_of(predictor, "ALFA1", deletion, substitution)
    there = unpacked(zipped(result), tmp_path / "it's here")
    text = (there / "reproduce.sh").read_text()
    assert "--edit chr1:g.21001_21300del" in text
    made_again(there, ["sh", str(there / "reproduce.sh")])
    assert_same(there, ("reference",))
    # Alone, an edited window is summed up in another order than after its reference.
    for path in (there / "edited").glob("*.bw"):
        with pyBigWig.open(str(path)) as file, pyBigWig.open(str(there / reproduce.OUT / "edited" / path.name)) as made:
            expected, found = file.intervals("chr1"), made.intervals("chr1")
        assert [entry[:2] for entry in found] == [entry[:2] for entry in expected]
        np.testing.assert_allclose([e[2] for e in found], [e[2] for e in expected], rtol=1e-4, atol=1e-6)


def test_what_no_command_line_can_say_is_left_to_the_script(folder: Path):
    text = (folder / "reproduce.sh").read_text()
    assert text.count("enformer-browser predict") == 1
    assert "# edited/ cannot be asked for on a command line: see reproduce.py" in text


def test_a_pasted_sequence_is_taken_along_and_made_again(
    predictor: ec.Predictor, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    name = "odd,name'of"
    result = result_of(predictor, f">{name} and more\n{world.bases['chr1'][20_000:30_000]}", subject="pasted")
    there = unpacked(zipped(result), tmp_path / "pasted")
    assert (there / "sequence/pasted.fa").read_text().startswith(f">{name}\n")
    with Assembly(there / "sequence/pasted.fa") as assembly:
        assert dict(assembly.contigs) == {name: 10_000}
    readme = (there / "README.txt").read_text()
    assert "UCSC does not have a pasted sequence" in " ".join(readme.split())
    assert "--assembly" not in (there / "reproduce.sh").read_text()
    monkeypatch.chdir(there)
    monkeypatch.setenv("ENFORMER_CACHE_DIR", str(tmp_path / "another-cache"))
    (there / reproduce.OUT).mkdir()
    (line,) = [x for x in (there / "reproduce.sh").read_text().splitlines() if x.startswith("enformer-browser")]
    cli(shlex.split(line)[1:], standalone_mode=False)
    assert_same(there, ("reference",))


def test_where_others_reach_the_app_no_folder_is_told(edited: Result, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    found = reproduce.sources(edited, load_settings())
    assert found == reproduce.Sources("model", "genome.fa")
    with zipfile.ZipFile(io.BytesIO(zipped(edited))) as archive:
        told = [
            n
            for n in ("igv_session.xml", "igvjs_session.json", "reproduce.sh", "reproduce.py", "README.txt")
            if str(world.folder).encode() in archive.read(n)
        ]
    assert not told


@pytest.mark.skipif(bool(figure_ini.unavailable()), reason="pyGenomeTracks is not installed")
@pytest.mark.slow
def test_a_figure_comes_along(edited: Result, tmp_path: Path):
    there = unpacked(zipped(edited, with_figure=True, view=ec.Interval("chr1", 19_000, 22_000)), tmp_path)
    assert "CAGE erythroid (track 0)" in " ".join((there / "figure.svg").read_text().split())
    content = (there / "figure.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"%%EOF" in content[-32:]
    assert not re.search(rb"/CreationDate \(D:20[0-9]{2}", content)
    (command,) = [x for x in (there / "README.txt").read_text().splitlines() if x.startswith("    pyGenomeTracks ")]
    assert shlex.split(command)[-1] == "figure.svg"
    assert "chr1:19000-22000" in command


def test_a_track_has_the_same_name_everywhere(edited: Result, folder: Path, tmp_path: Path):
    first, _ = signals.groups(edited, signals.write(edited, tmp_path))
    assert first.name == "DNASE erythroid (track 2)"
    assert first.reference.name == "DNASE erythroid (track 2), reference"
    assert first.reference.color == "#2a9d6f"
    assert f'name="{first.reference.name}"' in (folder / "igv_session.xml").read_text()
    assert f"title = {first.name}:" in (folder / "tracks.ini").read_text()


def test_a_picture_several_windows_wide_is_made_again(
    predictor: ec.Predictor, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """By the script and on the command line, with the base in its place that edits left in its place on the page."""
    _, substitution, deletion = edits_of(world)
    result_of(predictor, "ALFA1", deletion)  # the window alone comes first on the page
    result = result_of(predictor, "ALFA1", deletion, substitution, tiles=(1, 2))
    there = unpacked(zipped(result), tmp_path / "wide")
    runpy.run_path(str(there / "reproduce.py"))
    said = capsys.readouterr().out
    assert said.count("is the same, byte for byte") == len(said.splitlines()) == 3 * len(TRACKS)
    shutil.rmtree(there / reproduce.OUT)
    assert "4 windows side by side: 1 windows to the left and 2" in " ".join((there / "README.txt").read_text().split())
    (there / reproduce.OUT).mkdir()
    line = next(x for x in (there / "reproduce.sh").read_text().splitlines() if x.startswith("enformer-browser"))
    assert " --tiles 1,2 " in line
    command = [x.replace(f"{reproduce.OUT}/", f"{there / reproduce.OUT}/") for x in shlex.split(line)[1:]]
    cli.main([*command, "--quiet"], standalone_mode=False)
    assert_same(there, ("reference",))
