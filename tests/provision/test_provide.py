"""Set-ups from beginning to end, upon a server of this machine that has small files."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import worlds
from filelock import FileLock
from published_files import ALIASES, CONFIG, FASTA, GENES, POLICY, TRACKS, WEIGHTS, Server, manifest, publish, serving
from weights import tiny_model

from enformer_core.errors import (
    AssemblyMismatch,
    DownloadError,
    FileFormatError,
    OutOfDisk,
    OutputExists,
    TargetsError,
    WeightsCorrupt,
)
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.genome.origins import origins
from enformer_core.genome.registry import find
from enformer_core.provision.plan import make_plan
from enformer_core.provision.progress import Progress
from enformer_core.provision.provide import Provided, provide
from enformer_core.provision.standing import trouble
from enformer_core.settings import load_settings

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def published(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("published") / "files", world)


@pytest.fixture(scope="module")
def server(published: Path) -> Iterator[Server]:
    with serving(published) as found:
        yield found


@pytest.fixture
def sources(published: Path, server: Server, tmp_path: Path) -> Path:
    server.asked.clear()
    return manifest(tmp_path / "sources.toml", published, server.address)


def set_up(name: str, sources: Path, report=lambda progress: None, *, force: bool = False, **plan: Path) -> Provided:
    settings = load_settings()
    found = make_plan(name, settings, sources=sources, **plan)
    return provide(found, settings, report, force=force, policy=POLICY)


def contents(folder: Path) -> dict[str, str]:
    """Checksums by name; of the manifest without the addresses, for what is here already comes from nowhere."""
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    manifest = json.loads((folder / "manifest.json").read_text())
    sources = [{key: value for key, value in source.items() if key != "url"} for source in manifest["sources"]]
    return found | {"manifest.json": json.dumps(manifest | {"sources": sources})}


def left_over(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".") and not p.name.endswith(".lock")]


def test_an_assembly_from_nothing(sources: Path, server: Server, world: worlds.World) -> None:
    told: list[Progress] = []
    done = set_up("hg38", sources, told.append)
    assert done.folder == load_settings().assemblies_dir / "hg38"
    assert not done.was_there
    assert sorted(server.asked) == sorted(f"/{name}" for name in (FASTA, GENES, ALIASES))
    with Assembly.open("hg38") as assembly:
        assert dict(assembly.contigs) == {"toy1": 60_000, "toy2": 30_000}
        assert assembly.fetch(Interval("toy1", 4_900, 8_100)) == world.bases["chr1"][4_900:8_100]
        assert assembly.genes is not None
        assert {assembly.genes.gene(n).gene_id for n in ("ALFA1", "alpha", "OLDALFA")} == {"ENSG00000000001.1"}
    assert [progress.step for progress in told] == sorted(progress.step for progress in told)
    assert {progress.steps for progress in told} == {5}
    assert left_over(done.folder.parent) == []
    assert trouble(done.folder, thorough=True) is None
    again = set_up("hg38", sources)
    assert again == Provided(done.folder, True, done.origins)
    assert len(server.asked) == 3


def test_a_model_from_nothing(sources: Path) -> None:
    from enformer_core.inference.weights import find_model, load_model

    done = set_up("weights", sources)
    settings = load_settings()
    entry = find("model", "enformer", settings)
    assert entry.trained_on == "hg38"
    assert set(contents(done.folder)) == {"config.json", "manifest.json", "model.safetensors", TRACKS}
    loaded = load_model(find_model("enformer", settings), settings)
    assert loaded.weights_sha256 == entry.manifest["sha256"]["model.safetensors"]
    wanted, found = tiny_model().state_dict(), loaded.model.state_dict()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    assert set_up("weights", sources).was_there


def test_who_vouches_for_a_file_is_written_down(
    published: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.md5((published / GENES).read_bytes(), usedforsecurity=False).hexdigest()
    (published / "MD5SUMS").write_text(f"{'0' * 32}  other.gz\n{digest}  ./release/{GENES}\n")
    none = {"sha256": None, "size": None}
    sources = manifest(
        tmp_path / "sources.toml",
        published,
        server.address,
        genes=none | {"sums": f"{server.address}/MD5SUMS"},
        aliases=none | {"sums": f"{server.address}/NOT-THERE"},
    )
    done = set_up("hg38", sources)
    assert {o.file: o.verified for o in done.origins} == {FASTA: "manifest", GENES: "publisher", ALIASES: "recorded"}
    assert origins(find("assembly", "hg38", load_settings()).manifest) == done.origins
    by_name = {o.file: o for o in done.origins}
    assert "not verified" in by_name[ALIASES].words
    assert not by_name[ALIASES].is_verified
    assert by_name[GENES].url == f"{server.address}/{GENES}"
    (published / "MD5SUMS").write_text(f"{'1' * 32}  {GENES}\n")
    monkeypatch.setenv("ENFORMER_DATA_DIR", str(tmp_path / "other"))
    with pytest.raises(FileFormatError, match=GENES):
        set_up("hg38", sources)
    assert not (tmp_path / "other" / "assemblies" / "hg38").exists()


class _Poison:
    """Writes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self.canary),)


