from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.model.crc32c import crc32c, unmasked


def bit_by_bit(data: bytes) -> int:
    """The definition: a shift register, one bit at a time."""
    register = 0xFFFFFFFF
    for byte in data:
        for i in range(8):
            bit = (register ^ byte >> i) & 1
            register = register >> 1 ^ (0x82F63B78 if bit else 0)
    return register ^ 0xFFFFFFFF


# RFC 3720, B.4, and the check value of the CRC catalogue.
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_published_values(data: bytes, expected: int):
    assert crc32c(data) == expected


# Around the change to lanes (16,384 bytes), and lengths that are no whole words or lanes.
@pytest.mark.parametrize("size", [1, 3, 4, 5, 16_383, 16_384, 16_385, 16_387, 32_768, 65_539, 100_001])
def test_as_by_definition(size: int):
    data = np.random.default_rng(size).integers(0, 256, size, dtype=np.uint8).tobytes()
    assert crc32c(data) == bit_by_bit(data)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 20_000 * 8 - 1), st.sampled_from([100, 20_000]))
def test_each_bit_counts(bit: int, size: int):
    data = bytearray(size)
    before = crc32c(data)
    data[bit // 8 % size] ^= 1 << bit % 8
    assert crc32c(data) != before


@given(st.integers(0, 2**32 - 1))
def test_unmasked_undoes_the_masking(checksum: int):
    masked = ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert unmasked(masked) == checksum
