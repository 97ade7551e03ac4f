"""Explanations on the browse page, driven without a browser: switches, the target's sentence, what can go wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from app_driver import act, address, ask, component, errors, explained, html, live, numbers, open_app, settled, view

SENTENCE = "Why: mean of **CAGE erythroid** at **"


def sentence(app) -> str:
    """What is explained, as the popover's button says it."""
    found = next(block for block in app.get("popover") if block.proto.popover.label.startswith(("Why", "What is")))
    return found.proto.popover.label.replace("\\", "")


def switch(app, lane: str):
    return next(box for box in app.checkbox if box.key == f"explain-{lane}")


def parts(app) -> list[str]:
    return [entry["kind"] for entry in view(app)["explain"]]


def problem(app, kind: str) -> str:
    assert live(app, kind)["state"] == "off"
    return live(app, kind)["problem"]


def test_switches_show_and_hide_lanes_and_the_address_follows(opened):
    app = ask(opened(), "ALFA1")
    assert parts(app) == []
    assert sentence(app) == SENTENCE + "the start of ALFA1 (bins 15–17)**"
    app = explained(settled(switch(app, "contributions").check().run()), "contributions")
    assert (parts(app), address(app, "explain")) == (["contributions"], "contributions")
    told = live(app, "contributions")
    assert (told["state"], told["unit"], told["codes"]) == ("done", "coverage", None)
    assert len(numbers(told["scores"])) > 4_096  # more than is predicted: all that is read
    assert [element["rank"] for element in told["elements"]] == list(range(1, len(told["elements"]) + 1))
    assert "Strongest elements for CAGE erythroid" in html(app)
    app = settled(switch(app, "contributions").uncheck().run())
    assert (parts(app), address(app, "explain")) == ([], "")
    assert "Strongest elements" not in html(app)


def test_the_strongest_element_is_mutated_unless_bases_are_chosen(opened):
    app = explained(open_app(q="ALFA1", explain="mutagenesis", target="bins:16"), "mutagenesis")
    told = live(app, "mutagenesis")
    effect = numbers(told["effect"]).reshape(-1, 4)
    assert (told["state"], len(effect)) == ("done", 200)
    app = explained(settled(switch(app, "contributions").check().run()), "contributions")
    strongest = live(app, "contributions")["elements"][0]
    assert told["start"] == (strongest["start"] + strongest["end"]) // 2 - 100
    app = explained(act(app, "mutate", start=20_000, end=20_005), "mutagenesis")
    told = live(app, "mutagenesis")
    assert (told["start"], len(numbers(told["effect"]))) == (20_000, 20)
    assert address(app, "mutate") == "chr1:20,001-20,005"


def test_a_wide_interval_is_scanned_by_stretches(opened):
    app = explained(open_app(q="ALFA1", explain="mutagenesis", mutate="chr1:19,001-21,200"), "scan")
    told = live(app, "scan")
    assert (parts(app), told["width"], len(numbers(told["starts"]))) == (["scan"], 20, 110)
    assert view(app)["explain"][0]["about"] == "20 bp blanked at a time"
    assert np.isfinite(numbers(told["effect"])).all()


def test_what_is_explained_can_be_chosen_in_the_picture(opened):
    app = explained(act(ask(opened(), "ALFA1"), "explain", start=21_000, end=21_200), "contributions")
    assert address(app, "target") == "region:chr1:21,001-21,200"
    assert sentence(app) == SENTENCE + "chr1:21,001-21,200 (bins 23–25)**"
    app = explained(act(app, "look_from", start=19_000, end=19_001), "attention")
    told = live(app, "attention")
    assert address(app, "look_from") == "region:chr1:19,001-19,001"
    assert told["queries"] == [[18_976, 19_104]]
    assert numbers(told["values"]).sum() == pytest.approx(1, abs=1e-3)
    app = ask(app, "BETA2")  # another question: the lanes stay, what named places of the first falls away
    assert (address(app, "target"), address(app, "look_from")) == ("", "")
    assert sentence(app) == SENTENCE + "the start of BETA2 (bins 15–17)**"


def test_the_sentence_opens_and_changes_the_target(opened):
    app = ask(opened(), "ALFA1")
    app = settled(app.text_input(key="target-place").set_value("bins:3-4").run())
    assert sentence(app) == SENTENCE + "bins 3–4**"
    app = settled(app.text_input(key="target-place").set_value("chr1:20,001-20,100").run())
    assert address(app, "target") == "region:chr1:20,001-20,100"
    app = settled(app.multiselect(key="target-minus").select(2).run())
    assert sentence(app).startswith("Why: mean of **CAGE erythroid less DNASE erythroid** at")
    assert address(app, "target") == "region:chr1:20,001-20,100;minus:2"
    app = settled(app.button(key="target-middle").click().run())
    assert address(app, "target") == "minus:2"


