from __future__ import annotations

import contextlib
import tracemalloc
from pathlib import Path

import bundles
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.model.sstable import MAX_FILE, DamagedTableError, read_table, unpack_snappy, varint

SONNET = Path(__file__).parent / "fixtures" / "sonnet"


def test_packed_and_plain_index_say_the_same():
    plain = read_table((SONNET / "enformer-1.index").read_bytes())
    packed = read_table((SONNET / "packed.index").read_bytes())
    assert len(plain) == 204
    assert plain == packed


def test_several_blocks():
    rows = [(b"%03d" % i, bytes([i])) for i in range(9)]
    assert read_table(bundles.sealed([bundles.block(rows[i : i + 3]) for i in (0, 3, 6)])) == dict(rows)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "does not end as"),
        (b"PK\x03\x04" + bytes(100), "does not end as"),
        (bytes(MAX_FILE + 1), "more than an index"),
        (bytes(40) + bundles.MAGIC, "outside the file"),
        (b"\xff" * 40 + bundles.MAGIC, "too long"),
        (bundles.sealed([bundles.block([(b"b", b""), (b"a", b"")])]), "not in order"),
        (bundles.sealed([bundles.block([(b"a", b"")])] * 2), "not in order"),
        (bundles.sealed([bundles.block([(b"a" * 5_000, b"")])]), "impossible length"),
        (bundles.sealed([bundles.block([(b"%05d" % i, b"") for i in range(20_001)])]), "more than 20,000 names"),
        (bundles.sealed([bundles.block([(b"a", b"")])], kind=2), "unknown way"),
        (bundles.sealed([b"\0\0\0\x09"]), "too short"),
        (bundles.sealed([b"\x01\0\0" + bytes(4) + b"\x01\0\0\0"]), "impossible length"),
        (bundles.sealed([b"\0\x80" + bytes(4) + b"\x01\0\0\0"]), "impossible length"),
    ],
)
def test_damaged_tables(data: bytes, why: str):
    with pytest.raises(DamagedTableError, match=why):
        read_table(data)


def test_a_block_may_not_be_asked_for_twice():
    content = bundles.block([(b"a", b"")])
    stored = content + b"\0" + bundles.masked(content + b"\0")
    handle = bundles.varint(0) + bundles.varint(len(content))
    index = bundles.block([(b"a", handle), (b"b", handle)])
    data = stored + index + b"\0" + bundles.masked(index + b"\0")
    footer = b"\0\0" + bundles.varint(len(stored)) + bundles.varint(len(index))
    with pytest.raises(DamagedTableError, match="overlap"):
        read_table(data + footer.ljust(40, b"\0") + bundles.MAGIC)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"abc" * 30, b"z" * 200]), max_size=60))
def test_snappy_as_pyarrow_packs_it(parts: list[bytes]):
    content = b"".join(parts)
    assert unpack_snappy(pa.compress(content, codec="snappy", asbytes=True), 1 << 20) == content


# Straight from Snappy's format description: literals and copies of every width.
@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (b"\0", b""),
        (b"\x03\x08abc", b"abc"),
        (b"\x0a\x08abc" + b"\x0d\x03", b"abcabcabca"),  # one-byte offset, reaches into what it writes
        (b"\x06\x08abc" + b"\x0a\x03\x00", b"abcabc"),  # two-byte offset
        (b"\x06\x08abc" + b"\x0b\x03\0\0\0", b"abcabc"),  # four-byte offset
        (b"\x46\xf0\x45" + b"x" * 70, b"x" * 70),  # literal longer than 60
    ],
)
def test_snappy_elements(packed: bytes, expected: bytes):
    assert unpack_snappy(packed, 100) == expected


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xff\xff\xff\xff\x7f\0",  # says 34 GB
        b"\x03\x08ab",  # literal cut short
        b"\x03\xfc",  # its length cut short
        b"\x03\xfc\xff\xff\xff\xff",  # literal of 4 GB
        b"\x04\x00a\x05\x02",  # copy from before the start
        b"\x04\x00a\x01\x00",  # copy from nowhere
        b"\x04\x00a\x05",  # copy cut short
        b"\x02\x08abc",  # longer than it says
        b"\x04\x08abc",  # shorter than it says
    ],
)
def test_damaged_snappy(packed: bytes):
    tracemalloc.start()
    try:
        with pytest.raises(DamagedTableError):
            unpack_snappy(packed, 1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (pa.compress(bytes(8 << 20), codec="snappy", asbytes=True), "unpacks to 8,388,608 bytes"),
        (b"\x01\0a" + b"\xfe\x01\0" * 130_000, "longer than it says"),  # 64 bytes for each 3
    ],
)
def test_row_63_snappy_bombs(packed: bytes, why: str):
    tracemalloc.start()
    try:
        with pytest.raises(DamagedTableError, match=why):
            unpack_snappy(packed, 1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_snappy(packed: bytes):
    with contextlib.suppress(DamagedTableError):
        assert len(unpack_snappy(packed, 4_096)) <= 4_096


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_varint(number: int, rest: bytes):
    coded = bundles.varint(number)
    assert varint(b"?" + coded + rest, 1) == (number, 1 + len(coded))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80" * 10 + b"\x01"])
def test_bad_varint(data: bytes):
    with pytest.raises(DamagedTableError):
        varint(data, 0)
