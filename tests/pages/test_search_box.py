"""The search box behind its looks: what it sends the browser, and what comes of what the browser sends."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from app_driver import address, ask, box_shows, errors, html, open_app, question, search_box, send, settled
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.genome.genes.index import GeneIndex
from enformer_core.genome.variant import Variant
from pages._ui import search_names
from pages._ui.edit_list import EditList
from pages._ui.search_box import KEY, MAX_ASKED, MAX_VISITS, PROMPT, Visit, Visits, label


def texts(visits: Visits) -> list[str]:
    return [visit.text for visit in visits.trail]


def told(app) -> dict:
    return json.loads(search_box(app).json)


def unpacked(data: bytes) -> tuple[dict, list[list[str]]]:
    head, *lines = gzip.decompress(data[64:]).decode().splitlines()
    return json.loads(head), [line.split("\t") for line in lines]


# The questions of a visit


def test_a_new_question_ends_the_trail_where_it_was_asked():
    visits = Visits()
    for text in ("A", "B", "C"):
        visits.note(Visit(text))
    assert visits.go(-1) == Visit("B")
    assert visits.go(-1) == Visit("A")
    assert visits.go(-1) is None
    visits.note(Visit("A"))
    assert texts(visits) == ["A", "B", "C"], "what is on screen already is no new question"
    visits.note(Visit("D"))
    assert texts(visits) == ["A", "D"]
    assert visits.at(1) is None
    assert visits.at(-1) == Visit("A")


def test_a_question_is_remembered_as_it_was_left():
    visits = Visits()
    edits = EditList.of([Variant("chr1", 10, "A", "C")])
    visits.note(Visit("A"))
    visits.note(Visit("A", edits=edits))
    visits.note(Visit("B"))
    assert visits.go(-1) == Visit("A", edits=edits)
    assert texts(visits) == ["A", "B"]


def test_two_examples_of_one_gene_are_two_questions():
    visits = Visits()
    visits.note(Visit("A", "gene"))
    visits.note(Visit("A", "deletion"))
    assert visits.at(-1) == Visit("A", "gene")
    assert visits.history() == []


def test_history_has_each_question_once_the_newest_first_and_not_the_one_on_screen():
    visits = Visits()
    for text in ("", "A", "B", "A", "  ", "C"):
        visits.note(Visit(text))
    assert [text for _, text in visits.history()] == ["A", "B"]
    assert texts(visits) == ["A", "B", "A", "  ", "C"], "an empty question is one to come back from, but not the first"


ACTIONS = st.lists(st.one_of(st.sampled_from(["back", "forward"]), st.sampled_from(["A", "B", "C", ""])), max_size=60)


@settings(deadline=None)
@given(ACTIONS)
def test_visits_behave_as_a_browsers_pages(actions):
    visits, before, after, now = Visits(), [], [], None
    for action in actions:
        if action == "back":
            if before:
                after.append(now)
                now = before.pop()
                assert visits.go(-1) == Visit(now)
            else:
                assert visits.go(-1) is None
        elif action == "forward":
            if after:
                before.append(now)
                now = after.pop()
                assert visits.go(1) == Visit(now)
            else:
                assert visits.go(1) is None
        elif action != now and (now is not None or action):
            if now is not None:
                before.append(now)
            before, after, now = before[-(MAX_VISITS - 1) :], [], action
            visits.note(Visit(action))
        else:
            turn = visits.turn
            visits.note(Visit(action))
            assert visits.turn == turn
        assert (visits.at(-1).text if visits.at(-1) else None) == (before[-1] if before else None)
        assert (visits.at(1).text if visits.at(1) else None) == (after[-1] if after else None)
    assert len(visits.trail) <= MAX_VISITS


def test_no_more_than_twenty_questions_are_kept():
    visits = Visits()
    for number in range(50):
        visits.note(Visit(f"GENE{number}"))
    assert texts(visits) == [f"GENE{number}" for number in range(30, 50)]
    assert [text for _, text in visits.history()] == [f"GENE{number}" for number in range(48, 29, -1)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("TP53", "TP53"),
        (" chr1:1-2 ", "chr1:1-2"),
        ("", "the start"),
        (">mine\nACGT\nAC\n", "sequence mine, 6 letters"),
        ("ACGT\nACGT", "sequence, 8 letters"),
        ("ACGT" * 100, "sequence, 400 letters"),
        ("a\u202eb", "a\ufffdb"),
        (f">{'x' * 100}\nA", f"sequence {'x' * 39}…, 1 letters"),
    ],
)
def test_a_question_has_a_label_of_one_line(text, shown):
    assert label(text) == shown


# The names


def test_names_are_packed_with_ids_and_places_coding_genes_first(tmp_path):
    gtf = tmp_path / "genes.gtf"
    lines = [
        ("chr1", 101, 900, "+", "NCODE", "ENSG00000000007.1", "lncRNA"),
        ("chr1", 201, 500, "-", "zeta", "ENSG00000000009.2", "protein_coding"),
        ("chr2", 1, 50, "+", "ALFA", "ENSG00000000011.1", "protein_coding"),
        ("chr2", 61, 90, "+", "ENSG00000000012", "ENSG00000000012", "protein_coding"),
        ("chr2", 101, 200, "+", "BEYOND", "ENSG00000000013.1", "protein_coding"),
        ("chr9", 1, 50, "+", "ELSE", "ENSG00000000001.1", "protein_coding"),
    ]
    gtf.write_text(
        "".join(
            f"{chrom}\tx\ttranscript\t{start}\t{end}\t.\t{strand}\t.\t"
            f'gene_id "{gene}"; transcript_id "T{gene}"; gene_name "{name}"; gene_type "{kind}";\n'
            for chrom, start, end, strand, name, gene, kind in lines
        )
    )
    index = GeneIndex.open(gtf, folder=tmp_path)
    data = search_names.packed(index, {"chr2": 100, "chr1": 1000})
    assert data == search_names.packed(index, {"chr1": 1000, "chr2": 100})
    index.close()
    assert data[:64].decode() == hashlib.sha256(data[64:]).hexdigest()
    head, rows = unpacked(data)
    assert head == {"contigs": ["chr1", "chr2"], "prefix": "ENSG000000000", "coding": 3}
    assert rows == [
        ["ALFA", "11.1", "1", "1"],
        ["ENSG00000000012", "", "1", "61"],
        ["zeta", "09.2", "0", "500"],  # its start site is its last base
        ["NCODE", "07.1", "0", "101"],
    ]


@pytest.mark.parametrize(
    ("ids", "prefix"), [(["G1"], "G"), (["G1", "G12"], "G"), (["A", "B"], ""), (["AB1", "AB2"], "AB")]
)
def test_the_prefix_of_all_ids_leaves_something_of_each(ids, prefix):
    rows = [search_names.Row(False, f"S{n}", f"S{n}", gene, 0, 1) for n, gene in enumerate(ids)]
    head, lines = unpacked(search_names.pack(rows, ["chr1"]))
    assert head["prefix"] == prefix
    assert [prefix + line[1] for line in lines] == ids
    assert all(line[1] for line in lines)


def test_names_that_would_break_a_line_are_left_out_and_an_empty_annotation_is_a_list():
    rows = [search_names.Row(False, name, name, "G1", 0, 1) for name in ("A\tB", "A\nB", "FINE")]
    assert [line[0] for line in unpacked(search_names.pack(rows, ["chr1"]))[1]] == ["FINE"]
    assert unpacked(search_names.pack([], ["chr1"])) == ({"contigs": ["chr1"], "prefix": "", "coding": 0}, [])


def test_real_names_of_hg38_are_below_a_megabyte(shared_data: Path):
    with gzip.open(shared_data / "annotation" / "hg38_gene_bounds.tsv.gz", "rt") as table:
        columns = [line.rstrip("\n").split("\t") for line in list(table)[1:]]
    chroms = sorted({column[2] for column in columns})
    rows = [
        search_names.Row(n % 3 > 0, c[0].upper(), c[0], f"{c[1]}.{n % 20}", chroms.index(c[2]), int(c[6]))
        for n, c in enumerate(columns)
    ]
    assert len(rows) > 58_000
    assert len(search_names.pack(rows, chroms)) < 1_000_000


# The page


def test_the_box_shows_the_question_whoever_asked_it(opened):
    app = opened(q="ALFA1")
    assert box_shows(app) == "ALFA1"
    assert told(app)["hint"] == PROMPT
    app = ask(app, "beta2")
    assert box_shows(app) == "beta2"
    assert address(app, "q") == "beta2"
    app = ask(app, "ALFA2")  # near misses
    app = settled(next(b for b in app.button if b.key == "way-0").click().run())
    assert box_shows(app) == "ALFA1"
    assert question(app).endswith("at ALFA1")


def test_an_ambiguous_name_still_lets_choose(opened):
    app = ask(opened(), "TWIN")
    assert "names 2 genes" in errors(app)
    assert {b.key for b in app.button} >= {"way-0", "way-1"}
    app = ask(app, "ENSG00000000005@chr2")  # what completion sends where even the id is not alone
    assert not app.error, errors(app)
    assert "chr2" in html(app)


def test_back_and_forward_bring_questions_as_they_were_left(opened, world):
    app = opened(q="ALFA1", edits=f"chr1:20001:{world.bases['chr1'][20_000]}>{other(world.bases['chr1'][20_000])}")
    assert "with 1 edit" in question(app)
    app = ask(app, "ALFA1")
    assert "with 1 edit" in question(app), "asking what is on screen changes nothing"
    assert (told(app)["back"], told(app)["forward"]) == (None, None)
    app = ask(app, "BETA2")
    assert (told(app)["back"], told(app)["forward"]) == ("ALFA1", None)
    assert "edit" not in question(app)
    app = settled(send(app, "went", -1))
    assert box_shows(app) == "ALFA1"
    assert "with 1 edit" in question(app)
    assert (told(app)["back"], told(app)["forward"]) == (None, "BETA2")
    app = settled(send(app, "went", 1))
    assert question(app).endswith("at BETA2")
    assert told(app)["turn"] > 2


def test_history_asks_again(opened):
    app = ask(ask(opened(), "ALFA1"), "BETA2")
    ((number, shown),) = told(app)["history"]
    assert shown == "ALFA1"
    app = settled(send(app, "again", number))
    assert question(app).endswith("at ALFA1")
    assert [text for _, text in told(app)["history"]] == ["BETA2"]


def test_a_pasted_sequence_is_a_question_whose_letters_are_not_in_the_box(opened, world):
    app = ask(opened(), ">mine\n" + world.bases["chr2"][:60] + "\n" + world.bases["chr2"][60:5000])
    assert question(app).endswith("the sequence mine")
    assert box_shows(app) == ""
    assert told(app)["hint"] == "sequence mine, 5,000 letters · ask something else"
    assert not address(app, "q")
    app = ask(app, "ALFA1")
    assert told(app)["back"] == "sequence mine, 5,000 letters"
    assert question(settled(send(app, "went", -1))).endswith("the sequence mine")


BAD = [("asked", 7), ("asked", None), ("asked", ["ALFA1"]), ("again", 999), ("again", "x"), ("went", 1), ("went", "-1")]


def test_messages_that_no_box_sends_change_nothing(opened):
    app = opened(q="BETA2")
    for event, value in BAD:
        app = send(app, event, value)
        assert not app.exception
        assert not app.error, (event, value)
        assert (box_shows(app), told(app)["turn"]) == ("BETA2", 1), (event, value)


def test_row_25_a_huge_paste_is_refused_and_not_kept(opened):
    app = ask(opened(), "ACGT" * (MAX_ASKED // 4 + 10))
    assert "too long" in errors(app)
    assert len(app.session_state["browser"].text) == MAX_ASKED


def test_the_page_brings_the_boxs_files_and_the_names_of_the_assembly(opened):
    app = opened(q="ALFA1")
    box = search_box(app)
    assert (box.js_source_path, box.css_source_path) == ("search.js", "search.css")
    assert not box.js_content
    assert not box.isolate_styles
    (names,) = (e.proto for e in app.get("bidi_component") if e.key == search_names.KEY)
    head, rows = unpacked(names.bytes)
    assert [row[0] for row in rows] == ["ALFA1", "BETA2", "GIANT", "TWIN", "TWIN"]
    assert rows[1][2:] == ["0", "33000"]
    assert head["contigs"] == ["chr1", "chr2"]


def test_without_a_model_the_box_is_there_all_the_same(no_world):
    app = open_app()
    assert told(app) == {"text": "", "turn": 0, "hint": PROMPT, "history": [], "back": None, "forward": None}
    assert [e.key for e in app.get("bidi_component")] == [KEY]


def other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]
