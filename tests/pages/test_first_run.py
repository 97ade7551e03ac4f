"""The first run: a finished picture without a click, the worked examples, and what comes with an assembly."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import worlds
from app_driver import (
    APP,
    PATIENCE_S,
    address,
    ask,
    box_shows,
    charts,
    choose_tracks,
    errors,
    html,
    open_app,
    plain,
    question,
    settled,
    upload,
    view,
)
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from enformer_core.settings import load_settings

DELETION = "chr1:21000"


@pytest.fixture
def home(no_world: None, world: worlds.World) -> Path:
    """The world is registered, simulated, and nothing is set."""
    worlds.register(world, load_settings().data_dir)
    return load_settings().assemblies_dir / "toy"


@pytest.fixture
def app(home: Path) -> Callable[..., AppTest]:
    return open_app


@pytest.fixture
def predictor(home: Path) -> Iterator[ec.Predictor]:
    found = ec.Predictor.from_pretrained("toy-model", assembly="toy")
    yield found
    found.close()


def buttons(app: AppTest) -> dict:
    return {b.key: b for b in app.button}


def click(app: AppTest, key: str) -> AppTest:
    return settled(buttons(app)[key].click().run())


def text_of(app: AppTest, name: str) -> str:
    """The words of one element, without tags."""
    found = re.search(rf'id="{name}".*?>(.*?)</div>', html(app))
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def test_the_app_opens_on_the_first_example(app):
    page = app()
    assert charts(page)
    assert not page.error, errors(page)
    assert box_shows(page) == "ALFA1"
    assert question(page) == "Predicted CAGE and DNASE in erythroid at ALFA1, against 1 experiment"
    assert text_of(page, "example") == "A gene as it is."
    assert (address(page, "q"), address(page, "tracks"), address(page, "example")) == ("ALFA1", "0,2", "gene")
    assert view(page)["place"] == "chr1:19,001-21,500", "the example's view"


def test_what_was_asked_goes_before_the_first_example(app):
    page = app(q="BETA2")
    assert question(page).endswith("at BETA2, against 1 experiment")
    assert not address(page, "example")


def test_a_question_that_was_emptied_stays_empty(app):
    page = ask(app(), "")
    assert not charts(page)
    assert any("What would you like to see" in m.value for m in page.markdown)
    assert {"example-gene", "example-deletion", "example-cells"} <= set(buttons(page))


def test_a_level_is_computed_from_the_prediction_and_judged(app, predictor):
    said = text_of(app(), "truth")
    prediction = predictor.predict("ALFA1", tracks=[0])
    bins = slice((20_000 - prediction.interval.start) // 128, (20_384 - prediction.interval.start) // 128)
    level = float(prediction.values[bins, 0].mean())
    assert f"Truth: CAGE erythroid at ALFA1 is 1e+09. Model: {level:.3g}." in said
    assert said.endswith("✗ Wrong: right would be within a factor of 2 of the truth.")


def test_right_is_said_as_plainly_as_wrong(app, home, predictor):
    level = float(predictor.predict("ALFA1", tracks=[0]).values[16:19, 0].mean())
    document = json.loads((home / "examples.json").read_text())
    document["examples"][0]["expected"]["value"] = 1.4 * level
    (home / "examples.json").write_text(json.dumps(document))
    assert text_of(app(), "truth").endswith("✓ Right: within a factor of 2 of the truth.")


def test_the_formula_stands_in_the_tooltip(app):
    found = re.search(r'id="truth" title="([^"]*)"', html(app()))
    assert found
    assert found[1] == "Level = mean over the bins that overlap chr1:20,001-20,384 of the predicted track ID0000"


def test_an_example_with_an_edit_shows_reference_and_edited(app, predictor, home):
    page = click(app(), "example-deletion")
    assert question(page) == "Predicted CAGE in erythroid at ALFA1, with 1 edit, against 1 experiment"
    edit = json.loads((home / "examples.json").read_text())["examples"][1]["edits"][0]
    variant = ec.Variant(edit["chrom"], edit["pos"], edit["ref"], edit["alt"])
    reference = predictor.predict("ALFA1", tracks=[0])
    edited = predictor.predict("ALFA1", tracks=[0], edits=[variant])
    state = page.session_state["browser"]
    result = state.results[state.shown]
    np.testing.assert_array_equal(result.prediction.values, reference.values)
    np.testing.assert_array_equal(result.edited.values, edited.values)
    # The gene's start keeps its place, so its bins are 16 to 18 with and without the deletion downstream.
    levels = [float(p.values[16:19, 0].mean(dtype=np.float64)) for p in (edited, reference)]
    change = math.log2((levels[0] + 0.01) / (levels[1] + 0.01))
    assert f"Model: {change:+.2f}.".replace("-", "−") in text_of(page, "truth")
    assert "falls to a third (log2 fold change −1.58)" in text_of(page, "truth")
    assert [edit["label"] for edit in view(page)["edits"]] == ["del 300 bp"]
    assert view(page)["edited"]
    assert "edited" in html(page)
    assert "Edit 1: del 300 bp at chr1:21,000." in text_of(page, "view-in-words")


def test_the_edits_can_be_taken_away(app):
    page = click(click(app(), "example-deletion"), "edits-clear")
    assert question(page) == "Predicted CAGE in erythroid at ALFA1, against 1 experiment"
    assert not address(page, "example")
    assert not text_of(page, "truth")


def test_two_cell_types_are_compared_and_share_a_scale(app):
    page = click(app(), "example-cells")
    assert "CAGE erythroid at BETA2 is 4.9 times CAGE hepatocyte (log2 ratio +2.30)" in text_of(page, "truth")
    assert len({lane["group"] for lane in view(page)["lanes"]}) == 1
    assert view(page)["show"]["together"]


def test_a_typed_question_leaves_the_example_and_its_edits(app):
    page = ask(click(app(), "example-deletion"), "BETA2")
    assert question(page).startswith("Predicted CAGE in erythroid at BETA2, against")
    assert not text_of(page, "truth")
    assert not text_of(page, "example")
    assert buttons(page)["example-gene"]


def test_the_truth_needs_its_track(app):
    page = choose_tracks(app(), 2)
    assert "no number, for the track ID0000 is not on view" in text_of(page, "truth")
    assert "Right" not in text_of(page, "truth")
    assert "Wrong" not in text_of(page, "truth")


def test_the_examples_fold_away_and_come_back(app):
    page = click(app(), "tour-fold")
    assert "example-gene" not in buttons(page)
    assert not text_of(page, "example")
    assert charts(page)
    assert "example-gene" in buttons(click(page, "tour-fold"))


def test_all_that_is_simulated_says_so(app):
    from pages._ui.export import zip_name, zipped

    page = click(app(), "example-deletion")
    words = html(page)
    assert "toy · simulated</span>" in words
    assert "model toy-model · simulated</span>" in words
    assert view(page)["simulated"] == "simulated: model toy-model on toy"
    assert "Simulated: model toy-model on toy." in text_of(page, "view-in-words")
    assert buttons(page)["tour-fold"].label == "Examples (simulated)"
    state = page.session_state["browser"]
    result = state.results[state.shown]
    assert zip_name(result) == "enformer_chr1_17953-22048_edited_simulated.zip"
    with zipfile.ZipFile(io.BytesIO(zipped(result))) as archive:
        names = archive.namelist()
        facts = {part: json.loads(archive.read(f"{part}/provenance.json")) for part in ("reference", "edited")}
    assert facts["reference"]["simulated"] is facts["edited"]["simulated"] is True
    assert facts["reference"]["edits"] == []
    assert facts["edited"]["edits"][0].startswith(DELETION)
    tracks = [name for name in names if name.endswith(".bw")]
    assert len(tracks) == 3
    assert all(".simulated.bw" in name for name in tracks)


def test_what_is_not_simulated_does_not_say_so(no_world, world):
    worlds.register(world, load_settings().data_dir, simulated=False)
    page = settled(AppTest.from_file(str(APP), default_timeout=PATIENCE_S).run())
    assert question(page).startswith("Predicted")
    assert "simulated" not in re.sub(r"<style>.*?</style>", "", html(page), flags=re.DOTALL).lower()
    assert not view(page)["simulated"]


def test_an_experiment_of_the_assembly_is_hidden_and_shown(app):
    page = app()
    box = page.checkbox(key="own-ID0000")
    assert (plain(box.label), box.value) == ("cage.bw", True)
    page = settled(box.uncheck().run())
    assert question(page) == "Predicted CAGE and DNASE in erythroid at ALFA1"
    assert not page.checkbox(key="own-ID0000").value
    page = settled(page.checkbox(key="own-ID0000").check().run())
    assert "against 1 experiment" in question(page)


def test_an_own_upload_goes_before_the_assembly_s_experiment(app, world):
    page = upload(app(), world.experiment.read_bytes(), "mine_ID0000.bw")
    assert "mine_ID0000.bw" in view(page)["lanes"][0]["about"]
    assert not any("cage.bw" in lane["about"] for lane in view(page)["lanes"])
    assert "own-ID0000" not in {box.key for box in page.checkbox}
    page = click(page, "drop-0")
    assert "cage.bw" in view(page)["lanes"][0]["about"]


def test_a_hosted_app_shows_the_assembly_s_experiments(app, monkeypatch):
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    page = app()
    assert "against 1 experiment" in question(page)
    assert "Pearson r with the experiment" in html(page)


def test_a_bad_file_beside_the_assembly_is_explained_and_the_rest_works(app, home):
    (home / "examples.json").write_text("{")
    (home / "experiments.tsv").write_text("identifier\tfile\nID0000\t../x.bw\n")
    page = app(q="ALFA1")
    assert "it is not JSON" in errors(page)
    assert "'../x.bw' is not a plain file name" in errors(page)
    assert charts(page)


def test_a_hosted_app_does_not_say_where_a_bad_file_is(app, home, monkeypatch):
    monkeypatch.setenv("ENFORMER_HOSTED", "true")
    (home / "examples.json").write_text("{")
    page = app(q="ALFA1")
    assert "it is not json" in errors(page).lower()
    assert str(home) not in errors(page)


def test_an_experiment_that_is_missing_is_a_note_on_its_lane(app, home):
    (home / "cage.bw").unlink()
    page = app()
    assert "Its experiment is not shown" in text_of(page, "view-in-words")
    assert charts(page)


def test_an_example_about_other_tracks_and_places_still_opens(app, home):
    document = json.loads((home / "examples.json").read_text())
    document["examples"][0] |= {"tracks": ["ID0002", "NONE"], "view": "chr2:1-1,000"}
    (home / "examples.json").write_text(json.dumps(document))
    page = app()
    assert charts(page)
    assert "this model has no track NONE, which was to be shown" in html(page)
    assert "view chr2:1-1,000 lies outside the predicted window" in html(page)


def test_a_link_opens_an_example(app):
    page = app(example="deletion")
    assert "with 1 edit" in question(page)
    assert "falls to a third" in text_of(page, "truth")
    page = app(q="ALFA1", tracks="4", example="deletion")
    assert question(page) == "Predicted H3K27ac in erythroid at ALFA1, with 1 edit"
    page = app(example="<b>none</b>")
    assert "there is no example &#x27;&lt;b&gt;none&lt;/b&gt;&#x27;" in html(page)


def test_a_link_applies_edits(app, world):
    ref = world.bases["chr1"][20_500]
    alt = "A" if ref != "A" else "C"
    page = app(q="ALFA1", edits=f"chr1:20501:{ref}>{alt}")
    assert "with 1 edit" in question(page), errors(page)
    assert address(page, "edits") == f"chr1:20501:{ref}>{alt}"
    assert f"Edit 1: {ref} › {alt} at chr1:20,501." in text_of(page, "view-in-words")


@pytest.mark.parametrize(
    ("edits", "words"),
    [("A" * 1001, "1,001 characters, at most 1,000"), ("<script>", "edits were left out"), (";;", "left out")],
)
def test_edits_of_a_link_are_bounded(app, edits, words):
    page = app(q="ALFA1", edits=edits)
    assert words in html(page)
    assert "edit" not in question(page)


def test_edits_that_do_not_fit_can_be_left_out(app, world):
    ref = world.bases["chr1"][20_500]
    wrong, other = [base for base in "ACGT" if base != ref][:2]
    page = app(q="ALFA1", edits=f"chr1:20501:{wrong}>{other}")
    assert wrong in errors(page)
    assert charts(click(page, "without-edits"))


def test_another_assembly_leaves_the_example(app, world):
    worlds.register(world, load_settings().data_dir, assembly="twin", model="twin-model")
    page = app()
    assert (page.selectbox(key="model-choice").value, page.selectbox(key="assembly-choice").value) == (
        "toy-model",
        "toy",
    )
    page = click(page, "example-deletion")
    page = settled(page.selectbox(key="assembly-choice").set_value("twin").run())
    assert address(page, "example") == "gene", "the first example of that assembly"
    assert "trained on the simulated genome toy" in plain("\n".join(w.value for w in page.warning))
    page = settled(page.selectbox(key="model-choice").set_value("twin-model").run())
    assert not page.warning


def test_the_setup_page_says_what_the_model_s_own_genome_has(home, world):
    page = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("pages/setup.py").run()
    text = plain("\n".join(m.value for m in page.markdown))
    assert "toy-model on toy (simulated): 3 worked examples, 1 experiments." in text
    (home / "manifest.json").unlink()
    page = page.run()
    assert "toy-model on toy (simulated): the assembly is not here yet; register it" in plain(
        "\n".join(m.value for m in page.markdown)
    )


def test_with_nothing_registered_the_demo_is_offered_first(no_world):
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    text = plain("\n".join(m.value for m in page.markdown))
    assert text.index("See it work at once, no download") < text.index("Three steps")
    assert "enformer-browser setup demo" in text
    st.cache_resource.clear()
