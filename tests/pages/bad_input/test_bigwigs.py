"""Rows 48 to 56 of the table of bad inputs: experiments that are damaged, foreign, gone, or not to be opened."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyBigWig
import pytest
from app_driver import question, settled, upload, view
from bad_input_driver import GOOD, Corners, drawn, fresh, goes_on, said, still_answers, uploaded
from streamlit.testing.v1 import AppTest

from enformer_core.errors import BigWigError, PathNotAllowed
from enformer_core.tracks.bigwig_read import BigWigReader, BinnedSignal
from enformer_core.tracks.paths import allowed_path

NAME = "ID0000.bw"  # the identifier of track 0, with which it is compared
Entries = Sequence[tuple[int, int, float]]


@pytest.fixture(scope="module")
def good(corners: Corners) -> bytes:
    return corners.experiment.read_bytes()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., bytes]:
    """Writes a bigWig with pyBigWig, and gives its bytes."""

    def made(contigs: dict[str, int], entries: Entries = (), chrom: str = "chr1") -> bytes:
        path = tmp_path / "made.bw"
        with pyBigWig.open(str(path), "w") as file:
            file.addHeader(list(contigs.items()))
            if entries:
                starts, ends, values = (list(column) for column in zip(*entries, strict=True))
                file.addEntries([chrom] * len(starts), starts, ends=ends, values=[float(value) for value in values])
        return path.read_bytes()

    return made


def problems(app: AppTest) -> list[str]:
    """What the lanes say of their experiments."""
    return [lane["problem"] for lane in view(app)["lanes"] if lane["problem"]]


def compared(app: AppTest, content: bytes, name: str = NAME) -> BinnedSignal:
    """Upload an experiment that is drawn: without a problem, and what was read of it."""
    upload(drawn(fresh(app), GOOD), content, name)
    assert not app.error, name
    assert problems(app) == []
    assert "against 1 experiment" in question(app)
    return next(reversed(app.session_state["browser"].signals.values()))


def test_row_48_a_file_that_was_cut_short_is_refused(page: AppTest, good: bytes, tmp_path: Path) -> None:
    path = tmp_path / NAME
    with BigWigReader() as reader:
        for n_bytes in (63, 64, 100, 344, 600, 6_000, 11_100):
            message = uploaded(page, good[:n_bytes], NAME)
            assert f"{NAME}: the bigWig is damaged: " in message, n_bytes
            path.write_bytes(good[:n_bytes])
            with pytest.raises(BigWigError) as caught:
                reader.describe(path)
            assert (caught.value.what in message, caught.value.hint in message) == (True, True)
            assert caught.value.exit_code == 3
    for n_bytes, words in ((0, "this is an empty file"), (1, "this is a text file")):
        assert words in uploaded(page, good[:n_bytes], NAME)
    still_answers(page)


def test_row_48_flipped_bytes_cost_a_lane_at_most(page: AppTest, good: bytes) -> None:
    server, said_of = os.getpid(), []
    for place in (5, 9, 30, 1_000, 6_000, 9_000):
        mutant = bytearray(good)
        mutant[place] ^= 0xFF
        upload(drawn(fresh(page), GOOD), bytes(mutant), NAME)
        said_of.append(said(page) if page.error else "".join(problems(page)))
        assert len(view(page)["lanes"]) == 3
    assert sum("damaged" in words for words in said_of) == len(said_of), said_of
    assert os.getpid() == server
    assert np.isfinite(compared(page, good).values).any()


def test_row_49_other_kinds_of_file_are_named(page: AppTest, good: bytes) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(NAME, good)
    kinds = {
        "a BAM file": gzip.compress(b"BAM\x01" + bytes(100)),
        "a bigBed file": b"\xeb\xf2\x89\x87" + bytes(100),
        "a zip archive": archive.getvalue(),
        "a web page (HTML)": b"<!DOCTYPE html><html><title>404</title></html>",
        "an empty file": b"",
        "a PDF document": b"%PDF-1.7\n",
        "a JSON file": b'{"error": "not found"}',
        "big-endian byte order": good[3::-1] + good[4:],
    }
    for kind, content in kinds.items():
        assert kind in uploaded(page, content, NAME), kind
    still_answers(page)


def test_row_50_values_that_cannot_be_drawn_are_gaps(page: AppTest, make: Callable[..., bytes]) -> None:
    nan, first = float("nan"), slice(0, 3)  # the bins from 20,000 on
    for value, n_gaps in ((nan, 3), (float("inf"), 3), (1e38, 3), (-3.0, 0)):
        entries = [(20_000, 20_384, value), (20_384, 24_096, 2.0)]
        signal = compared(page, make({"chr1": 60_000}, entries))
        assert np.isnan(signal.values[first]).sum() == n_gaps, value
        assert not np.isnan(signal.values[3:29]).any()
        assert any("drawn as gaps" in note for note in signal.notes) == bool(n_gaps)
        assert ("drawn as gaps" in view(page)["lanes"][0]["label"]) == bool(n_gaps)
    assert np.isnan(compared(page, make({"chr1": 60_000}, [(20_000, 24_096, nan)])).values).all()
    empty = compared(page, make({"chr1": 60_000}))
    assert np.isnan(empty.values).all()
    assert "the file holds no data" in empty.notes


def test_row_51_another_assembly_is_named_in_the_lane(page: AppTest, make: Callable[..., bytes]) -> None:
    for length, words in ((249_250_621, "chr1 length 249,250,621 = hg19, expected"), (50_000, "chr1 length 50,000")):
        upload(drawn(fresh(page), GOOD), make({"chr1": length}, [(20_000, 21_000, 1.0)]), NAME)
        (problem,) = problems(page)
        assert words in problem
        assert "60,000" in problem
        assert "Invalid interval bounds" not in problem
    goes_on(fresh(page))


def test_row_51_other_names_of_a_chromosome_and_a_file_without_it(page: AppTest, make: Callable[..., bytes]) -> None:
    signal = compared(page, make({"1": 60_000}, [(20_000, 24_096, 2.0)], "1"))
    assert (signal.values == 256).all()  # the sum of a bin
    assert "the file calls chr1 '1'" in view(page)["lanes"][0]["label"]
    signal = compared(page, make({"chr2": 30_000}, [(20_000, 24_096, 2.0)], "chr2"))
    assert np.isnan(signal.values).all()
    assert "the file has no 'chr1'" in signal.notes


def test_row_52_off_the_end_of_a_chromosome_there_are_no_data_and_no_error(page: AppTest, good: bytes) -> None:
    upload(drawn(page, GOOD), good, NAME)
    drawn(page, "chr1:59,900-60,000")
    assert problems(page) == []
    signal = next(reversed(page.session_state["browser"].signals.values()))
    assert np.isnan(signal.values[-10:]).all()
    assert not np.isnan(signal.values[:10]).all()


def test_row_53_what_claims_too_much_is_refused_before_it_is_read(
    page: AppTest, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = struct.unpack_from("<Q", good, 8)[0]
    zooms = good[:6] + struct.pack("<H", 65_535) + good[8:]
    contigs = good[: tree + 16] + struct.pack("<Q", 2_000_000) + good[tree + 24 :]
    assert "it claims 65,535 zoom levels; at most 64 are read" in uploaded(page, zooms, NAME)
    assert "it claims 2,000,000 chromosomes; 1 to 100,000 are read" in uploaded(page, contigs, NAME)
    monkeypatch.setenv("ENFORMER_UPLOAD_MAX_BYTES", "10000")
    assert "the file is too large" in uploaded(page, good, NAME)
    still_answers(page)


@pytest.fixture
def root(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder below which files may be opened by their path."""
    folder = tmp_path / "root"
    folder.mkdir()
    monkeypatch.setenv("ENFORMER_DATA_ROOTS", json.dumps([str(folder)]))
    page.run()
    return folder


