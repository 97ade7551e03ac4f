"""Building gene indexes: once, whole, and again where needed."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.gene_index import MAX_BUILD_BYTES, MAX_BUILD_S, MAX_SEARCH_S, gencode_lines
from enformer_core.errors import FileError, FileFormatError, GtfError
from enformer_core.genome.genes import build
from enformer_core.genome.genes.index import GeneIndex

LINE = 'chr1\tx\tgene\t{start}\t200\t.\t+\t.\tgene_id "G"; gene_name "{name}";\n'
ROOT = Path(__file__).resolve().parents[3]


def write(path: Path, name: str = "Abc", start: int = 101) -> Path:
    path.write_text(LINE.format(name=name, start=start))
    return path


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sqlite"))


def test_built_once_and_then_only_read(tmp_path: Path) -> None:
    gtf = write(tmp_path / "x.gtf")
    GeneIndex.open(gtf, folder=tmp_path / "i").close()
    (made,) = files(tmp_path / "i")
    before = made.stat().st_mtime_ns, made.stat().st_ino
    assert made.name.startswith("x-")
    index = GeneIndex.open(gtf, folder=tmp_path / "i")
    assert index.gene("abc").start == 100
    index.close()
    assert (made.stat().st_mtime_ns, made.stat().st_ino) == before
    assert not list((tmp_path / "i").glob(".*"))


def test_another_content_of_same_size_and_time_makes_another_index(tmp_path: Path) -> None:
    """rsync -t and tar keep times, so they cannot tell versions apart."""
    for name in ("Abc", "Xyz"):
        gtf = write(tmp_path / "x.gtf", name)
        os.utime(gtf, (7, 7))
        index = GeneIndex.open(gtf, folder=tmp_path)
        assert index.gene(name).symbol == name
        index.close()
    assert len(files(tmp_path)) == 2


def test_a_copy_needs_no_second_index(tmp_path: Path) -> None:
    GeneIndex.open(write(tmp_path / "x.gtf"), folder=tmp_path).close()
    (tmp_path / "sub").mkdir()
    GeneIndex.open(write(tmp_path / "sub" / "x.gtf"), folder=tmp_path).close()
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("damage", ["empty", "half", "garbage", "header", "other schema", "no facts"])
def test_a_damaged_index_is_made_again(tmp_path: Path, damage: str) -> None:
    gtf = write(tmp_path / "x.gtf")
    GeneIndex.open(gtf, folder=tmp_path).close()
    (made,) = files(tmp_path)
    content = made.read_bytes()
    if damage in ("other schema", "no facts"):
        with closing(sqlite3.connect(made)) as connection:
            connection.execute("DELETE FROM facts" if damage == "no facts" else "UPDATE facts SET value = '0'")
            connection.commit()
    else:
        middle = len(content) // 2
        broken = {
            "empty": b"",
            "half": content[:middle],
            "garbage": b"not a database" * 300,
            "header": content[:100] + b"\xff" * 4096 + content[4196:],
        }
        made.write_bytes(broken[damage])
    index = GeneIndex.open(gtf, folder=tmp_path)
    assert index.gene("Abc").start == 100
    index.close()
    assert files(tmp_path) == [made]


def test_damage_that_shows_later_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    index = GeneIndex.open(write(tmp_path / "x.gtf"), folder=tmp_path)
    index.close()
    (made,) = files(tmp_path)
    made.write_bytes(b"not a database" * 300)
    with pytest.raises(FileFormatError, match=r"the gene index .* is damaged.*Delete it"):
        index.gene("Abc")


OPEN = """
import sys, time
from pathlib import Path
from enformer_core.genome.genes import build, index
made = []
original = build.build_index
def counted(*arguments):
    made.append(1)
    original(*arguments)
index.build_index = counted
print("ready", flush=True)
while not Path(sys.argv[3]).exists():
    time.sleep(0.001)
opened = index.GeneIndex.open(Path(sys.argv[1]), folder=Path(sys.argv[2]))
print(len(made), opened.counts["genes"], len(opened.search("A", 200)))
opened.close()
"""


def test_two_processes_at_once_make_one_good_file(tmp_path: Path) -> None:
    gtf, folder, go = tmp_path / "x.gtf", tmp_path / "i", tmp_path / "go"
    gtf.write_text("".join(gencode_lines(400, 1_600, 20_000)))
    command = [sys.executable, "-c", OPEN, str(gtf), str(folder), str(go)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    go.touch()
    answers = [process.communicate(timeout=120)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sorted(made for made, *_ in answers) == ["0", "1"]
    assert answers[0][1:] == answers[1][1:]
    assert answers[0][1] == "400"
    assert len(files(folder)) == 1


def test_without_locks_the_index_is_made_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise NotImplementedError("this file system has no locks")

    monkeypatch.setattr(build.FileLock, "acquire", refuse)
    index = GeneIndex.open(write(tmp_path / "x.gtf"), folder=tmp_path)
    assert index.gene("Abc").symbol == "Abc"
    index.close()


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    gtf = tmp_path / "x.gtf"
    gtf.write_text("".join(gencode_lines(50, 100, 1_000)) + LINE.format(name="Bad", start=0))
    with pytest.raises(GtfError, match="start is 0"):
        GeneIndex.open(gtf, folder=tmp_path / "i")
    assert [p.suffix for p in (tmp_path / "i").iterdir()] in ([], [".lock"])


@pytest.mark.parametrize("text", ["", "#!only a header\n", LINE.format(name="X", start=1).replace("gene\t", "UTR\t")])
def test_an_annotation_without_genes_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.gtf").write_text(text)
    with pytest.raises(GtfError, match="has no genes"):
        GeneIndex.open(tmp_path / "x.gtf", folder=tmp_path)
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made"):
        GeneIndex.open(write(tmp_path / "x.gtf"), folder=tmp_path / "file" / "i")


def test_progress_is_reported(tmp_path: Path) -> None:
    seen: list[tuple[float, str]] = []
    index = GeneIndex.open(
        write(tmp_path / "x.gtf"), folder=tmp_path, progress=lambda done, what: seen.append((done, what))
    )
    index.close()
    assert seen == [(1.0, "Writing the gene index")]


@pytest.mark.slow
def test_a_gencode_sized_annotation_is_indexed_and_searched_within_the_limits() -> None:
    # In a process of its own: the peak of memory is that of the process.
    code = "import json; from benchmarks.gene_index import measure; print(json.dumps(measure()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["genes"] == 63_187
    assert result["build_s"] <= MAX_BUILD_S
    assert result["build_peak_bytes"] <= MAX_BUILD_BYTES
    assert max(value for key, value in result.items() if key.startswith("slowest_")) <= MAX_SEARCH_S
