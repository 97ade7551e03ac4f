"""CRC-32C (Castagnoli), the checksum in TensorFlow's files, fast enough in numpy for a gigabyte of weights.

``zlib.crc32`` is of another polynomial, and a compiled library would be a dependency for one file read once.

The vectorised form rests on two facts. A CRC register is linear over GF(2), so that "go on by n zero bits" is a 32 x 32
bit matrix. And zeros in front of a message do not change a register that starts at zero. So the message is padded in
front, cut into equal lanes, all lanes go forward together, and neighbours are joined pairwise:
``register(AB) = go_on(register(A), length of B) ^ register(B)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_LANES = 4096
_SHORT = 16_384  # bytes below which setting up the lanes costs more than it saves

_Words = NDArray[np.uint32]


def crc32c(data: bytes | bytearray | memoryview | NDArray[np.uint8]) -> int:
    """The CRC-32C of some bytes, as an unsigned 32-bit number."""
    message = np.frombuffer(data, dtype=np.uint8)
    if len(message) < _SHORT:
        return _short(message.tobytes())
    words = _padded(message)
    steps = len(words) // _LANES
    registers = _run(np.ascontiguousarray(words.reshape(_LANES, steps).T))
    matrix = _power(_one_word(), steps)
    while len(registers) > 1:
        registers = _apply(matrix, registers[0::2]) ^ registers[1::2]
        matrix = _apply(matrix, matrix)
    return int(registers[0]) ^ 0xFFFFFFFF


def unmasked(stored: int) -> int:
    """The checksum behind a stored one: TensorFlow rotates it and adds a number, for files that hold checksums."""
    rotated = (stored - _MASK_DELTA) & 0xFFFFFFFF
    return ((rotated << 15) | (rotated >> 17)) & 0xFFFFFFFF


def _short(message: bytes) -> int:
    table = _table(_zero_bits(8)[:8]).tolist()
    register = 0xFFFFFFFF
    for byte in message:
        register = (register >> 8) ^ table[(register ^ byte) & 0xFF]
    return register ^ 0xFFFFFFFF


def _padded(message: NDArray[np.uint8]) -> _Words:
    """The message as 32-bit words, zeros in front, whole lanes; its first word inverted, which is how a CRC starts."""
    unit = 4 * _LANES
    padded = np.zeros(-(-len(message) // unit) * unit, dtype=np.uint8)
    start = len(padded) - len(message)
    padded[start:] = message
    padded[start : start + 4] ^= 0xFF
    return padded.view("<u4")


def _run(rows: _Words) -> _Words:
    """Registers [lanes] after the words [steps, lanes] have gone through them."""
    matrix = _one_word()
    low, high = _table(matrix[:16]), _table(matrix[16:])
    registers = np.zeros(rows.shape[1], dtype=np.uint32)
    for row in rows:
        registers ^= row
        registers = low[registers & 0xFFFF] ^ high[registers >> 16]
    return registers


def _zero_bits(count: int) -> _Words:
    """The matrix of going on by some zero bits: what becomes of each of the register's 32 bits."""
    columns = np.uint32(1) << np.arange(32, dtype=np.uint32)
    for _ in range(count):
        columns = (columns >> np.uint32(1)) ^ (columns & np.uint32(1)) * np.uint32(_POLYNOMIAL)
    return columns


def _one_word() -> _Words:
    return _zero_bits(32)


def _table(columns: _Words) -> _Words:
    """What a matrix makes of every number of ``len(columns)`` bits."""
    table = np.zeros(1, dtype=np.uint32)
    for column in columns:
        table = np.concatenate([table, table ^ column])
    return table


def _apply(matrix: _Words, values: _Words) -> _Words:
    """Each value times a matrix; `exclusive or` is the sum of GF(2)."""
    bits = (values[:, None] >> np.arange(32, dtype=np.uint32)) & 1
    return np.bitwise_xor.reduce(bits * matrix, axis=1)


def _power(matrix: _Words, exponent: int) -> _Words:
    result = _zero_bits(0)
    while exponent:
        if exponent & 1:
            result = _apply(matrix, result)
        matrix = _apply(matrix, matrix)
        exponent >>= 1
    return result
