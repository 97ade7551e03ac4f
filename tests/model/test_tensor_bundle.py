"""Rows 62 and 63: checkpoints that are missing, partial, damaged or made to harm."""

from __future__ import annotations

import contextlib
import shutil
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import bundles
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import ModelError, WeightsCorrupt, WeightsMismatch, WeightsMissing
from enformer_core.model.sstable import read_table
from enformer_core.model.tensor_bundle import TensorBundle

FIXTURES = Path(__file__).parent / "fixtures"
SHARDS = FIXTURES / "shards"
# The values that fixtures/make_sonnet_checkpoint.py gave to TensorFlow.
WRITTEN = {
    "large": np.arange(5_000, dtype=np.float32),
    "float32": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
    "float64": np.array([np.pi, -0.0, np.inf]),
    "int32": np.array([1, -2, 2**31 - 1], dtype=np.int32),
    "int64": np.array(-(2**40)),
    "empty": np.zeros((0, 3), dtype=np.float32),
}
TWO = {"a": np.arange(3, dtype=np.float32), "b": np.ones((2, 2), dtype=np.float32)}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_reads_what_tensorflow_wrote(name: str):
    got = TensorBundle(SHARDS).read(name)
    assert got.dtype == WRITTEN[name].dtype
    assert got.shape == WRITTEN[name].shape
    assert got.tobytes() == WRITTEN[name].tobytes()
    assert got.flags.writeable


def test_names_types_and_shapes():
    entries = TensorBundle(SHARDS).entries
    assert set(WRITTEN) | {"float16", "text", "sliced"} <= set(entries)
    assert entries["float64"].shape == (3,)
    assert entries["float64"].numpy_dtype == np.float64
    assert entries["text"].numpy_dtype is None
    assert (entries["large"].shard, entries["int64"].shard) == (0, 1)


@pytest.mark.parametrize(("name", "why"), [("float16", "type 19"), ("text", "type 7"), ("sliced", "split into slices")])
def test_what_is_not_read_is_refused(name: str, why: str):
    with pytest.raises(WeightsMismatch, match=f"'{name}' is .*{why}"):
        TensorBundle(SHARDS).read(name)


def test_unknown_name():
    with pytest.raises(KeyError):
        TensorBundle(SHARDS).read("nothing")


@pytest.mark.parametrize("path", ["ckpt.v1-3", "ckpt.v1-3.index", "ckpt.v1-3.data-00000-of-00001", ""])
def test_ways_to_name_a_checkpoint(tmp_path: Path, path: str):
    prefix = bundles.write_bundle(tmp_path / "ckpt.v1-3", TWO)
    bundle = TensorBundle(tmp_path / path)
    assert bundle.prefix == prefix
    np.testing.assert_array_equal(bundle.read("b"), TWO["b"])


def test_row_62_missing(tmp_path: Path):
    for path in (tmp_path / "none", tmp_path / "none.index", tmp_path / "gone" / "x", Path("x" * 5_000), Path("a\0b")):
        with pytest.raises(WeightsMissing, match="no TensorFlow checkpoint of this name"):
            TensorBundle(path)
    with pytest.raises(WeightsMissing, match="the folder holds no checkpoint"):
        TensorBundle(tmp_path)
    for name in ("one", "two"):
        bundles.write_bundle(tmp_path / name, TWO)
    with pytest.raises(WeightsMissing, match=r"holds 2 checkpoints: 'one\.index', 'two\.index'"):
        TensorBundle(tmp_path)
    (tmp_path / "one.data-00000-of-00001").unlink()
    with pytest.raises(WeightsMissing, match=r"one\.data-00000-of-00001: a data file .* cannot be found"):
        TensorBundle(tmp_path / "one")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"<!doctype html><title>Sign in</title>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n" * 3, "cut short, or another kind of file"),
        (b"\x80\x04cos\nsystem\n", "cut short, or another kind of file"),
    ],
)
def test_row_62_another_kind_of_file(tmp_path: Path, content: bytes, why: str):
    (tmp_path / "x.index").write_bytes(content)
    with pytest.raises(WeightsCorrupt, match=rf"x\.index: the checkpoint's index cannot be read: .*{why}"):
        TensorBundle(tmp_path)


def test_row_62_partial_index(tmp_path: Path):
    whole = Path(f"{SHARDS}.index").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "x.index").write_bytes(whole[:length])
        with pytest.raises(WeightsCorrupt, match="cannot be read"):
            TensorBundle(tmp_path)


