"""Writer of small TensorFlow checkpoints, right or deliberately wrong, for the tests of the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from enformer_core.model.crc32c import crc32c

MAGIC = bytes.fromhex("57fb808b247547db")
DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9}
HEADER = {"shards": 1, "endianness": 0, "min_consumer": 0}


def masked(data: bytes) -> bytes:
    checksum = crc32c(data)
    return (((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """A protobuf message: numbers as varints, bytes with their length."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def block(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A block whose keys share nothing, which is allowed."""
    body = b"".join(b"\0" + varint(len(k)) + varint(len(v)) + k + v for k, v in entries)
    return body + bytes(4) + b"\x01\0\0\0"


def sealed(blocks: Sequence[bytes], kind: int = 0) -> bytes:
    """A table file of data blocks as they are, with right checksums."""
    out, handles = b"", []
    for content in blocks:
        handles.append((b"%08d" % len(handles), varint(len(out)) + varint(len(content))))
        out += content + bytes([kind]) + masked(content + bytes([kind]))
    index = block(handles)
    handle = varint(len(out)) + varint(len(index))
    out += index + b"\0" + masked(index + b"\0")
    return out + (b"\0\0" + handle).ljust(40, b"\0") + MAGIC


def write_bundle(
    prefix: Path,
    tensors: Mapping[str, np.ndarray],
    header: Mapping[str, int] = HEADER,
    entries: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Write a checkpoint of one data file; ``entries`` replaces what the index says of a tensor."""
    data, table = b"", [(b"", _header({**HEADER, **header}))]
    for name, array in sorted(tensors.items()):
        content = array.tobytes()
        said = {
            "dtype": DTYPES.get(str(array.dtype), 19),
            "shape": array.shape,
            "shard": 0,
            "offset": len(data),
            "size": len(content),
            "checksum": masked(content),
            **((entries or {}).get(name, {})),
        }
        shape = message(*((2, message((1, size))) for size in said["shape"]))
        head = message((1, said["dtype"]), (2, shape), (3, said["shard"]), (4, said["offset"]), (5, said["size"]))
        table.append((name.encode(), head + varint(6 << 3 | 5) + said["checksum"]))
        data += content
    Path(f"{prefix}.index").write_bytes(sealed([block(table)]))
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)
    return prefix


def _header(said: Mapping[str, int]) -> bytes:
    return message((1, said["shards"]), (2, said["endianness"]), (3, message((1, 1), (2, said["min_consumer"]))))
