"""``setup hg38``, ``setup weights``: from files in a folder to a prediction at a gene."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import pytest
import worlds
from published_files import ALIASES, FASTA, manifest, publish

from enformer_core.cli import cli
from enformer_core.cli.running import exit_with
from enformer_core.provision import provide as provide_module
from enformer_core.settings import load_settings


def run(*arguments: str) -> int:
    return exit_with(lambda: cli(list(arguments), standalone_mode=False))


@pytest.fixture(scope="module")
def published(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("published") / "files", world)


@pytest.fixture
def options(published: Path, tmp_path: Path) -> tuple[str, ...]:
    sources = manifest(tmp_path / "sources.toml", published, "https://example.org", aliases={"sha256": None})
    return "--from", str(published), "--sources", str(sources)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(socket, "create_connection", refused)


def test_without_internet_to_a_prediction_at_a_gene(
    options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("setup", "hg38", *options) == 0
    done = capsys.readouterr()
    settings = load_settings()
    assert done.out.strip() == str(settings.assemblies_dir / "hg38")
    plan, _, rest = done.err.partition("step 1 of 5")
    assert FASTA in plan
    assert f"to: {settings.assemblies_dir / 'hg38'}" in plan
    assert "nothing known: what comes is recorded" in plan
    assert "step 5 of 5: register the assembly as hg38" in rest
    assert f"{FASTA}: verified: it has the checksum that the manifest of sources states" in rest
    assert f"{ALIASES}: recorded, not verified" in rest
    assert "use it with --assembly hg38" in rest
    assert run("setup", "hg38", *options) == 0
    assert capsys.readouterr().err == "hg38 is there and whole\n"
    assert run("setup", "weights", "--quiet", *options) == 0
    assert capsys.readouterr().err == ""
    out = tmp_path / "out.npz"
    asked = ("--model", "enformer", "--assembly", "hg38", "--locus", "OLDALFA", "--tracks", "0", "--out", str(out))
    assert run("predict", "--quiet", *asked) == 0
    with np.load(out) as found:
        assert str(found["chrom"]) == "toy1"
        assert found["values"].shape == (32, 1)
        assert np.isfinite(found["values"]).all()
    capsys.readouterr()
    assert run("doctor", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    texts = {finding["name"]: finding["text"] for finding in facts["findings"]}
    assert texts["sources of hg38"] == f"2 of 3 files verified; recorded, not verified: {ALIASES}"
    assert texts["sources of enformer"] == "3 of 3 files verified"


def test_a_dry_run_does_nothing(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("setup", "hg38", "--dry-run", "--quiet", *options) == 0
    done = capsys.readouterr()
    assert done.out == ""
    assert "compress the genome with bgzip" in done.err
    assert not load_settings().data_dir.exists()


def test_our_own_plan_needs_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    for name, words in (("hg38", "984 MB"), ("mm10", "size unknown"), ("weights", "1.01 GB")):
        assert run("setup", name, "--dry-run") == 0
        assert words in capsys.readouterr().err


def test_errors_have_their_exit_codes(
    options: tuple[str, ...], published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = manifest(tmp_path / "large.toml", published, "https://example.org", room=10**16)
    assert run("setup", "hg38", "--from", str(published), "--sources", str(large)) == 5
    assert "10,000,000.00 GB" in capsys.readouterr().err
    assert run("setup", "mm10", *options) == 2
    assert "has nothing for 'mm10'" in capsys.readouterr().err
    assert run("setup", "hg38", "--from", str(tmp_path), *options[2:]) == 3
    assert "https://example.org" in capsys.readouterr().err
    wrong = manifest(tmp_path / "w.toml", published, "https://example.org", weights={"sha256": "0" * 64})
    assert run("setup", "weights", "--from", str(published), "--sources", str(wrong)) == 4
    assert run("setup", "hg38", "--from", str(tmp_path / "none")) == 2


def test_ctrl_c_says_that_it_goes_on(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(provide_module, "write_manifest", stopped)
        assert run("setup", "hg38", *options) == 130
    words = capsys.readouterr().err
    assert "what is done is kept" in words
    assert words.endswith("Stopped.\n")
    assert run("setup", "hg38", "--dry-run", *options) == 0
    assert "here already" in capsys.readouterr().err
    assert run("setup", "hg38", *options) == 0