BAD = {
    "gene:NADA9": ("NADA9", "gene"),
    "gene:GIANT": ("outside the output window", "nearest three bins are 29-31"),
    "region:chr1:1-10": ("outside the output window", "nearest bin"),
    "region:chr2:20,001-20,100": ("chr2", "chr1"),
    "bins:99": ("there is no bin 99", "the nearest is 31"),
    "tracks:99": ("99", "track"),
}


@pytest.mark.parametrize("target", BAD)
def test_a_target_that_is_not_there_is_explained_in_lane_and_sentence_and_the_picture_stays(opened, target):
    app = open_app(q="ALFA1", explain="contributions,attention", target=target)
    for kind in ("contributions", "attention"):
        for words in BAD[target]:
            assert words in problem(app, kind)
    assert sentence(app).startswith("What is to be explained?")
    assert view(app)["lanes"]


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ("chr1:1-10", "does not lie in the input window"),
        ("chr2:1-10", "does not lie in the input window"),
        ("chr1:59,990-60,100", "60,000"),
    ],
)
def test_bases_that_cannot_be_mutated_are_refused_with_the_reason(opened, interval, words):
    app = open_app(q="ALFA1", explain="mutagenesis", mutate=interval)
    assert words in problem(app, "mutagenesis")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"layers": "9"}, "there is no layer '9'"),
        ({"heads": "7,9999"}, "there is no head"),
        ({"look_from": "bins:77"}, "77"),
    ],
)
def test_attention_of_what_is_not_there_is_refused_with_the_reason(opened, asked, words):
    app = open_app(q="ALFA1", explain="attention", **asked)
    assert words in problem(app, "attention")


def test_what_a_link_asks_that_cannot_be_read_is_left_out_and_said(opened):
    app = open_app(q="ALFA1", explain="magic,attention", target="<script>", mutate="x" * 900, of="both")
    app = explained(app, "attention")
    assert parts(app) == ["attention"]
    for words in (
        "there is no explanation",
        "target of the explanations was left out",
        "interval to mutate was left out",
    ):
        assert words in html(app)


def test_hostile_acts_are_refused_in_words(opened):
    app = ask(opened(), "ALFA1")
    for act_kind, what in (
        ("explain", {"start": -5, "end": 10}),
        ("mutate", {"start": "x", "end": None}),
        ("cancel", {"lane": "rm -rf"}),
        ("again", {"lane": 7}),
    ):
        app = act(app, act_kind, **what)
        assert (
            "outside the window" in errors(app) or "are not bases" in errors(app) or "is no explanation" in errors(app)
        )


def test_edits_are_explained_as_they_are_and_the_reference_when_asked(opened, configured):
    right = configured.bases["chr1"][20_000]
    other = "ACGT".replace(right, "")[0]
    edit = f"chr1:20001:{right}>{other}"
    app = explained(open_app(q="ALFA1", edits=edit, explain="contributions"), "contributions")
    edited = live(app, "contributions")
    at = 20_000 - edited["start"]
    assert "ACGT"[numbers(edited["codes"])[at]] == other
    assert sentence(app).endswith("with **1 edit**")
    app = explained(open_app(q="ALFA1", edits=edit, explain="contributions", of="reference"), "contributions")
    reference = live(app, "contributions")
    assert reference["codes"] is None
    assert (numbers(reference["scores"]) != numbers(edited["scores"])).any()
    plain = explained(open_app(q="ALFA1", explain="contributions"), "contributions")
    np.testing.assert_array_equal(numbers(live(plain, "contributions")["scores"]), numbers(reference["scores"]))


def test_a_pasted_sequence_is_explained_too(opened, configured):
    bases = configured.bases["chr1"][17_000:23_000]
    app = ask(open_app(explain="contributions,attention"), f">mine\n{bases}")
    app = explained(app, "contributions", "attention")
    assert {live(app, kind)["state"] for kind in ("contributions", "attention")} == {"done"}
    assert json.loads(component(app, "view").json)["shareable"] is False


def test_windows_side_by_side_are_explained_by_the_one_in_the_middle(opened):
    one = explained(open_app(q="ALFA1", explain="contributions"), "contributions")
    three = explained(open_app(q="ALFA1", explain="contributions", tiles="1,1"), "contributions")
    np.testing.assert_array_equal(
        numbers(live(one, "contributions")["scores"]), numbers(live(three, "contributions")["scores"])
    )
