"""Builds that are killed, repeated, damaged, or without room: there is the whole assembly or none, and a way on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from enformer_core.demo import workshop
from enformer_core.demo.bigwigs import content_hash, write_track
from enformer_core.demo.build import Built, build
from enformer_core.demo.chromosomes import Genome
from enformer_core.demo.finished import NAME, manifest, refresh, trouble, work_folder
from enformer_core.demo.simulated import load, simulate
from enformer_core.demo.workers import Task, workers
from enformer_core.errors import EnformerError, FileError, OutOfDisk, OutputExists, ResourceError
from enformer_core.genome.registry import broken, registered
from enformer_core.settings import Settings

SLOW = (pytest.mark.slow,)  # others of the same kind are quick
TINY = Genome(NAME, {"chr4": 256_000}, "chr4")
_BUILD = """
import resource, sys
from pathlib import Path
from enformer_core.demo.build import build
from enformer_core.demo.chromosomes import Genome
from enformer_core.errors import EnformerError

if __name__ == "__main__":
    data, limit = Path(sys.argv[1]), int(sys.argv[2])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    genome = Genome("sim1", {"chr4": 256_000}, "chr4")
    told = lambda fraction, message: print(f"{fraction:.3f} {message}", flush=True)
    try:
        done = build(data / "assemblies", data / "gene_indexes", genome=genome, progress=told)
    except EnformerError as exc:
        print(exc.code, exc)
        sys.exit(exc.exit_code)
    print("was there" if done.was_there else "built")
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "build_tiny.py"
    path.write_text(_BUILD)
    return path


