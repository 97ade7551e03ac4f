"""Weights on disk: the published names, checked against the model before anything is used.

Pickle files are opened once, by ``read_pickle``, to be converted; a model is only ever built from safetensors.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..errors import WeightsCorrupt, WeightsMismatch, shown
from .config import EnformerConfig
from .enformer import Enformer

_ZIP = b"PK\x03\x04"
# The pickle, the tensors' bytes by number, and what PyTorch notes about the archive itself.
_MEMBER = re.compile(r"data\.pkl|data/[0-9]+|version|byteorder|\.[a-z_]+(?:/[a-z_]+)?")
# Our attribute names -> the published names, in that order; "{n}" stands for a number.
_PUBLISHED = (
    ("stem.conv.", "stem.0."),
    ("stem.pointwise.norm.", "stem.1.fn.0."),
    ("stem.pointwise.conv.", "stem.1.fn.2."),
    ("stem.pool.logits.", "stem.2.to_attn_logits."),
    ("tower.{n}.conv.norm.", "conv_tower.{n}.0.0."),
    ("tower.{n}.conv.conv.", "conv_tower.{n}.0.2."),
    ("tower.{n}.pointwise.norm.", "conv_tower.{n}.1.fn.0."),
    ("tower.{n}.pointwise.conv.", "conv_tower.{n}.1.fn.2."),
    ("tower.{n}.pool.logits.", "conv_tower.{n}.2.to_attn_logits."),
    ("transformer.{n}.attention_norm.", "transformer.{n}.0.fn.0."),
    ("transformer.{n}.attention.query.", "transformer.{n}.0.fn.1.to_q."),
    ("transformer.{n}.attention.key.", "transformer.{n}.0.fn.1.to_k."),
    ("transformer.{n}.attention.value.", "transformer.{n}.0.fn.1.to_v."),
    ("transformer.{n}.attention.position_key.", "transformer.{n}.0.fn.1.to_rel_k."),
    ("transformer.{n}.attention.content_bias", "transformer.{n}.0.fn.1.rel_content_bias"),
    ("transformer.{n}.attention.position_bias", "transformer.{n}.0.fn.1.rel_pos_bias"),
    ("transformer.{n}.attention.out.", "transformer.{n}.0.fn.1.to_out."),
    ("transformer.{n}.mlp_norm.", "transformer.{n}.1.fn.0."),
    ("transformer.{n}.expand.", "transformer.{n}.1.fn.1."),
    ("transformer.{n}.contract.", "transformer.{n}.1.fn.4."),
    ("final.block.norm.", "final_pointwise.1.0."),
    ("final.block.conv.", "final_pointwise.1.2."),
)
_RULES = [
    (re.compile(re.escape(ours).replace(r"\{n\}", r"(\d+)")), theirs.replace("{n}", r"\1"))
    for ours, theirs in _PUBLISHED
]
# The published checkpoint lists every trunk tensor a second time, under the position in `_trunk`.
_DOUBLES = {"1": "stem", "2": "conv_tower", "4": "transformer", "6": "final_pointwise"}


def published_name(name: str) -> str | None:
    """The published name of one of our parameters or buffers; None for what the file does not hold."""
    if name.endswith("num_batches_tracked"):
        return None
    if name.startswith("heads."):
        _, head, rest = name.split(".", 2)
        return f"_heads.{head}.0.{rest}"
    for pattern, theirs in _RULES:
        if match := pattern.match(name):
            return match.expand(theirs) + name[match.end() :]
    raise ValueError(f"no published name for {name}")


def load(file: Path, config: EnformerConfig) -> Enformer:
    """Build the model that a safetensors file holds, on the CPU, in evaluation mode and without gradients.

    Every tensor's name, shape and type is compared with the model before any is read, and every number must be finite.

    Raises:
        WeightsCorrupt: The file is damaged or is not a safetensors file.
        WeightsMismatch: It holds another model; the first five differences are listed.
    """
    with torch.device("meta"), _WithoutInit():
        model = Enformer(config)
    wanted = {name: (published_name(name), tensor) for name, tensor in model.state_dict().items()}
    wanted = {name: (theirs, tensor) for name, (theirs, tensor) in wanted.items() if theirs}
    try:
        with safe_open(file, framework="pt") as stored:
            keys = _without_doubles(stored.keys())
            _compare(
                {theirs: (tuple(tensor.shape), "F32") for theirs, tensor in wanted.values()},
                {n: (tuple(stored.get_slice(k).get_shape()), stored.get_slice(k).get_dtype()) for n, k in keys.items()},
                str(file),
            )
            state = {name: stored.get_tensor(keys[theirs]) for name, (theirs, _) in wanted.items()}
    except (SafetensorError, OSError) as exc:
        raise corrupt(file, str(exc)) from exc
    _check_finite(state, str(file))
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.zeros(tensor.shape, dtype=tensor.dtype)
    model.load_state_dict(state, assign=True)
    return model.eval().requires_grad_(False)


def save(model: Enformer, folder: Path) -> None:
    """Write ``config.json`` and ``model.safetensors`` in the published layout into an existing folder."""
    state = {published_name(name): tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    (folder / "config.json").write_text(model.config.to_json())
    save_tensors({name: tensor for name, tensor in state.items() if name}, folder / "model.safetensors")


class _WithoutInit(TorchFunctionMode):
    """Nothing is drawn at random for a tensor without storage; PyTorch would load its compiler to work that out."""

    def __torch_function__(
        self, func: Callable[..., object], types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        return args[0] if func in _DRAWN else func(*args, **(kwargs or {}))


_DRAWN = (Tensor.uniform_, Tensor.normal_)


def save_tensors(tensors: Mapping[str, Tensor], file: Path, source_sha256: str = "") -> None:
    """Write published names and tensors as safetensors; ``source_sha256`` says what they were converted from.

    Raises:
        OSError: The disk is full, or refuses otherwise.
    """
    # One entry of two would be written in an order that changes from run to run, and the checksum with it.
    metadata = {"source_sha256": source_sha256} if source_sha256 else {"format": "pt"}
    try:
        save_file(dict(tensors), file, metadata=metadata)
    except SafetensorError as exc:  # which has what the system said in its words alone
        code = re.search(r"os error (\d+)", str(exc))
        if code is None:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1])), str(file)) from exc


def read_pickle(file: Path) -> dict[str, Tensor]:
    """Read a ``pytorch_model.bin`` without running any code in it; the second copy of each trunk tensor is dropped.

    Raises:
        WeightsCorrupt: It is damaged, is not a PyTorch file, or holds anything but plain tensors by name.
    """
    _refuse_strange_members(file)
    try:
        raw = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError, OSError, UnicodeDecodeError) as exc:
        raise corrupt(file, str(exc).splitlines()[0] if str(exc) else type(exc).__name__) from exc
    if not isinstance(raw, dict) or not all(isinstance(k, str) and isinstance(v, Tensor) for k, v in raw.items()):
        raise corrupt(file, "it holds something other than tensors by name")
    return {name: raw[key].contiguous().clone() for name, key in _without_doubles(raw).items()}


def _refuse_strange_members(file: Path) -> None:
    """Refuse a PyTorch archive with members that ``torch.save`` does not write, or with one of them twice.

    Two readers of such an archive may see different weights in it, and a checksum vouches for what only one of them
    sees.

    Raises:
        WeightsCorrupt: It has such members, or is a damaged archive.
    """
    with file.open("rb") as handle:
        if handle.read(4) != _ZIP:
            return  # written by an old version, or no archive: the reader tells
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as exc:
        raise corrupt(file, str(exc)) from exc
    root = names[0].partition("/")[0] if names else ""
    seen: set[str] = set()
    for name in names:
        if not name.startswith(f"{root}/") or not _MEMBER.fullmatch(name[len(root) + 1 :]):
            raise corrupt(file, f"it also holds {name[:40]}")
        if name in seen:
            raise corrupt(file, f"it holds {name[:40]} twice")
        seen.add(name)


def read_config(folder: Path) -> EnformerConfig:
    """Read a model folder's ``config.json``; the published model's numbers where there is none.

    Raises:
        WeightsMismatch: It is there and cannot be used.
    """
    file = folder / "config.json"
    if not file.is_file():
        return EnformerConfig()
    if file.stat().st_size > 1_000_000:
        raise WeightsMismatch("config.json is larger than 1 MB", where=str(file))
    try:
        return EnformerConfig.from_json(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as exc:
        raise WeightsMismatch("config.json is not text", where=str(file)) from exc
    except WeightsMismatch as exc:
        raise WeightsMismatch(exc.what, where=str(file), hint=exc.hint) from exc


def corrupt(file: Path, why: str) -> WeightsCorrupt:
    """The error for a file that cannot be read as weights, saying what it seems to be instead."""
    return WeightsCorrupt(
        f"the weights cannot be read ({what_it_is(file) or shown(why)})", where=str(file), hint="Fetch the file again"
    )


def what_it_is(file: Path) -> str:
    """A name for common things that turn up in place of weights; empty where nothing is recognised."""
    try:
        with file.open("rb") as handle:
            start = handle.read(512)
    except OSError as exc:
        return f"it cannot be opened: {exc.strerror}"
    if not start:
        return "the file is empty"
    if start.lstrip()[:1] == b"<":
        return "it is a web page, perhaps a login or an error page saved under this name"
    if start.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer, not the file itself"
    if start.startswith(b"PK\x03\x04") and file.suffix == ".safetensors":
        return "it is a PyTorch pickle named .safetensors"
    return ""


def _without_doubles(keys: Iterable[str]) -> dict[str, str]:
    """Published single name -> the key that holds it, for files with, without, or with only the ``_trunk.`` names."""
    found: dict[str, str] = {}
    for key in keys:
        if key.endswith("num_batches_tracked"):
            continue
        name = key
        if key.startswith("_trunk."):
            _, number, rest = key.split(".", 2) if key.count(".") >= 2 else ("", "", "")
            name = f"{_DOUBLES[number]}.{rest}" if number in _DOUBLES else key
        if name == key or name not in found:
            found[name] = key
    return found


_Layout = Mapping[str, tuple[tuple[int, ...], str]]


def _compare(wanted: _Layout, stored: _Layout, where: str) -> None:
    differences = [f"{name} is missing" for name in wanted if name not in stored]
    differences += [f"{name} is not part of this model" for name in stored if name not in wanted]
    for name in wanted.keys() & stored.keys():
        if wanted[name] != stored[name]:
            differences.append(f"{name} is {_layout(stored[name])}, expected {_layout(wanted[name])}")
    if differences:
        raise _mismatch(sorted(differences), where)


def _layout(entry: tuple[tuple[int, ...], str]) -> str:
    shape, dtype = entry
    return json.dumps(list(shape)) + ("" if dtype == "F32" else f" of type {dtype} (not F32)")


def _check_finite(state: Mapping[str, Tensor], where: str) -> None:
    bad = [f"{published_name(name)} has NaN or infinity" for name, t in state.items() if not torch.isfinite(t).all()]
    if bad:
        raise _mismatch(bad, where)


def _mismatch(differences: list[str], where: str) -> WeightsMismatch:
    return WeightsMismatch.listing(
        "the weights do not fit the model",
        differences,
        where=where,
        hint="Check that config.json and the weights belong together",
    )
