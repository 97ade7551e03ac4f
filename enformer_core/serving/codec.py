"""Questions and answers as messages between two processes: JSON and raw numbers, of known classes only.

A message is a tree of JSON values. Tuples, mappings, arrays and our frozen dataclasses are objects with a ``$`` that
names what they are; the numbers of arrays follow the JSON as raw bytes. A class that is not listed here is refused
in both directions, and every object is built by its own constructor, which checks it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from .. import errors
from ..errors import EnformerError
from ..genome.assembly import Assembly
from ..inference.prediction import Prediction
from ..inference.window import Window
from ..tracks.table import TrackTable

_DTYPES = ("<f4", "<f8", "<i8", "|u1", "|b1")
_Tree = Any
_TableOf = Callable[[str], TrackTable]


class CodecError(Exception):
    """A message is not one of ours."""


@functools.cache
def _classes() -> Mapping[str, type]:
    """All that may be sent, by name."""
    from ..genome.coordinate_map import CoordinateMap
    from ..genome.haplotype import Haplotype
    from ..genome.interval import Interval
    from ..genome.sequence import Sequence
    from ..genome.variant import Variant
    from ..inference.averaging import Averaging
    from ..inference.facts import ModelFacts
    from ..inference.window import Geometry
    from ..inference.work import Predict
    from ..interpret.attention_map import AttentionMap
    from ..interpret.deletion_scan import DeletionScan
    from ..interpret.explain_attention import Attention, AttentionPicture
    from ..interpret.explain_contributions import Contributions
    from ..interpret.explain_deletions import Deletions
    from ..interpret.explain_edits import Edited, EditEffect, Effect
    from ..interpret.explain_mutagenesis import Mutagenesis
    from ..interpret.mutagenesis_map import MutagenesisMap
    from ..interpret.question import Question
    from ..interpret.scores import ContributionScores
    from ..interpret.target import Target
    from ..provenance import Provenance

    places = (CoordinateMap, Geometry, Haplotype, Interval, Sequence, Variant, Window)
    works = (Attention, AttentionPicture, Contributions, Deletions, Effect, Mutagenesis, Predict)
    parts = (Averaging, Edited, Question, Target)
    answers = (AttentionMap, ContributionScores, DeletionScan, EditEffect, MutagenesisMap, Prediction)
    known = (*places, *works, *parts, *answers, ModelFacts, Provenance)
    return {kind.__name__: kind for kind in known}


@dataclass(frozen=True, slots=True)
class Here:
    """What both processes have, and is not sent: each puts its own in place.

    Attributes:
        assembly: That of the predictor.
        tables: The tracks of a head.
    """

    assembly: Assembly | None = None
    tables: _TableOf | None = None

    @property
    def contigs(self) -> Mapping[str, int] | None:
        """Those of the assembly."""
        return self.assembly.contigs if self.assembly else None


def encode(value: object, here: Here) -> tuple[_Tree, bytes]:
    """A value as a tree of JSON values and the raw numbers of its arrays.

    Raises:
        CodecError: It holds something that is not sent.
    """
    raw: list[bytes] = []
    return _encoded(value, here, raw), b"".join(raw)


def decode(tree: _Tree, raw: bytes, here: Here) -> Any:
    """The value of a tree; arrays are copies of their part of ``raw``.

    Raises:
        CodecError: It is not one of ours, or names what is not here.
        EnformerError: A value is not what its class allows.
    """
    try:
        return _decoded(tree, memoryview(raw), here)
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as exc:
        raise CodecError(f"a message cannot be read: {exc}") from exc


def encode_error(error: BaseException) -> tuple[_Tree, bytes]:
    """What stopped some work. Of an error that is none of ours only its kind: its words may hold anything."""
    if getattr(errors, type(error).__name__, None) is not type(error) or not isinstance(error, EnformerError):
        return {"code": "", "state": type(error).__name__}, b""
    try:
        state, raw = encode(dict(error.__dict__), Here())
    except CodecError:  # its words are better than no answer
        plain = type(error)(error.what, where=error.where, hint=error.hint)
        state, raw = encode(dict(plain.__dict__), Here())
    return {"code": error.code, "state": state}, raw


def decode_error(tree: _Tree, raw: bytes) -> EnformerError:
    """The same error here.

    Raises:
        CodecError: It is no error.
    """
    if not isinstance(tree, dict) or not {"code", "state"} <= tree.keys():
        raise CodecError("a message holds no error")
    kind = getattr(errors, str(tree["code"]), None) if tree["code"] else None
    if not (isinstance(kind, type) and issubclass(kind, EnformerError)):
        return EnformerError(
            f"the model's process met an error of its own ({str(tree['state'])[:80]})",
            hint="Ask again; what happened is in the log of the server",
        )
    state = decode(tree["state"], raw, Here())
    if not isinstance(state, dict) or not all(isinstance(state.get(name), str) for name in ("what", "where", "hint")):
        raise CodecError("an error has no words")
    return errors.rebuilt(kind, state)


def _encoded(value: Any, here: Here, raw: list[bytes]) -> _Tree:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return {"$": "path", "v": str(value)}
    if isinstance(value, tuple):
        return {"$": "tuple", "v": [_encoded(each, here, raw) for each in value]}
    if isinstance(value, list):
        return [_encoded(each, here, raw) for each in value]
    if isinstance(value, np.ndarray):
        return _encoded_array(value, raw)
    if isinstance(value, Mapping):
        if here.contigs is not None and value == here.contigs:
            return {"$": "contigs"}
        return {"$": "map", "v": {str(key): _encoded(each, here, raw) for key, each in value.items()}}
    return _encoded_object(value, here, raw)


def _encoded_array(value: np.ndarray, raw: list[bytes]) -> _Tree:
    if value.dtype.str not in _DTYPES:
        raise CodecError(f"an array of {value.dtype} is not sent")
    at = sum(map(len, raw))
    raw.append(np.ascontiguousarray(value).tobytes())
    return {"$": "array", "dtype": value.dtype.str, "shape": list(value.shape), "at": at}


def _encoded_object(value: Any, here: Here, raw: list[bytes]) -> _Tree:
    name = type(value).__name__
    if _classes().get(name) is not type(value):
        raise CodecError(f"{name} is not sent")
    held = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
    if isinstance(value, Window):
        held["assembly"] = value.assembly is not None
    if isinstance(value, Prediction):
        held["tracks"] = [value.provenance.head, [int(i) for i in value.tracks.target_index]]
    return {"$": name, "v": {key: _encoded(each, here, raw) for key, each in held.items()}}


def _decoded(tree: _Tree, raw: memoryview, here: Here) -> Any:
    if isinstance(tree, list):
        return [_decoded(each, raw, here) for each in tree]
    if not isinstance(tree, dict):
        return tree
    kind = tree["$"]
    if kind == "tuple":
        return tuple(_decoded(each, raw, here) for each in tree["v"])
    if kind == "map":
        return {key: _decoded(each, raw, here) for key, each in tree["v"].items()}
    if kind == "path":
        return Path(tree["v"])
    if kind == "array":
        return _decoded_array(tree, raw)
    if kind == "contigs":
        if here.contigs is None:
            raise CodecError("there is no assembly here")
        return here.contigs
    return _decoded_object(tree, raw, here)


def _decoded_array(tree: _Tree, raw: memoryview) -> np.ndarray:
    if tree["dtype"] not in _DTYPES:
        raise CodecError(f"an array of {tree['dtype']} is not read")
    dtype, shape, at = np.dtype(tree["dtype"]), [int(n) for n in tree["shape"]], int(tree["at"])
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if min([at, *shape], default=0) < 0 or at + size > len(raw):
        raise CodecError("an array is longer than its message")
    found = np.frombuffer(raw[at : at + size], dtype=dtype).reshape(shape).copy()
    found.setflags(write=False)  # one answer may be given to several who asked
    return found


def _decoded_object(tree: _Tree, raw: memoryview, here: Here) -> Any:
    kind = _classes().get(tree["$"])
    if kind is None:
        raise CodecError(f"{str(tree['$'])[:80]} is not read")
    held = {key: _decoded(each, raw, here) for key, each in tree["v"].items()}
    if kind is Window:
        held["assembly"] = here.assembly if held["assembly"] else None
    if kind is Prediction:
        if here.tables is None:
            raise CodecError("there are no tracks here")
        head, rows = held["tracks"]
        held["tracks"] = here.tables(head).select(rows)
    return kind(**held)
