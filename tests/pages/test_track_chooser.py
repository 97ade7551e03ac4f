"""The chooser of tracks behind its looks: what it sends the browser, and what comes of what the browser sends."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
from pathlib import Path

import pytest
from app_driver import address, ask, choose_tracks, chooser, component, errors, html, question, settled, upload
from hypothesis import given
from hypothesis import strategies as st
from weights import TINY_CONFIG, write_model

from enformer_core.errors import InputError
from enformer_core.tracks.table import Track, TrackTable
from pages._ui.presets import suggested, usual
from pages._ui.state import MAX_TRACKS, Session
from pages._ui.track_chooser import TABLE_KEY, pack, take

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "enformer_targets" / "targets_human.txt"


def track(index: int, assay: str, target: str, biosample: str, strand: str = ".", description: str = "") -> Track:
    parsed = ":".join(part for part in (assay, target, biosample) if part)
    return Track(index, f"ID{index}", assay, biosample, target, description or parsed, strand)


TABLE = TrackTable(
    [
        track(0, "CHIP", "CTCF", "K562"),
        track(1, "CHIP", "H3K27ac", "K562"),
        track(2, "DNASE", "", "K562"),
        track(3, "CAGE", "", "chronic myelogenous leukemia cell line:K562 ENCODE", strand="+"),
        track(4, "CHIP", "CTCF", "liver male adult (32 years)"),
        track(5, "CHIP", "CTCF", "liver male adult (32 years)"),
        track(6, "CAGE", "", "liver", description="CAGE:liver, adult,", strand="+"),
    ]
)


def unpacked(data: bytes) -> list[list[str]]:
    assert data[:64].decode() == hashlib.sha256(data[64:]).hexdigest()
    return [line.split("\t") for line in gzip.decompress(data[64:]).decode().splitlines()]


# What is sent


def test_a_table_is_packed_whole_and_always_the_same():
    rows = unpacked(pack(TABLE))
    assert rows[0] == ["0", "ID0", "CTCF", "CHIP", "CTCF", "K562", "ctcf", ""]
    assert rows[6] == ["6", "ID6", "CAGE +", "CAGE", "", "liver", "accent", "CAGE:liver, adult,"]
    assert len(rows) == len(TABLE)
    assert pack(TABLE) == pack(TrackTable(list(TABLE)))
    assert pack(TABLE)[:64] != pack(TABLE.select([0, 1]))[:64]


TEXTS = st.text(max_size=30)


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_of_a_table_breaks_its_line(identifier, biosample, description):
    odd = Track(0, identifier, "CHIP", biosample, "CTCF", description)
    (row, other) = unpacked(pack(TrackTable([odd, track(1, "CAGE", "", "liver")])))
    assert len(row) == len(other) == 8
    assert other[1] == "ID1"


@pytest.mark.skipif(not REAL.exists(), reason="the published table is not at hand")
def test_the_published_table_is_small_and_suggests_cell_lines_and_assays():
    table = TrackTable.read(REAL)
    assert len(pack(table)) < 100_000
    found = {preset.name: preset.tracks for preset in suggested(table)}
    assert {"Usual tracks", "K562", "HepG2", "ATAC, all biosamples"} <= set(found)
    assert 4828 in found["K562"], "its CAGE track is called a leukemia cell line:K562"
    assert 121 in found["K562"]
    known = set(table.target_index.tolist())
    for tracks in found.values():
        assert 1 < len(set(tracks)) == len(tracks) <= MAX_TRACKS
        assert set(tracks) <= known


def test_a_table_suggests_the_usual_tracks_biosamples_and_assays():
    assert usual(TABLE) == (3, 2, 1)
    found = [(preset.group, preset.name, preset.tracks) for preset in suggested(TABLE)]
    assert found == [
        ("This model", "Usual tracks", (3, 2, 1)),
        ("One biosample", "K562", (3, 2, 0, 1)),
        ("One assay", "CAGE +, all biosamples", (3, 6)),
        ("One assay", "CTCF, all biosamples", (0, 4, 5)),
    ]
    assert usual(TrackTable.unnamed(5, "human")) == (0, 1, 2)
    assert [preset.name for preset in suggested(TrackTable.unnamed(5, "human"))] == ["Usual tracks"]


def test_a_preset_has_no_more_tracks_than_fit():
    many = TrackTable([track(i, "CHIP", f"TF{i}", "K562") for i in range(50)])
    (_, of_k562) = suggested(many)
    assert len(of_k562.tracks) == MAX_TRACKS
    assert [preset.name for preset in suggested(TrackTable([track(i, "CAGE", "", "b") for i in range(30)]))] == [
        "Usual tracks"
    ]


# What comes back


def asked(tracks: object, serial: int = 1, client: int = 7, table: TrackTable = TABLE) -> dict[str, object]:
    return {"client": client, "serial": serial, "table": pack(table)[:64].decode(), "tracks": tracks}


def test_each_list_is_taken_once_and_an_old_one_is_left():
    state = Session(tracks=(0,))
    take(state, TABLE, asked([4, 0], serial=2))
    assert (state.tracks, state.tracks_done) == ((4, 0), (7, 2))
    take(state, TABLE, asked([1], serial=2))
    take(state, TABLE, asked([1], serial=1))
    assert state.tracks == (4, 0)
    take(state, TABLE, asked([1], serial=1, client=8))
    assert (state.tracks, state.tracks_done) == ((1,), (8, 1))


def test_a_list_for_another_table_is_left():
    state = Session(tracks=(0,))
    take(state, TABLE, asked([1], table=TABLE.select([0, 1])))
    assert (state.tracks, state.tracks_done) == ((0,), (0, 0))


@pytest.mark.parametrize(
    ("tracks", "what"),
    [
        ([0, 99], "no track '99'"),
        ([-1], "no track '-1'"),
        ([0, 0], "names a track twice"),
        ([], "are not tracks"),
        ([True], "are not tracks"),
        (["1"], "are not tracks"),
        ([1.0], "are not tracks"),
        ({"0": 1}, "are not tracks"),
        (None, "are not tracks"),
        (list(range(21)), "21 tracks are too many: at most 20"),
    ],
)
def test_what_the_browser_sends_is_checked(tracks, what):
    state = Session(tracks=(0,))
    with pytest.raises(InputError, match=what):
        take(state, TABLE, asked(tracks))
    assert state.tracks == (0,)
    assert state.tracks_done == (7, 1), "it is answered, so that the browser shows what is on view"


@pytest.mark.parametrize("wrong", [{"client": "7"}, {"serial": None}, {"serial": True}, {"table": 5}, {"client": []}])
def test_what_is_not_a_message_is_left(wrong):
    state = Session(tracks=(0,))
    take(state, TABLE, asked([1]) | wrong)
    assert state.tracks == (0,)


# On the page


def test_tracks_are_added_moved_and_removed(opened, world):
    app = ask(opened(), "ALFA1")
    told = chooser(app)
    assert (told["count"], told["most"]) == (12, MAX_TRACKS)
    assert [(t["index"], t["name"], t["about"], t["colour"]) for t in told["tracks"]] == [
        (0, "CAGE", "erythroid", "accent"),
        (2, "DNASE", "erythroid", "dnase"),
        (4, "H3K27ac", "erythroid", "h3k27ac"),
    ]
    assert str(world.model) not in json.dumps(told), "a path on the server is nobody's business"
    assert [preset["name"] for preset in told["presets"]][:3] == ["Usual tracks", "erythroid", "hepatocyte"]
    table = component(app, TABLE_KEY).bytes
    assert len(unpacked(table)) == 12
    assert table[:64].decode() == told["table"]
    app = choose_tracks(app, 2, 10, 4)
    assert address(app, "tracks") == "2,10,4"
    assert "DNASE, GATA1 and H3K27ac" in question(app)
    assert [t["index"] for t in chooser(app)["tracks"]] == [2, 10, 4]
    assert chooser(app)["done"] == {"client": 7, "serial": 1}
    app = choose_tracks(app, 2, 99)
    assert "no track '99'" in errors(app)
    assert address(app, "tracks") == "2,10,4"
    assert not errors(choose_tracks(app, 2)), "the page goes on"


def test_an_experiment_is_compared_with_nothing_once_its_track_is_off(opened, world):
    app = upload(ask(opened(), "ALFA1"), world.experiment.read_bytes(), "ID0000.bw")
    state = app.session_state["browser"]
    assert [experiment.track for experiment in state.experiments] == [0]
    app = choose_tracks(app, 2, 4)
    assert [experiment.track for experiment in state.experiments] == [None]
    assert "against" not in question(app)


def test_another_head_begins_with_its_own_tracks(opened):
    app = choose_tracks(ask(opened(), "ALFA1"), 3, 11)
    old = chooser(app)
    app = settled(app.selectbox(key="head-choice").set_value("mouse").run())
    assert chooser(app)["table"] != old["table"]
    assert chooser(app)["scope"] == old["scope"], "what is saved belongs to the model"
    assert address(app, "tracks") == "0,1,2"
    app = choose_tracks(app, 3, table=old["table"])
    assert address(app, "tracks") == "0,1,2", "what was asked of the other head is left"


def test_a_track_that_the_model_does_not_have_is_named(opened):
    app = opened(q="ALFA1", tracks="2,99")
    assert "the model has no track 99" in html(app)
    assert [t["index"] for t in chooser(app)["tracks"]] == [2]


def test_a_lane_has_its_colour_in_the_list(opened):
    from pages._ui.looks import Look

    app = ask(opened(), "ALFA1")
    app.session_state["browser"].looks[0] = Look(colour="ctcf")
    app.run()
    assert [t["colour"] for t in chooser(app)["tracks"]] == ["ctcf", "dnase", "h3k27ac"]


def test_thousands_of_unnamed_tracks_can_be_chosen(opened, monkeypatch, tmp_path):
    config = dataclasses.replace(TINY_CONFIG, output_heads={"human": 5_313})
    monkeypatch.setenv("ENFORMER_MODEL", str(write_model(tmp_path / "wide", config)))
    app = choose_tracks(opened(q="ALFA1"), 5_312, 7)
    assert address(app, "tracks") == "5312,7"
    assert chooser(app)["count"] == 5_313
    assert len(component(app, TABLE_KEY).bytes) < 400_000
