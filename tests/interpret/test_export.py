"""Results as files, read again by other libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bbi
import numpy as np
import pandas as pd
import pyBigWig
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import EnformerError, FileError, InputError, NumericalError, OutputExists
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.interpret import attention_map
from enformer_core.interpret.export import entries

from .results import (
    BASES,
    CONTIGS,
    EFFECT,
    GRADIENT,
    INDELS,
    NAN,
    PROVENANCE,
    TARGET,
    WINDOW,
    attention,
    mutagenesis,
    scan,
    scores,
)

MAKERS: list[Callable[..., Any]] = [scores, mutagenesis, scan, attention]
FACTS = {
    "target": {"bins": [447, 448], "head": "human", "minus_tracks": [7], "reduction": "mean", "tracks": [3, 5]},
    "value": 2.5,
    "interval": "chr1:13-18",
    "provenance": json.loads(PROVENANCE.to_json()),
}
#: Twelve bases from index 2 of the window on: 12, 13, two inserted, 14 to 17, 20 to 23.
LONG = {"interval": Interval("chr1", 12, 24), "coordinates": INDELS}
REF_STARTS = [12, 13, -1, -1, 14, 15, 16, 17, 20, 21, 22, 23]


def facts_of(kind: str, method: str, **more: Any) -> dict:
    return {"kind": kind, "method": method} | FACTS | more


def long_scores(**changed: Any) -> Any:
    gradient = np.repeat(np.arange(12, dtype=np.float32)[:, None], 4, axis=1)
    return scores(**{"bases": "ACGT" * 3, "gradient": gradient} | LONG | changed)


def intervals(path: Path, chrom: str = "chr1") -> list[tuple[int, int, float]]:
    with pyBigWig.open(str(path)) as file:
        assert file.chroms() == CONTIGS
        return list(file.intervals(chrom))


def table(path: Path) -> tuple[dict, pd.DataFrame]:
    first = path.read_text().split("\n", 1)[0]
    assert first.startswith("# {")
    return json.loads(first[2:]), pd.read_csv(path, sep="\t", skiprows=1)


def test_scores_as_arrays(tmp_path: Path) -> None:
    assert scores().save(tmp_path / "s.npz") == [tmp_path / "s.npz"]
    stored = np.load(tmp_path / "s.npz", allow_pickle=False)
    assert sorted(stored) == sorted(
        ["scores", "gradient", "bases", "chrom", "start", "value", "method", "target", "provenance"]
    )
    assert stored["scores"].tolist() == [0, 5, 10, 15, 0, 20]
    assert np.array_equal(stored["gradient"], GRADIENT)
    assert stored["gradient"].dtype == stored["scores"].dtype == np.float32
    assert (str(stored["bases"]), str(stored["chrom"]), int(stored["start"])) == (BASES, "chr1", 12)
    assert (float(stored["value"]), str(stored["method"])) == (2.5, "gradient_x_input")
    assert json.loads(str(stored["target"])) == FACTS["target"]
    assert str(stored["provenance"]) == PROVENANCE.to_json()


def test_mutagenesis_as_arrays(tmp_path: Path) -> None:
    mutagenesis().save(str(tmp_path / "m.npz"))
    stored = np.load(tmp_path / "m.npz", allow_pickle=False)
    assert np.array_equal(stored["effect"], EFFECT, equal_nan=True)
    assert np.array_equal(stored["importance"], [3, -1, 0, NAN, NAN, 1], equal_nan=True)
    assert (str(stored["chrom"]), int(stored["start"]), str(stored["bases"])) == ("chr1", 12, BASES)
    assert json.loads(str(stored["target"]))["tracks"] == [3, 5]
    assert json.loads(str(stored["provenance"]))["simulated"] is True


def test_a_scan_as_arrays(tmp_path: Path) -> None:
    scan(method="shuffle", shuffles=4, seed=7).save(tmp_path / "d.npz")
    stored = np.load(tmp_path / "d.npz", allow_pickle=False)
    assert stored["starts"].tolist() == [12, 14, 15]
    assert np.array_equal(stored["effect"], [-2, -4, NAN], equal_nan=True)
    assert [int(stored[name]) for name in ("width", "shuffles", "seed", "start")] == [3, 4, 7, 12]
    assert str(stored["method"]) == "shuffle"
    assert "target" in stored
    assert "provenance" in stored


def test_attention_as_arrays(tmp_path: Path) -> None:
    attention().save(tmp_path / "a.npz")
    stored = np.load(tmp_path / "a.npz", allow_pickle=False)
    assert stored["weights"].tolist() == [[[[1, 0, 0], [0, 1, 0]]], [[[0, 0, 1], [0, 0, 1]]]]
    assert stored["layers"].tolist() == [0, 10]
    assert stored["heads"].tolist() == [2]
    assert stored["query_bins"].tolist() == [1, 0]
    assert stored["query_starts"].tolist() == [18, 14]
    assert stored["key_starts"].tolist() == [10, 18, 26]
    assert [int(stored[name]) for name in ("query_width", "key_width", "start")] == [4, 8, 10]
    assert json.loads(str(stored["target"])) == {"bins": [1, 0]}
    assert json.loads(str(stored["provenance"])) == FACTS["provenance"]


def test_scores_as_a_table(tmp_path: Path) -> None:
    gradient = (GRADIENT / np.float32(3)).astype(np.float32)
    scores(gradient=gradient).save(tmp_path / "s.tsv")
    facts, found = table(tmp_path / "s.tsv")
    assert facts == facts_of("contributions", "gradient_x_input")
    assert list(found) == ["chrom", "start", "end", "base", "score"] + [f"gradient_{b}" for b in "ACGT"]
    assert found.loc[1, ["chrom", "start", "end", "base"]].tolist() == ["chr1", 13, 14, "C"]
    assert np.array_equal(found.iloc[:, 5:].to_numpy(np.float32), gradient)
    assert np.array_equal(found["score"].to_numpy(np.float32), scores(gradient=gradient).scores)


def test_mutagenesis_as_a_table(tmp_path: Path) -> None:
    mutagenesis().save(tmp_path / "m.tsv")
    assert (tmp_path / "m.tsv").read_text().splitlines()[1:] == [
        "chrom\tstart\tend\tbase\tA\tC\tG\tT\timportance",
        "chr1\t12\t13\tA\t0\t-3\t-6\t0\t3",
        "chr1\t13\t14\tC\t1\t0\t2\t0\t-1",
        "chr1\t14\t15\tG\t0\t0\t0\t0\t0",
        "chr1\t15\t16\tT\t\t\t\t\t",
        "chr1\t16\t17\tN\t\t\t\t\t",
        "chr1\t17\t18\tA\t0\t0.5\t0.5\t-4\t1",
    ]
    assert table(tmp_path / "m.tsv")[0] == facts_of("mutagenesis", "exact")


def test_a_scan_as_a_table(tmp_path: Path) -> None:
    scan().save(tmp_path / "d.tsv")
    facts, found = table(tmp_path / "d.tsv")
    assert facts == facts_of("deletion_scan", "N", width=3, shuffles=0, seed=0)
    assert found.iloc[:2].to_numpy().tolist() == [["chr1", 12, 15, -2.0], ["chr1", 14, 17, -4.0]]
    assert np.isnan(found.loc[2, "effect"])


def test_attention_as_a_table(tmp_path: Path) -> None:
    attention().save(tmp_path / "a.tsv")
    facts, found = table(tmp_path / "a.tsv")
    assert facts == {
        "kind": "attention", "method": "attention", "target": {"bins": [1, 0]}, "layers": [0, 10], "heads": [2],
        "key_width": 8, "interval": "chr1:11-30", "provenance": FACTS["provenance"],
    }  # fmt: skip
    assert list(found) == ["layer", "head", "query_bin", "query_start", "chrom", "start", "end", "weight"]
    assert len(found) == 12
    assert found.loc[4].tolist() == [0, 2, 0, 14, "chr1", 18, 26, 1.0]
    assert found.loc[11].tolist() == [10, 2, 0, 14, "chr1", 26, 30, 1.0]
    assert found["weight"].tolist() == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]


def test_a_table_of_too_many_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_map, "MAX_ROWS", 11)
    with pytest.raises(InputError, match=r"a table of 12 rows is too long. Write .npz, .*: 11 rows at most"):
        attention().save(tmp_path / "a.tsv")
    assert list(tmp_path.iterdir()) == []


def test_each_base_has_an_entry_in_a_bigwig(tmp_path: Path) -> None:
    path = tmp_path / "s.bw"
    assert scores().save(path) == [path, tmp_path / "s.bw.provenance.json"]
    assert intervals(path) == [(12 + i, 13 + i, float(v)) for i, v in enumerate([0, 5, 10, 15, 0, 20])]
    assert bbi.info(str(path))["summary"]["basesCovered"] == 6
    assert bbi.fetch(str(path), "chr1", 11, 19, missing=NAN)[1:7].tolist() == [0, 5, 10, 15, 0, 20]
    beside = json.loads((tmp_path / "s.bw.provenance.json").read_text())
    assert beside == facts_of("contributions", "gradient_x_input")
    assert asdict(TARGET)["head"] == beside["target"]["head"]


def test_touching_equal_values_stay_apart_where_bases_matter(tmp_path: Path) -> None:
    """Browsers that draw letters ask base by base."""
    made = scores(gradient=np.full((6, 4), 1.5, dtype=np.float32), bases="ACGTAA")
    made.save(tmp_path / "s.bw")
    assert intervals(tmp_path / "s.bw") == [(12 + i, 13 + i, 1.5) for i in range(6)]
    assert bbi.fetch(str(tmp_path / "s.bw"), "chr1", 12, 18).tolist() == [1.5] * 6


def test_importance_in_a_bigwig(tmp_path: Path) -> None:
    mutagenesis().save(tmp_path / "m.bw")
    assert intervals(tmp_path / "m.bw") == [(12, 13, 3), (13, 14, -1), (14, 15, 0), (17, 18, 1)]
    scan().save(tmp_path / "d.bw")
    assert intervals(tmp_path / "d.bw") == [(12, 14, 2), (14, 15, 3), (15, 17, 4)]
    attention().save(tmp_path / "a.bw")
    assert intervals(tmp_path / "a.bw") == [(10, 26, 0.25), (26, 30, 0.5)]
    kinds = [json.loads((tmp_path / f"{name}.bw.provenance.json").read_text())["kind"] for name in "mda"]
    assert kinds == ["mutagenesis", "deletion_scan", "attention"]


def test_inserted_bases_have_no_entry_and_deleted_ones_get_none(tmp_path: Path) -> None:
    long_scores().save(tmp_path / "s.bw")
    values = [0, 1, 4, 5, 6, 7, 8, 9, 10, 11]
    places = [12, 13, 14, 15, 16, 17, 20, 21, 22, 23]
    assert intervals(tmp_path / "s.bw") == [(p, p + 1, float(v)) for p, v in zip(places, values, strict=True)]
    attention(coordinates=INDELS).save(tmp_path / "a.bw")
    # Keys: index 0 to 7 are bases 10 to 15, 8 to 15 are 16, 17, 20 to 25, and 16 to 19 are 26 to 29.
    assert intervals(tmp_path / "a.bw") == [(10, 18, 0.25), (20, 26, 0.25), (26, 30, 0.5)]


def test_reference_positions_in_tables_and_arrays(tmp_path: Path) -> None:
    long_scores().save(tmp_path / "s.tsv")
    found = table(tmp_path / "s.tsv")[1]
    assert list(found)[:4] == ["chrom", "start", "end", "ref_start"]
    assert found["ref_start"].fillna(-1).tolist() == REF_STARTS
    assert found["start"].tolist() == list(range(12, 24))
    assert long_scores().arrays()["ref_start"].tolist() == REF_STARTS
    effect = np.zeros((12, 4), dtype=np.float32)
    assert mutagenesis(bases="ACGT" * 3, effect=effect, **LONG).arrays()["ref_start"].tolist() == REF_STARTS
    moved = scan(starts=np.array([12, 15, 19]), **LONG)
    assert moved.frame()[["ref_start", "ref_end"]].to_numpy().tolist() == [[12, 14], [14, 16], [17, 22]]
    assert moved.arrays()["ref_ends"].tolist() == [14, 16, 22]
    seen = attention(coordinates=INDELS)
    assert seen.frame().loc[:2, ["ref_start", "ref_end"]].to_numpy().tolist() == [[10, 16], [16, 26], [26, 30]]
    assert seen.arrays()["key_ref_starts"].tolist() == [10, 16, 26]


def test_a_substituted_base_stands_where_the_reference_base_was() -> None:
    coordinates = CoordinateMap.build(10, 0, [Edit(13, 14, "GTT")])
    starts, _, values = entries(scores(coordinates=coordinates))
    assert (starts.tolist(), values.tolist()) == ([12, 13, 14, 15], [0, 5, 0, 20])


def test_bases_off_the_contig_are_left_out() -> None:
    left = {"interval": Interval("chr1", -2, 4), "input_interval": Interval("chr1", -10, 10)}
    starts, ends, values = entries(scores(**left))
    assert (starts.tolist(), ends.tolist()) == ([0, 1, 2, 3], [1, 2, 3, 4])
    assert values.tolist() == [10, 15, 0, 20]
    assert entries(scores(contigs={"chr1": 14}))[0].tolist() == [12, 13]


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4), st.integers(0, 4)), max_size=4),
    st.integers(0, 10),
    st.booleans(),
)
def test_entries_through_any_edits(steps: list[tuple[int, int, int]], first: int, joined: bool) -> None:
    """Against edits that are made on a list of positions, one base at a time."""
    places: list[int] = []
    edits, at = [], 10
    for gap, n_deleted, n_inserted in steps:
        places += range(at, at + gap)
        places += [at + gap + k if k < n_deleted else -1 for k in range(n_inserted)]
        edits.append(Edit(at + gap, at + gap + n_deleted, "A" * n_inserted))
        at += gap + n_deleted
    places += range(at, at + 60 - len(places))
    window, interval = Interval("chr1", 10, 70), Interval("chr1", 10 + first, 60)
    gradient = np.repeat((np.arange(interval.width, dtype=np.float32) // 3)[:, None], 4, axis=1)
    made = scores(
        interval=interval, input_interval=window, bases="A" * interval.width, gradient=gradient,
        coordinates=CoordinateMap.build(10, 0, edits),
    )  # fmt: skip
    expected = {p: v for p, v in zip(places[first:50], gradient[:, 0].tolist(), strict=True) if p >= 0}
    starts, ends, values = entries(made, joined=joined)
    found = {p: v for s, e, v in zip(starts, ends, values.tolist(), strict=True) for p in range(s, e)}
    assert found == expected
    assert (starts[1:] >= ends[:-1]).all()
    if joined:
        assert not ((starts[1:] == ends[:-1]) & (values[1:] == values[:-1])).any()
    else:
        assert (ends - starts == 1).all()


@pytest.mark.parametrize("ending", ["npz", "tsv", "bw"])
@pytest.mark.parametrize("make", MAKERS)
def test_equal_results_give_equal_bytes_and_nothing_is_overwritten_unasked(
    tmp_path: Path, make: Callable[..., Any], ending: str
) -> None:
    path, again = tmp_path / f"x.{ending}", tmp_path / f"y.{ending}"
    make().save(path)
    make().save(again)
    assert path.read_bytes() == again.read_bytes()
    path.write_text("precious")
    with pytest.raises(OutputExists, match="already exists"):
        make().save(path)
    assert path.read_text() == "precious"
    make().save(path, overwrite=True)
    assert path.read_bytes() == again.read_bytes()
    beside = {f"{name}.bw.provenance.json" for name in "xy"} if ending == "bw" else set()
    assert {p.name for p in tmp_path.iterdir()} == {path.name, again.name} | beside


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("x.csv", InputError, "the ending '.csv' of 'x.csv' is not known. End it in .npz, .tsv or .bw"),
        ("x", InputError, "'x' has no ending that says what to write. End it in .npz, .tsv or .bw"),
        ("no/x.npz", FileError, "no does not exist. Make it first"),
        ("no/x.bw", FileError, "no does not exist. Make it first"),
        ("folder.npz", FileError, "is a folder, not a file. Choose another name"),
        ("folder.bw", FileError, "is a folder, not a file. Choose another name"),
        ("y.bw", FileError, "y.bw.provenance.json is a folder, not a file"),
    ],
)
def test_places_that_cannot_be_written_to(tmp_path: Path, name: str, kind: type, message: str) -> None:
    for folder in ("folder.npz", "folder.bw", "y.bw.provenance.json"):
        (tmp_path / folder).mkdir()
    with pytest.raises(EnformerError) as caught:
        scores().save(tmp_path / name, overwrite=True)
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["folder.bw", "folder.npz", "y.bw.provenance.json"]


def test_nothing_to_write_and_numbers_that_no_bigwig_holds(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no base with a value lies on the contig"):
        scores(contigs={"chr1": 12}).save(tmp_path / "s.bw")
    with pytest.raises(InputError, match="no base with a value lies on the contig"):
        mutagenesis(effect=np.full((6, 4), NAN, dtype=np.float32)).save(tmp_path / "m.bw")
    (tmp_path / "s.bw.provenance.json").write_text("of an older file")
    with pytest.raises(NumericalError, match="too large for a bigWig's own sums"):
        scores(gradient=np.full((6, 4), 1e30, dtype=np.float32)).save(tmp_path / "s.bw")
    assert [p.name for p in tmp_path.iterdir()] == ["s.bw.provenance.json"]
    assert (tmp_path / "s.bw.provenance.json").read_text() == "of an older file"


def test_the_window_itself_can_be_exported(tmp_path: Path) -> None:
    """196,608 entries, as contributions of a whole published window have."""
    width = 196_608
    window = Interval("chr1", 0, width)
    gradient = np.random.default_rng(0).normal(size=(width, 4)).astype(np.float32)
    made = scores(
        interval=window, input_interval=window, bases="ACGT" * (width // 4), gradient=gradient,
        contigs={"chr1": width},
    )  # fmt: skip
    made.save(tmp_path / "s.bw")
    assert np.array_equal(bbi.fetch(str(tmp_path / "s.bw"), "chr1", 0, width).astype(np.float32), made.scores)
    assert WINDOW.width < bbi.info(str(tmp_path / "s.bw"))["summary"]["basesCovered"] == width
