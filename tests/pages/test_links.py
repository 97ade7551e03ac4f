"""The address bar: what a link opens, and how the address follows what is on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import worlds
from app_driver import address, errors, open_app, question, settled
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.inference.window import place_edits
from pages._ui import links
from pages._ui.listed_edits import EditList, is_same
from pages._ui.state import Session

VIEW = Interval("chr1", 20_000, 20_100)
PANNED = "chr1:20051-20150"


@pytest.fixture(scope="module")
def assembly(world: worlds.World) -> Iterator[Assembly]:
    with Assembly.open(world.fasta) as found:
        yield found


def test_edits_of_a_link():
    assert links.read_edits("") == ((), ())
    found, notes = links.read_edits("chr1:1000:A>C,chr1:1010:G>T")
    assert [text.variant for text in found] == [Variant("chr1", 1000, "A", "C"), Variant("chr1", 1010, "G", "T")]
    assert notes == ()
    found, notes = links.read_edits(",".join(f"chr1:{1000 + i}:A>C" for i in range(25)))
    assert len(found) == links.MAX_EDITS
    assert notes == ("the link has 25 edits, the first 20 are applied",)
    assert "at most 1,000 are read" in links.read_edits("chr1:1:A>C," * 100)[1][0]
    assert links.read_edits("chr1:1000:del")[0] == ()


@given(st.lists(st.tuples(st.integers(10_000, 50_000), st.integers(1, 3000), st.text("ACGT", max_size=8)), max_size=8))
@settings(deadline=None, max_examples=80)
def test_edits_come_back_from_a_link_as_they_were(assembly, drawn):
    """Deletions of any length; other edits if they are short enough."""
    edits = []
    for start, width, letters in drawn:
        ref = assembly.fetch(Interval("chr1", start, start + (width if not letters else min(width, 30))))
        alt = ref[0] + letters
        edits += [Variant("chr1", start + 1, ref, alt)] if ref != alt else []
    text = links.write_edits(edits)
    assert len(text) <= links.MAX_EDITS_TEXT
    found, notes = links.read_edits(text)
    assert notes == ()
    placed = place_edits(found, assembly)
    assert len(placed) == len(edits)
    assert all(is_same(a, b) for a, b in zip(placed, edits, strict=True))


def test_edits_that_are_too_long_for_a_link_are_left_out():
    assert links.write_edits([Variant("chr1", 1000, "A", "A" + "C" * 300)]) == ""
    assert links.write_edits([Variant("chr1", 1000 + n, "A", "A" + "C" * 100) for n in range(10)]) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chr1:" + "1" * 200, "205 characters, at most 100"),
        ("chr1:200-100", "start 200 is after end 100"),
        ("chr1", "'chr1' has no positions"),
        ("<script>", "left out"),
        ("chr1:0-5", "start at 1"),
    ],
)
def test_a_bad_view_of_a_link_is_explained(text, words):
    found, (note,) = links.read_view(text)
    assert found == ""
    assert words in note


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_view_comes_back_as_it_was(start, width):
    text = links.write_view(Interval("chr1", start, start + width))
    assert links.read_view(text) == (text, ())
    assert text == f"chr1:{start + 1}-{start + width}"


def page() -> None:
    from pages._ui import links
    from pages._ui.state import session

    links.adopt(session(), {})
    links.write(session())


@pytest.fixture(scope="module")
def runner() -> AppTest:
    """One for all tests, since the first run of each looks through all installed packages."""
    return AppTest.from_function(page, default_timeout=60)


@pytest.fixture
def opened(runner: AppTest) -> Callable[..., tuple[AppTest, Session]]:
    """Open the page as a new visitor does, with query parameters."""

    def visit(**parameters: str) -> tuple[AppTest, Session]:
        runner.session_state["browser"] = Session()
        runner.query_params = dict(parameters)
        runner.run()
        assert not runner.exception
        return runner, runner.session_state["browser"]

    return visit


def shown(state: Session, view: Interval) -> None:
    """What the page does with a wanted view, once the window is known."""
    state.wanted_view, state.view, state.told_view = "", view, view


def test_a_view_of_a_link_is_wanted_and_stays_in_the_address(opened):
    app, state = opened(q="ALFA1", view="chr1:20,001-20,100")
    assert state.wanted_view == "chr1:20,001-20,100"
    shown(state, VIEW)
    app.run()
    assert address(app, "view") == "chr1:20,001-20,100", "as it was written, for the place is the same"


def test_a_view_that_was_changed_here_is_written(opened):
    app, state = opened(q="ALFA1")
    assert address(app, "view") == ""
    state.view = VIEW
    app.run()
    assert address(app, "view") == "chr1:20001-20100"
    state.view = None
    app.run()
    assert address(app, "view") == ""


def test_a_view_that_the_browser_moved_is_adopted_and_keeps_the_edits(opened):
    app, state = opened(q="ALFA1", tracks="1", view="chr1:20001-20100")
    shown(state, VIEW)
    state.edit_list = EditList.of([Variant("chr1", 1000, "A", "C")]).toggle(0).toggle(0)
    app.run()
    app.query_params["view"] = PANNED
    app.run()
    assert (state.text, state.wanted_view, state.tracks) == ("ALFA1", PANNED, (1,))
    assert state.edits == (Variant("chr1", 1000, "A", "C"),)
    assert state.edit_list.can_undo
    assert address(app, "view") == PANNED
    shown(state, Interval("chr1", 20_050, 20_150))
    app.run()
    assert address(app, "view") == PANNED, "writing does not undo it"
    assert state.wanted_view == ""


def test_a_view_that_the_browser_moved_stays_when_something_else_changes(opened):
    app, state = opened(q="ALFA1", view="chr1:20001-20100")
    shown(state, VIEW)
    app.run()
    app.query_params["view"] = PANNED
    state.tracks = (3, 4)
    app.run()
    assert (address(app, "view"), address(app, "tracks"), state.wanted_view) == (PANNED, "3,4", PANNED)


def test_the_whole_window_again(opened):
    app, state = opened(q="ALFA1", view="chr1:20001-20100")
    shown(state, VIEW)
    app.run()
    del app.query_params["view"]
    app.run()
    assert state.view is None
    assert address(app, "view") == ""


def test_a_question_that_was_asked_here_leaves_the_view_of_the_address_behind(opened):
    app, state = opened(q="ALFA1", view="chr1:20001-20100")
    shown(state, VIEW)
    app.run()
    app.query_params["view"] = PANNED  # moved in the browser, and then another question was asked
    state.text, state.view, state.is_view_stale = "BETA2", None, True
    app.run()
    assert (state.text, state.wanted_view, address(app, "view"), address(app, "q")) == ("BETA2", "", "", "BETA2")


def test_a_view_that_was_changed_here_is_newer_than_the_address(opened):
    app, state = opened(q="ALFA1")
    app.query_params["view"] = PANNED
    state.view = VIEW
    app.run()
    assert (state.wanted_view, address(app, "view")) == ("", "chr1:20001-20100")


def test_a_bad_view_is_said_and_leaves_the_address(opened):
    app, state = opened(q="ALFA1", view="chr1:9-3")
    assert state.notes == ("the link's view was left out: start 9 is after end 3",)
    assert address(app, "view") == ""
    assert state.text == "ALFA1"


def test_a_page_that_emptied_the_address_gets_it_back(opened):
    app, state = opened(q="ALFA1", tracks="2", view="chr1:20001-20100")
    shown(state, VIEW)
    app.run()
    for name in ("q", "tracks", "view"):
        del app.query_params[name]
    app.run()
    assert [address(app, name) for name in ("q", "tracks", "view")] == ["ALFA1", "2", "chr1:20001-20100"]


def test_edits_of_a_link_stay_in_the_address_until_they_are_placed(opened):
    app, state = opened(q="ALFA1", edits="chr1:g.100_200del")
    assert [text.text for text in state.wanted_edits] == ["chr1:g.100_200del"]
    assert (state.edits, address(app, "edits")) == ((), "chr1:g.100_200del")
    state.wanted_edits, state.edit_list = (), EditList.of([Variant("chr1", 99, "A" + "C" * 101, "A")])
    app.run()
    assert address(app, "edits") == "chr1:g.100_200del"


def test_a_sequence_its_edits_and_its_view_stay_out_of_the_address(opened):
    app, state = opened(q="ALFA1")
    state.text, state.view = ">s\nACGTACGT", Interval("s", 0, 5)
    state.edit_list = EditList.of([Variant("s", 1, "A", "C")])
    app.run()
    assert [address(app, name) for name in ("q", "edits", "view")] == ["", "", ""]


def test_a_link_of_the_app_opens_a_long_deletion_and_its_view(configured: worlds.World):
    link = {"q": "ALFA1", "edits": "1:g.20500_20600del", "view": "chr1:20001-22048"}
    app = open_app(**link)
    assert "with 1 edit" in question(app), errors(app)
    state = app.session_state["browser"]
    bases = configured.bases["chr1"]
    assert state.edits == (Variant("chr1", 20_499, bases[20_498:20_600], bases[20_498]),)
    assert not state.edit_list.can_undo
    assert (state.view, state.told_view) == (Interval("chr1", 20_000, 22_048),) * 2
    app.run()
    assert {name: address(app, name) for name in link} == link | {"edits": "chr1:g.20500_20600del"}


def test_edits_of_a_link_that_do_not_fit_can_be_left_out(configured: worlds.World):
    app = open_app(q="ALFA1", edits="chr1:g.59000_60001del")
    assert "beyond the end of chr1" in errors(app)
    settled(app.button(key="without-edits").click().run())
    assert not app.error
    assert (address(app, "edits"), question(app).endswith("at ALFA1")) == ("", True)
