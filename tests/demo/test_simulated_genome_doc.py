"""The tables and numbers of ``docs/simulated-genome.md`` are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import enformer_core
from enformer_core.demo import assays, contact, experiment, grammar, layout, promoters
from enformer_core.demo.chance import Chance
from enformer_core.demo.motifs import CELL_TYPES, MOTIFS

REPOSITORY = Path(enformer_core.__file__).resolve().parent.parent
DOCUMENT = REPOSITORY / "docs" / "simulated-genome.md"
DRAWING = REPOSITORY / "docs" / "images" / "simulated-genome.svg"
KINDS = ("ery", "hep", "neu", "common", "mixed", "rest", "ctcf", "boundary", "promoter", "decoy")


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def motif_table() -> str:
    rows = ["| factor | consensus | ery | hep | neu | source |", "|---|---|---|---|---|---|"]
    for motif in MOTIFS:
        drives = " | ".join(f"{value:g}" if value else "" for value in motif.drive)
        rows.append(f"| {motif.name} | `{motif.consensus}` | {drives} | {motif.source} |")
    return "\n".join(rows)


def number_table() -> str:
    gata, hnf = grammar._PAIRS
    numbers = [
        ("deficit of a half-bound site, short motif", f"{MOTIFS[1].tolerance / 10:g} bits"),
        ("deficit of a half-bound site, CTCF and REST", f"{MOTIFS[0].tolerance / 10:g} bits"),
        ("reach of a site within an element", f"{grammar._TOGETHER} bp"),
        ("drive of a half-active element", f"{grammar._HALF_ACTIVE:g}"),
        ("drive of a GATA1-TAL1 pair, and its spacing", f"{gata[3]:g}; {gata[4]} to {gata[5]} bp"),
        ("drive of an HNF4A-CEBPA pair, and its spacing", f"{hnf[3]:g}; {hnf[4]} to {hnf[5]} bp"),
        ("drive under one REST site is divided by", f"{1 + grammar._SILENCING:g}"),
        ("what one CTCF site adds to opening", f"{grammar._CTCF_OPENS:g}"),
        ("TATA box upstream of the start", f"{promoters._TATA[0]} to {promoters._TATA[1]} bp"),
        ("GC and CCAAT boxes upstream of the start", f"{promoters._BOXES[0]} to {promoters._BOXES[1]} bp"),
        ("distance scale of contact", f"{contact._HALF_AT:,.0f} bp"),
        ("contact ends", f"{contact.REACH:,} bp"),
        ("spacing of the two CTCF sites of a boundary", f"{contact._FACING[0]} to {contact._FACING[1]} bp"),
        ("contact across a full boundary is divided by", f"{1 + contact._CUT:g}"),
        ("what a promoter does by itself", f"{grammar._BASAL:g}"),
        ("regulation that makes half of the full rate", f"{grammar._HALF_ON - grammar._BASAL:g}"),
        ("CAGE of a perfect promoter, fully on", f"{grammar._FULL_RATE:g}"),
        ("beyond this an edit changes nothing", f"{grammar.MARGIN:,} bp"),
        ("reads for each unit of signal in 32 bp", f"{experiment.DEPTH:g}"),
        ("samples differ from block to block by", f"{100 * experiment._SAMPLES_DIFFER:g} %"),
    ]
    return "\n".join(["| number | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in numbers)])


def class_table() -> str:
    """What stands on chr4 of sim1."""
    chromosome = layout.plant_chromosome(Chance(1, 4), 4_000_000)
    activity = grammar.signal(chromosome.codes).activity
    rows = ["| class | planted on chr4 | ery | hep | neu |", "|---|---|---|---|---|"]
    for kind in KINDS:
        cells = [element.position // grammar.CELL for element in chromosome.elements if element.kind == kind]
        top = np.mean([activity[cell - 4 : cell + 5].max(axis=0) for cell in cells], axis=0)
        rows.append(f"| {kind} | {len(cells)} | {' | '.join(f'{value:.2f}' for value in top)} |")
    assert {element.kind for element in chromosome.elements} == set(KINDS)
    return "\n".join(rows)


@pytest.mark.parametrize("table", [motif_table, number_table, class_table])
def test_the_tables_are_those_of_the_code(text: str, table: object) -> None:
    assert callable(table)
    expected = table()
    assert expected in text, f"docs/simulated-genome.md must hold this table:\n{expected}"


def test_every_track_is_described(text: str) -> None:
    for name in {track.assay for track in assays.TRACKS}:
        assert re.search(rf"^\| .*\b{name}\b", text, re.MULTILINE), name
    assert f"{len(assays.TRACKS)} tracks" in text
    assert all(f"`{cell}`" in text for cell in CELL_TYPES)


def test_numbers_in_sentences_are_those_of_the_code(text: str) -> None:
    """The few that stand outside the tables."""
    assert "scale of 12 kb" in text
    assert contact._HALF_AT == 12_000
    half = np.interp(-0.5, -contact.contact(np.arange(0, 20_000)), np.arange(0, 20_000))
    assert f"halves at {half / 1000:.1f} kb" in text
    for kb in (1, 10, 25, 40):
        assert f"{100 * float(contact.contact(np.array(1000 * kb))):.0f} % at {kb} kb" in text
    assert "at most 4 %" in text


def test_the_document_names_the_drawing_and_says_that_all_is_simulated(text: str) -> None:
    assert f"](images/{DRAWING.name})" in text
    assert "simulated" in text.split("\n\n")[1].lower()


def test_the_numbers_in_the_drawing_are_those_of_the_code() -> None:
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", DRAWING.read_text(encoding="utf-8")))
    gata = grammar._PAIRS[0]
    assert f"{gata[4]} to {gata[5]} bp" in drawn
    assert f"{promoters._TATA[0]} to {promoters._TATA[1]} bp" in drawn
    assert f"{promoters._BOXES[0]} to {promoters._BOXES[1]} bp upstream" in drawn
    assert f"beyond {contact.REACH // 1000} kb" in drawn
    assert contact._CUT == 12, "the drawing says: a thirteenth"
    sequence = next(word for word in drawn.split() if "GATAAG" in word)
    found = {motif.name: sequence.upper().find(motif.consensus.upper()) for motif in MOTIFS}
    assert {name for name, at in found.items() if at >= 0} == {"TAL1", "GATA1"}
    assert gata[4] <= found["GATA1"] - found["TAL1"] <= gata[5]
