"""What passes between the processes: everything arrives as it was sent, and nothing else is ever read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_workers import TARGET, same
from worlds import CONTIGS, World

from enformer_core import errors
from enformer_core.errors import EnformerError, WeightsMismatch
from enformer_core.inference.averaging import Averaging
from enformer_core.inference.jobs import Job
from enformer_core.inference.local import LocalPredictor
from enformer_core.inference.work import Predict, Work
from enformer_core.interpret.explain_attention import submit_attention, submit_attention_picture
from enformer_core.interpret.explain_contributions import submit_contributions
from enformer_core.interpret.explain_deletions import submit_deletion_scan
from enformer_core.interpret.explain_edits import submit_effect
from enformer_core.interpret.explain_mutagenesis import submit_mutagenesis
from enformer_core.serving import codec
from enformer_core.serving.codec import CodecError, Here, decode, decode_error, encode, encode_error

NEAR = "chr1:19,951-19,962"


@pytest.fixture(scope="module")
def here(local: LocalPredictor) -> Here:
    return Here(local.assembly, local.tracks)


@pytest.fixture
def asked(local: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Work]]:
    """All work that is asked of the predictor from now on."""
    works: list[Work] = []
    queue = LocalPredictor.work

    def work(self: LocalPredictor, work: Work, **more: Any) -> Job:
        works.append(work)
        return queue(self, work, **more)

    monkeypatch.setattr(LocalPredictor, "work", work)
    return works


def there_and_back(value: object, here: Here) -> Any:
    """Through real JSON, as over the pipe."""
    tree, raw = encode(value, here)
    return decode(json.loads(json.dumps(tree)), raw, here)


def edit(world: World, start: int, length: int, alt: str = "") -> str:
    """The text of an edit of ``length`` bases from a 0-based start; the base before stands for what is deleted."""
    ref = world.bases["chr1"][start - 1 : start + length]
    return f"chr1:{start}:{ref}>{ref[0]}{alt}"


def classes_in(value: object) -> Iterator[str]:
    """Names of all dataclasses in a value, its own included."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__
        for field in dataclasses.fields(value):
            yield from classes_in(getattr(value, field.name))
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from classes_in(each)


def test_every_class_arrives_as_it_was_sent(world: World, local: LocalPredictor, here: Here, asked: list[Work]) -> None:
    """Every kind of work, as the predictor makes it, and every answer, as it is really computed."""
    insertion = edit(world, 19_990, 0, "TTTGA")
    jobs = [
        local.submit("ALFA1", tracks=[7, 0]),
        local.submit("chr2:1-2", edits=(), averaging="strands,shifts:1", head="mouse"),
        local.submit("chr1:20,001-29,000", tiles="all", edits=[insertion]),
        local.submit("ACGTN" * 400),
        submit_contributions(local, "ALFA1", TARGET, edits=[edit(world, 19_950, 12)], strands=True),
        submit_mutagenesis(local, "ALFA1", NEAR, TARGET, edits=[insertion]),
        submit_deletion_scan(local, "ALFA1", NEAR, TARGET, width=4, how="shuffle", shuffles=2),
        submit_attention(local, "ALFA1", (15, 16), key_width=4),
        submit_attention_picture(local, "ALFA1", size=8),
        submit_effect(local, "ALFA1", [insertion, edit(world, 19_950, 12)], TARGET, each=True),
    ]
    values = [*asked, *(job.result() for job in jobs), local.facts]
    for value in values:
        assert same(there_and_back(value, here), value), type(value).__name__
    sent = {name for value in values for name in classes_in(value)}
    # Those that no answer holds: they are sent all the same where they are given.
    assert set(codec._classes()) - sent == set()


def test_a_window_gets_the_assembly_that_is_here(local: LocalPredictor, here: Here) -> None:
    window = local.window("ALFA1")
    tree, raw = encode(window, here)
    assert len(json.dumps(tree)) < 2_000, "the assembly or its contigs are sent"
    found = decode(tree, raw, here)
    assert found.assembly is local.assembly
    assert found.contigs == CONTIGS
    pasted = there_and_back(local.window("ACGT" * 100), here)
    assert pasted.assembly is None
    assert pasted.bases() == local.window("ACGT" * 100).bases()
    with pytest.raises(CodecError, match="no assembly here"):
        decode(tree, raw, Here())


def test_what_arrives_cannot_be_changed(here: Here) -> None:
    """One answer may be given to several who asked."""
    found = there_and_back((np.arange(6.0).reshape(2, 3),), here)[0]
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 1.0


plain = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
arrays = st.builds(
    lambda kind, shape, seed: np.random.default_rng(seed).integers(0, 2, shape).astype(kind),
    st.sampled_from(["float32", "float64", "int64", "uint8", "bool"]),
    st.lists(st.integers(0, 4), max_size=3).map(tuple),
    st.integers(0, 9),
)
leaves = plain | arrays | st.builds(Path, st.text("ab/", min_size=1, max_size=5))
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_any_tree_arrives_as_it_was_sent(value: object) -> None:
    def equal(a: object, b: object) -> bool:
        if isinstance(b, dict):
            return isinstance(a, dict) and list(a) == list(b) and all(equal(a[key], b[key]) for key in b)
        if isinstance(b, (list, tuple)):
            return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
        return same(a, b)

    assert equal(there_and_back(value, Here()), value)


