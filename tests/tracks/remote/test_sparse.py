"""The record of what is there, and the file with holes."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import FileError
from enformer_core.tracks.bigwig_header import MAGIC
from enformer_core.tracks.remote.sparse import MAX_GAP, MAX_PIECE, Ranges, SparseFile, joined

_PAIRS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted)


@given(st.lists(_PAIRS, max_size=12), _PAIRS)
def test_what_is_there_and_what_is_missing(added: list[list[int]], asked: list[int]) -> None:
    ranges, there = Ranges(), set()
    for start, end in added:
        ranges.add(start, end)
        there |= set(range(start, end))
    assert ranges.n_bytes == len(there)
    missing = ranges.missing(*asked)
    assert {byte for start, end in missing for byte in range(start, end)} == set(range(*asked)) - there
    assert all(start < end for start, end in missing)
    assert all(one[1] < other[0] for one, other in pairwise(missing)), "as few as can be"


@given(st.lists(st.tuples(st.integers(0, 1 << 26), st.integers(1, 1 << 24)), max_size=8))
def test_near_parts_are_asked_for_together_and_long_ones_in_pieces(parts: list[tuple[int, int]]) -> None:
    ranges = [(start, start + size) for start, size in parts]
    pieces = joined(ranges)
    assert pieces == sorted(pieces)
    assert all(0 < end - start <= MAX_PIECE for start, end in pieces)
    covered = Ranges()
    for piece in pieces:
        covered.add(*piece)
    assert not [gap for start, end in ranges for gap in covered.missing(start, end)]
    starts = {start for start, _ in pieces} - {end for _, end in pieces}
    assert all(not 0 < start - end <= MAX_GAP for _, end in pieces for start in starts)


def test_it_is_as_long_as_the_file_takes_the_room_of_its_parts_and_stays_the_same_file(tmp_path: Path) -> None:
    file = SparseFile(tmp_path / "parts", 1 << 33)
    before = file.path.stat()
    file.write(1 << 32, b"far away")
    after = file.path.stat()
    assert file.read(1 << 32, 8) == b"far away"
    assert after.st_size == 1 << 33
    assert after.st_blocks * 512 < 1 << 20
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_only_a_bigwigs_head_is_changed(tmp_path: Path) -> None:
    head = struct.pack("<IHH", MAGIC, 4, 7) + bytes(range(56))
    file = SparseFile(tmp_path / "bigwig", 64)
    file.write(0, head)
    assert file.read(0, 64) == struct.pack("<IHH", MAGIC, 4, 0) + head[8:]
    page = SparseFile(tmp_path / "page", 15)
    page.write(0, b"<!doctype html>")
    assert page.read(0, 15) == b"<!doctype html>"


def test_a_file_that_somebody_removed_is_an_error_of_ours(tmp_path: Path) -> None:
    file = SparseFile(tmp_path / "parts", 100)
    file.path.unlink()
    with pytest.raises(FileError, match="cannot be kept"):
        file.write(0, b"x")
    with pytest.raises(FileError, match="cannot be kept"):
        file.read(0, 1)