@pytest.mark.parametrize("stated", ["another's", "its own"])
def test_poisoned_weights_run_nothing(
    stated: str, published: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enformer_core.model import checkpoint

    canary, opened = tmp_path / "canary", []
    monkeypatch.setattr(checkpoint, "read_pickle", _noting(checkpoint.read_pickle, opened))
    poisoned = pickle.dumps(_Poison(canary))
    (published / "poisoned.bin").write_bytes(poisoned)
    change = {"urls": [f"{server.address}/poisoned.bin"], "size": len(poisoned)}
    if stated == "its own":
        change |= {"sha256": hashlib.sha256(poisoned).hexdigest()}
    with pytest.raises(WeightsCorrupt):
        set_up("weights", manifest(tmp_path / "s.toml", published, server.address, weights=change))
    assert not canary.exists()
    assert len(opened) == (stated == "its own")
    assert not (load_settings().models_dir / "enformer").exists()
    pickle.loads(poisoned)  # noqa: S301  (so that the canary is known to sing)
    assert canary.exists()


def _noting(function, calls: list):
    def noted(*args):
        calls.append(args)
        return function(*args)

    return noted


def test_what_must_not_be_registered_is_not(published: Path, server: Server, tmp_path: Path) -> None:
    (published / "bad.txt").write_text("index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription\n")
    change = {"urls": [f"{server.address}/bad.txt"], "size": None, "sha256": None}
    with pytest.raises(TargetsError):
        set_up("weights", manifest(tmp_path / "a.toml", published, server.address, tracks=change))
    (published / "chr1.fa").write_text(">chr1\nACGT\n")
    change = {"urls": [f"{server.address}/chr1.fa"], "name": "chr1.fa", "size": None, "sha256": None}
    genes = (published / GENES).read_bytes()
    with pytest.raises(AssemblyMismatch, match="toy1"):
        set_up("hg38", manifest(tmp_path / "b.toml", published, server.address, fasta=change))
    text = manifest(tmp_path / "c.toml", published, server.address, fasta=change).read_text()
    alone = text.split("[[hg38.files]]")
    (tmp_path / "c.toml").write_text("[[hg38.files]]".join(alone[:2]))
    with pytest.raises(AssemblyMismatch, match="is not hg38"):
        set_up("hg38", tmp_path / "c.toml")
    assert genes == (published / GENES).read_bytes()
    assert not (load_settings().assemblies_dir / "hg38").exists()


def test_a_disk_that_is_too_small_is_said_first(published: Path, server: Server, tmp_path: Path) -> None:
    server.asked.clear()
    sources = manifest(tmp_path / "s.toml", published, server.address, room=10**16)
    with pytest.raises(OutOfDisk, match=r"10,000,000\.00 GB and [\d,.]+ [MG]B are free"):
        set_up("hg38", sources)
    assert server.asked == []
    assert left_over(load_settings().assemblies_dir) == []


def test_a_folder_that_no_set_up_made_stays(sources: Path, server: Server) -> None:
    theirs = load_settings().assemblies_dir / "hg38"
    theirs.mkdir(parents=True)
    (theirs / "manifest.json").write_text('{"schema": 1, "kind": "assembly", "name": "hg38", "fasta": "x.fa"}')
    with pytest.raises(OutputExists, match="no set-up made it"):
        set_up("hg38", sources)
    assert server.asked == []
    assert not set_up("hg38", sources, force=True).was_there
    assert trouble(theirs, thorough=True) is None


def test_what_was_damaged_since_is_made_again(sources: Path) -> None:
    folder = set_up("hg38", sources).folder
    before = contents(folder)
    content = bytearray((folder / FASTA).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / FASTA).write_bytes(content)
    assert trouble(folder) is None
    assert trouble(folder, thorough=True) == f"{FASTA} has another checksum than when it was made"
    assert not set_up("hg38", sources).was_there
    assert contents(folder) == before


def test_a_mirror_is_asked_before_all_others(
    sources: Path, server: Server, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored = tmp_path / "mirrored"
    mirrored.mkdir()
    for name in (FASTA, GENES):
        (mirrored / name).write_bytes((published / name).read_bytes())
    with serving(tmp_path) as mirror:
        monkeypatch.setenv("ENFORMER_MIRROR", f"{mirror.address}/mirrored/")
        done = set_up("hg38", sources)
        assert sorted(mirror.asked) == sorted(f"/mirrored/{name}" for name in (FASTA, GENES, ALIASES))
    assert server.asked == [f"/{ALIASES}"]
    assert {o.file for o in done.origins if "/mirrored/" in o.url} == {FASTA, GENES}


def test_from_a_folder_nobody_is_asked(sources: Path, server: Server, published: Path, tmp_path: Path) -> None:
    done = set_up("hg38", sources, folder_from=published.parent)
    assert server.asked == []
    assert {o.verified for o in done.origins} == {"manifest"}
    assert contents(done.folder)[FASTA] == contents(set_up("hg38", sources, force=True).folder)[FASTA]
    for name in (CONFIG, TRACKS):
        (tmp_path / name).write_bytes((published / name).read_bytes())
    (tmp_path / WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(WeightsCorrupt, match="where .* are expected"):
        set_up("weights", sources, folder_from=tmp_path)


class _StoppedError(Exception):
    pass


def test_stopped_in_any_step_it_goes_on(
    sources: Path, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = contents(set_up("hg38", sources).folder)
    monkeypatch.setenv("ENFORMER_DATA_DIR", str(tmp_path / "other"))
    server.asked.clear()
    for stop in range(1, 6):

        def report(progress: Progress, stop: int = stop) -> None:
            if progress.step == stop:
                raise _StoppedError

        with pytest.raises(_StoppedError):
            set_up("hg38", sources, report)
        assert not (tmp_path / "other" / "assemblies" / "hg38").exists()
    assert contents(set_up("hg38", sources).folder) == whole


KILLED = """
import os, sys
from pathlib import Path
from enformer_core.provision import provide as module
from enformer_core.fetching.policy import Policy
from enformer_core.provision.plan import make_plan
from enformer_core.provision.workplace import Workplace
from enformer_core.settings import load_settings
name, sources, where = sys.argv[1:]
def killed(*args, **kwargs):
    os._exit(9)
if where == "put in place":
    os_replace = os.replace
    from enformer_core import folders
    def replace(a, b):
        if Path(b).name in ("hg38", "enformer"):
            os._exit(9)
        os_replace(a, b)
    folders.os.replace = replace
elif where == "remove":
    Workplace.remove = killed
elif where.startswith("record"):
    record = Workplace.record
    def recording(self, step, *rest):
        if step.split()[0] == where.split()[1]:
            os._exit(9)
        record(self, step, *rest)
    Workplace.record = recording
else:
    setattr(module, where, killed)
settings = load_settings()
policy = Policy(schemes=frozenset({"http"}), private_hosts=frozenset({"127.0.0.1"}))
module.provide(make_plan(name, settings, sources=Path(sources)), settings, lambda p: None, policy=policy)
"""


@pytest.mark.parametrize(
    ("name", "points"),
    [("hg38", ["record fetch", "record index", "put in place", "remove"]), ("weights", ["record convert"])],
)
def test_killed_at_any_point_the_end_is_the_same(
    name: str, points: list[str], sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = contents(set_up(name, sources).folder)
    monkeypatch.setenv("ENFORMER_DATA_DIR", str(tmp_path / "other"))
    folder = tmp_path / "other" / ("assemblies/hg38" if name == "hg38" else "models/enformer")
    for point in points:
        arguments = [sys.executable, "-c", KILLED, name, str(sources), point]
        done = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, check=False)
        assert done.returncode == 9, done.stderr.decode()
        assert folder.exists() == (point == "remove")
    assert set_up(name, sources).was_there == ("remove" in points)
    assert contents(folder) == whole
    assert left_over(folder.parent) == []


def test_while_another_one_is_at_it_it_waits(sources: Path) -> None:
    folder = load_settings().assemblies_dir
    folder.mkdir(parents=True)
    other = FileLock(folder / ".hg38.setup.lock")
    other.acquire()
    words: list[str] = []

    def report(progress: Progress) -> None:
        words.append(progress.what)
        other.release()

    set_up("hg38", sources, report)
    assert words[0] == "waiting for another set-up of hg38"
    assert words[1].startswith("fetching")


def test_a_server_that_is_away(published: Path, tmp_path: Path) -> None:
    sources = manifest(tmp_path / "s.toml", published, "http://127.0.0.1:9")
    with pytest.raises(DownloadError):
        set_up("hg38", sources)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, enformer_core.provision.provide, enformer_core.provision.background; "
        "print(sorted({'torch', 'pyBigWig', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