hostile_values = plain | st.sampled_from(["tuple", "map", "path", "array", "contigs", "Window", "Prediction", "os"])
hostile = st.recursive(
    hostile_values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$", "v", "dtype", "shape", "at", "code", "state"]), inner, max_size=5)
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(hostile, st.binary(max_size=16))
def test_nonsense_is_refused(tree: object, raw: bytes) -> None:
    """Whatever comes: a value of plain things, or one of our errors."""
    for read in (lambda: decode(tree, raw, Here()), lambda: decode_error(tree, raw)):
        try:
            read()
        except (CodecError, EnformerError):
            continue


INTERVAL = {"$": "Interval", "v": {"chrom": "chr1", "start": 0, "end": 5}}
ARRAY = {"$": "array", "dtype": "<f4", "shape": [2], "at": 0}


@pytest.mark.parametrize(
    "tree",
    [
        {"$": "Popen", "v": {"args": ["true"]}},
        {"$": "system", "v": {}},
        {"$": "os.system", "v": ["true"]},
        {"$": ["Interval"], "v": {}},
        {"v": 1},
        INTERVAL | {"v": {"chrom": "chr1", "start": 0}},
        INTERVAL | {"v": {"chrom": "chr1", "start": 0, "end": 5, "more": 1}},
        INTERVAL | {"v": {"chrom": "chr1", "start": 9, "end": 5}},
        INTERVAL | {"v": [1, 2]},
        ARRAY | {"dtype": "|O"},
        ARRAY | {"dtype": "<f2"},
        ARRAY | {"shape": [3]},
        ARRAY | {"shape": [-1]},
        ARRAY | {"shape": [2**62, 4]},
        ARRAY | {"shape": [2**70]},
        ARRAY | {"shape": [float("inf")]},
        ARRAY | {"at": 4},
        ARRAY | {"at": -4},
        {"$": "path", "v": 3},
        {"$": "contigs"},
        {"$": "Prediction", "v": {"tracks": ["human", [0]]}},
        {"$": "Window", "v": {}},
        {"$": "Averaging", "v": {"strands": True, "max_shift": 10**9}},
        {"$": "Target", "v": {"tracks": [], "bins": [1]}},
    ],
)
def test_what_is_not_ours_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises((CodecError, EnformerError)):
        decode(tree, bytes(8), Here())


def test_a_tree_deeper_than_any_of_ours_is_refused() -> None:
    tree: Any = 1
    for _ in range(100_000):
        tree = [tree]
    with pytest.raises(CodecError):
        decode(tree, b"", Here())


def test_what_is_not_listed_is_not_sent(world: World) -> None:
    for value in (world, {1, 2}, b"bytes", test_what_is_not_listed_is_not_sent, np.array(["text"]), np.array([{}])):
        with pytest.raises(CodecError, match="is not sent"):
            encode(value, Here())


def test_another_class_of_a_listed_name_is_not_sent() -> None:
    imposter = dataclasses.make_dataclass("Interval", ["chrom", "start", "end"])
    with pytest.raises(CodecError, match="Interval is not sent"):
        encode(imposter("chr1", 0, 5), Here())


@pytest.mark.parametrize(
    "kind", [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, EnformerError)]
)
def test_errors_arrive_with_all_they_hold(kind: type[EnformerError]) -> None:
    error = kind("a 'value' is wrong", where="line 3", hint="Do that")
    for name, value in (
        ("clipped", "chr1:1-5"),
        ("suggestions", ("A", "B")),
        ("choices", ("C",)),
        ("differences", ("D",)),
    ):
        if hasattr(error, name):
            setattr(error, name, value)
    tree, raw = encode_error(error)
    found = decode_error(json.loads(json.dumps(tree)), raw)
    assert type(found) is kind
    assert vars(found) == vars(error)
    assert (str(found), found.exit_code, found.code) == (str(error), error.exit_code, error.code)


def test_an_error_that_holds_what_is_not_sent_keeps_its_words() -> None:
    error = WeightsMismatch("other weights", where="model", hint="Look", differences=["a"])
    error.differences = (object(),)  # type: ignore[assignment]
    tree, raw = encode_error(error)
    found = decode_error(tree, raw)
    assert type(found) is WeightsMismatch
    assert str(found) == str(error)


class _Foreign(EnformerError):
    pass


@pytest.mark.parametrize("error", [ValueError("chr1:1000 of a person"), KeyboardInterrupt(), _Foreign("secret")])
def test_of_an_error_that_is_none_of_ours_only_its_kind_is_told(error: BaseException) -> None:
    tree, raw = encode_error(error)
    found = decode_error(json.loads(json.dumps(tree)), raw)
    assert type(found) is EnformerError
    assert type(error).__name__ in found.what
    assert "person" not in str(found)
    assert "secret" not in str(found)
    assert found.hint


@pytest.mark.parametrize("code", ["shown", "Sequence", "__loader__", "annotations", "MAX_SHOWN", "Exception"])
def test_an_error_s_name_can_only_be_an_error_s(code: str) -> None:
    found = decode_error({"code": code, "state": {"$": "map", "v": {}}}, b"")
    assert type(found) is EnformerError


def test_work_as_it_arrives_is_the_same_question(local: LocalPredictor, here: Here) -> None:
    work = Predict(local.window("ALFA1"), "human", (3, 1), Averaging(strands=True))
    assert encode(there_and_back(work, here), here) == encode(work, here)


@pytest.mark.parametrize("state", [{}, [], "words", {"what": 3, "where": "", "hint": ""}])
def test_an_error_without_words_is_refused(state: object) -> None:
    with pytest.raises(CodecError):
        decode_error({"code": "LocusError", "state": encode(state, Here())[0]}, b"")
