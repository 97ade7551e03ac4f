"""The saved view: what comes out goes in again, and nothing else does."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit
from app_driver import errors, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from enformer_core.errors import AssemblyMismatch, EnformerError, FileFormatError, FileTooLarge, InputError
from enformer_core.genome.genes.model import Gene, Transcript
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.settings import load_settings
from enformer_core.tracks.table import TrackTable
from pages._ui import problems, session_file, session_schema, theme, tour
from pages._ui.edit_list import MAX_EDITS, EditList, ListedEdit
from pages._ui.explain.asked import LANES, SIDES, Asked
from pages._ui.looks import HEIGHTS, MAX_TOP, SCALES, Look, Show
from pages._ui.session_choice import saved_name
from pages._ui.state import MAX_TRACKS, Choice, Experiment, Session

TABLE = TrackTable.unnamed(40, "human")
CHOICE = Choice("a-model", "an-assembly")


def open_here(state: Session, text: str | bytes) -> Session:
    """Open a file in the visit whose state this is."""
    streamlit.session_state["browser"] = state
    session_file.open_in(state, session_file.load(text), load_settings())
    return state


def fields(**changed: object) -> dict[str, object]:
    """The fields of a good file, some of them changed."""
    state = Session(text="ALFA1", choice=CHOICE, tracks=(0, 2), edit_list=EditList.of([Variant("chr1", 5, "A", "C")]))
    return json.loads(session_file.dump(state)) | changed


def refused(document: object) -> str:
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    with pytest.raises(FileFormatError) as caught:
        session_file.load(text)
    return str(caught.value)


# Round trips


names = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
words = st.one_of(
    st.sampled_from(["", "ALFA1", "chr1:1,000-2,000", "chr1:1000:A>C", "ACGTACGTACGTACGTACGTACGT"]),
    names.map(lambda text: text * 5),
    st.text("ACGTN\r\n", min_size=1, max_size=20).map(lambda bases: bases * 201),
    st.text("ACGTacgt\r\n", min_size=1, max_size=20).map(lambda bases: f">a name\n{bases}"),
)
bases = st.text("ACGT", min_size=1, max_size=5)
variants = (
    st.tuples(st.text("chrX1_.-", min_size=1, max_size=6), st.integers(1, 2**31 - 1), bases, bases)
    .filter(lambda parts: parts[2] != parts[3])
    .map(lambda parts: Variant(*parts))
)
views = st.builds(
    lambda chrom, start, width: Interval(chrom, start, start + width),
    st.text("chrX1_.:|*-é", min_size=1, max_size=8),
    st.integers(-200_000, 2**31 - 1),
    st.integers(1, 200_000),
)
experiments = st.lists(
    st.builds(lambda name, track: Experiment(Path("x"), name, track), names, st.none() | st.integers(0, 5_000)),
    max_size=4,
    unique_by=(lambda e: e.name, lambda e: e.track if e.track is not None else e.name),
)


shows = st.builds(Show, *[st.booleans()] * 5, scale=st.sampled_from(SCALES))
tops = st.just(0.0) | st.floats(0, MAX_TOP)
looks = st.builds(Look, st.sampled_from(("", *HEIGHTS)), st.sampled_from(("", *theme.LANE_COLOURS)), tops).filter(
    lambda look: look != Look()
)
asked = st.builds(
    Asked,
    lanes=st.frozensets(st.sampled_from(LANES)),
    place=st.sampled_from(["", "gene:ALFA1", "region:chr1:1,000-2,000", "bins:447-449, 500"]),
    tracks=st.lists(st.integers(0, 19), max_size=3, unique=True).map(tuple),
    minus=st.lists(st.integers(20, 39), max_size=3, unique=True).map(tuple),
    reduction=st.sampled_from(["mean", "sum", "log_ratio"]),
    of=st.sampled_from(SIDES),
    interval=st.sampled_from(["", "chr1:1,000-1,199"]),
    query=st.sampled_from(["", "bins:448", "gene:BETA2"]),
    layers=st.sampled_from(["", "0,3"]),
    heads=st.sampled_from(["", "1"]),
)
sides = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda sides: sum(sides) < 10)


@st.composite
def states(draw: st.DrawFn) -> Session:
    known = EditList.of(draw(st.lists(variants, max_size=4))).items
    edit_list = EditList(tuple(ListedEdit(item.variant, draw(st.booleans())) for item in known))
    tracks = draw(st.none() | st.lists(st.integers(0, 39), min_size=1, max_size=MAX_TRACKS, unique=True).map(tuple))
    return Session(
        text=draw(words),
        site=draw(names),
        edit_list=edit_list,
        choice=CHOICE,
        head=draw(st.sampled_from([None, "human", "mouse"])),
        tracks=tracks,
        show=draw(shows),
        looks=draw(st.dictionaries(st.sampled_from(tracks), looks)) if tracks else {},
        tiles=draw(sides),
        explain=draw(asked),
        transform=draw(st.sampled_from(["soft", "hard", "none"])),
        view=draw(st.none() | views),
        experiments=draw(experiments),
        hidden=draw(st.sets(names, max_size=5)),
    )


@settings(deadline=None, max_examples=30)
@given(states(), st.booleans())
def test_what_was_saved_is_on_screen_again_and_saves_to_the_same_bytes(state, is_table_known):
    table = TABLE if is_table_known else None
    text = session_file.dump(state, table=table)
    other = Session(text="BETA2", choice=CHOICE, experiments=[replace(e, track=None) for e in state.experiments])
    open_here(other, text)
    if table:
        tour.put_on_view(other, table)
    for name in (
        *("text", "site", "edit_list", "choice", "head", "tracks", "transform", "view", "experiments", "hidden"),
        *("show", "looks", "tiles", "explain"),
    ):
        assert getattr(other, name) == getattr(state, name), name
    assert other.is_begun
    assert other.notes == ()
    assert session_file.dump(other, table=table) == text


def test_a_file_that_was_cut_short_says_so_wherever_it_was_cut():
    text = json.dumps(fields(question='a "quoted" name, {brackets} and \u202e'), indent=1)
    for end in range(1, len(text)):
        assert "ends in the middle, in line" in refused(text[:end]), text[:end]
    assert session_file.load(text + "\n") == session_file.load(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(sorted(session_schema.SavedView.model_fields)), json_values, max_size=4))
def test_whatever_a_field_holds_it_is_read_or_refused_in_our_own_words(changed):
    said = ""
    try:
        session_file.load(json.dumps(fields(**changed)))
    except EnformerError as error:
        said = str(error)
    assert "pydantic" not in said
    assert "Input should" not in said


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_a_file_of_anything_is_refused_in_our_own_words(content):
    with pytest.raises(FileFormatError):
        session_file.load(content)


def test_a_file_is_readable_json_in_order_without_a_place_on_a_disk(tmp_path):
    genome = tmp_path / "hg38.fa.gz"
    genome.touch()
    state = Session(text="ALFA1", hidden={"b", "a"}, experiments=[Experiment(tmp_path / "7f3a", "my ⟨file⟩.bw", 4)])
    text = session_file.dump(state, choice=Choice(str(tmp_path), str(genome), "~/genes.gtf"), head="human", table=TABLE)
    assert text.endswith("}\n")
    assert text.isascii()
    found = json.loads(text)
    assert list(found) == sorted(found)
    assert str(tmp_path.parent) not in text
    assert "7f3a" not in text
    assert (found["format"], found["version"]) == ("enformer-browser-session", 3)
    assert (found["model"], found["assembly"], found["genes"]) == (tmp_path.name, "hg38.fa.gz", "genes.gtf")
    assert found["head"] == "human"
    assert found["hidden_experiments"] == ["a", "b"]
    assert found["experiments"] == [{"name": "my ⟨file⟩.bw", "track": 4}]


@pytest.mark.parametrize(
    ("name", "saved"),
    [("hg38", "hg38"), ("", ""), ("EleutherAI/enformer", "EleutherAI/enformer"), ("./m/enformer", "enformer")],
)
def test_a_registered_name_and_a_repository_are_saved_as_they_are(name, saved):
    assert saved_name(name) == saved
    assert saved_name("x" * 900) == "x" * 900, "longer than a file's name may be"


def test_tracks_are_saved_with_identifiers_where_they_are_known():
    state = Session(text="ALFA1", tracks=(7, 3), looks={3: Look("large", "ctcf", 2.5), 9: Look("small")})
    assert json.loads(session_file.dump(state, table=TABLE))["tracks"] == [
        {"identifier": "human_7", "index": 7, "height": "", "colour": "", "top": 0.0},
        {"identifier": "human_3", "index": 3, "height": "large", "colour": "violet", "top": 2.5},
    ]
    assert json.loads(session_file.dump(state))["tracks"][0] == {
        "identifier": "",
        "index": 7,
        "height": "",
        "colour": "",
        "top": 0.0,
    }


def test_tracks_go_by_identifier_in_another_table():
    other = open_here(Session(choice=CHOICE), json.dumps(fields(tracks=[{"index": 0, "identifier": "human_9"}])))
    tour.put_on_view(other, TABLE)
    assert other.tracks == (9,)


@pytest.mark.parametrize(
    ("state", "what"),
    [
        (Session(text="A" * 1_000_001), "(1,000,001 characters): at most 1,000,000 characters are read"),
        (Session(text="é" * 400_000), "it would have 2,400,"),
        (Session(text="x", site="s" * 201), "start_site"),
        (Session(text="x", wanted=("ID0",)), "not there yet"),
        (Session(text="x", wanted_view="chr1:1-10"), "not there yet"),
    ],
    ids=["sequence", "bytes", "site", "tracks", "view"],
)
def test_what_cannot_be_saved_says_why(state, what):
    with pytest.raises(InputError, match="this view") as caught:
        session_file.dump(state)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ALFA1", "enformer-view_ALFA1.json"),
        ("chr1:1,000-2,000", "enformer-view_chr1-1-000-2-000.json"),
        ("../../etc/passwd", "enformer-view_etc-passwd.json"),
        (">s\nACGT", "enformer-view_sequence.json"),
        ("ACGT" * 10, "enformer-view_sequence.json"),
        ("", "enformer-view.json"),
        ("\u202e🧬", "enformer-view.json"),
    ],
)
def test_the_file_is_called_after_the_question(text, name):
    assert session_file.file_name(Session(text=text)) == name


# Bad files


GOOD_EDIT = {"chrom": "chr1", "pos": 5, "ref": "A", "alt": "C", "id": "", "is_on": True}
LONG = "x" * 81
SHOW, TRACK = asdict(Show()), {"index": 0, "identifier": ""}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"question": 5}, "question is '5': a text in quotes is needed"),
        ({"question": "x" * 201}, "... (201 characters): at most 200 characters are read"),
        ({"question": "x\ud800"}, "question is 'x\\ud800': it holds half of a character"),
        ({"sequence": "ACGT"}, "question and sequence are both given"),
        ({"head": ["human"]}, "head is '[\"human\"]': a text in quotes is needed"),
        ({"transform": "log"}, "transform is 'log': 'soft', 'hard' or 'none' is needed"),
        ({"tracks": "all"}, "tracks is 'all': a list is needed"),
        ({"tracks": [4]}, "tracks, item 1 is '4': an object with named fields is needed"),
        ({"tracks": [{"index": 4}]}, "tracks, item 1, identifier is missing"),
        ({"tracks": [{"index": True, "identifier": ""}]}, "tracks, item 1, index is 'true': a whole number is needed"),
        ({"tracks": [{"index": 1.0, "identifier": ""}]}, "tracks, item 1, index is '1.0': a whole number is needed"),
        ({"tracks": [{"index": -1, "identifier": ""}]}, "tracks, item 1, index is '-1': at least 0 is needed"),
        ({"tracks": [{"index": 1, "identifier": ""}] * 10**4}, "characters): at most 100 items are read"),
        ({"edits": [GOOD_EDIT | {"pos": 0}]}, "edits, item 1, pos is '0': at least 1 is needed"),
        ({"edits": [GOOD_EDIT | {"pos": 2**31}]}, "pos is '2147483648': at most 2,147,483,647 is allowed"),
        ({"edits": [GOOD_EDIT, GOOD_EDIT | {"alt": "A"}]}, "edits, item 2: REF and ALT are both 'A'"),
        ({"edits": [GOOD_EDIT | {"ref": "<DEL>"}]}, "edits, item 1: REF '<DEL>' is not made of A, C, G and T alone"),
        ({"edits": [GOOD_EDIT | {"chrom": ""}]}, "edits, item 1: a variant needs a chromosome"),
        ({"edits": [GOOD_EDIT | {"is_on": 1}]}, "edits, item 1, is_on is '1': true or false is needed"),
        ({"view": "chr1"}, "view is 'chr1': a locus such as chr1:1,001-2,000 is needed, counted from 1"),
        ({"view": "chr1:2,000-1,001"}, "its start 2,000 is after its end 1,001"),
        ({"view": "chr1:1٣-20"}, "a locus such as"),
        ({"view": f"chr1:1-{'9' * 12}"}, "a locus such as"),
        ({"experiments": [{"name": LONG * 3, "track": None}]}, "experiments, item 1, name is "),
        ({"experiments": ["a.bw"]}, "experiments, item 1 is 'a.bw': an object with named fields is needed"),
        ({"hidden_experiments": [None]}, "hidden_experiments, item 1 is 'null': a text in quotes is needed"),
        ({"version": 0}, "version is '0': at least 1 is needed"),
        ({"version": True}, "version is 'true': a whole number is needed"),
        ({"version": "1"}, "version is '1': a whole number is needed"),
        ({"show": {}}, "show, residual is missing"),
        ({"show": [True]}, "show is '[true]': an object with named fields is needed"),
        ({"show": SHOW | {"log": "yes"}}, "show, log is 'yes': true or false is needed"),
        ({"show": SHOW | {"scale": "huge"}}, "show, scale is 'huge': 'view', 'robust' or 'window' is needed"),
        ({"tiles": [1]}, "tiles is '[1]': 2 items are needed"),
        ({"tiles": [1, -1]}, "tiles, item 2 is '-1': at least 0 is needed"),
        ({"tiles": [1, 10]}, "tiles, item 2 is '10': at most 9 is allowed"),
        ({"tiles": [5, 5]}, "tiles are 11 windows in all: at most 10 are predicted"),
        ({"tracks": [TRACK | {"top": -1.0}]}, "top is '-1.0': at least 0.0 is needed"),
        ({"tracks": [TRACK | {"height": "tall"}]}, "height is 'tall': small, medium, large or an empty text is needed"),
        ({"tracks": [TRACK | {"colour": "red"}]}, "tracks, item 1, colour is 'red': blue, green, "),
        ({"tracks": [TRACK | {"colour": 3}]}, "tracks, item 1, colour is '3': a text in quotes is needed"),
    ],
)
def test_row_66_a_value_that_is_not_allowed_is_named_with_its_field(changed, said):
    assert said in refused(fields(**changed))


def test_row_66_a_missing_field_is_named():
    document = fields()
    del document["head"]
    assert refused(document).startswith("head is missing")


def test_row_66_a_misspelt_field_is_named_before_what_is_missing_for_it():
    document = fields()
    document["heads"] = document.pop("head")
    assert refused(document).startswith("there is no field 'heads'; head is missing")


def test_row_66_at_most_five_fields_are_named_at_once():
    said = refused(fields(question=1, model=2, assembly=3, head=4, transform=5, view=6, genes=7))
    assert said.count(" is needed") == 5
    assert "; and 2 more" in said


def test_row_66_a_newer_version_is_told_from_a_damaged_file():
    said = refused(fields(version=4, lanes=[]))
    assert said.startswith("the file was made by a newer version: 4; this reads 3")


def test_row_66_unknown_fields_are_left_out_with_a_note():
    loaded = session_file.load(
        json.dumps(
            fields(
                code="__import__('os')",
                edits=[GOOD_EDIT | {"by": "me"}],
                show=SHOW | {"font": [1]},
                tracks=[TRACK, TRACK | {"index": 1, "url": "https://example.org/x.bw"}],
            )
        )
    )
    assert loaded.notes == (
        "fields that this version does not know were left out: "
        "'code', 'url' in tracks, item 2, 'font' in show and 'by' in edits, item 1",
    )
    assert session_file.load(json.dumps(fields(**{f"x{i}": i for i in range(9)}))).notes[0].endswith("'x4' and 4 more")
    state = open_here(Session(choice=CHOICE), json.dumps(fields(code=1)))
    assert (state.text, state.notes) == ("ALFA1", ("fields that this version does not know were left out: 'code'",))


def test_a_file_of_version_1_opens_without_a_note_and_is_drawn_as_usual():
    document = fields(version=1, tracks=[{"index": 2, "identifier": ""}])
    del document["show"], document["tiles"]
    state = open_here(
        Session(choice=CHOICE, show=Show(log=True), looks={2: Look("large")}, tiles=(1, 1)), json.dumps(document)
    )
    assert (state.tracks, state.show, state.looks, state.tiles) == ((2,), Show(), {}, (0, 0))
    assert state.notes == ()
    assert json.loads(session_file.dump(state))["version"] == 3


def test_a_file_of_version_2_opens_without_a_note_and_explains_nothing():
    document = fields(version=2)
    del document["explain"]
    state = open_here(Session(choice=CHOICE, explain=Asked(frozenset(LANES), "gene:ALFA1")), json.dumps(document))
    assert (state.explain, state.notes) == (Asked(), ())


def test_what_is_explained_of_another_model_keeps_all_but_its_tracks():
    saved = fields(model="another", explain={"explain": "attention", "target": "gene:ALFA1;tracks:3;minus:4"})
    state = open_here(Session(choice=CHOICE), json.dumps(saved))
    assert state.explain == Asked(frozenset({"attention"}), "gene:ALFA1")
    assert state.notes[-1] == "the tracks that were explained belong to that model, so the first lane is explained"


def test_what_cannot_be_explained_is_left_out_and_said():
    saved = fields(explain={"explain": "magic,attention", "target": "nonsense", "layers": "x", "of": "other"})
    state = open_here(Session(choice=CHOICE), json.dumps(saved))
    assert state.explain == Asked(frozenset({"attention"}))
    assert len(state.notes) == 4
    for part, note in zip(("'magic'", "'other'", "target", "layers"), state.notes, strict=True):
        assert part in note


def test_looks_go_with_their_tracks_by_identifier_in_another_table():
    saved = [{"index": 0, "identifier": "human_9", "height": "medium", "colour": "grey"}]
    saved += [{"index": 1, "identifier": "gone", "height": "large", "colour": ""}]
    other = open_here(Session(choice=CHOICE, looks={0: Look("small")}), json.dumps(fields(tracks=saved)))
    tour.put_on_view(other, TABLE)
    assert (other.tracks, other.looks, other.wanted_looks) == ((9,), {9: Look("", "muted")}, {})


def test_row_66_numbers_that_json_does_not_have():
    for name in ("NaN", "Infinity", "-Infinity"):
        assert f"{name} is not a number" in refused(json.dumps(fields()).replace('"index": 0', f'"index": {name}'))
    assert "index is 'Infinity': a whole number" in refused(
        json.dumps(fields()).replace('"index": 0', '"index": 1e999')
    )
    assert "thousands of digits" in refused(json.dumps(fields()).replace('"index": 0', f'"index": {"1" * 5000}'))


def test_row_66_a_field_that_is_there_twice():
    text = json.dumps(fields())
    assert refused(text[:-1] + ', "question": "BETA2"}').startswith("the field 'question' is there twice")
    assert refused(text.replace('"is_on"', '"pos": 7, "is_on"')).startswith("the field 'pos' is there twice")


@pytest.mark.parametrize("depth", [900, 10**5, 10**6])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_row_66_deep_nesting(depth, opening, closing):
    bomb = (opening * depth + "1" + closing * depth)[: session_schema.MAX_BYTES - 2_000]
    if bomb.endswith(closing):
        bomb = json.dumps(fields(head="here")).replace('"here"', bomb)
    refused(bomb)


def test_row_66_deep_nesting_in_an_unknown_field():
    text = json.dumps(fields(x="here"))
    assert session_file.load(text.replace('"here"', "[" * 900 + "]" * 900)).notes[0].endswith("left out: 'x'")
    assert "nested too deeply" in refused(text.replace('"here"', "[" * 10**5 + "]" * 10**5))


def test_row_66_a_large_file():
    with pytest.raises(FileTooLarge, match="the file has 2,097,153 bytes"):
        session_file.load(b" " * (2 * 1024**2 + 1))
    assert refused(b" " * (2 * 1024**2)).startswith("the file is empty")


def test_row_66_100_megabytes_are_refused_before_anything_is_read(monkeypatch):
    monkeypatch.setattr(json, "loads", lambda *_args, **_more: pytest.fail("it was parsed"))
    with pytest.raises(FileTooLarge, match="the file has 104,857,600 bytes, and a saved view has at most 2,097,152"):
        session_file.load(b"[" * (100 * 1024**2))


def test_row_66_a_pickle_by_another_name_is_never_run(tmp_path):
    trap = tmp_path / "was-run"

    class Canary:
        def __reduce__(self):
            return Path.touch, (trap,)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert "and not a saved view" in refused(pickle.dumps(Canary(), protocol))
    assert not trap.exists()


def test_row_66_bytes_that_are_not_utf_8():
    good = json.dumps(fields()).encode()
    assert refused(good.replace(b"ALFA1", b"ALF\xc41")).startswith(
        f"byte {good.index(b'ALFA1') + 4:,} of the file is not"
    )
    assert "UTF-16" in refused(good.decode().encode("utf-16"))
    assert session_file.load(b"\xef\xbb\xbf" + good) == session_file.load(good)
    assert session_file.load("\ufeff" + good.decode()) == session_file.load(good)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.", "a file of an unknown kind"),
        (b"cposix\nsystem\n(S'true'\ntR.", "a text file"),
        (b"PK\x03\x04\x14\x00", "a zip archive"),
        (b"<!doctype html><title>404</title>", "a web page"),
        (b"[1, 2]", "a JSON file"),
        (b"3", "a text file"),
        (b'{"locus": "chr1:1-100", "tracks": []}', "has no field format"),
        (b'{"format": "gosling", "version": 1}', "has the format 'gosling'"),
        (b'{"a": 1} }', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1, // a comment\n"b": 2}', "line 1, column 10"),
    ],
)
def test_row_66_another_kind_of_file_is_named(content, kind):
    assert kind in refused(content)


def test_html_in_names_is_shown_and_never_read():
    markup = "<img src=x onerror=alert(1)> [x](javascript:alert(1))"
    with pytest.raises(FileFormatError) as caught:
        session_file.load(json.dumps(fields(**{markup: 1, "transform": markup})))
    shown = problems.explained(caught.value, where=markup)
    assert "<img" not in shown.replace("\\<", "")
    assert "](" not in shown
    assert plain(shown).count("<img") == 3


# What is put in force


@dataclass(frozen=True)
class Offers:
    """Registered models and assemblies, of which nothing but a manifest is there."""

    folder: Path

    def add(self, kind: str, name: str) -> None:
        home = self.folder / {"model": "models", "assembly": "assemblies"}[kind] / name
        home.mkdir(parents=True)
        manifest = {"schema": 1, "kind": kind, "name": name} | ({"fasta": "genome.fa"} if kind == "assembly" else {})
        (home / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def offers() -> Offers:
    found = Offers(load_settings().data_dir)
    for kind, name in (("model", "one"), ("model", "two"), ("assembly", "here"), ("assembly", "there")):
        found.add(kind, name)
    return found


def test_a_registered_model_and_assembly_are_chosen(offers):
    state = open_here(
        Session(choice=Choice("one", "here", "/x/genes.gtf")), json.dumps(fields(model="two", assembly="there"))
    )
    assert state.choice == Choice("two", "there", "")
    assert state.notes == ()


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../etc/passwd", "~/hg38.fa", "elsewhere", ".gz", "file:///x", "x\x00"]
)
def test_row_67_a_path_in_a_file_is_not_followed_and_nothing_changes(offers, name):
    state = Session(text="BETA2", choice=Choice("one", "here"), tracks=(3,), notes=("a note",))
    before = replace(state)
    with pytest.raises(AssemblyMismatch, match="which is not offered here"):
        open_here(state, json.dumps(fields(assembly=name)))
    assert state == before
    open_here(state, json.dumps(fields(assembly="here", model=name)))
    assert state.choice == Choice("one", "here")
    assert "saved with the model" in state.notes[0]


def test_an_assembly_in_force_is_known_by_the_last_part_of_its_path(offers):
    own = Choice("one", "/data/hg38.fa.gz", "/data/gencode.gtf")
    for name in ("hg38", "hg38.fa.gz", "/home/else/hg38.fa"):
        state = open_here(Session(choice=own), json.dumps(fields(model="one", assembly=name, genes="gencode.gtf")))
        assert (state.choice, state.notes) == (own, ())


def test_row_67_what_a_file_names_is_neither_opened_nor_fetched(offers, tmp_path):
    there = tmp_path / "there.bw"
    there.write_bytes(b"")
    names = [str(there), "https://example.org/x.bw", "file:///etc/passwd", "\\\\server\\share\\x.bw"]
    saved = [{"name": name, "track": None} for name in names]
    state = open_here(
        Session(choice=Choice("one", "here")), json.dumps(fields(model="one", assembly="here", experiments=saved))
    )
    assert (state.experiments, state.folder) == ([], None)
    assert "a saved view holds no files" in state.notes[0]


def test_other_genes_are_told(offers):
    state = open_here(Session(choice=CHOICE), json.dumps(fields(genes="old.gtf")))
    assert state.notes == (
        "the view was saved with the genes 'old.gtf', here they are those that come with the assembly",
    )


def test_a_sequence_needs_no_assembly(offers):
    document = fields(question="", sequence=">s\nACGT", assembly="elsewhere", model="one")
    state = open_here(Session(choice=Choice("one", "here")), json.dumps(document))
    assert (state.text, state.choice) == (">s\nACGT", Choice("one", "here"))
    assert "saved with the assembly 'elsewhere'" in state.notes[0]


def test_another_version_of_the_software_is_told():
    assert (
        "saved with version '9.9.9' of this software"
        in session_file.load(json.dumps(fields(app_version="9.9.9"))).notes[0]
    )


def test_experiments_that_are_here_are_compared_again_and_others_are_named():
    here, other = Experiment(Path("a"), "here.bw", 1), Experiment(Path("b"), "other.bw", 0)
    state = Session(choice=CHOICE, experiments=[here, other])
    saved = [{"name": "here.bw", "track": 0}, *({"name": f"<b>{i}.bw", "track": None} for i in range(7))]
    open_here(state, json.dumps(fields(experiments=saved)))
    assert [(e.name, e.track) for e in state.experiments] == [("here.bw", 0), ("other.bw", None)]
    assert state.notes == (
        "add <b>0.bw, <b>1.bw, <b>2.bw, <b>3.bw, <b>4.bw and 2 more again under Experiments: "
        "a saved view holds no files",
    )


def test_target_indices_of_another_model_pair_nothing():
    state = Session(choice=CHOICE, experiments=[Experiment(Path("a"), "a.bw", 1)])
    open_here(state, json.dumps(fields(model="another", experiments=[{"name": "a.bw", "track": 0}])))
    assert state.experiments[0].track is None


def test_edits_keep_their_order_and_switches_and_come_once():
    first, second = GOOD_EDIT | {"is_on": False, "id": "rs1"}, GOOD_EDIT | {"pos": 3}
    state = open_here(Session(choice=CHOICE), json.dumps(fields(edits=[first, second, GOOD_EDIT])))
    on = Variant("chr1", 3, "A", "C")
    assert state.edit_list == EditList((ListedEdit(Variant("chr1", 5, "A", "C", "rs1"), False), ListedEdit(on)))
    assert state.edits == (on,)
    assert "listed twice" in state.notes[0]


def test_more_edits_than_can_be_applied_change_nothing():
    state = Session(text="BETA2", choice=CHOICE)
    edits = [GOOD_EDIT | {"pos": i + 1} for i in range(MAX_EDITS + 1)]
    with pytest.raises(InputError, match=f"{MAX_EDITS + 1} edits cannot be applied"):
        open_here(state, json.dumps(fields(edits=edits)))
    assert state.text == "BETA2"
    open_here(state, json.dumps(fields(edits=[*edits[:-1], edits[-1] | {"is_on": False}])))
    assert len(state.edit_list.items) == MAX_EDITS + 1


# On the page

PAGE = """
import streamlit as st
from pages._ui import model_inputs, search, services, session_file
from pages._ui.state import session
from enformer_core.tracks.table import TrackTable