def start(script: Path, data: Path, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-B", str(script), str(data), str(limit)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ask(data: Path, *, force: bool = False) -> Built:
    return build(data / "assemblies", data / "gene_indexes", genome=TINY, force=force)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the tiny assembly."""
    data = tmp_path_factory.mktemp("whole")
    assert not ask(data).was_there
    return data


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "data"))


def content(data: Path) -> dict[str, str]:
    record = json.loads((data / "assemblies" / NAME / "build.json").read_text())
    return {name: facts["sha256"] for name, facts in record["files"].items()}


def is_registered(data: Path) -> bool:
    settings = Settings(data_dir=data)
    assert broken("assembly", settings) == {}
    return NAME in registered("assembly", settings)


def children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.parent.name))
    return found


# --- Again -----------------------------------------------------------------------------------------------------------


def test_a_second_build_does_nothing(data: Path) -> None:
    folder = data / "assemblies" / NAME
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert ask(data) == Built(folder, True)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_what_a_build_killed_at_its_very_end_left_goes(data: Path) -> None:
    left = work_folder(data / "assemblies" / NAME)
    left.mkdir()
    (left / "chr4.npz").write_bytes(b"0" * 100)
    assert ask(data).was_there
    assert not left.exists()


def test_by_force_it_is_built_again(data: Path) -> None:
    expected = content(data)
    folder = data / "assemblies" / NAME
    before = (folder / "sim1.fa").stat().st_ino
    assert not ask(data, force=True).was_there
    assert (folder / "sim1.fa").stat().st_ino != before
    assert content(data) == expected
    assert [p.name for p in (data / "assemblies").iterdir() if p.is_dir()] == [NAME]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("CAGE_ery.bw", lambda path: path.unlink()),
        ("sim1.fa", lambda path: path.write_bytes(path.read_bytes()[:-9])),
        ("manifest.json", lambda path: path.write_text(path.read_text().replace("true", "null"))),
        ("build.json", lambda path: path.write_text(path.read_text().replace('"version": 1', '"version": 0'))),
        ("build.json", lambda path: path.write_text('{"files": []}')),
    ],
)
def test_damage_is_seen(data: Path, name: str, damage) -> None:
    folder = data / "assemblies" / NAME
    damage(folder / name)
    found = trouble(folder)
    assert found is not None
    assert name in found or "another version (0, this is 1)" in found


def test_what_is_damaged_is_built_again(data: Path) -> None:
    expected = content(data)
    (data / "assemblies" / NAME / "links.tsv").unlink()
    assert not ask(data).was_there
    assert content(data) == expected


def earlier(folder: Path) -> bytes:
    """Make the manifest one of an earlier release, which names no truth."""
    about = json.loads((folder / "manifest.json").read_text())
    del about["truth"]
    text = json.dumps(about, indent=1).encode() + b"\n"
    (folder / "manifest.json").write_bytes(text)
    record = json.loads((folder / "build.json").read_text())
    record["files"]["manifest.json"] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    (folder / "build.json").write_text(json.dumps(record, indent=1) + "\n")
    return text


def test_the_manifest_of_an_earlier_release_is_refreshed_and_nothing_is_built(data: Path) -> None:
    folder = data / "assemblies" / NAME
    assert not refresh(folder)
    new = {name: (folder / name).read_bytes() for name in ("manifest.json", "build.json")}
    assert new["manifest.json"] == manifest(NAME)
    assert earlier(folder) != manifest(NAME)
    assert trouble(folder) is None
    before = (folder / "sim1.fa").stat().st_mtime_ns
    assert ask(data).was_there
    assert {name: (folder / name).read_bytes() for name in new} == new
    assert trouble(folder) is None
    assert (folder / "sim1.fa").stat().st_mtime_ns == before


def test_an_assembly_of_a_person_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "assemblies" / NAME
    theirs.mkdir(parents=True)
    (theirs / "manifest.json").write_text("{}")
    with pytest.raises(OutputExists, match="this command did not make"):
        ask(tmp_path)
    assert [p.name for p in theirs.iterdir()] == ["manifest.json"]


# --- Killed ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [pytest.param("0.000 ", marks=SLOW), "0.500 ", pytest.param("0.970 ", marks=SLOW)])
def test_a_killed_build_leaves_nothing_registered_and_goes_on(
    script: Path, whole: Path, tmp_path: Path, after: str
) -> None:
    child = start(script, tmp_path)
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(after):
            break
    helpers = children_of(child.pid)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in helpers):
        assert time.monotonic() < deadline, "processes of a killed build live on"
        time.sleep(0.1)
    assert not is_registered(tmp_path)
    fractions: list[float] = []
    done = build(
        tmp_path / "assemblies", tmp_path / "gene_indexes", genome=TINY, progress=lambda f, _: fractions.append(f)
    )
    assert not done.was_there
    assert is_registered(tmp_path)
    assert content(tmp_path) == content(whole)
    if after == "0.970 ":  # every step was done, and counts
        assert fractions == [0.45, 0.45, 0.95, 0.97]


@pytest.mark.slow
def test_a_part_that_was_damaged_meanwhile_is_made_again(script: Path, whole: Path, tmp_path: Path) -> None:
    child = start(script, tmp_path)
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("0.500 "):
            break
    child.kill()
    child.wait()
    child.stdout.close()
    part = work_folder(tmp_path / "assemblies" / NAME) / "chr4.npz"
    changed = bytearray(part.read_bytes())
    changed[100_000] ^= 1
    part.write_bytes(changed)
    ask(tmp_path)
    assert content(tmp_path) == content(whole)


def test_two_builds_at_once(script: Path, whole: Path, tmp_path: Path) -> None:
    both = [start(script, tmp_path) for _ in range(2)]
    words = [child.communicate(timeout=280)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0], words
    assert sorted(text.split("\n")[-2] for text in words) == ["built", "was there"]
    assert any("Waiting for another build" in text for text in words)
    assert content(tmp_path) == content(whole)


def _end(pid_file: str) -> None:
    Path(pid_file).write_text("here")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_ended_from_outside_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="ended from outside"), workers() as crew:
        list(crew.finish([Task("end", (), (_end, (str(tmp_path / "here"),)))]))
    assert (tmp_path / "here").exists()


# --- No room, no right -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [4_000, pytest.param(50_000, marks=SLOW), 300_000])
def test_a_full_disk_is_named_and_the_next_build_goes_on(script: Path, whole: Path, tmp_path: Path, limit: int) -> None:
    """The system refuses every byte of a file beyond the limit."""
    child = start(script, tmp_path, limit)
    words = child.communicate(timeout=280)[0]
    assert child.returncode == OutOfDisk.exit_code, words
    assert "OutOfDisk" in words
    assert "full" in words
    assert not is_registered(tmp_path)
    if limit == 300_000:
        ask(tmp_path)
        assert content(tmp_path) == content(whole)


@pytest.mark.parametrize("limit", [0, 600, 2_000])
def test_a_bigwig_on_a_full_disk_leaves_nothing(tmp_path: Path, limit: int) -> None:
    simulate(tmp_path, "chr4", 128_000)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from enformer_core.demo.bigwigs import write_track\n"
        "from enformer_core.errors import OutOfDisk\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "folder = Path(sys.argv[1])\n"
        "try:\n"
        "    write_track(folder, folder, 'DNASE_ery', 0, {'chr4': 128_000})\n"
        "except OutOfDisk:\n"
        "    sys.exit(5)\n"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path), str(limit)], check=False, capture_output=True
    )
    assert run.returncode == 5 or run.returncode < 0, run.stderr.decode()  # the library may crash: see workers
    assert not (tmp_path / "DNASE_ery.bw").exists()
    write_track(tmp_path, tmp_path, "DNASE_ery", 0, {"chr4": 128_000})
    assert (tmp_path / "DNASE_ery.bw").stat().st_size > 2_000


def test_too_little_room_is_said_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(workshop.shutil, "disk_usage", lambda folder: usage(10, 9, 1_500_000))
    with pytest.raises(OutOfDisk, match=r"about 2 MB are needed and 2 MB are free.*ENFORMER_DATA_DIR"):
        ask(tmp_path)
    assert not is_registered(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="ENFORMER_DATA_DIR") as caught:
        ask(tmp_path / "file")
    assert str(tmp_path / "file") in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "assemblies").mkdir(mode=0o555)
    with pytest.raises(FileError, match="may write to"):
        ask(tmp_path)


# --- Parts -----------------------------------------------------------------------------------------------------------


def test_a_chromosome_comes_back_as_it_was(tmp_path: Path) -> None:
    from enformer_core.demo.chromosomes import plant
    from enformer_core.demo.grammar import signal as signal_of

    simulate(tmp_path, "chr4", 128_000)
    found, planted = load(tmp_path, "chr4"), plant("chr4", 128_000)
    expected = signal_of(planted.codes)
    assert (found.elements, found.genes) == (planted.elements, planted.genes)
    np.testing.assert_array_equal(found.codes, planted.codes)
    for name in ("activity", "regulation", "expression"):
        np.testing.assert_array_equal(getattr(found.signal, name), getattr(expected, name))
    np.testing.assert_array_equal(found.signal.promoters.strength, expected.promoters.strength)
    np.testing.assert_array_equal(found.signal.boundaries.position4, expected.boundaries.position4)


def test_a_file_that_is_no_bigwig_has_no_content(tmp_path: Path) -> None:
    (tmp_path / "a.bw").write_bytes(b"nothing of the kind")
    assert content_hash(tmp_path / "a.bw") == ""


def test_an_error_of_a_task_arrives_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(EnformerError) as caught, workers() as crew:
        list(crew.finish([Task("none", (), (simulate, (tmp_path / "absent", "chr4", 128_000)))]))
    assert "absent" in str(caught.value)
