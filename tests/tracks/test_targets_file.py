from __future__ import annotations

from pathlib import Path

import pytest

from enformer_core.errors import TargetsError
from enformer_core.tracks.table import TrackTable

HEADER = "index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription"
ROW = "0\t0\tE0\t/some/where\t32\t2\tmean\tDNASE:K562"
ROW_1 = ROW.replace("0\t0\tE0", "1\t0\tE1")


def write(tmp_path: Path, *lines: str, end: str = "\n") -> Path:
    path = tmp_path / "targets.txt"
    path.write_bytes((end.join(lines) + end).encode())
    return path


def problem(path: Path) -> str:
    with pytest.raises(TargetsError) as caught:
        TrackTable.read(path)
    return str(caught.value).replace(str(path), "FILE")


def test_plain(tmp_path: Path) -> None:
    (track,) = TrackTable.read(write(tmp_path, HEADER, ROW))
    assert (track.target_index, track.identifier, track.biosample, track.strand) == (0, "E0", "K562", ".")


@pytest.mark.parametrize("end", ["\r\n", "\n\n"])
def test_line_ends_and_empty_lines_do_not_matter(tmp_path: Path, end: str) -> None:
    assert len(TrackTable.read(write(tmp_path, HEADER, ROW, ROW_1, end=end))) == 2


def test_byte_order_mark_and_columns_in_another_order(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffdescription\tsum_stat\tscale\tclip\tidentifier\tindex", "ATAC:x\tavg\t4\t0.5\tU1\t7")
    (track,) = TrackTable.read(path)
    assert (track.target_index, track.clip, track.scale, track.sum_stat) == (0, 0.5, 4, "mean")


def test_strand_pairs(tmp_path: Path) -> None:
    rows = ["5\tA+\t1\t1\tsum\tCAGE:a\t6", "6\tA-\t1\t1\tsum\tCAGE:a\t5", "7\tB\t1\t1\tsum\tCAGE:b\t7"]
    header = "index\tidentifier\tclip\tscale\tsum_stat\tdescription\tstrand_pair"
    table = TrackTable.read(write(tmp_path, header, *rows))
    assert [t.strand for t in table] == ["+", "-", "."]
    assert [table.pair(i) for i in range(3)] == [1, 0, None]
    rows[1] = rows[1].replace("\t5", "\t7")
    assert problem(write(tmp_path, header, "", *rows)).startswith(
        "FILE, line 3, column 7 (strand_pair): track 5 is paired with 6, which is not paired with it"
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER.replace("clip", "clap"), ROW], "FILE, line 1: column clip is missing"),
        ([HEADER.replace("file", "clip"), ROW], "FILE, line 1: a column is named twice"),
        ([HEADER], "FILE: the table has a header and no tracks"),
        ([HEADER, ROW, ROW_1 + "\tmore"], "FILE, line 3: the line has 9 columns, the header 8"),
        ([HEADER, ROW, ROW_1.replace("\t", " ")], "FILE, line 3: the line has 1 columns, the header 8"),
        ([HEADER, ROW, ROW], "FILE, line 3, column 1 (index): index 0 does not follow 0"),
        ([HEADER, ROW.replace("0\t0", "-1\t0", 1)], "FILE, line 2, column 1 (index): '-1' is not a whole number"),
        ([HEADER, ROW.replace("0\t0", f"{'9' * 30}\t0", 1)], "FILE, line 2, column 1 (index): '999999"),
        ([HEADER, ROW.replace("0\t0", "²\t0", 1)], "FILE, line 2, column 1 (index): '²' is not a whole number"),
        ([HEADER, ROW.replace("E0", "")], "FILE, line 2, column 3 (identifier): the identifier is empty"),
        ([HEADER, ROW.replace("32", "abc")], "FILE, line 2, column 5 (clip): 'abc' is not a number above 0"),
        ([HEADER, ROW.replace("32", "nan")], "FILE, line 2, column 5 (clip): 'nan' is not a number above 0"),
        ([HEADER, ROW.replace("\t2\t", "\tinf\t")], "FILE, line 2, column 6 (scale): 'inf' is not a number above 0"),
        ([HEADER, ROW.replace("\t2\t", "\t0\t")], "FILE, line 2, column 6 (scale): '0' is not a number above 0"),
        ([HEADER, ROW.replace("mean", "mode")], "FILE, line 2, column 7 (sum_stat): 'mode' is no known statistic"),
        ([""], "FILE: the file is empty"),
        ([HEADER, ROW + "\0"], "FILE: the file holds a NUL byte"),
        (["<!DOCTYPE html>", "<html></html>"], "FILE, line 1: column index is missing"),
    ],
)
def test_every_mistake_is_named_with_its_place(tmp_path: Path, lines: list[str], message: str) -> None:
    assert problem(write(tmp_path, *lines)).startswith(message)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "targets.txt"
    path.write_bytes(b"\xff\xfe" + HEADER.encode("utf-16-le"))
    assert problem(path).startswith("FILE: byte 0 is not UTF-8 text")
    assert problem(tmp_path).startswith("there is no file")
    assert problem(tmp_path / "missing").startswith("there is no file")
    with pytest.raises(TargetsError):
        TrackTable.read(Path("a\0b"))
