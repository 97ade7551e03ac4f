"""Reader of LevelDB's table format, which TensorFlow uses for the index of a checkpoint.

A table is blocks of sorted keys and values, an index block that says where they lie, and a footer that says where the
index block lies. Each block has a type byte (plain, or Snappy) and a checksum. Written down in LevelDB's
``doc/table_format.md`` and TensorFlow's ``tsl/lib/io/format.h``; Snappy in google/snappy's ``format_description.txt``.

Snappy is here because it is needed: public TensorFlow writes plain blocks, but the authors' published index must be
packed. Their training notebook lists it with 5.7 kB, and its 330 names need 23 kB plain and 6 kB packed.
"""

from __future__ import annotations

from collections.abc import Iterator

from .crc32c import crc32c, unmasked

MAX_FILE = 1 << 20
_MAX_BLOCK = 1 << 22
_MAX_KEY = 4_096
_MAX_ENTRIES = 20_000
_MAGIC = bytes.fromhex("57fb808b247547db")
_FOOTER = 48
_TRAILER = 5
_PLAIN, _SNAPPY = 0, 1


class DamagedTableError(ValueError):
    """The bytes are not what the format says. The message is a clause for a person."""


def read_table(data: bytes) -> dict[bytes, bytes]:
    """All keys and values of a table, in the order of their keys.

    Args:
        data: The whole file, at most ``MAX_FILE`` bytes.

    Raises:
        DamagedTableError: It is damaged, cut short, not a table, or larger than any index of weights.
    """
    if len(data) > MAX_FILE:
        raise DamagedTableError(f"it has {len(data):,} bytes, more than an index of weights ever has")
    if len(data) < _FOOTER or not data.endswith(_MAGIC):
        raise DamagedTableError("it does not end as a TensorFlow index does: it is cut short, or another kind of file")
    footer = len(data) - _FOOTER
    _, position = _handle(data, footer)  # the metaindex block, which TensorFlow leaves empty
    index, _ = _handle(data, position)
    table: dict[bytes, bytes] = {}
    last, free = None, 0
    for _, where in _entries(_block(data, index)):
        (start, size), _ = _handle(where, 0)
        if start < free:  # so that a small file cannot ask for the same block again and again
            raise DamagedTableError("its blocks overlap")
        free = start + size + _TRAILER
        for key, value in _entries(_block(data, (start, size))):
            if last is not None and key <= last:
                raise DamagedTableError("its names are not in order")
            if len(table) == _MAX_ENTRIES:
                raise DamagedTableError(f"it has more than {_MAX_ENTRIES:,} names")
            table[key] = value
            last = key
    return table


def varint(data: bytes, position: int) -> tuple[int, int]:
    """A protobuf or LevelDB variable-length number (below 2**64) at a position, and the position after it.

    Raises:
        DamagedTableError: The bytes end within it, or it is longer than ten bytes.
    """
    value = 0
    for i in range(10):
        if position + i >= len(data):
            raise DamagedTableError("it ends within a number")
        byte = data[position + i]
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position + i + 1
    raise DamagedTableError("a number in it is too long")


def _handle(data: bytes, position: int) -> tuple[tuple[int, int], int]:
    """Offset and size of a block, and the position after them."""
    start, position = varint(data, position)
    size, position = varint(data, position)
    return (start, size), position


def _block(data: bytes, handle: tuple[int, int]) -> bytes:
    start, size = handle
    end = start + size
    if end + _TRAILER > len(data) - _FOOTER:
        raise DamagedTableError("a block lies outside the file")
    if crc32c(data[start : end + 1]) != unmasked(int.from_bytes(data[end + 1 : end + _TRAILER], "little")):
        raise DamagedTableError("the checksum of a block is wrong")
    if data[end] == _PLAIN:
        return data[start:end]
    if data[end] == _SNAPPY:
        return unpack_snappy(data[start:end], _MAX_BLOCK)
    raise DamagedTableError(f"a block is packed in an unknown way ({data[end]})")


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block. A key is stored as what it does not share with the key before it."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise DamagedTableError("a block is too short")
    position, key = 0, b""
    while position < end:
        shared, position = varint(block, position)
        added, position = varint(block, position)
        size, position = varint(block, position)
        if shared > len(key) or shared + added > _MAX_KEY or position + added + size > end:
            raise DamagedTableError("a name in it has an impossible length")
        key = key[:shared] + block[position : position + added]
        position += added + size
        yield key, block[position - size : position]


def unpack_snappy(packed: bytes, limit: int) -> bytes:
    """Undo Snappy's block format.

    Args:
        packed: A whole Snappy block.
        limit: The most bytes that it may unpack to.

    Raises:
        DamagedTableError: It is damaged, or unpacks to more than ``limit``.
    """
    size, position = varint(packed, 0)
    if size > limit:
        raise DamagedTableError(f"a block unpacks to {size:,} bytes, more than an index of weights ever has")
    out = bytearray()
    while position < len(packed):
        tag = packed[position]
        kind, length = tag & 3, (tag >> 2) + 1
        position += 1
        if kind == 0:
            extra = max(length - 60, 0)  # lengths above 60 follow in 1 to 4 bytes
            if extra:
                length = int.from_bytes(packed[position : position + extra], "little") + 1
            position += extra + length
            if position > len(packed):
                raise DamagedTableError("a packed block is cut short")
            out += packed[position - length : position]
        else:
            width = (1, 2, 4)[kind - 1]
            offset = int.from_bytes(packed[position : position + width], "little")
            position += width
            if kind == 1:
                offset |= (tag >> 5) << 8
                length = (tag >> 2 & 7) + 4
            if not 0 < offset <= len(out) or position > len(packed):
                raise DamagedTableError("a packed block refers to bytes before its start")
            start = len(out) - offset
            # A copy may reach into what it writes: then it repeats the last `offset` bytes.
            out += (bytes(out[start : start + length]) * -(-length // offset))[:length]
        if len(out) > size:
            raise DamagedTableError("a packed block is longer than it says")
    if len(out) != size:
        raise DamagedTableError("a packed block is shorter than it says")
    return bytes(out)
