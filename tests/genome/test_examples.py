"""Worked examples and experiments of an assembly: what is read, what is refused, and when a prediction is right."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import FileError, FileFormatError, FileTooLarge
from enformer_core.genome import examples
from enformer_core.genome.examples import Expected, read_examples, read_experiments
from enformer_core.genome.registry import Registered
from enformer_core.genome.variant import Variant

EXPECTED = {
    "measure": "log2_fold_change",
    "track": "CAGE_ery",
    "against": None,
    "region": "chr4:1,001-1,384",
    "value": -1.58,
}
GOOD: dict[str, Any] = {
    "id": "motif",
    "title": "A motif",
    "sentence": "One base breaks it.",
    "query": "ERYA3",
    "view": "chr4:1,001-9,000",
    "tracks": ["CAGE_ery", "DNASE_ery"],
    "edits": [{"chrom": "chr4", "pos": 1234, "ref": "A", "alt": "C"}],
    "expected": EXPECTED,
}


def entry(folder: Path, content: object, key: str = "examples") -> Registered:
    path = folder / "file"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Registered("toy", folder, {key: "file"})


def document(*items: object, **more: object) -> dict[str, object]:
    return {"schema": 1, "examples": list(items)} | more


def test_an_example_is_read_as_it_is_written(tmp_path: Path) -> None:
    (found,) = read_examples(entry(tmp_path, document(GOOD)))
    assert (found.id, found.title, found.query, found.view) == ("motif", "A motif", "ERYA3", "chr4:1,001-9,000")
    assert found.tracks == ("CAGE_ery", "DNASE_ery")
    assert found.edits == (Variant("chr4", 1234, "A", "C"),)
    assert found.expected == Expected("log2_fold_change", "CAGE_ery", "", "chr4:1,001-1,384", -1.58)


def test_view_edits_and_truth_may_be_missing(tmp_path: Path) -> None:
    bare = {k: v for k, v in GOOD.items() if k not in ("view", "edits", "expected")}
    (found,) = read_examples(entry(tmp_path, document(bare)))
    assert (found.view, found.edits, found.expected) == ("", (), None)
    assert read_examples(entry(tmp_path, document(bare | {"view": None, "expected": None}))) == (found,)


def test_the_tracks_of_the_truth_are_shown_too(tmp_path: Path) -> None:
    ratio = EXPECTED | {"measure": "log2_ratio", "against": "CAGE_hep", "value": 2}
    (found,) = read_examples(entry(tmp_path, document(GOOD | {"tracks": ["DNASE_ery"], "expected": ratio})))
    assert found.tracks == ("DNASE_ery", "CAGE_ery", "CAGE_hep")


def test_an_assembly_without_them_has_none(tmp_path: Path) -> None:
    assert read_examples(Registered("toy", tmp_path, {})) == ()
    assert read_experiments(Registered("toy", tmp_path, {})) == {}


def changed(**more: object) -> dict[str, Any]:
    return copy.deepcopy(GOOD) | more


BAD = [
    ("{", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ('{"schema": 1, "examples": [NaN]}', "NaN is not allowed"),
    ([], "no list of examples"),
    ({"schema": 1}, "no list of examples"),
    (document(schema=2), "schema is '2', not 1"),
    (document(schema=True), "schema is 'True'"),
    (document(*[GOOD] * 41), "41 examples, at most 40"),
    (document(GOOD, GOOD), "two examples have the id 'motif'"),
    (document("x"), "example 1: 'x' is not an object"),
    (document(GOOD, changed(id="Motif")), "example 2: the id 'Motif'"),
    (document(changed(id=3)), "id is '3'"),
    (document(changed(colour="red")), "'colour' is not a key"),
    (document(changed(title="x" * 61)), "title has 61 characters"),
    (document(changed(sentence="  ")), "sentence is '  ', not a text"),
    (document(changed(query=None)), "query is 'None'"),
    (document(changed(view="chr4:9-1")), "start 9 is after end 1"),
    (document(changed(view=7)), "view is '7'"),
    (document(changed(tracks=[])), "tracks is not a list of identifiers"),
    (document(changed(tracks="CAGE_ery")), "tracks is 'CAGE_ery', not a list"),
    (document(changed(tracks=[1])), "tracks is not a list of identifiers"),
    (document(changed(tracks=["a", "a"])), "names a track twice"),
    (document(changed(tracks=[str(i) for i in range(19)])), "not a list of at most 18"),
    (document(changed(edits=[{}])), "not an edit with chrom, pos, ref and alt"),
    (document(changed(edits=[GOOD["edits"][0] | {"pos": "1"}])), "pos is '1', not a whole number"),
    (document(changed(edits=[GOOD["edits"][0] | {"pos": True}])), "pos is 'True'"),
    (document(changed(edits=[GOOD["edits"][0] | {"pos": 0}])), "position 0 is below 1"),
    (document(changed(edits=[GOOD["edits"][0] | {"ref": "N"}])), "REF 'N'"),
    (document(changed(edits=[GOOD["edits"][0] | {"ref": "A" * 100_001}])), "ref has 100,001 characters"),
    (document(changed(expected=[])), "expected is '[]'"),
    (document(changed(expected=EXPECTED | {"measure": "sum"})), "measure is 'sum', not one of level"),
    (document(changed(expected=EXPECTED | {"against": "CAGE_hep"})), "against is 'CAGE_hep'"),
    (document(changed(expected=EXPECTED | {"measure": "log2_ratio"})), "needs a second track"),
    (document(changed(edits=[])), "log2_fold_change needs edits"),
    (document(changed(expected=EXPECTED | {"value": "1"})), "true value is '1'"),
    (document(changed(expected=EXPECTED | {"value": True})), "true value is 'True'"),
    (document(changed(expected=EXPECTED | {"value": 1e31})), "true value is '1e"),
    (document(changed(expected=EXPECTED | {"measure": "level", "value": 0})), "the true level is 0"),
    (document(changed(expected=EXPECTED | {"region": "ERYA3:x"})), "example 1:"),
]


@pytest.mark.parametrize(("content", "word"), BAD, ids=[word[:24] for _, word in BAD])
def test_a_bad_file_is_refused_with_the_place(tmp_path: Path, content: object, word: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_examples(entry(tmp_path, content))
    assert word in caught.value.what
    assert caught.value.where == str(tmp_path / "file")


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for read, key in ((read_examples, "examples"), (read_experiments, "experiments")):
        with pytest.raises(FileError, match="cannot be read"):
            read(Registered("toy", tmp_path, {key: "gone"}))
    monkeypatch.setattr(examples, "MAX_FILE_BYTES", 10)
    with pytest.raises(FileTooLarge, match="above the limit of 10"):
        read_examples(entry(tmp_path, document(GOOD)))


def test_experiments_are_paired_by_identifier(tmp_path: Path) -> None:
    found = read_experiments(entry(tmp_path, "identifier\tfile\nCAGE_ery\tb.bw\nDNASE_ery\ta.bw\n", "experiments"))
    assert dict(found) == {"CAGE_ery": tmp_path / "b.bw", "DNASE_ery": tmp_path / "a.bw"}
    with pytest.raises(TypeError):
        found["x"] = tmp_path  # type: ignore[index]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "line 1 is ''"),
        ("file\tidentifier\n", "line 1 is"),
        ("identifier\tfile\nCAGE\n", "line 2 is 'CAGE'"),
        ("identifier\tfile\n\ta.bw\n", "line 2"),
        ("identifier\tfile\na\ta.bw\textra\n", "line 2"),
        ("identifier\tfile\na\t../a.bw\n", "line 2: '../a.bw' is not a plain file name"),
        ("identifier\tfile\na\t/etc/passwd\n", "not a plain file name"),
        ("identifier\tfile\na\ta.bw\na\tb.bw\n", "line 3: 'a' has an experiment already"),
        (f"identifier\tfile\n{'x' * 201}\ta.bw\n", "line 2"),
        (b"identifier\tfile\n\xff\ta.bw\n", "not UTF-8"),
        ("identifier\tfile\n" + "a\ta.bw\n" * 10_001, "10,001 rows"),
    ],
)
def test_a_bad_table_of_experiments_is_refused(tmp_path: Path, content: object, word: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_experiments(entry(tmp_path, content, "experiments"))
    assert word in caught.value.what


def truth(measure: str, value: float) -> Expected:
    return Expected(measure, "t", "u" if measure == "log2_ratio" else "", "chr1:1-10", value)  # type: ignore[arg-type]


def test_the_measures_by_hand() -> None:
    assert truth("level", 3).predicted(2.5, 99) == 2.5
    assert truth("log2_fold_change", -1).predicted(0.99, 3.99) == pytest.approx(-2)
    assert truth("log2_ratio", 1).predicted(0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("measure", "value", "right", "wrong"),
    [
        ("level", 4, (2, 4, 8), (1.99, 8.01, -4, math.nan, math.inf)),
        ("log2_fold_change", -1.58, (-0.79, -1.31, -3.16), (-0.78, -3.17, 1.58, 0, math.nan)),
        ("log2_ratio", 2, (1, 2, 4), (0.99, 4.01, -2)),
        ("log2_fold_change", 0.05, (0.05, 0, -0.09), (0.1, -0.1, 1, math.nan)),
        ("log2_fold_change", -0.1, (-0.05, -0.2), (-0.04, 0.1, -0.21)),
    ],
)
def test_what_is_right(measure: str, value: float, right: tuple[float, ...], wrong: tuple[float, ...]) -> None:
    assert all(truth(measure, value).is_right(number) for number in right)
    assert not any(truth(measure, value).is_right(number) for number in wrong)


@given(st.sampled_from(["level", "log2_fold_change", "log2_ratio"]), st.floats(0.001, 30))
def test_the_truth_itself_is_right_and_its_opposite_wrong(measure: str, value: float) -> None:
    assert truth(measure, value).is_right(value)
    assert not truth(measure, max(value, 0.2)).is_right(-max(value, 0.2))


def test_the_formula_names_tracks_and_region() -> None:
    assert truth("level", 1).formula == "Level = mean over the bins that overlap chr1:1-10 of the predicted track t"
    assert "log2((level of t + 0.01) / (level of u + 0.01))" in truth("log2_ratio", 1).formula
    assert "log2((level with edits + 0.01) / (level without edits + 0.01))" in truth("log2_fold_change", 1).formula
