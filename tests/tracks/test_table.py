from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import TrackError
from enformer_core.tracks.table import Track, TrackTable


@pytest.fixture(scope="module")
def human(shared_data: Path) -> TrackTable:
    return TrackTable.read(shared_data / "enformer_targets" / "targets_human.txt")


@pytest.fixture(scope="module")
def mouse(shared_data: Path) -> TrackTable:
    return TrackTable.read(shared_data / "enformer_targets" / "targets_mouse.txt")


def small() -> TrackTable:
    return TrackTable(
        [
            Track(0, "E1+", "CAGE", "liver", "", "CAGE:liver", "+", 384, 1, "sum"),
            Track(1, "E1-", "CAGE", "liver", "", "CAGE:liver", "-", 384, 1, "sum"),
            Track(2, "E2", "CHIP", "K562", "CTCF", "CHIP:CTCF:K562", ".", 32, 2, "mean"),
            Track(3, "E3", "CHIP", "liver", "ctcf", "CHIP:ctcf:liver", ".", 32, 2, "mean"),
        ],
        {0: 1, 1: 0},
    )


def test_published_human_table(human: TrackTable) -> None:
    assert len(human) == 5313
    assert human.facets()["assay"] == {"CHIP": 3991, "DNASE": 674, "CAGE": 638, "ATAC": 10}
    assert human.target_index.tolist() == list(range(5313))
    assert human[706] == Track(
        706, "ENCFF717RJQ", "CHIP", "keratinocyte female", "H3K27ac",
        "CHIP:H3K27ac:keratinocyte female", ".", 32, 2, "mean",
    )  # fmt: skip
    assert human[4828] == Track(
        4828, "CNhs11250", "CAGE", "chronic myelogenous leukemia cell line:K562", "",
        "CAGE:chronic myelogenous leukemia cell line:K562", ".", 384, 1, "sum",
    )  # fmt: skip
    assert human[674] == Track(
        674, "GSM2543089", "ATAC", "Bone Marrow CD34+ / pDC", "",
        "ATAC:BM0106-Day0-MCP-A / Bone Marrow CD34+ / pDC", ".", 64, 1, "sum",
    )  # fmt: skip
    assert {(t.clip, t.scale, t.sum_stat) for t in human} == {(32, 2, "mean"), (384, 1, "sum"), (64, 1, "sum")}
    assert sum((t.clip, t.sum_stat) == (64, "sum") for t in human) == 169


def test_published_mouse_table_counts_from_its_own_first_row(mouse: TrackTable) -> None:
    assert len(mouse) == 1643
    assert mouse.facets()["assay"] == {"CHIP": 1058, "CAGE": 357, "ATAC": 127, "DNASE": 101}
    assert mouse.target_index[[0, -1]].tolist() == [0, 1642]
    assert mouse[0].identifier == "ENCFF866ZTV"


def test_every_published_row_has_an_assay_and_a_biosample(human: TrackTable, mouse: TrackTable) -> None:
    for track in [*human, *mouse]:
        assert track.assay
        assert track.biosample
        assert not track.biosample.endswith((",", " ", "tech_", "biol_"))
        assert bool(track.target) <= (track.assay == "CHIP")
    assert sum(not t.target for t in human if t.assay == "CHIP") == 120


def test_nobody_s_paths_are_kept(human: TrackTable) -> None:
    assert "/home" not in human.frame().to_csv()


def test_search_finds_all_words_in_any_order_and_case(human: TrackTable) -> None:
    hits = human.search("k562 ctcf")
    assert [t.target_index for t in hits] == [t.target_index for t in human.search("CTCF   K562")]
    assert {697, 1012, 1211} <= {t.target_index for t in hits}
    for track in human:
        text = track.description.lower()
        assert ("k562" in text and "ctcf" in text) == (track in set(hits))
    assert [t.target_index for t in human.search("cnhs11250")] == [4828]
    assert len(human.search("")) == 5313
    assert len(human.search("no such thing")) == 0


def test_search_is_fast(human: TrackTable) -> None:
    human.search("warm")
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        human.search("male adult liver")
        best = min(best, time.perf_counter() - start)
    assert best < 0.005


