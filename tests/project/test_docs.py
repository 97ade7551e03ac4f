"""Every example in the README and the documents runs, and every command in them would be accepted."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from weights import write_model
from worlds import write_fasta

import enformer_core
from enformer_core.cli import VERBS, cli
from enformer_core.demo.chromosomes import SIM1, fasta, plant
from enformer_core.errors import EnformerError
from enformer_core.genome.fasta_build import index_fasta
from enformer_core.settings import PREFIX, Settings, load_settings

REPOSITORY = Path(enformer_core.__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md", "requirements/*.md")
    for path in REPOSITORY.glob(pattern)
)
CD44_TSS = 35_138_869  # 0-based, hg38
EDITED = 35_139_119  # 0-based; hg38 has G there


def blocks(document: str, *languages: str) -> list[str]:
    """The fenced blocks of a document in some languages."""
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    found = re.findall(r"^```([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [body for language, body in found if language in languages]


def commands(document: str) -> list[list[str]]:
    """The ``enformer-browser`` commands of a document, as words: whole lines of shell blocks, and inline ones."""
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    lines = [line for block in blocks(document, "sh") for line in block.splitlines()]
    lines += re.findall(r"`(enformer-browser [^`]*)`", text)
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("enformer-browser ")]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds what the README's example names: small stand-ins, with CD44 where hg38 has it."""
    write_model(tmp_path / "EleutherAI" / "enformer-official-rough")
    rng = np.random.default_rng(7)
    around = "".join(rng.choice(list("ACGT"), 40_000))
    start = CD44_TSS - 20_000
    contig = "N" * start + around
    contig = f"{contig[:EDITED]}G{contig[EDITED + 1 :]}"
    write_fasta(tmp_path / "hg38.fa", {"chr11": contig})
    gene = 'gene_id "ENSG00000026508.20"; gene_name "CD44"; gene_type "protein_coding";'
    transcript = f'{gene} transcript_id "ENST00000428726.8"; transcript_type "protein_coding"; tag "MANE_Select";'
    rows = (("gene", gene), ("transcript", transcript), ("exon", transcript))
    place = f"{CD44_TSS + 1}\t{CD44_TSS + 4_000}\t.\t+\t."
    with gzip.open(tmp_path / "gencode.v47.annotation.gtf.gz", "wt") as handle:
        handle.writelines(f"chr11\ttest\t{kind}\t{place}\t{attributes}\n" for kind, attributes in rows)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sim1() -> None:
    """The chromosome of the simulated genome that the README asks about, registered as it is in full."""
    folder = load_settings().assemblies_dir / "sim1"
    folder.mkdir(parents=True)
    (folder / "sim1.fa").write_bytes(fasta("chr4", plant("chr4", SIM1.lengths["chr4"]).codes))
    index_fasta(folder / "sim1.fa")
    manifest = {"schema": 1, "kind": "assembly", "name": "sim1", "fasta": "sim1.fa", "simulated": True}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def run(document: str) -> dict[str, Any]:
    """Run the Python blocks of a document one after the other; the names that they leave behind."""
    names: dict[str, Any] = {"__name__": "example"}
    for number, block in enumerate(blocks(document, "python", "py"), start=1):
        exec(compile(block, f"{document}, block {number}", "exec"), names)  # noqa: S102
    return names


@pytest.mark.usefixtures("sim1")
def test_the_readme_examples_predict(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = run("README.md")
    prediction = names["prediction"]
    assert prediction.provenance.simulated
    assert [track.identifier for track in prediction.tracks] == ["DNASE_ery", "CAGE_ery"]
    assert (prediction.values.max(axis=0) > 5).all()  # peaks, not a flat line
    reference, edited, change = names["reference"], names["edited"], names["change"]
    assert reference.values.shape == (32, 2)
    assert reference.interval.center == CD44_TSS
    assert list(reference.tracks.target_index) == [0, 3]
    assert edited.provenance.edits == ("chr11:35139120:G>A",)
    assert edited.interval == reference.interval
    assert np.abs(change).max() > 1e-4
    printed = capsys.readouterr().out
    assert printed.splitlines()[1].startswith("chr11:35,136,822-35,140,917 [")
    written = {path.name for path in (workplace / "cd44").iterdir()}
    assert "provenance.json" in written
    assert sum(name.endswith(".bw") for name in written) == 2
    facts = json.loads((workplace / "cd44" / "provenance.json").read_text())
    assert facts["model"] == "EleutherAI/enformer-official-rough"
    assert facts["edits"] == []
    names["predictor"].close()


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if d != "README.md" and blocks(d, "python", "py")])
def test_examples_of_documents_run(document: str, workplace: Path) -> None:
    run(document)


