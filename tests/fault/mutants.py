"""Damaged copies of a bigWig, made where readers look: cut short, flipped bits, huge counts, values that are none."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

HUGE = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
NO_VALUES = (float("nan"), float("inf"), float("-inf"), 3e38)
_SECTION = struct.Struct("<IIIIIBBH")  # chromosome, start, end, step, span, type, reserved, count
_ITEM_BYTES = {1: 12, 2: 8, 3: 4}  # bedGraph, variable step, fixed step


@dataclass(frozen=True, slots=True)
class Block:
    """The first block of data.

    Attributes:
        at: Its offset in the file.
        size: Its bytes in the file, compressed.
        content: A header, then items.
    """

    at: int
    size: int
    content: bytes

    @property
    def place(self) -> tuple[int, int, int]:
        """Chromosome by number, 0-based start and end."""
        return _SECTION.unpack_from(self.content)[:3]


def structure(good: bytes) -> dict[str, tuple[int, int]]:
    """Byte ranges of the parts that libBigWig follows, by name."""
    tree, data, index = struct.unpack_from("<QQQ", good, 8)
    return {
        "header": (0, 344),
        "chromosomes": (tree, tree + 80),
        "block": (data, data + 64),
        "index": (index, index + 400),
        "anything": (0, len(good)),
    }


def flipped(good: bytes, rng: np.random.Generator, low: int, high: int, n_bits: int) -> bytes:
    """A copy with so many bits flipped between two offsets."""
    mutant = bytearray(good)
    for _ in range(n_bits):
        mutant[int(rng.integers(low, min(high, len(good))))] ^= 1 << int(rng.integers(8))
    return bytes(mutant)


def bit_flips(good: bytes, seed: int, n_per_part: int) -> Iterator[tuple[str, bytes]]:
    """Copies with 1, 3 or 20 bits flipped in each part."""
    rng = np.random.default_rng(seed)
    for part, (low, high) in structure(good).items():
        for i in range(n_per_part):
            yield f"bits of {part} {i}", flipped(good, rng, low, high, int(rng.choice([1, 1, 3, 20])))


def cut_short(good: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Copies that end at every so many bytes of the first 1,024, and at every 16 kB."""
    for size in [*range(0, 1025, step), *range(16_384, len(good), 16_384), len(good) - 5, len(good) - 1]:
        yield f"{size} bytes", good[:size]


def huge_counts(good: bytes, step: int = 4) -> Iterator[tuple[str, bytes]]:
    """Copies with an extreme number in place of one that a reader trusts: counts, sizes and offsets."""
    for part, (low, high) in structure(good).items():
        if part in ("block", "anything"):
            continue
        for offset in range(low, min(high, low + 80), step):
            for value in HUGE:
                yield f"{part} {offset} {value}", good[:offset] + struct.pack("<I", value) + good[offset + 4 :]
    block = first_block(good)
    for value in HUGE[:4]:
        changed = bytearray(block.content)
        struct.pack_into("<H", changed, _SECTION.size - 2, value)
        yield from _put_back(good, block, bytes(changed), f"block of {value} items")


def no_values(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Copies with NaN, infinity or 3e38 among the values and in the summary that the header points to."""
    block = first_block(good)
    kind, count = block.content[_SECTION.size - 4], struct.unpack_from("<H", block.content, _SECTION.size - 2)[0]
    width = _ITEM_BYTES[kind]
    for value in NO_VALUES:
        for item in sorted({0, count // 2, count - 1}):
            changed = bytearray(block.content)
            struct.pack_into("<f", changed, _SECTION.size + width * item + width - 4, value)
            yield from _put_back(good, block, bytes(changed), f"value {item} is {value}")
        (summary,) = struct.unpack_from("<Q", good, 44)
        for field in range(1, 5):
            at = summary + 8 * field
            yield f"summary {field} is {value}", good[:at] + struct.pack("<d", value) + good[at + 8 :]


def first_block(good: bytes) -> Block:
    """The first block of data of a compressed file."""
    (data,) = struct.unpack_from("<Q", good, 16)
    for at in range(data, data + 64):
        stream = zlib.decompressobj()
        try:
            content = stream.decompress(good[at:])
        except zlib.error:
            continue
        if stream.eof and len(content) > _SECTION.size:
            return Block(at, len(good) - at - len(stream.unused_data), content)
    raise AssertionError("no block was found")


def _put_back(good: bytes, block: Block, content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    packed = zlib.compress(content, 9)
    if len(packed) <= block.size:  # what follows stays where it is
        whole = packed + good[block.at + len(packed) : block.at + block.size]
        yield name, good[: block.at] + whole + good[block.at + block.size :]


def all_of(good: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """Every kind, some 700 copies."""
    yield from cut_short(good, 4)
    yield from bit_flips(good, seed, 30)
    yield from huge_counts(good)
    yield from no_values(good)


def some_of(good: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """A sample of every kind, some 80 copies."""
    yield from cut_short(good, 64)
    yield from bit_flips(good, seed, 4)
    yield from (case for i, case in enumerate(huge_counts(good, 8)) if i % 9 == 0)
    yield from (case for i, case in enumerate(no_values(good)) if i % 2 == 0)
