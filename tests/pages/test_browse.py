"""The browse page, driven without a browser: every path that a visitor can take."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import threading
import zipfile

import pytest
import worlds
from app_driver import (
    APP,
    VIEW,
    address,
    ask,
    box_shows,
    charts,
    chooser,
    errors,
    html,
    plain,
    question,
    send,
    settled,
    upload,
    view,
)
from streamlit.testing.v1 import AppTest
from weights import write_model

from enformer_core.settings import load_settings
from pages._ui.state import MAX_TRACKS


def buttons(app):
    return {b.key: b for b in app.button}


def test_without_a_model_it_says_what_to_do_in_three_lines_and_how_long_it_takes(no_world):
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    text = plain("\n".join(m.value for m in app.markdown))
    assert [line[:2] for line in text.splitlines() if line[:2] in ("1.", "2.", "3.")] == ["1.", "2.", "3."]
    assert "EleutherAI/enformer-official-rough" in text
    assert "enformer-browser setup index hg38.fa" in text
    assert text.count("about 1 minute") == 2


def test_row_01_an_empty_question_prompts_without_an_error(opened):
    app = opened()
    assert not app.error
    assert not charts(app)
    assert any("What would you like to see" in m.value for m in app.markdown)
    app = ask(app, "   ")
    assert not app.error
    assert not charts(app)


def test_the_prompt_offers_a_locus_that_works(opened):
    app = opened()
    app = settled(buttons(app)["example"].click().run())
    assert charts(app)
    assert box_shows(app) == "chr1:1-60,000"


def test_a_gene_gives_default_tracks_on_one_axis(opened):
    app = ask(opened(), "alfa1")
    assert question(app) == "Predicted CAGE, DNASE and H3K27ac in erythroid at ALFA1"
    assert view(app)["first"] == {"start": 17_952, "end": 22_048}  # TSS 20,000 begins bin 16 of 32
    assert address(app, "q") == "alfa1"
    assert address(app, "tracks") == "0,2,4"
    words = html(app)
    assert "ALFA1 is longer than the window" in words
    assert "Genes in view: ALFA1" in words


def test_row_02_spellings_of_a_locus_show_the_canonical_form(opened):
    app = opened()
    for text in ("chr1:20,001-24,096", "CHR1:20001..24096", "1:20,001–24,096 "):
        app = ask(app, text)
        assert not app.error, errors(app)
        assert view(app)["place"] == "chr1:20,001-24,096"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("chr1:200-100", "200"),
        ("chr1:0-100", "start at 1"),
        ("chr23:1-10", "no chromosome 'chr23'"),
        ("chr1:1e6-2e6", "1e6"),
        ("chr1:99999999999999999999-99999999999999999999", "99999999999999999999"),
        ("rs123", "rs123"),
        ("hg19 chr1:1-10", "hg19"),
        ("chr1:1000:Z>C", "Z"),
        ("x" * 201, "x"),
    ],
)
def test_rows_03_to_16_a_bad_question_is_explained_and_the_page_goes_on(opened, text, what):
    app = opened(q="ALFA1") if len(text) < 30 else opened()
    app = ask(app, text)
    assert what in errors(app)
    assert not charts(app)
    assert charts(ask(app, "ALFA1"))


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "$x^2$ :red[hot]", "a\u202eb\x00c", "🧬🧬"]
)
def test_row_16_hostile_text_is_shown_and_never_run(opened, text):
    app = ask(opened(), text)
    assert app.error
    body = app.error[0].value
    assert "<script" not in body.replace("\\<", "")
    assert "](" not in body
    assert ":red[" not in body
    assert "\u202e" not in body
    assert "\x00" not in body


def test_row_05_a_locus_past_the_end_offers_the_clipped_one(opened):
    app = ask(opened(), "chr1:58,000-61,000")
    assert "chr1 ends at 60,000" in errors(app)
    app = settled(buttons(app)["way-0"].click().run())
    assert box_shows(app) == "chr1:58,000-60,000"
    assert charts(app)


def test_row_09_bases_off_the_chromosome_have_a_banner(opened):
    app = ask(opened(), "chr1:1-2,000")
    assert "read as N" in plain(app.warning[0].value)
    assert charts(app)


def test_row_13_an_unknown_gene_suggests_others(opened):
    app = ask(opened(), "ALFA2")
    assert "no gene is called 'ALFA2'" in errors(app).lower() or "No gene is called 'ALFA2'" in errors(app)
    app = settled(buttons(app)["way-0"].click().run())
    assert question(app).endswith("at ALFA1")


def test_row_14_an_ambiguous_gene_lets_choose(opened):
    app = ask(opened(), "TWIN")
    ways = [key for key in buttons(app) if key and key.startswith("way-")]
    assert len(ways) == 2
    app = settled(buttons(app)["way-1"].click().run())
    assert charts(app)
    assert "chr2:" in html(app)


def test_a_pasted_sequence_is_predicted_and_kept_out_of_the_address(opened, world):
    app = opened()
    app = ask(app, "> mine\n" + world.bases["chr1"][:9000])
    assert charts(app), errors(app)
    assert "the sequence mine" in question(app)
    assert "q" not in app.query_params
    assert "its central 8,192 bp are read" in html(app)


def test_a_bad_sequence_names_the_letter(opened):
    app = opened()
    app = ask(app, ">x\nACGTJACGTACGTACGTACGTACGT")
    assert "'J'" in errors(app)


def test_a_variant_is_applied(opened, world):
    ref = world.bases["chr1"][20_000]
    alt = "A" if ref != "A" else "C"
    app = ask(opened(), f"chr1:20001:{ref}>{alt}")
    assert "with 1 edit" in question(app), errors(app)
    app = ask(app, f"chr1:20001:{alt}>{ref}")
    assert ref in errors(app)


def test_an_upload_is_paired_by_its_name_and_compared(opened, world):
    app = ask(opened(), "chr1:18,001-22,096")
    app = upload(app, world.experiment.read_bytes(), "track0000_ID0000.bw")
    assert "against 1 experiment" in question(app), errors(app)
    words = html(app)
    assert "Pearson r with the experiment" in words
    assert "track0000_ID0000.bw" in words


def test_another_transform_changes_the_axis(opened, world):
    app = upload(ask(opened(), "chr1:18,001-22,096"), world.experiment.read_bytes(), "ID0000.bw")
    assert "soft clip 384" in view(app)["lanes"][0]["label"]
    box = next(s for s in app.selectbox if s.label == "The files hold")
    app = settled(box.set_value("none").run())
    assert "coverage, 128-bp mean" in view(app)["lanes"][0]["label"]
    assert not any("clip" in lane["label"] for lane in view(app)["lanes"])


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "empty"), (b"PK\x03\x04" + bytes(100), "zip"), (b"<!DOCTYPE html><html>404</html>" + b" " * 80, "HTML")],
)
def test_rows_49_and_68_a_wrong_file_is_named_and_not_kept(opened, content, what):
    app = ask(opened(), "ALFA1")
    app = upload(app, content, "../../app.py")
    assert what.lower() in errors(app).lower()
    assert "enformer-uploads" not in errors(app)
    assert "against" not in question(app)
    assert charts(app)


def test_row_69_a_file_above_the_limit_is_refused(opened, world, monkeypatch):
    monkeypatch.setenv("ENFORMER_UPLOAD_MAX_BYTES", "1000")
    app = upload(ask(opened(), "ALFA1"), world.experiment.read_bytes(), "ID0000.bw")
    assert "too large" in errors(app)
    assert not list(app.session_state["browser"].upload_folder().iterdir())
    assert charts(app)


def test_an_experiment_is_paired_by_hand_and_removed(opened, world):
    app = upload(ask(opened(), "ALFA1"), world.experiment.read_bytes(), "mine.bw")
    assert "against" not in question(app)
    box = next(s for s in app.selectbox if s.label == "Compared with")
    app = settled(box.set_value(2).run())
    assert "against 1 experiment" in question(app)
    path = app.session_state["browser"].experiments[0].path
    assert path.name != "mine.bw"
    assert path.exists()
    app = settled(buttons(app)["drop-0"].click().run())
    assert "against" not in question(app)
    assert not path.exists()


def test_another_start_site_of_a_gene_can_be_chosen(opened, world, monkeypatch, tmp_path):
    genes = worlds.with_second_start(world, tmp_path)
    monkeypatch.setenv("ENFORMER_GENES", str(genes))
    app = ask(opened(), "ALFA1")
    box = next(s for s in app.selectbox if s.label == "Start site")
    assert box.options[0].endswith("at 20,001 (canonical)")
    app = settled(box.set_value("ENST00000000099.1").run())
    assert view(app)["place"] == "chr1:18,953-23,048"
    assert question(app).endswith("at ALFA1 (ENST00000000099.1)")


def test_row_51_an_experiment_of_another_assembly_says_so_in_its_lane(opened, tmp_path):
    import numpy as np

    path = tmp_path / "other.bw"
    worlds.write_experiment(path, np.random.default_rng(1), {"chr1": 50_000})
    app = upload(ask(opened(), "ALFA1"), path.read_bytes(), "ID0000.bw")
    (problem,) = [lane["problem"] for lane in view(app)["lanes"] if lane["problem"]]
    assert "50,000" in problem
    assert "60,000" in problem
    assert "DNASE" in {lane["name"] for lane in view(app)["lanes"]}


def test_row_54_a_file_that_is_gone_leaves_the_other_lanes(opened, world, monkeypatch, tmp_path):
    copy = tmp_path / "ID0000.bw"
    shutil.copy(world.experiment, copy)
    monkeypatch.setenv("ENFORMER_DATA_ROOTS", json.dumps([str(tmp_path)]))
    app = ask(opened(), "ALFA1")
    app = settled(app.text_input(key="path").set_value("ID0000.bw").run())
    assert "against 1 experiment" in question(app), errors(app)
    copy.unlink()
    app = ask(app, "chr1:30,001-34,096")
    assert "Its experiment is not shown" in html(app)
    assert charts(app)


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "/proc/self/environ", "~/x.bw", "none.bw"])
def test_row_56_a_path_outside_the_roots_is_refused(opened, monkeypatch, tmp_path, path):
    monkeypatch.setenv("ENFORMER_DATA_ROOTS", json.dumps([str(tmp_path)]))
    app = settled(opened().text_input(key="path").set_value(path).run())
    assert "cannot be opened" in errors(app) or "does not lie below" in errors(app)


def test_a_hosted_app_opens_nothing_by_path(opened, monkeypatch, tmp_path):
    monkeypatch.setenv("ENFORMER_DATA_ROOTS", json.dumps([str(tmp_path)]))
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    app = opened()
    assert "path" not in {t.key for t in app.text_input}
    assert all("another" not in option for box in app.selectbox for option in box.options)


def test_row_71_the_number_of_lanes_is_limited(opened, world, monkeypatch, tmp_path):
    from weights import TINY_CONFIG, write_model

    config = dataclasses.replace(TINY_CONFIG, output_heads={"human": 30})
    monkeypatch.setenv("ENFORMER_MODEL", str(write_model(tmp_path / "wide", config)))
    app = opened(q="ALFA1", tracks=",".join(str(i) for i in range(25)))
    assert address(app, "tracks") == ",".join(str(i) for i in range(MAX_TRACKS))
    assert "the link names 25 tracks, the first 20 are shown" in html(app)
    assert len(chooser(app)["tracks"]) == chooser(app)["most"] == MAX_TRACKS


def test_row_70_a_link_opens_the_view_and_is_bounded(opened):
    app = opened(q="chr1:20,001-24,096", tracks="7,1,7,99,x")
    assert "CTCF and CAGE in hepatocyte at chr1:20,001-24,096" in question(app)
    assert address(app, "tracks") == "7,1"
    app = opened(q="A" * 300, tracks="1," * 10_000)
    assert "at most 200 are read" in html(app)
    assert address(app, "tracks") == "0,2,4"


def test_what_is_on_screen_is_told_when_it_is_left_and_r_belongs_to_it(opened, world):
    app = upload(ask(opened(), "ALFA1"), world.experiment.read_bytes(), "ID0000.bw")
    assert "over 32 bins" in html(app)
    told = {"client": 7, "acts": [], "view": {"start": 19_000, "end": 21_100}}
    app = settled(send(app, "asked", told, VIEW))
    assert "over 15 bins" in html(app), "whole bins alone: the first begins at 19,104"
    assert "In view: chr1:19,001-21,100" in html(app)


def test_bases_are_edited_in_the_picture_each_thing_once(opened, world):
    app = ask(opened(), "ALFA1")
    base = world.bases["chr1"][20_100]
    other = "C" if base == "A" else "A"
    act = {"serial": 1, "kind": "substitute", "start": 20_100, "end": 20_101, "letters": other}
    app = settled(send(app, "asked", {"client": 7, "acts": [act]}, VIEW))
    assert "with 1 edit" in question(app), errors(app)
    assert view(app)["done"] == {"client": 7, "serial": 1}
    (edit,) = view(app)["edits"]
    assert (edit["start"], edit["alt"]) == (20_100, other)
    # What is not known to be done is sent again, with what is new; only that is done.
    more = [act, {"serial": 2, "kind": "delete", "start": 20_200, "end": 20_210}]
    app = settled(send(app, "asked", {"client": 7, "acts": more}, VIEW))
    assert next(e["label"] for e in view(app)["edits"]) == f"{base} › {other}"
    assert len(view(app)["edits"]) == 2
    app = settled(send(app, "asked", {"client": 7, "acts": [{"serial": 3, "kind": "undo"}]}, VIEW))
    assert len(view(app)["edits"]) == 1
    insert = {"serial": 4, "kind": "insert", "start": 20_300, "end": 20_301, "letters": "gata"}
    app = settled(send(app, "asked", {"client": 7, "acts": [insert]}, VIEW))
    assert [e["label"] for e in view(app)["edits"]][1] == "ins GATA"


@pytest.mark.parametrize(
    ("act", "what"),
    [
        ({"kind": "substitute", "start": 20_100, "end": 20_101, "letters": "Z"}, "Z"),
        ({"kind": "delete", "start": 50_000, "end": 50_010}, "outside the window"),
        ({"kind": "delete", "start": "1", "end": None}, "are not bases"),
        ({"kind": "insert", "start": 20_100, "end": 20_101, "letters": 7}, "7"),
        ({"kind": "drop table"}, "drop table"),
        ({}, "not something that the view can ask for"),
    ],
)
def test_what_the_picture_asks_for_is_checked_like_what_is_typed(opened, act, what):
    app = ask(opened(), "ALFA1")
    app = settled(send(app, "asked", {"client": 7, "acts": [{"serial": 1, **act}]}, VIEW))
    assert what in errors(app)
    assert not view(app)["edits"]


def test_the_mouse_head_has_its_own_tracks(opened):
    app = ask(opened(), "ALFA1")
    app = settled(app.selectbox(key="head-choice").set_value("mouse").run())
    assert chooser(app)["count"] == 5
    assert address(app, "tracks") == "0,1,2"
    assert charts(app)


def test_cancel_leaves_the_page_usable_and_asks_before_it_predicts_again(opened, monkeypatch):
    from enformer_core.inference import embeddings as module

    gate, real = threading.Event(), module.embed_window

    def slow(reference, codes, on_progress):
        while not gate.is_set():
            on_progress(0.3)
            gate.wait(0.02)
        return real(reference, codes, on_progress)

    app = opened()
    monkeypatch.setattr(module, "embed_window", slow)
    app = send(app, "asked", "BETA2")
    assert "predicting" in plain(app.get("progress")[0].proto.text)
    job = app.session_state["browser"].job
    app.run()
    assert app.session_state["browser"].job is job, "one request, one job"
    settled(buttons(app)["cancel"].click().run())
    assert "was cancelled" in app.info[0].value
    gate.set()
    app = settled(buttons(app)["again"].click().run())
    assert question(app).endswith("at BETA2")


def test_a_failed_job_is_explained_and_can_be_tried_again(opened, monkeypatch):
    from enformer_core.errors import OutOfDeviceMemory
    from enformer_core.inference import embeddings as module

    real = module.embed_window

    def fails(*_):
        raise OutOfDeviceMemory("the device has too little memory", hint="Close other programs")

    app = opened()
    monkeypatch.setattr(module, "embed_window", fails)
    app = ask(app, "BETA2")
    assert "The device has too little memory. Close other programs" in errors(app)
    monkeypatch.setattr(module, "embed_window", real)
    app = settled(buttons(app)["again"].click().run())
    assert charts(app)


def test_an_unexpected_failure_shows_a_reference_and_no_traceback(opened, monkeypatch):
    from enformer_core.inference import embeddings as module

    app = opened()
    monkeypatch.setattr(module, "embed_window", lambda *_: 1 / 0)
    app = ask(app, "BETA2")
    assert "reference" in errors(app)
    assert "ZeroDivisionError" not in errors(app)
    assert "Traceback" not in errors(app)


def test_a_model_that_is_missing_is_explained(opened, monkeypatch, tmp_path):
    monkeypatch.setenv("ENFORMER_MODEL", str(tmp_path / "nothing"))
    app = opened()
    assert "there is no model" in errors(app).lower()
    assert "load-again" in buttons(app)


def test_two_sessions_share_the_model_and_nothing_else(opened, world):
    first, second = ask(opened(), "ALFA1"), ask(opened(), "BETA2")
    first = upload(first, world.experiment.read_bytes(), "ID0000.bw")
    second.run()
    assert question(first).endswith("at ALFA1, against 1 experiment")
    assert question(second).endswith("at BETA2")
    ours, theirs = first.session_state["browser"], second.session_state["browser"]
    assert not theirs.experiments
    assert not set(ours.results) & set(theirs.results)


def test_the_download_is_one_zip_of_readable_bigwigs_and_always_the_same(opened):
    import pyBigWig

    from pages._ui.export import zip_name, zipped

    app = ask(opened(), "ALFA1")
    state = app.session_state["browser"]
    result = state.results[state.shown]
    assert zip_name(result) == "enformer_chr1_17953-22048.zip"
    content = zipped(result)
    assert content == zipped(result)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert len([n for n in names if n.endswith(".bw")]) == 3
        facts = json.loads(archive.read("provenance.json"))
        first = archive.read(names[0])
    assert facts["window"] == "chr1:15905-24096"
    assert first[:4] == (0x888FFC26).to_bytes(4, "little")
    assert pyBigWig.__version__


def test_what_is_simulated_says_so(configured, opened, monkeypatch):
    folder = write_model(load_settings().models_dir / "sim")
    (folder / "manifest.json").write_text('{"schema": 1, "kind": "model", "name": "sim", "simulated": true}')
    plain_page = html(opened(q="chr1:20,000"))
    assert "simulated" not in re.sub(r"<style>.*?</style>", "", plain_page, flags=re.DOTALL)
    monkeypatch.setenv("ENFORMER_MODEL", "sim")
    assert '<span class="eb-chip simulated"' in html(opened(q="chr1:20,000"))
