"""Rows 62-64: weights that are missing, damaged, hostile or of another model."""

from __future__ import annotations

import json
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from weights import TINY_CONFIG, reactive_state, write_model

from enformer_core.errors import WeightsCorrupt, WeightsMismatch
from enformer_core.model import Enformer, EnformerConfig, checkpoint

DOUBLES = {"stem": "_trunk.1", "conv_tower": "_trunk.2", "transformer": "_trunk.4", "final_pointwise": "_trunk.6"}


def doubled(name: str) -> str:
    first, rest = name.split(".", 1)
    return f"{DOUBLES[first]}.{rest}" if first in DOUBLES else name


def test_published_model_has_the_published_names() -> None:
    with torch.device("meta"):
        state = Enformer(EnformerConfig()).state_dict()
    names = {checkpoint.published_name(n): tuple(t.shape) for n, t in state.items()} | {}
    names.pop(None)
    assert names["stem.0.weight"] == (768, 4, 15)
    assert names["stem.2.to_attn_logits.weight"] == (768, 768, 1, 1)
    assert names["conv_tower.5.0.2.weight"] == (1536, 1280, 5)
    assert names["conv_tower.5.1.fn.0.running_var"] == (1536,)
    assert names["transformer.10.0.fn.1.rel_pos_bias"] == (1, 8, 1, 64)
    assert names["transformer.0.0.fn.1.to_rel_k.weight"] == (512, 192)
    assert names["transformer.3.1.fn.4.weight"] == (1536, 3072)
    assert names["final_pointwise.1.2.weight"] == (3072, 1536, 1)
    assert names["_heads.human.0.weight"] == (5313, 3072)
    parameters = sum(t.numel() for n, t in state.items() if "running_" not in n and "num_batches" not in n)
    assert parameters == 251_221_292  # as counted in the published PyTorch port


@pytest.mark.parametrize("names", ["single", "double", "both"])
def test_with_and_without_the_trunk_double(tmp_path: Path, names: str) -> None:
    state = reactive_state(TINY_CONFIG)
    written = {} if names == "double" else dict(state)
    if names != "single":
        written |= {doubled(n): t.clone() for n, t in state.items()}
        written["_trunk.1.1.fn.0.num_batches_tracked"] = torch.tensor(5)
    save_file(written, tmp_path / "model.safetensors")
    model = checkpoint.load(tmp_path / "model.safetensors", TINY_CONFIG)
    for name, tensor in model.state_dict().items():
        if theirs := checkpoint.published_name(name):
            assert torch.equal(tensor, state[theirs]), name
    assert not any(p.requires_grad for p in model.parameters())
    assert not model.training


def test_save_then_load_is_the_same_model(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "a")
    model = checkpoint.load(folder / "model.safetensors", TINY_CONFIG)
    (tmp_path / "b").mkdir()
    checkpoint.save(model, tmp_path / "b")
    again = checkpoint.load(tmp_path / "b" / "model.safetensors", checkpoint.read_config(tmp_path / "b"))
    assert all(torch.equal(t, again.state_dict()[n]) for n, t in model.state_dict().items())