@pytest.mark.parametrize("length", [0, 1, 27])
def test_row_62_partial_data(tmp_path: Path, length: int):
    prefix = bundles.write_bundle(tmp_path / "x", TWO)
    data = Path(f"{prefix}.data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:length])
    with pytest.raises(WeightsCorrupt, match=f"cut short: it has {length} bytes, and its index names 28"):
        TensorBundle(prefix)


def test_row_62_right_size_wrong_bytes(tmp_path: Path):
    prefix = bundles.write_bundle(tmp_path / "x", TWO)
    data = Path(f"{prefix}.data-00000-of-00001")
    content = bytearray(data.read_bytes())
    for position in range(12, 28):
        content[position] ^= 1
        data.write_bytes(content)
        bundle = TensorBundle(prefix)
        np.testing.assert_array_equal(bundle.read("a"), TWO["a"])
        with pytest.raises(WeightsCorrupt, match="the checksum of 'b' is wrong"):
            bundle.read("b")
        content[position] ^= 1


def test_data_that_shrinks_after_opening(tmp_path: Path):
    prefix = bundles.write_bundle(tmp_path / "x", TWO)
    bundle = TensorBundle(prefix)
    Path(f"{prefix}.data-00000-of-00001").write_bytes(bytes(20))
    with pytest.raises(WeightsCorrupt, match="became shorter"):
        bundle.read("b")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"shape": (2**62,)}, "impossible shape"),
        ({"shape": (2**64 - 1,)}, "impossible shape"),
        ({"shape": (0, 2**62, 2**62)}, "impossible shape"),
        ({"shape": (1,) * 9}, "impossible shape"),
        ({"shape": (2**20,)}, "which its shape"),
        ({"size": 2**62}, "cut short"),
        ({"size": 2**20, "shape": (2**18,)}, "cut short"),
        ({"offset": 2**63}, "cut short"),
        ({"offset": 0}, "same place"),
        ({"shard": 1}, "a file that it does not name"),
        ({"size": 12}, "which its shape"),
    ],
)
def test_row_63_index_that_lies(tmp_path: Path, said: dict[str, Any], why: str):
    prefix = bundles.write_bundle(tmp_path / "x", TWO, entries={"b": said})
    tracemalloc.start()
    try:
        with pytest.raises(WeightsCorrupt, match=why):
            TensorBundle(prefix).read("b")
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"shards": 0}, "names 0 data files"),
        ({"shards": 10**9}, "names 1,000,000,000 data files"),
        ({"endianness": 1}, "big-endian"),
        ({"min_consumer": 2}, "needs a reader of version 2"),
    ],
)
def test_headers_that_are_refused(tmp_path: Path, header: dict[str, int], why: str):
    with pytest.raises(WeightsCorrupt, match=why):
        TensorBundle(bundles.write_bundle(tmp_path / "x", TWO, header=header))


def reading(prefix: Path) -> dict[str, bytes] | None:
    """Everything in a checkpoint; None where it is refused. Any other exception fails the test."""
    try:
        bundle = TensorBundle(prefix)
        return {name: bundle.read(name).tobytes() for name in TWO}
    except (ModelError, KeyError):
        return None


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_fuzz_every_bit(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    prefix = bundles.write_bundle(tmp_path_factory.mktemp("bits") / "x", TWO)
    file = Path(f"{prefix}{data.draw(st.sampled_from(['.index', '.data-00000-of-00001']))}")
    content = bytearray(file.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(content)
    assert reading(prefix) in (None, {name: array.tobytes() for name, array in TWO.items()})
    shutil.rmtree(prefix.parent)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_fuzz_behind_right_checksums(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    """Damage that no checksum shows: what a person with ill intent would send."""
    prefix = bundles.write_bundle(tmp_path_factory.mktemp("sealed") / "x", TWO)
    table = list(read_table(Path(f"{prefix}.index").read_bytes()).items())
    content = bytearray(bundles.block(table))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    kind = data.draw(st.sampled_from([0, 1]))
    Path(f"{prefix}.index").write_bytes(bundles.sealed([bytes(content)], kind))
    tracemalloc.start()
    try:
        reading(prefix)
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()
        shutil.rmtree(prefix.parent)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_fuzz_descriptions(tmp_path_factory: pytest.TempPathFactory, value: bytes):
    folder = tmp_path_factory.mktemp("values")
    header = bundles.message((1, 1))
    (folder / "x.data-00000-of-00001").write_bytes(struct.pack("<8f", *range(8)))
    for rows in ([(b"", value), (b"a", value)], [(b"", header), (b"a", value)]):
        (folder / "x.index").write_bytes(bundles.sealed([bundles.block(rows)]))
        with contextlib.suppress(ModelError):
            TensorBundle(folder).read("a")
    shutil.rmtree(folder)