def typed_path(app: AppTest, text: str) -> AppTest:
    return settled(app.text_input(key="path").set_value(text).run())


def test_row_53_a_file_of_20_gb_is_not_read_whole(page: AppTest, root: Path, good: bytes) -> None:
    (root / NAME).write_bytes(good)
    os.truncate(root / NAME, 20 * 1024**3)  # a hole: it takes no room
    typed_path(drawn(page, GOOD), NAME)
    assert not page.error
    assert problems(page) == []
    assert "against 1 experiment" in question(page)


def test_row_54_a_file_that_was_replaced_is_read_anew_and_one_that_is_gone_says_so(
    page: AppTest, root: Path, good: bytes, make: Callable[..., bytes]
) -> None:
    (root / NAME).write_bytes(good)
    typed_path(drawn(page, GOOD), NAME)
    lane = view(page)["tiles"][0]["lanes"][0]
    (root / "new").write_bytes(make({"chr1": 60_000}, [(20_000, 24_096, 2.0)]))
    os.replace(root / "new", root / NAME)
    page.run()
    assert problems(page) == []
    assert view(page)["tiles"][0]["lanes"][0] != lane
    (root / NAME).unlink()
    page.run()
    (problem,) = problems(page)
    assert "the file is not there (any more)" in problem
    goes_on(fresh(page))