def test_search_by_facets_takes_whole_values_in_any_case() -> None:
    table = small()
    assert [t.target_index for t in table.search(target="CTCF")] == [2, 3]
    assert [t.target_index for t in table.search("liver", assay="chip")] == [3]
    assert [t.target_index for t in table.search(assay=["CAGE", "CHIP"], biosample="K562")] == [2]
    assert [t.target_index for t in table.search(biosample="liv")] == []
    assert [t.target_index for t in table.search(assay=[])] == []


def test_facets_are_sorted_by_frequency_and_leave_out_what_is_unknown() -> None:
    assert small().facets() == {
        "assay": {"CAGE": 2, "CHIP": 2},
        "target": {"CTCF": 1, "ctcf": 1},
        "biosample": {"liver": 3, "K562": 1},
    }


def test_select_keeps_the_order_asked_for_and_counts_by_target_index() -> None:
    table = small().select([3, 0])
    assert [t.identifier for t in table] == ["E3", "E1+"]
    assert table.select([0])[0].identifier == "E1+"
    assert table.target_index.tolist() == [3, 0]
    assert table.select(np.array([3]))[0].target_index == 3


def test_resolve() -> None:
    table = small()
    assert table.resolve(None) is table
    assert table.resolve("all") is table
    assert table.resolve(range(2)) == table.select([0, 1])
    assert len(table.search("nothing").resolve("all")) == 0


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ([], "no track is chosen. Choose at least one"),
        ([4], "there is no track '4'. Tracks are numbered 0 to 3"),
        ([-1], "there is no track '-1'. Tracks are numbered 0 to 3"),
        ([10**30], f"there is no track '{10**30}'. Tracks are numbered 0 to 3"),
        ([1, 2, 1], "track 1 is chosen twice. Name each track once"),
        ([1.0], "track '1.0' is not a whole number. Tracks are numbered 0 to 3"),
        ([True], "track 'True' is not a whole number. Tracks are numbered 0 to 3"),
        (["1"], "track ''1'' is not a whole number"),
        ("1,2", "tracks cannot be '1,2'. Give a list of numbers, or 'all'"),
        (3, "tracks cannot be '3'. Give a list of numbers, or 'all'"),
    ],
)
def test_row_71_unusable_selections(spec: object, message: str) -> None:
    with pytest.raises(TrackError) as caught:
        small().resolve(spec)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message.replace("''1''", "'1'"))


def test_a_part_of_a_table_says_what_it_holds() -> None:
    with pytest.raises(TrackError, match="Choose among the 2 tracks of this table, numbered between 0 and 3"):
        small().select([0, 3]).select([1])


def test_pairs() -> None:
    table = small()
    assert [table.pair(i) for i in range(4)] == [1, 0, None, None]
    assert table.select([0]).pair(0) == 1
    with pytest.raises(TrackError):
        table.pair(9)


def test_unnamed_tracks_are_known_by_number() -> None:
    table = TrackTable.unnamed(3, "human")
    assert [t.identifier for t in table] == ["human_0", "human_1", "human_2"]
    assert (table[2].clip, table[2].scale, table[2].sum_stat) == (math.inf, 1.0, "mean")


def test_a_table_is_read_only() -> None:
    table = small()
    with pytest.raises(ValueError, match="read-only"):
        table.target_index[0] = 5
    with pytest.raises(AttributeError):
        table[0].clip = 3  # type: ignore[misc]
    with pytest.raises(TrackError, match="track 0 is listed twice"):
        TrackTable([small()[0], small()[0]])


def test_frame_has_one_row_per_track() -> None:
    frame = small().frame()
    assert list(frame.columns) == [
        "target_index", "identifier", "assay", "biosample", "target",
        "description", "strand", "clip", "scale", "sum_stat",
    ]  # fmt: skip
    assert frame["target"].tolist() == ["", "", "CTCF", "ctcf"]


@given(st.lists(st.integers(0, 49), min_size=1, unique=True))
def test_selecting_is_indexing(indices: list[int]) -> None:
    assert TrackTable.unnamed(50, "x").select(indices).target_index.tolist() == indices
