"""The authors' own checkpoint (Sonnet, TensorFlow) as tensors with the published PyTorch names and layouts.

The names in such a checkpoint are paths through the authors' Python objects (``enformer.py`` of
google-deepmind/deepmind-research, saved with ``tf.train.Checkpoint(module=model)``), such as
``module/_trunk/_layers/2/_layers/0/_layers/1/_module/_layers/4/w``. They are used here in place of the variables' own
names, because those are not unique: both linear layers of an MLP are called ``linear``, and both moving averages of a
batch normalisation ``exponential_moving_average``. Paths tell them apart by attribute and place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsMismatch, shown
from .tensor_bundle import BundleEntry, TensorBundle

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"

_Array = NDArray[np.float32]


class _Layout(NamedTuple):
    """What becomes of one variable.

    Attributes:
        leaf: Last part of the published name.
        rank: Dimensions of the stored array.
        convert: Stored array -> published layout.
    """

    leaf: str
    rank: int
    convert: Callable[[_Array], _Array]


def _unchanged(array: _Array) -> _Array:
    return array


def _matrix(array: _Array) -> _Array:
    """[in, out] -> [out, in]."""
    return array.T


def _kernel(array: _Array) -> _Array:
    """[width, in, out] -> [out, in, width]."""
    return array.transpose(2, 1, 0)


def _pointwise(array: _Array) -> _Array:
    """[in, out] -> [out, in, 1, 1]."""
    return array.T[:, :, None, None]


def _channels(array: _Array) -> _Array:
    """[1, 1, channels] -> [channels]."""
    return array.reshape(-1)


_BIAS = _Layout("bias", 1, _unchanged)
_CONVOLUTION = {"/w": _Layout("weight", 3, _kernel), "/b": _BIAS}
_PROJECTION = {"/w": _Layout("weight", 2, _matrix)}
_LINEAR = {**_PROJECTION, "/b": _BIAS}
_POOL = {"/w": _Layout("weight", 2, _pointwise)}
_LAYER_NORM = {"/scale": _Layout("weight", 1, _unchanged), "/offset": _BIAS}
# Sonnet's moving averages start at zero: `average` is corrected for that, `_hidden` is not.
_BATCH_NORM = {
    **_LAYER_NORM,
    "/moving_mean/average": _Layout("running_mean", 3, _channels),
    "/moving_variance/average": _Layout("running_var", 3, _channels),
}
_ATTENTION_BIAS = {"": _Layout("", 4, _unchanged)}
# Written by every Checkpoint, or of use only to go on with training.
_LEFT_OUT = re.compile(
    rf"_CHECKPOINTABLE_OBJECT_GRAPH|(save_counter|module/.*/moving_(mean|variance)/(_hidden|_counter)){_SUFFIX}"
)

_Rule = tuple[str, str, Mapping[str, _Layout]]
_TRUNK = "module/_trunk/_layers/"
_TOWER = _TRUNK + "1/_layers/"
_TRANSFORMER = _TRUNK + "2/_layers/"
_HEADS = "module/_heads/"

_ONCE: tuple[_Rule, ...] = (
    (_TRUNK + "0/_layers/0", "stem.0.", _CONVOLUTION),
    (_TRUNK + "0/_layers/1/_module/_layers/0", "stem.1.fn.0.", _BATCH_NORM),
    (_TRUNK + "0/_layers/1/_module/_layers/2", "stem.1.fn.2.", _CONVOLUTION),
    (_TRUNK + "0/_layers/2/_logit_linear", "stem.2.to_attn_logits.", _POOL),
    (_TRUNK + "4/_layers/0/_layers/0", "final_pointwise.1.0.", _BATCH_NORM),
    (_TRUNK + "4/_layers/0/_layers/2", "final_pointwise.1.2.", _CONVOLUTION),
)
_PER_TOWER_BLOCK: tuple[_Rule, ...] = (
    ("/_layers/0/_layers/0", "0.0.", _BATCH_NORM),
    ("/_layers/0/_layers/2", "0.2.", _CONVOLUTION),
    ("/_layers/1/_module/_layers/0", "1.fn.0.", _BATCH_NORM),
    ("/_layers/1/_module/_layers/2", "1.fn.2.", _CONVOLUTION),
    ("/_layers/2/_logit_linear", "2.to_attn_logits.", _POOL),
)
_PER_TRANSFORMER_LAYER: tuple[_Rule, ...] = (
    ("/_layers/0/_module/_layers/0", "0.fn.0.", _LAYER_NORM),
    ("/_layers/0/_module/_layers/1/_q_layer", "0.fn.1.to_q.", _PROJECTION),
    ("/_layers/0/_module/_layers/1/_k_layer", "0.fn.1.to_k.", _PROJECTION),
    ("/_layers/0/_module/_layers/1/_v_layer", "0.fn.1.to_v.", _PROJECTION),
    ("/_layers/0/_module/_layers/1/_r_k_layer", "0.fn.1.to_rel_k.", _PROJECTION),
    ("/_layers/0/_module/_layers/1/_r_w_bias", "0.fn.1.rel_content_bias", _ATTENTION_BIAS),
    ("/_layers/0/_module/_layers/1/_r_r_bias", "0.fn.1.rel_pos_bias", _ATTENTION_BIAS),
    ("/_layers/0/_module/_layers/1/_embedding_layer", "0.fn.1.to_out.", _LINEAR),
    ("/_layers/1/_module/_layers/0", "1.fn.0.", _LAYER_NORM),
    ("/_layers/1/_module/_layers/1", "1.fn.1.", _LINEAR),
    ("/_layers/1/_module/_layers/4", "1.fn.4.", _LINEAR),
)
_PER_HEAD: tuple[_Rule, ...] = (("/_layers/0", "0.", _LINEAR),)


def read_sonnet_checkpoint(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read the authors' checkpoint: every weight under its published name and in its published layout.

    The number of tower blocks, of transformer layers and of heads is what the checkpoint holds. Shapes are not compared
    with a model here, and values are not looked at.

    Args:
        path: The prefix that the files share (``.../enformer-fine-tuned-human-1``), the ``.index`` or a data file, or
            the folder that holds them.

    Returns:
        Published names, once each (no ``_trunk.`` doubles, no ``num_batches_tracked``), with contiguous arrays.

    Raises:
        WeightsMissing: There is no checkpoint, or more than one, or a data file is missing.
        WeightsCorrupt: A file is damaged, cut short or of another kind.
        WeightsMismatch: A variable is missing, unknown, or not of the expected type; the first five are listed.
    """
    bundle = TensorBundle(path)
    stored = {name: entry for name, entry in bundle.entries.items() if not _LEFT_OUT.fullmatch(name)}
    wanted = _wanted(stored)
    _compare(wanted, stored, str(bundle.prefix))
    return {
        published: np.ascontiguousarray(layout.convert(bundle.read(name)))
        for name, (published, layout) in wanted.items()
    }