ADDRESSES = (
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost:8501/a.bw",
    "https://user@example.org/a.bw",
    "http://[::1]/a.bw",
    "http://2130706433/a.bw",
    "ftp://example.org/a.bw",
    "file:///etc/passwd",
    "s3://bucket/a.bw",
)


def test_row_55_an_address_is_no_path_and_nothing_is_fetched(
    page: AppTest, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app opens no addresses at all, whatever they lead to."""
    calls: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: calls.append(args))
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: calls.append(where))
    for text in ADDRESSES:
        typed_path(page, text)
        message = said(page)
        assert f"'{text}' cannot be opened: it is a web address" in message
        assert "Write the path of a file below one of the folders that may be opened" in message
        assert not page.session_state["browser"].experiments
    assert pyBigWig.remote == 0, "the C library cannot fetch either"
    assert calls == []
    still_answers(page)


def test_row_56_one_file_twice_is_two_experiments(page: AppTest, root: Path, good: bytes) -> None:
    (root / "mine.bw").write_bytes(good)
    typed_path(typed_path(drawn(fresh(page), GOOD), "mine.bw"), "mine.bw")
    assert not page.exception
    assert [e.name for e in page.session_state["browser"].experiments] == ["mine.bw", "mine.bw"]
    goes_on(fresh(page))


def test_row_56_paths_that_lead_elsewhere(page: AppTest, root: Path) -> None:
    os.mkfifo(root / "pipe.bw")
    (root / "link.bw").symlink_to("/etc/passwd")
    (root / "folder.bw").mkdir()
    refusals = {
        "../../etc/passwd": "'..' is not followed",
        "a/../../b.bw": "'..' is not followed",
        "/etc/passwd": "does not lie below a folder that may be opened",
        "/proc/self/environ": "does not lie below a folder that may be opened",
        "/dev/zero": "does not lie below a folder that may be opened",
        "link.bw": "does not lie below a folder that may be opened",
        "pipe.bw": "it is not a regular file",
        "folder.bw": "it is not a regular file",
        "none.bw": "there is no such file",
        "~/a.bw": "'~' is not expanded",
        "\\\\host\\share\\a.bw": "it is a network path",
        "//host/share/a.bw": "it is a network path",
        "a\x00.bw": "it holds a control character",
        "a" * 5_000: "a path has at most 4,096 characters",
    }
    for text, words in refusals.items():
        typed_path(page, text)
        message = said(page)
        assert words in message, (text, message)
        assert not page.session_state["browser"].experiments
        with pytest.raises(PathNotAllowed) as caught:
            allowed_path(text, [root])
        assert caught.value.what.lower() in message.lower()
        assert caught.value.exit_code == 3
    still_answers(page)