state, settings = session(), services.settings()
choice = model_inputs.choose(state, settings)
model_inputs.choose_head(state, ["human", "mouse"])
if "predictor" in st.session_state:
    search.choose_site(state, st.session_state["predictor"])
session_file.widgets(state, choice=choice, head=state.head or "human", table=TrackTable.unnamed(9, "human"))
st.text(" | ".join(state.notes))
"""


@pytest.fixture
def page(offers) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=30).run()
    assert not app.exception
    return app


def opened(app: AppTest, content: bytes | str, name: str = "view.json") -> AppTest:
    raw = content.encode() if isinstance(content, str) else content
    app.file_uploader[0].upload(name, raw, "application/json").run()
    assert not app.exception
    return app


def state_of(app: AppTest) -> Session:
    return app.session_state["browser"]


def test_a_file_is_opened_and_the_field_is_empty_again(page):
    first = page.file_uploader[0].id
    opened(page, json.dumps(fields(model="two", assembly="there", head="mouse", app_version="9")))
    state = state_of(page)
    assert (state.text, state.choice, state.head) == ("ALFA1", Choice("two", "there"), "mouse")
    assert not page.error
    assert "saved with version '9'" in page.text[0].value
    assert page.file_uploader[0].id != first
    assert page.file_uploader[0].value is None


def test_choosers_show_what_a_file_chose_and_keep_it(page):
    page.selectbox(key="model-choice").set_value("one").run()
    page.selectbox(key="assembly-choice").set_value("here").run()
    page.selectbox(key="head-choice").set_value("mouse").run()
    assert state_of(page).head == "mouse"
    opened(page, json.dumps(fields(model="two", assembly="there", head="human")))
    page.run()  # what a browser sends back with the next click
    state = state_of(page)
    assert (state.choice, state.head) == (Choice("two", "there"), "human")
    assert [page.selectbox(key=f"{name}-choice").value for name in ("model", "assembly", "head")] == [
        "two",
        "there",
        "human",
    ]


def test_a_start_site_that_was_saved_wins_over_the_one_on_screen(page):
    at = [Transcript(f"T{i}", 1000 * i, 9000, "+", "", ((1000 * i, 9000),), None, frozenset()) for i in (1, 2, 3)]
    gene = Gene("G", "ALFA1", "chr1", 1000, 9000, "+", "", tuple(at), "")
    genes = SimpleNamespace(gene=lambda name: gene)
    page.session_state["predictor"] = SimpleNamespace(assembly=SimpleNamespace(genes=genes))
    choice = {"model": "one", "assembly": "here"}
    for site in ("T3", "T2", ""):
        opened(page, json.dumps(fields(start_site=site, **choice)))
        page.run()
        assert state_of(page).site == site
        assert page.selectbox(key="site-T1").value == (site or "T1")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "the file is a zip archive, and not a saved view"),
        (json.dumps({"format": "enformer-browser-session", "version": 4}), "made by a newer version: 4; this reads 3"),
        ('{"a" 1}', "<b>view.json, line 1, column 6: the file is not JSON"),
    ],
)
def test_story_5_a_bad_file_is_explained_and_the_view_stays(page, content, said):
    opened(page, json.dumps(fields(model="one", assembly="here")))
    opened(page, content, "<b>view.json")
    assert said in errors(page)
    assert "<b>view.json" in errors(page)
    assert "<b>" not in page.error[0].value.replace("\\<", "")
    assert state_of(page).text == "ALFA1"
    opened(page, json.dumps(fields(model="one", assembly="here", question="BETA2")))
    assert not page.error
    assert state_of(page).text == "BETA2"


def test_what_cannot_be_saved_is_said_where_the_button_would_be(page):
    assert page.get("download_button")
    page.session_state["browser"].site = "s" * 201
    page.run()
    assert not page.get("download_button")
    assert "This view cannot be saved: start_site is" in errors(page)
    page.session_state["browser"].wanted_view = "chr1:1-1,000"
    page.run()
    assert page.get("download_button"), "by the time of a click, what is under way has come"
    assert not page.error
