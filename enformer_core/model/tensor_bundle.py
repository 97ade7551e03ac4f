"""Reader of TensorFlow checkpoints ("tensor bundles"): ``PREFIX.index`` and ``PREFIX.data-00000-of-0000N``.

The index is a table of names and ``BundleEntryProto`` messages, which say where in the data files each tensor's bytes
lie. Described in TensorFlow's ``core/util/tensor_bundle/tensor_bundle.h`` and ``core/protobuf/tensor_bundle.proto``.

Why not TensorFlow itself: it is a dependency of 600 MB, not to be had for every Python, to read one file once.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsCorrupt, WeightsMismatch, WeightsMissing, shown
from .crc32c import crc32c, unmasked
from .sstable import MAX_FILE, DamagedTableError, read_table, varint

# TensorFlow's numbers for types (core/framework/types.proto) that a model's weights and counters have.
_DTYPES = {1: np.dtype("<f4"), 2: np.dtype("<f8"), 3: np.dtype("<i4"), 9: np.dtype("<i8")}
_FORMAT_VERSION = 1
_MAX_SHARDS = 1_000
_MAX_DIMENSIONS = 8
_MAX_ELEMENTS = 1 << 40
_DATA_NAME = re.compile(r"\.data-\d{5}-of-\d{5}$")
_FETCH_AGAIN = "Fetch the checkpoint again"


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """Where a tensor lies, and what it is.

    Attributes:
        dtype: TensorFlow's number of its type.
        shape: Its shape.
        shard: Number of its data file, from 0.
        offset: Its first byte in that file.
        size: Its bytes.
        checksum: Masked CRC-32C of its bytes.
        sliced: Whether it is spread over several entries.
    """

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int
    sliced: bool

    @property
    def numpy_dtype(self) -> np.dtype | None:
        """Its type in numpy, little-endian; None for types that are not read here, such as text."""
        return _DTYPES.get(self.dtype)


class TensorBundle:
    """A checkpoint's names, and its tensors one at a time.

    Args:
        path: The prefix that the files share, the ``.index`` or a data file, or a folder with one checkpoint in it.

    Attributes:
        prefix: What the names of the checkpoint's files begin with.
        entries: Every name in the checkpoint, sorted.

    Raises:
        WeightsMissing: There is no checkpoint, or more than one, or a data file is missing.
        WeightsCorrupt: The index is damaged, cut short or not a TensorFlow index, or a data file is cut short.
    """

    def __init__(self, path: Path) -> None:
        self.prefix = _prefix(path)
        self._index = Path(f"{self.prefix}.index")
        data = _contents(self._index)
        try:
            table = read_table(data)
            self._shards = _shard_count(table.pop(b"", b""))
            # Slices have names that are not text; the error handler keeps every name apart from the others.
            entries = {key.decode("utf-8", "surrogateescape"): _entry(value) for key, value in table.items()}
            ends = _data_ends(entries, self._shards)
        except DamagedTableError as exc:
            raise WeightsCorrupt(
                f"the checkpoint's index cannot be read: {_other_kind(data) or exc}",
                where=str(self._index),
                hint=_FETCH_AGAIN,
            ) from exc
        for shard, end in enumerate(ends):
            _check_size(self._data_file(shard), end)
        self.entries: Mapping[str, BundleEntry] = MappingProxyType(entries)

    def read(self, name: str) -> NDArray:
        """Read one tensor and check its checksum.

        Returns:
            A new, writable array of the stored shape, of type float32, float64, int32 or int64.

        Raises:
            KeyError: The checkpoint has no such name.
            WeightsCorrupt: The data file is damaged.
            WeightsMismatch: The tensor is of another type, or is spread over several entries.
        """
        entry = self.entries[name]
        dtype = entry.numpy_dtype
        if dtype is None or entry.sliced:
            what = "is split into slices" if entry.sliced else f"is of TensorFlow's type {entry.dtype}"
            raise WeightsMismatch(f"the tensor {shown(name)} {what}, which is not read here", where=str(self._index))
        if entry.size != math.prod(entry.shape) * dtype.itemsize:
            what = f"{shown(name)} is said to have {entry.size:,} bytes, which its shape {entry.shape} does not need"
            raise WeightsCorrupt(what, where=str(self._index), hint=_FETCH_AGAIN)
        file = self._data_file(entry.shard)
        content = _bytes_at(file, entry.offset, entry.size)
        if crc32c(content) != unmasked(entry.checksum):
            what = f"the checksum of {shown(name)} is wrong: its bytes were changed on the way or on the disk"
            raise WeightsCorrupt(what, where=str(file), hint=_FETCH_AGAIN)
        return content.view(dtype).reshape(entry.shape)

    def _data_file(self, shard: int) -> Path:
        return Path(f"{self.prefix}.data-{shard:05d}-of-{self._shards:05d}")


def _prefix(path: Path) -> Path:
    if os.path.isdir(path):  # unlike Path's, it never raises
        found = sorted(path.glob("*.index"))
        if len(found) != 1:
            names = ", ".join(shown(file.name) for file in found[:5])
            what = f"the folder holds {len(found)} checkpoints: {names}" if found else "the folder holds no checkpoint"
            hint = "Name one of the .index files" if found else "A checkpoint is an .index file and its .data files"
            raise WeightsMissing(what, where=str(path), hint=hint)
        path = found[0]
    text = str(path)
    prefix = Path(text.removesuffix(".index") if text.endswith(".index") else _DATA_NAME.sub("", text))
    if not os.path.isfile(f"{prefix}.index"):
        raise WeightsMissing(
            "there is no TensorFlow checkpoint of this name",
            where=str(path),
            hint=f"The file {prefix.name}.index has to lie beside its .data files",
        )
    return prefix


def _contents(index: Path) -> bytes:
    try:
        with index.open("rb") as handle:
            return handle.read(MAX_FILE + 1)
    except OSError as exc:
        raise WeightsCorrupt(f"the checkpoint's index cannot be opened: {exc.strerror}", where=str(index)) from exc


def _other_kind(data: bytes) -> str:
    """What a file that is no index seems to be; empty where nothing is recognised."""
    if not data:
        return "the file is empty"
    return "it is a web page saved under this name" if data.lstrip()[:1] == b"<" else ""


def _check_size(file: Path, end: int) -> None:
    """A data file reaches as far as the index says: asked before anything of such a size is allocated."""
    try:
        length = file.stat().st_size
    except OSError as exc:
        raise WeightsMissing(
            f"a data file of the checkpoint cannot be found: {exc.strerror}",
            where=str(file),
            hint="All .data files have to lie beside the .index file",
        ) from exc
    if length < end:
        what = f"the data file is cut short: it has {length:,} bytes, and its index names {end:,}"
        raise WeightsCorrupt(what, where=str(file), hint=_FETCH_AGAIN)


def _bytes_at(file: Path, offset: int, size: int) -> NDArray[np.uint8]:
    content = np.empty(size, dtype=np.uint8)
    try:
        with file.open("rb") as handle:
            handle.seek(offset)
            got = handle.readinto(content.data)
    except OSError as exc:
        raise WeightsCorrupt(f"the data file cannot be read: {exc.strerror}", where=str(file)) from exc
    if got != size:
        raise WeightsCorrupt("the data file became shorter while it was read", where=str(file), hint=_FETCH_AGAIN)
    return content


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protobuf message: numbers as int, anything with a length as bytes."""
    position = 0
    while position < len(message):
        tag, position = varint(message, position)
        kind = tag & 7
        if kind == 0:
            value, position = varint(message, position)
            yield tag >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            size, position = varint(message, position)
        if size is None or position + size > len(message):
            raise DamagedTableError("a description in it is damaged")
        content = message[position : position + size]
        position += size
        yield tag >> 3, content if kind == 2 else int.from_bytes(content, "little")