def test_the_examples_are_found() -> None:
    assert len(blocks("README.md", "python")) == 2
    assert len(blocks("docs/definitions.md", "python")) >= 10


def test_the_edit_of_the_readme_fits_hg38(shared_data: Path) -> None:
    (variant,) = re.findall(r'edits=\["([^"]+)"\]', (REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assembly = enformer_core.Assembly.open(shared_data / "hg38_slices" / "hg38.slices.fa.gz")
    (parsed,) = enformer_core.genome.variant_text.parse_variants(variant)
    assert assembly.fetch(parsed.interval) == parsed.ref
    assembly.close()


@pytest.mark.parametrize(
    ("document", "words"),
    [pytest.param(d, words, id=" ".join(words)[:60]) for d in DOCUMENTS for words in commands(d) if words[0] in VERBS],
)
def test_commands_in_documents_are_accepted(document: str, words: list[str]) -> None:
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"{document} names {words[0]}, which is no verb"
        command, words = found, words[1:]
        if not words and isinstance(command, click.Group):
            return
    command.make_context(command.name, list(words))


def test_commands_are_found_and_wrong_ones_refused() -> None:
    assert len(commands("README.md")) >= 6
    with pytest.raises(click.NoSuchOption, match="--tracs"):
        test_commands_in_documents_are_accepted("README.md", ["predict", "--tracs", "0", "--out", "x.npz"])


def test_the_readme_lists_the_verbs_and_exit_codes() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(VERBS)
    stated = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    raised = {kind.exit_code for kind in (EnformerError, *EnformerError.__subclasses__())}
    assert stated == {0, 130} | raised


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files(document: str) -> None:
    path = REPOSITORY / document
    targets = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    missing = [
        target
        for target in targets
        if "://" not in target and not target.startswith("#") and not (path.parent / target.split("#")[0]).exists()
    ]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS)
def test_modules_named_in_documents_exist(document: str) -> None:
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:enformer_core/|genome/|tracks/|model/|inference/|pages/|tests/)[\w/]+\.py)`", text)
    folders = (REPOSITORY, REPOSITORY / "enformer_core")
    assert not [name for name in named if not any((folder / name).is_file() for folder in folders)]


def settings_table() -> str:
    """The table of settings as ``docs/settings.md`` must have it."""
    flags = _flags()
    rows = ["| setting | flag | environment variable | default | meaning |", "|---|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        flag = f"`{flags[name]}`" if name in flags else f"`--set {name}=`"
        default = field.get_default(call_default_factory=False)
        rows.append(
            f"| `{name}` | {flag} | `{PREFIX}{name.upper()}` | {_default(name, default)} | {field.description} |"
        )
    return "\n".join(rows)


def _flags() -> dict[str, str]:
    """Setting to flag, over all verbs."""
    found = {}
    for verb in VERBS:
        command = cli.get_command(click.Context(cli), verb)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name in Settings.model_fields:
                found[parameter.name] = parameter.opts[0]
    return found


def _default(name: str, value: Any) -> str:
    if name in ("data_dir", "cache_dir"):
        return f"the user's {name.removesuffix('_dir')} folder"
    if isinstance(value, bool):
        return str(value).lower()
    if value in (None, "", ()):
        return "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


def test_the_settings_are_documented() -> None:
    text = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    assert settings_table() in text, f"docs/settings.md must hold this table:\n{settings_table()}"


def test_the_settings_file_of_the_documentation_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = blocks("docs/settings.md", "toml")
    file = tmp_path / "settings.toml"
    file.write_text(example)
    monkeypatch.setenv("ENFORMER_SETTINGS_FILE", str(file))
    settings = enformer_core.load_settings()
    assert settings.model == "enformer"
    assert settings.data_roots == (Path("/data/bigwigs"),)
    assert settings.cache_max_bytes == 20_000_000_000
