"""Edits on the page: their words, and the card in which they are listed, changed and typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import worlds
from app_driver import errors, html
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.inference.window import Geometry
from pages._ui import edit_list, edit_marks, edited
from pages._ui.edit_panel import NOT_PREDICTED
from pages._ui.listed_edits import EditList
from pages._ui.state import Session

GEOMETRY = Geometry(input_length=8192, bin_size=128, n_bins=32, output_offset=2048)
LOCUS = "chr1:22,001-22,096"  # reads 17,953 to 26,144 and predicts 20,001 to 24,096
DELETION, INSERTION = "del chr1:20,100-20,200", "ins chr1:19,000 ACGT"


@pytest.mark.parametrize(
    ("ref", "alt", "words"),
    [
        ("A", "C", "A › C"),
        ("AT", "A", "del T"),
        ("A" + "G" * 320, "A", "del 320 bp"),
        ("A", "AGATTACA", "ins 7 bp"),
        ("A", "ACC", "ins CC"),
        ("ACGTACGTAC", "TTTT", "10 bp › 4 bp"),
        ("AT", "GC", "AT › GC"),
    ],
)
def test_an_edit_in_a_few_letters(ref, alt, words):
    assert edit_marks.label(Variant("chr1", 1000, ref, alt)) == words


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(-5, 60))
def test_a_position_has_the_value_of_the_bin_that_holds_it(widths, position):
    edges = np.concatenate([[0], np.cumsum(widths)])
    found = edited.at(np.array([position]), edges[:-1], edges[1:], np.arange(len(widths), dtype=np.float32))[0]
    held = [n for n in range(len(widths)) if edges[n] <= position < edges[n + 1]]
    assert found == held[0] if held else np.isnan(found)


def page(assembly, geometry, question):  # run as a script of its own, without the imports above
    import streamlit as st

    from enformer_core.inference.resolve import resolve
    from pages._ui import edit_panel, problems
    from pages._ui.state import ask, session

    state = session()
    if not state.text:
        ask(question)
    window = resolve(state.text, geometry, assembly)
    st.session_state["window"] = window
    problems.guarded(edit_panel.panel)(state, window)


@pytest.fixture(scope="module")
def assembly(world: worlds.World) -> Iterator[Assembly]:
    with Assembly.open(world.fasta) as found:
        yield found


@pytest.fixture(scope="module")
def runner() -> AppTest:
    """One for all tests, since the first run of each looks through all installed packages."""
    return AppTest.from_function(page, default_timeout=60)


@pytest.fixture
def opened(runner: AppTest, assembly: Assembly) -> Callable[[str], AppTest]:
    """The card under a question, as a new visitor sees it."""

    def visit(question: str) -> AppTest:
        runner.session_state["browser"] = Session()
        runner.session_state["edit-text"] = ""
        runner.args = (assembly, GEOMETRY, question)
        runner.run()
        assert not runner.exception
        return runner

    return visit


@pytest.fixture
def card(opened: Callable[[str], AppTest]) -> AppTest:
    return opened(LOCUS)


def state_of(app: AppTest) -> Session:
    return app.session_state["browser"]


def typed(app: AppTest, text: str) -> AppTest:
    app.text_input(key="edit-text").set_value(text).run()
    assert not app.exception
    return app


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def rows(app: AppTest) -> list[str]:
    """The lines of the card as a reader sees them: disc, place, what it is, and what to know about it."""
    found = re.findall(r'<div class="eb-edit[^>]*title=[^>]*>(.*?)</div>', html(app))
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def title(app: AppTest) -> str:
    return re.search(r'id="edits-title"><b>(.*?)</b>', html(app))[1]


def test_an_empty_card_says_how_to_begin(card):
    assert (title(card), rows(card)) == ("Edits", [])
    assert card.text_input(key="edit-text").placeholder == "Paste variants, or: del chr2:100-200, ins chr2:100 ACGT"
    assert [card.button(key=f"edits-{what}").disabled for what in ("undo", "redo", "clear")] == [True] * 3


def test_typed_edits_are_listed_with_the_numbers_of_the_figure(card, world):
    ref = world.bases["chr1"][20_499]
    alt = "A" if ref != "A" else "C"
    typed(card, f"chr1:20500:{ref}>{alt}, {DELETION}, {INSERTION}")
    assert not card.error
    assert card.text_input(key="edit-text").value == ""
    assert title(card) == "Edits (3)"
    assert rows(card) == [
        f"3 chr1:20,500 {ref} › {alt}",
        "2 chr1:20,100 del 101 bp",
        f"1 chr1:19,000 ins ACGT {NOT_PREDICTED}",
    ]


def test_undo_redo_and_clear(card):
    typed(card, DELETION)
    typed(card, INSERTION)
    click(card, "edits-undo")
    assert rows(card) == ["1 chr1:20,100 del 101 bp"]
    click(card, "edits-redo")
    assert len(rows(card)) == 2
    click(card, "edits-clear")
    assert (rows(card), title(card)) == ([], "Edits")
    click(card, "edits-undo")
    assert len(rows(card)) == 2


def test_an_edit_can_be_switched_off_and_on(card):
    typed(card, f"{DELETION}, {INSERTION}")
    card.checkbox(key="edit-on-1").uncheck().run()
    assert title(card) == "Edits (1 of 2 on)"
    assert rows(card) == ["1 chr1:20,100 del 101 bp", f"– chr1:19,000 ins ACGT {NOT_PREDICTED}"]
    assert [variant.pos for variant in state_of(card).edits] == [20_099]
    card.checkbox(key="edit-on-1").check().run()
    assert rows(card)[0].startswith("2 ")


def test_edits_move_in_the_list_and_take_their_boxes_along(card):
    typed(card, f"{DELETION}, {INSERTION}")
    card.checkbox(key="edit-on-0").uncheck().run()
    click(card, "edit-down-0")
    assert [row[:8] for row in rows(card)] == ["1 chr1:1", "– chr1:2"]
    assert [card.checkbox(key=f"edit-on-{n}").value for n in (0, 1)] == [True, False]
    click(card, "edit-up-1")
    assert [row[:8] for row in rows(card)] == ["– chr1:2", "1 chr1:1"]
    ends = [card.button(key=key).disabled for key in ("edit-up-0", "edit-down-0", "edit-up-1", "edit-down-1")]
    assert ends == [True, False, False, True]
    click(card, "edit-remove-0")
    assert rows(card) == [f"1 chr1:19,000 ins ACGT {NOT_PREDICTED}"]
    assert card.checkbox(key="edit-on-0").value is True


def test_a_box_that_is_clicked_keeps_what_was_typed_in_the_same_breath(card):
    typed(card, DELETION)
    card.text_input(key="edit-text").set_value(INSERTION)
    card.checkbox(key="edit-on-0").uncheck().run()
    assert [row[0] for row in rows(card)] == ["–", "1"]


def test_a_mistake_is_explained_and_what_was_typed_stays(card):
    typed(card, "del chr1:200-100")
    assert errors(card) == "Start 200 is after end 100. Did you mean chr1:100-200?"
    assert card.text_input(key="edit-text").value == "del chr1:200-100"
    typed(card, DELETION)
    assert not card.error
    typed(card, "<b>[x](javascript:1)</b>")
    assert "](" not in card.error[0].value
    typed(card, " ")
    assert not card.error


def test_a_wrong_ref_offers_the_reference_s_base(card, world):
    there = world.bases["chr1"][20_099]
    wrong, third = [base for base in "ACGT" if base != there][:2]
    typed(card, f"chr1:20100:{wrong}>{third}")
    assert f"REF is {wrong} but genome chr1:20100 is {there}" in errors(card)
    assert card.button(key="edit-mend").label == f"Use the reference's base: 20,100 {there} › {third}"
    click(card, "edit-mend")
    assert not card.error
    assert rows(card) == [f"1 chr1:20,100 {there} › {third}"]
    assert card.text_input(key="edit-text").value == ""
    click(card, "edits-undo")
    typed(card, f"chr1:20100:{wrong}>{there}")
    assert card.button(key="edit-mend").label == f"Swap REF and ALT: 20,100 {there} › {wrong}"
    click(card, "edit-mend")
    assert rows(card) == [f"1 chr1:20,100 {there} › {wrong}"]


def test_what_was_changed_in_the_picture_shows_in_the_card(card, world):
    letter = "A" if world.bases["chr1"][20_100] != "A" else "G"
    state = state_of(card)
    edit_list.substitute(state, card.session_state["window"], 20_100, letter)
    edit_list.delete(state, card.session_state["window"], Interval("chr1", 25_000, 25_400))
    card.run()
    assert rows(card) == [
        f"1 chr1:20,101 {world.bases['chr1'][20_100]} › {letter}",
        f"2 chr1:25,001 del 400 bp {NOT_PREDICTED}",
    ]


def test_the_question_s_own_variant_is_counted_and_stays(opened, world):
    ref = world.bases["chr1"][22_047]
    app = opened(f"chr1:22048:{ref}>{'A' if ref != 'A' else 'C'}")
    typed(app, DELETION)
    assert title(app) == "Edits (2)"
    assert rows(app)[0].startswith("2 chr1:22,048")
    assert rows(app)[0].endswith("in the question")
    assert rows(app)[1] == "1 chr1:20,100 del 101 bp"


def test_every_control_has_a_name(card):
    typed(card, f"{DELETION}, {INSERTION}")
    names = [b.label for b in card.button] + [c.label for c in card.checkbox] + [t.label for t in card.text_input]
    assert "Move down the edit at 20,100, del 101 bp" in names
    assert "Apply the edit at 19,000, ins ACGT" in names
    assert len(set(names)) == len(names)
    assert all(names)


def test_edits_that_no_link_can_hold_are_said(card):
    typed(card, f"ins chr1:20,100 {'ACGT' * 100}")
    assert "too long for a link" in html(card)
    click(card, "edits-undo")
    typed(card, "del chr1:20,001-22,000")
    assert "too long for a link" not in html(card)


def test_a_new_question_empties_the_list_and_its_history(card):
    typed(card, DELETION)
    state_of(card).text = ""
    card.run()
    assert state_of(card).edit_list == EditList()
    assert card.button(key="edits-undo").disabled