def _wanted(stored: Mapping[str, BundleEntry]) -> dict[str, tuple[str, _Layout]]:
    """Name in the checkpoint -> published name and layout, of a model with as many blocks and heads as are stored."""
    rules = list(_ONCE)
    for i in range(_count(stored, _TOWER)):
        rules += [(f"{_TOWER}{i}{path}", f"conv_tower.{i}.{name}", kind) for path, name, kind in _PER_TOWER_BLOCK]
    for i in range(_count(stored, _TRANSFORMER)):
        rules += [
            (f"{_TRANSFORMER}{i}{path}", f"transformer.{i}.{name}", kind) for path, name, kind in _PER_TRANSFORMER_LAYER
        ]
    for head in sorted(filter(str.isidentifier, _below(stored, _HEADS))) or ["human"]:
        rules += [(f"{_HEADS}{head}{path}", f"_heads.{head}.{name}", kind) for path, name, kind in _PER_HEAD]
    return {
        path + variable + _SUFFIX: (name + layout.leaf, layout)
        for path, name, kind in rules
        for variable, layout in kind.items()
    }


def _below(stored: Mapping[str, BundleEntry], path: str) -> set[str]:
    """The next part of every name that begins with a path."""
    return {name[len(path) :].split("/", 1)[0] for name in stored if name.startswith(path)}


def _count(stored: Mapping[str, BundleEntry], path: str) -> int:
    """How many numbered parts there are: at least one, so that a missing list is named as missing."""
    return max(1, sum(part.isdecimal() for part in _below(stored, path)))


def _compare(wanted: Mapping[str, tuple[str, _Layout]], stored: Mapping[str, BundleEntry], where: str) -> None:
    differences = [f"{published} is missing" for name, (published, _) in wanted.items() if name not in stored]
    unknown = (name.removesuffix(_SUFFIX) for name in stored if name not in wanted)
    differences += [f"{shown(name)} is not part of Enformer" for name in unknown]
    for name, (published, layout) in wanted.items():
        entry = stored.get(name)
        if entry and (entry.numpy_dtype != np.float32 or len(entry.shape) != layout.rank):
            kind = entry.numpy_dtype or f"TensorFlow type {entry.dtype}"
            differences.append(
                f"{published} is stored as {kind} {list(entry.shape)}, not as float32 with {layout.rank} dimensions"
            )
    if differences:
        raise WeightsMismatch.listing(
            "the checkpoint is not an Enformer",
            differences,
            where=where,
            hint="It has to be written as the authors do it, with tf.train.Checkpoint(module=model)",
        )
