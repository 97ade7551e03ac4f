from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World

import enformer_core as ec
from enformer_core.errors import InputError, TrackError
from enformer_core.interpret.places import Place
from enformer_core.interpret.target_text import WrittenTarget, parse_target

WHOLE = "gene:ERYA3;tracks:0,3;minus:4;reduce:log_ratio;head:human"


@pytest.fixture(scope="module")
def predictor(world: World) -> Iterator[ec.Predictor]:
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes)
    yield predictor
    predictor.close()


def test_every_part_is_read_and_written_back() -> None:
    found = parse_target(WHOLE)
    assert found == WrittenTarget(Place("gene", "ERYA3"), (0, 3), (4,), "log_ratio", "human")
    assert str(found) == WHOLE


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        ("tracks:3", WrittenTarget(tracks=(3,)), "tracks:3"),
        ("bins:1-3", WrittenTarget(Place("bins", "1-3")), "bins:1-3"),
        (
            " head:mouse ; Tracks: 2 , 1 ;; region:chr1:1-9 ",
            WrittenTarget(Place("region", "chr1:1-9"), (2, 1), head="mouse"),
            "region:chr1:1-9;tracks:2,1;head:mouse",
        ),
        ("reduce:mean", WrittenTarget(), ""),
        ("reduce:SUM", WrittenTarget(reduction="sum"), "reduce:sum"),
    ],
)
def test_parts_can_be_left_out_and_stand_in_any_order(text: str, expected: WrittenTarget, written: str) -> None:
    assert parse_target(text) == expected
    assert str(expected) == written


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", InputError, "the target is empty"),
        (" ; ", InputError, "the target is empty"),
        ("ERYA3", InputError, "'ERYA3' is no part of a target"),
        ("gene:A;color:red", InputError, "'color:red' is no part of a target"),
        ("gene:A;bins:3", InputError, "the target: 'bins:3' gives a second place"),
        ("tracks:1;tracks:2", InputError, "'tracks:2' gives tracks a second time"),
        ("gene:", InputError, "the target's place: the gene is empty"),
        ("bins:9-1", InputError, "the target's place: the range '9-1' runs backwards"),
        ("tracks:1,x", TrackError, "the target's tracks: 'x' is no track number"),
        ("tracks:1,\u0663", TrackError, "is no track number"),
        ("minus:-1", TrackError, "the target's minus: '-1' is no track number"),
        ("tracks:1234567", TrackError, "'1234567' is no track number"),
        ("tracks:", TrackError, "tracks: names no track"),
        ("tracks:1,1", TrackError, "track 1 is chosen twice"),
        ("tracks:0,2;minus:0", TrackError, "track 0 is chosen twice"),
        ("tracks:" + ",".join(map(str, range(101))), TrackError, "tracks: 101 tracks are named. Name at most 100"),
        ("reduce:max", InputError, "reduce: 'max' is not a reduction"),
        ("head:", InputError, "head: '' is no name of a head"),
        ("head:<b>", InputError, "'<b>' is no name of a head"),
        ("tracks:1" + " " * 1_000, InputError, "is too long. Write at most 1,000 characters"),
    ],
)
def test_what_is_wrong_is_named_with_its_part(text: str, kind: type[InputError], words: str) -> None:
    with pytest.raises(kind) as caught:
        parse_target(text)
    assert words in str(caught.value)


@given(st.text(alphabet=st.sampled_from(":;,-0123456789genetracksmiuhdbrol \u202e\n<"), max_size=80))
def test_any_text_is_a_target_or_our_error(text: str) -> None:
    try:
        found = parse_target(text)
    except InputError:
        return
    written = str(found)
    assert written == "" or parse_target(written) == found


def test_what_a_result_explains_can_be_written() -> None:
    target = ec.Target((3, 0), (15, 16, 17, 20), "sum", (1,), "human")
    text = str(WrittenTarget.of(target))
    assert text == "bins:15-17,20;tracks:3,0;minus:1;reduce:sum;head:human"


def test_a_written_target_finds_its_bins(predictor: ec.Predictor) -> None:
    window = predictor.window("ALFA1")
    found, notes = parse_target("gene:ALFA1;tracks:0,3;minus:1;reduce:log_ratio").resolve(predictor, window)
    assert found == ec.Target((0, 3), (15, 16, 17), "log_ratio", (1,))
    assert notes == ()
    again, _ = WrittenTarget.of(found).resolve(predictor, window)
    assert again == found
    for text, kind, words in (
        ("tracks:0", InputError, "the target names no place"),
        ("bins:1", TrackError, "the target names no track"),
        ("bins:32;tracks:0", InputError, "there is no bin 32"),
        ("bins:1;tracks:12", TrackError, "there is no track 12"),
        ("bins:1;tracks:0;head:rat", TrackError, "no head 'rat'"),
    ):
        with pytest.raises(kind, match=words):
            parse_target(text).resolve(predictor, window)
