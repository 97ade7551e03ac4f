"""The address bar: what a link opens, and how the address follows what is on screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import streamlit
import worlds
from app_driver import address, errors, html, open_app, plain, question, settled, view
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.inference.placing import place_edits
from enformer_core.settings import load_settings
from pages._ui import link_text, links
from pages._ui.listed_edits import MAX_EDITS, EditList, is_same
from pages._ui.looks import HEIGHTS, MAX_TOP, SCALES, Look, Show
from pages._ui.state import MAX_TRACKS, Choice, Session
from pages._ui.theme import LANE_COLOURS

VIEW = Interval("chr1", 20_000, 20_100)
PANNED = "chr1:20051-20150"


@pytest.fixture(scope="module")
def assembly(world: worlds.World) -> Iterator[Assembly]:
    with Assembly.open(world.fasta) as found:
        yield found


def test_edits_of_a_link():
    assert link_text.read_edits("") == ((), ())
    found, notes = link_text.read_edits("chr1:1000:A>C,chr1:1010:G>T")
    assert [text.variant for text in found] == [Variant("chr1", 1000, "A", "C"), Variant("chr1", 1010, "G", "T")]
    assert notes == ()
    found, notes = link_text.read_edits(",".join(f"chr1:{1000 + i}:A>C" for i in range(25)))
    assert len(found) == MAX_EDITS
    assert notes == ("the link has 25 edits, the first 20 are applied",)
    assert "at most 1,000 are read" in link_text.read_edits("chr1:1:A>C," * 100)[1][0]
    assert link_text.read_edits("chr1:1000:del")[0] == ()


@given(st.lists(st.tuples(st.integers(10_000, 50_000), st.integers(1, 3000), st.text("ACGT", max_size=8)), max_size=8))
@settings(deadline=None, max_examples=80)
def test_edits_come_back_from_a_link_as_they_were(assembly, drawn):
    """Deletions of any length; other edits if they are short enough."""
    edits = []
    for start, width, letters in drawn:
        ref = assembly.fetch(Interval("chr1", start, start + (width if not letters else min(width, 30))))
        alt = ref[0] + letters
        edits += [Variant("chr1", start + 1, ref, alt)] if ref != alt else []
    text = link_text.write_edits(edits)
    assert len(text) <= link_text.MAX_EDITS_TEXT
    found, notes = link_text.read_edits(text)
    assert notes == ()
    placed = place_edits(found, assembly)
    assert len(placed) == len(edits)
    assert all(is_same(a, b) for a, b in zip(placed, edits, strict=True))


def test_edits_that_are_too_long_for_a_link_are_left_out():
    assert link_text.write_edits([Variant("chr1", 1000, "A", "A" + "C" * 300)]) == ""
    assert link_text.write_edits([Variant("chr1", 1000 + n, "A", "A" + "C" * 100) for n in range(10)]) == ""


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
    found, (note,) = link_text.read_view(text)
    assert found == ""
    assert words in note


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_view_comes_back_as_it_was(start, width):
    text = link_text.write_view(Interval("chr1", start, start + width))
    assert link_text.read_view(text) == (text, ())
    assert text == f"chr1:{start + 1}-{start + width}"


def page() -> None:
    from enformer_core.settings import load_settings
    from pages._ui import links
    from pages._ui.state import session

    links.adopt(session(), load_settings())
    links.write(session(), load_settings())


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


# What was chosen of the view


@pytest.mark.parametrize(
    ("text", "show", "notes"),
    [
        ("", Show(), ()),
        ("residual,log,scale:robust", Show(residual=True, log=True, scale="robust"), ()),
        (" no-difference , ratio ", Show(difference=False, ratio=True), ()),
        ("scale:huge,Log,no-", Show(), ("not known in the link's look, and left out: 'scale:huge', 'Log' and 'no-'",)),
        ("robust,__class__", Show(), ("not known in the link's look, and left out: 'robust' and '__class__'",)),
        ("log," * 200, Show(), ("the link's look has 800 characters, at most 700 are read",)),
    ],
)
def test_row_70_how_lanes_are_drawn_by_a_link(text, show, notes):
    assert link_text.read_show(text) == (show, notes)


@pytest.mark.parametrize(
    ("text", "looks", "notes"),
    [
        ("12:large:violet,30:small", {12: Look("large", "ctcf"), 30: Look("small")}, ()),
        ("12:violet:large,7:medium,8", {12: Look("large", "ctcf")}, ()),
        ("12:0-20.5:small,7:0-1e+05", {12: Look("small", top=20.5), 7: Look(top=100_000)}, ()),
        (
            "7:0-inf,7:1-20,7:0-9e99",
            {},
            ("not known in the link's lanes, and left out: '7:0-inf', '7:1-20' and '7:0-9e99'",),
        ),
        ("x:large,4:red", {}, ("not known in the link's lanes, and left out: 'x:large' and '4:red'",)),
        ("-1:large,1234567:small,٣:small", {}, "'-1:large', '1234567:small' and"),
        ("a,b,c,d,e", {}, "'a', 'b', 'c' and 2 more"),
        ("1:large," * 90, {}, "720 characters, at most 700 are read"),
    ],
)
def test_row_70_how_single_lanes_are_drawn_by_a_link(text, looks, notes):
    found, said = link_text.read_lanes(text)
    assert found == looks
    assert said == notes if isinstance(notes, tuple) else notes in said[0]


def test_what_a_full_link_says_of_its_lanes_is_read():
    looks = dict.fromkeys(range(999_980, 1_000_000), Look("large", "h3k27ac", 1.234e-5))
    text = link_text.write_lanes(looks, looks)
    assert len(text) <= link_text.MAX_LOOK_TEXT
    assert link_text.read_lanes(text) == (looks, ())


def test_only_what_is_unusual_and_on_view_is_written():
    assert link_text.write_show(Show()) == ""
    assert link_text.write_show(Show(difference=False, together=False, scale="window")) == (
        "no-difference,no-together,scale:window"
    )
    assert link_text.write_lanes({3: Look("medium"), 4: Look("small"), 9: Look("large")}, (4, 3)) == "4:small"


def test_hidden_experiments_are_named_by_their_tracks():
    assert link_text.write_hidden({"B-1", "A", "my file, private.bw", "x" * 101}) == "A,B-1"
    assert link_text.read_hidden("A,B-1") == ({"A", "B-1"}, ())
    assert link_text.read_hidden("A,<b>") == ({"A"}, ("not known in the link's hidden, and left out: '<b>'",))
    assert len(link_text.write_hidden(f"ID{n:04d}" for n in range(900))) <= link_text.MAX_LOOK_TEXT


def test_row_70_other_words_of_a_link():
    link = links.read({"transform": "log", "head": "h" * 101, "site": "s" * 101, "tiles": "x", "look": "log"})
    assert (link.transform, link.head, link.site, link.tiles, link.show) == ("soft", "", "", (0, 0), Show(log=True))
    for word, note in zip(("site", "windows", "head", "transform"), link.notes, strict=True):
        assert word in note


# Any state


@pytest.fixture
def offers() -> None:
    """Two models and two assemblies, of which nothing but a manifest is there."""
    for kind, folder in (("model", load_settings().models_dir), ("assembly", load_settings().assemblies_dir)):
        for name in (f"{kind}-1", f"{kind}-2"):
            manifest = {"schema": 1, "kind": kind, "name": name} | ({"fasta": "g.fa"} if kind == "assembly" else {})
            (folder / name).mkdir(parents=True)
            (folder / name / "manifest.json").write_text(json.dumps(manifest))


names = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
bases = st.text("ACGT", min_size=1, max_size=5)
variants = (
    st.tuples(st.sampled_from(["chr1", "chrUn_1"]), st.integers(1, 2**31 - 1), bases, bases)
    .filter(lambda parts: parts[2] != parts[3])
    .map(lambda parts: Variant(*parts))
)


@st.composite
def states(draw: st.DrawFn) -> Session:
    indices = st.lists(st.integers(0, 5_312), min_size=1, max_size=MAX_TRACKS, unique=True)
    tracks = draw(st.none() | indices.map(tuple))
    tops = st.just(0.0) | st.floats(0, MAX_TOP)
    looks = st.builds(Look, st.sampled_from(("", *HEIGHTS)), st.sampled_from(("", *LANE_COLOURS)), tops)
    drawn = draw(st.dictionaries(st.sampled_from(tracks), looks)) if tracks else {}
    sides = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda sides: sum(sides) < 10)
    return Session(
        text=draw(st.sampled_from(["ALFA1", "chr1:1,000-2,000", "chr1:1000:A>C", "HLA-A", "a & b=c?"])),
        site=draw(names),
        edit_list=EditList.of(draw(st.lists(variants, max_size=4, unique_by=lambda v: v.pos))),
        choice=draw(st.builds(Choice, st.sampled_from(["model-1", "model-2"]), st.sampled_from(["assembly-2"]))),
        head=draw(st.sampled_from([None, "human", "mouse"])),
        tracks=tracks,
        transform=draw(st.sampled_from(link_text.TRANSFORMS)),
        show=draw(st.builds(Show, *[st.booleans()] * 5, scale=st.sampled_from(SCALES))),
        looks={track: look for track, look in drawn.items() if look != Look()},
        tiles=draw(sides),
        view=draw(st.none() | st.integers(0, 10**8).map(lambda start: Interval("chr1", start, start + 500))),
        hidden=draw(st.sets(st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True), max_size=5)),
    )


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states())
def test_any_state_is_the_same_again_in_a_fresh_browser(offers, state):
    streamlit.query_params.clear()
    now = load_settings()
    links.write(state, now)
    address = streamlit.query_params.to_dict()
    assert sum(map(len, address.values())) < 2_000
    other = Session()
    streamlit.session_state["browser"] = other
    links.adopt(other, now)
    same = ("text", "site", "choice", "head", "tracks", "transform", "show", "looks", "tiles", "hidden")
    for name in same:
        assert getattr(other, name) == getattr(state, name), name
    assert tuple(text.variant for text in other.wanted_edits) == state.edits
    assert other.wanted_view == link_text.write_view(state.view)
    assert (other.notes, other.is_begun) == ((), True)
    links.write(other, now)
    assert streamlit.query_params.to_dict() == address, "and it is the same link"


def opens(state: Session, **parameters: str) -> Session:
    """Open a link in the visit whose state this is."""
    streamlit.query_params.from_dict(parameters)
    streamlit.session_state["browser"] = state
    links.adopt(state, load_settings())
    return state


HERE = Choice("model-1", "assembly-1")


def test_what_an_address_does_not_name_is_as_usual(offers):
    before = Session(text="BETA2", choice=HERE, head="mouse", tracks=(4,), looks={4: Look("large")}, transform="hard")
    before.show, before.tiles, before.hidden, before.site = Show(log=True), (1, 0), {"ID0"}, "T2"
    state = opens(before, q="ALFA1")
    assert (state.text, state.site, state.tiles, state.show) == ("ALFA1", "", (0, 0), Show())
    assert (state.head, state.tracks, state.looks, state.transform, state.hidden) == (None, None, {}, "soft", set())
    assert (state.choice, state.notes) == (HERE, ())


def test_another_assembly_without_a_question_leaves_the_one_before(offers):
    state = opens(Session(text="chr1:1-900", choice=HERE, tracks=(1,)), assembly="assembly-2", model="model-2")
    assert (state.text, state.choice, state.tracks) == ("", Choice("model-2", "assembly-2"), None)


def test_the_view_that_the_browser_moved_changes_nothing_else(offers):
    state = Session(text="ALFA1", choice=HERE, tracks=(4,), looks={4: Look("large")}, show=Show(log=True), tiles=(0, 1))
    streamlit.query_params.clear()
    links.write(state, load_settings())
    before = replace(state)
    opens(state, **streamlit.query_params.to_dict(), view="chr1:1-100")
    assert replace(state, wanted_view="", address=before.address) == before
    assert state.wanted_view == "chr1:1-100"


def test_choosers_that_were_drawn_before_show_what_a_link_chose(offers):
    streamlit.session_state["model-choice"] = "model-1"
    streamlit.session_state["assembly-choice"] = "assembly-1"
    streamlit.session_state["site-T1"] = "T2"
    opens(Session(text="ALFA1", choice=HERE), q="ALFA1", model="model-2", assembly="assembly-2", site="T3")
    assert [streamlit.session_state[key] for key in ("model-choice", "assembly-choice", "site-T1")] == [
        "model-2",
        "assembly-2",
        "T3",
    ]


def test_a_model_that_is_not_here_leaves_the_usual_tracks_of_the_one_that_is(offers):
    state = opens(Session(choice=HERE), q="ALFA1", model="<b>", tracks="7", lanes="7:large", head="mouse", look="log")
    assert (state.text, state.choice, state.tracks, state.head, state.looks) == ("ALFA1", HERE, None, None, {})
    assert state.show == Show(log=True)
    assert state.notes == (
        "the link names the model '<b>', which is not offered here (offered: model-1, model-2 and demo)",
        "the tracks of the link belong to that model, and were left out",
    )


def test_a_place_on_an_assembly_that_is_not_here_is_not_looked_up_on_another(offers):
    state = opens(Session(text="BETA2", choice=HERE, tracks=(1,)), q="chr1:1-900", assembly="hg19", tracks="7")
    assert (state.text, state.choice, state.tracks) == ("BETA2", HERE, (1,))
    assert state.notes == (
        "the link names the assembly 'hg19', which is not offered here (offered: assembly-1 and assembly-2)",
        "what the link asks belongs to that assembly, and was left out",
    )
    state = opens(Session(choice=HERE), q="ACGT" * 20, assembly="hg19")
    assert state.text == "ACGT" * 20, "a sequence needs no assembly"


@pytest.mark.parametrize("hosted", [False, True])
@pytest.mark.parametrize(
    "path", ["/data/hg38.fa", "~/hg38.fa", "./g.fa", "../../etc/passwd", "C:\\g.fa", "file:///g", "x\x00"]
)
def test_row_67_a_path_is_neither_taken_from_a_link_nor_put_into_one(offers, monkeypatch, path, hosted):
    monkeypatch.setenv("ENFORMER_HOSTED", str(hosted).lower())
    monkeypatch.setenv("ENFORMER_MODEL", "/data/hg38.fa")
    own = Choice("/data/hg38.fa", "/data/hg38.fa", "/data/genes.gtf")
    state = opens(Session(choice=own), q="ALFA1", assembly=path)
    assert (state.text, state.choice) == ("", own)
    state = opens(Session(choice=own), q="ALFA1", model=path)
    assert (state.text, state.choice) == ("ALFA1", own)
    links.write(state, load_settings())
    assert "data" not in str(streamlit.query_params.to_dict())


def test_a_repository_in_force_is_named_and_no_other_is_taken(offers):
    state = Session(text="ALFA1", choice=Choice("EleutherAI/enformer", "assembly-1"))
    streamlit.query_params.clear()
    links.write(state, load_settings())
    assert streamlit.query_params["model"] == "EleutherAI/enformer"
    state = opens(Session(choice=HERE), q="ALFA1", model="EleutherAI/enformer")
    assert state.choice == HERE, "a link does not make somebody's computer fetch a model"
    assert "which is not offered here" in state.notes[0]


def test_a_link_gives_the_same_picture_on_a_fresh_server(no_world, world, tmp_path, monkeypatch):
    data = tmp_path / "data"
    monkeypatch.setenv("ENFORMER_DATA_DIR", str(data))
    worlds.register(world, data)
    worlds.register(world, data, assembly="other", model="other-model", simulated=False)
    app = open_app(
        q="GIANT",
        tracks="6,0",
        model="toy-model",
        assembly="toy",
        tiles="0,1",
        look="log,no-together,scale:window",
        lanes="0:small:grey,6:large",
        hidden="ID0000",
    )
    state = app.session_state["browser"]
    assert (state.choice, state.tiles) == (Choice("toy-model", "toy"), (0, 1))
    assert question(app) == "Predicted CTCF and CAGE in erythroid at GIANT"
    assert [app.checkbox(key=f"show-{name}").value for name in ("log", "together")] == [True, False]
    assert app.selectbox(key="show-scale").value == "window"
    assert not app.checkbox(key="own-ID0000").value
    told = view(app)
    assert told["show"] == {**told["show"], "log": True, "together": False, "scale": "window"}
    settled(app.checkbox(key="show-ratio").check().run())
    assert address(app, "look") == "ratio,no-together,log,scale:window"
    assert view(app)["show"]["ratio"]
    assert (address(app, "lanes"), address(app, "hidden")) == ("6:large,0:small:grey", "ID0000")
    app = open_app(q="chr1:1-900", assembly="hg19")
    assert plain(app.warning[0].value) == (
        "The link names the assembly 'hg19', which is not offered here (offered: other and toy)."
    )
    assert address(app, "example") == "gene", "the first of what there is"
    app = open_app(example="gene", tracks="3", model="toy-model", assembly="toy")
    assert question(app) == "Predicted DNASE in hepatocyte at ALFA1"


def test_a_start_site_and_a_head_that_are_not_there_are_said(configured: worlds.World):
    app = open_app(q="ALFA1", site="T9", head="yeast")
    assert "ALFA1 has no start site of &#x27;T9&#x27;" in html(app)
    assert "the model has no head &#x27;yeast&#x27;" in html(app)
    app.run()
    assert (address(app, "site"), address(app, "head")) == ("", "")