Change = Callable[[dict[str, torch.Tensor]], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("stem.0.bias"), "stem.0.bias is missing"),
        (lambda s: s.update({"extra.weight": torch.zeros(3)}), "extra.weight is not part of this model"),
        (
            lambda s: s.update({"transformer.0.1.fn.1.weight": s["transformer.0.1.fn.1.weight"].T.contiguous()}),
            r"transformer.0.1.fn.1.weight is \[48, 96\], expected \[96, 48\]",
        ),
        (lambda s: s["stem.0.weight"].view(-1)[5:6].fill_(float("nan")), "stem.0.weight has NaN or infinity"),
        (lambda s: s["stem.0.weight"].view(-1)[5:6].fill_(float("inf")), "stem.0.weight has NaN or infinity"),
        (lambda s: s.update({"stem.0.bias": s["stem.0.bias"].half()}), "stem.0.bias is .* of type F16"),
        (lambda s: [s.pop(n) for n in list(s) if "human" in n], "_heads.human.0.bias is missing"),
        (lambda s: [s.pop(n) for n in list(s)], r"is missing;.* and [\d,]+ more"),
    ],
    ids=["missing", "extra", "transposed", "nan", "inf", "fp16", "mouse head only", "another model"],
)
def test_row_64_weights_of_another_model(tmp_path: Path, change: Change, words: str) -> None:
    state = reactive_state(TINY_CONFIG)
    change(state)
    save_file(state or {"borzoi.weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(WeightsMismatch, match=words) as caught:
        checkpoint.load(tmp_path / "model.safetensors", TINY_CONFIG)
    assert 1 <= len(caught.value.differences) <= 5
    assert caught.value.exit_code == 4


def header(size: int, text: bytes) -> bytes:
    return size.to_bytes(8, "little") + text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>login</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (header(2**63, b"{}"), "cannot be read"),
        (header(2, b"{}") + b"garbage", "cannot be read"),
        (b"\x93NUMPY" + bytes(200), "cannot be read"),
        (pickle.dumps({"a": 1}), "cannot be read"),
    ],
    ids=["0 bytes", "html", "lfs", "header 2^63", "trailing bytes", "npy", "pickle"],
)
def test_row_62_and_63_not_weights(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(WeightsCorrupt, match=words) as caught:
        checkpoint.load(tmp_path / "model.safetensors", TINY_CONFIG)
    assert str(tmp_path / "model.safetensors") in str(caught.value)
    assert "Fetch the file again" in str(caught.value)


def test_row_63_overlapping_and_duplicate_entries(tmp_path: Path) -> None:
    entry = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
    for text in (f'{{"a":{entry},"b":{entry}}}', f'{{"a":{entry},"a":{entry}}}'):
        (tmp_path / "model.safetensors").write_bytes(header(len(text), text.encode()) + bytes(8))
        with pytest.raises((WeightsCorrupt, WeightsMismatch)):
            checkpoint.load(tmp_path / "model.safetensors", TINY_CONFIG)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_row_62_a_partial_file(tmp_path: Path, part: float) -> None:
    file = write_model(tmp_path) / "model.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(WeightsCorrupt, match="cannot be read"):
        checkpoint.load(file, TINY_CONFIG)


class _Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_row_63_code_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    file = tmp_path / "pytorch_model.bin"
    for protocol in (False, True):
        torch.save({"stem.0.bias": _Canary(canary)}, file, _use_new_zipfile_serialization=protocol)
        with pytest.raises(WeightsCorrupt, match="cannot be read"):
            checkpoint.read_pickle(file)
        assert not canary.exists()


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("pytorch_model/code/__torch__.py", "it also holds pytorch_model/code/__torch__.py"),
        ("pytorch_model/../../evil.py", r"it also holds pytorch_model/\.\./"),
        ("elsewhere/data.pkl", "it also holds elsewhere/data.pkl"),
        ("pytorch_model/data.pkl", "holds pytorch_model/data.pkl twice"),
        ("pytorch_model/data/0", "holds pytorch_model/data/0 twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_row_63_an_archive_with_more_in_it(tmp_path: Path, member: str, words: str) -> None:
    file, canary = tmp_path / "pytorch_model.bin", tmp_path / "canary"
    torch.save({"a": torch.zeros(3)}, file)
    assert torch.equal(checkpoint.read_pickle(file)["a"], torch.zeros(3))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(member, pickle.dumps(_Canary(canary)))
    with pytest.raises(WeightsCorrupt, match=words):
        checkpoint.read_pickle(file)
    assert not canary.exists()


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, {1: torch.zeros(1)}, torch.zeros(3)])
def test_a_pickle_of_something_else(tmp_path: Path, value: object) -> None:
    torch.save(value, tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsCorrupt, match="tensors by name"):
        checkpoint.read_pickle(tmp_path / "pytorch_model.bin")


def test_a_pickle_gives_single_names(tmp_path: Path) -> None:
    state = reactive_state(TINY_CONFIG)
    torch.save(state | {doubled(n): t for n, t in state.items()}, tmp_path / "pytorch_model.bin")
    read = checkpoint.read_pickle(tmp_path / "pytorch_model.bin")
    assert read.keys() == state.keys()
    assert all(torch.equal(read[n], state[n]) for n in state)
    save_file(read, tmp_path / "again.safetensors")
    assert load_file(tmp_path / "again.safetensors").keys() == state.keys()


def test_config_beside_the_weights(tmp_path: Path) -> None:
    assert checkpoint.read_config(tmp_path) == EnformerConfig()
    (tmp_path / "config.json").write_text(json.dumps({"depth": 0}))
    with pytest.raises(WeightsMismatch, match=re.escape(str(tmp_path))):
        checkpoint.read_config(tmp_path)
