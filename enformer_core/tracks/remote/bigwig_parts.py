"""Which parts of a bigWig an interval needs: its head, the way through its index, and the blocks of data.

Every count and offset comes from a server that may lie: each is held against the file's length and a limit before
anything is fetched or kept for it.
"""

from __future__ import annotations

import struct

from ..bigwig_header import INDEX_BYTES, BigWigHeader, Parser

MAX_NODES = 10_000
MAX_BLOCKS = 100_000
_NODE, _LEAF, _BRANCH = struct.Struct("<BBH"), struct.Struct("<IIIIQQ"), struct.Struct("<IIIIQ")


def data_blocks(parser: Parser, header: BigWigHeader, chrom: str, start: int, end: int) -> list[tuple[int, int]]:
    """The blocks that hold the entries of an interval.

    Args:
        parser: Reads the file; what it reads on the way is what a later reader will need there too.
        header: What its head says.
        chrom: By the file's own name.
        start: 0-based.
        end: Behind the last base.

    Returns:
        Start and end of each block, in bytes of the file, in the order of the file.

    Raises:
        BigWigError: The index is damaged.
    """
    if not header.has_entries or start >= end:
        return []
    first, last = (header.numbers[chrom], start), (header.numbers[chrom], end)
    found: list[tuple[int, int]] = []
    waiting, seen = [header.index + INDEX_BYTES], 0
    while waiting:
        seen += 1
        if seen > MAX_NODES:
            raise parser.damaged("its index runs in circles")
        blocks, below = _overlapping(parser, waiting.pop(), first, last)
        found += blocks
        waiting += below
        if len(found) > MAX_BLOCKS:
            raise parser.damaged(f"its index gives more than {MAX_BLOCKS:,} blocks for one interval")
    return sorted(set(found))


def _overlapping(
    parser: Parser, offset: int, first: tuple[int, int], last: tuple[int, int]
) -> tuple[list[tuple[int, int]], list[int]]:
    """Of one node the blocks and the nodes below it that lie between two (chromosome's number, base)."""
    is_leaf, _, count = _NODE.unpack(parser.at(offset, _NODE.size, "the index"))
    if is_leaf > 1:
        raise parser.damaged("its index contradicts itself")
    kind = _LEAF if is_leaf else _BRANCH
    items = parser.at(offset + _NODE.size, count * kind.size, "the index")
    blocks: list[tuple[int, int]] = []
    below: list[int] = []
    for low_chrom, low, high_chrom, high, place, *size in kind.iter_unpack(items):
        if (low_chrom, low) >= last or (high_chrom, high) <= first:
            continue
        if size:
            parser.within(place, size[0], "a block of data")
            blocks.append((place, place + size[0]))
        else:
            below.append(place)
    return blocks, below