def _number(fields: Mapping[int, int | bytes], field: int) -> int:
    value = fields.get(field, 0)
    if not isinstance(value, int):
        raise DamagedTableError("a description in it has text in place of a number")
    return value


def _message(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise DamagedTableError("a description in it has a number in place of a part")
    return value


def _shard_count(header: bytes) -> int:
    """Data files, from a BundleHeaderProto: num_shards = 1, endianness = 2, version = 3 {min_consumer = 2}."""
    fields = dict(_fields(header))
    shards = _number(fields, 1)
    if not 1 <= shards <= _MAX_SHARDS:
        raise DamagedTableError(f"it names {shards:,} data files")
    if _number(fields, 2):
        raise DamagedTableError("it was written on a big-endian machine, which is not read here")
    needs = _number(dict(_fields(_message(fields.get(3, b"")))), 2)
    if needs > _FORMAT_VERSION:
        raise DamagedTableError(f"it needs a reader of version {needs}; version {_FORMAT_VERSION} is known here")
    return shards


def _entry(message: bytes) -> BundleEntry:
    """A BundleEntryProto: dtype = 1, shape = 2, shard_id = 3, offset = 4, size = 5, crc32c = 6, slices = 7."""
    fields = dict(_fields(message))
    return BundleEntry(
        dtype=_number(fields, 1),
        shape=_shape(_message(fields.get(2, b""))),
        shard=_number(fields, 3),
        offset=_number(fields, 4),
        size=_number(fields, 5),
        checksum=_number(fields, 6),
        sliced=7 in fields,
    )


def _shape(message: bytes) -> tuple[int, ...]:
    """A TensorShapeProto: dim = 2 {size = 1}."""
    dims = (dict(_fields(_message(value))) for number, value in _fields(message) if number == 2)
    shape = tuple(_number(dim, 1) for dim in dims)
    # A size of -1 (not known) is stored as 2**64 - 1 and is too large, too.
    if len(shape) > _MAX_DIMENSIONS or math.prod(max(size, 1) for size in shape) > _MAX_ELEMENTS:
        raise DamagedTableError("a tensor in it has an impossible shape")
    return shape


def _data_ends(entries: Mapping[str, BundleEntry], shards: int) -> list[int]:
    """Bytes that each data file needs. Tensors may not share any: else a small file could unfold into many arrays."""
    ends = [0] * shards
    for entry in sorted(entries.values(), key=lambda e: (e.shard, e.offset, e.size)):
        if entry.shard >= shards or entry.offset < ends[entry.shard]:
            raise DamagedTableError("two tensors in it lie at the same place, or one in a file that it does not name")
        ends[entry.shard] = entry.offset + entry.size
    return ends
