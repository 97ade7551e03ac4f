"""One target, three doors: what the page is sent, what the command line writes and what Python gives are equal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from app_driver import address, explained, live, numbers, open_app
from worlds import World

import enformer_core as ec
from enformer_core.cli import cli
from enformer_core.interpret.target_text import parse_target

TARGET = "gene:ALFA1;tracks:0,2;minus:1;reduce:log_ratio"
INTERVAL = "chr1:20,011-20,022"


@pytest.fixture
def edits(configured: World) -> tuple[str, str]:
    """A substitution in the interval that is mutated, and an insertion after it."""
    bases = configured.bases["chr1"]
    other = "ACGT".replace(bases[20_014], "")[0]
    return f"chr1:20015:{bases[20_014]}>{other}", f"chr1:20100:{bases[20_099]}>{bases[20_099]}GATA"


def test_page_command_line_and_python_give_equal_numbers(configured: World, edits: tuple[str, str], tmp_path: Path):
    link = {"q": "ALFA1", "edits": ",".join(edits), "target": TARGET, "mutate": INTERVAL, "look_from": "bins:15,17"}
    app = open_app(explain="contributions,mutagenesis,attention", layers="0", **link)
    app = explained(app, "contributions", "mutagenesis", "attention")
    page = {kind: live(app, kind) for kind in ("contributions", "mutagenesis", "attention")}
    assert {kind: part["state"] for kind, part in page.items()} == dict.fromkeys(page, "done")
    assert address(app, "target") == TARGET

    common = ["--model", str(configured.model), "--assembly", str(configured.fasta), "--genes", str(configured.genes)]
    common += ["--locus", "ALFA1", *(part for edit in edits for part in ("--edit", edit)), "--quiet"]
    target = ["--target", address(app, "target")]
    files = {kind: tmp_path / f"{kind}.npz" for kind in page}
    cli(["contributions", *common, *target, "--out", str(files["contributions"])], standalone_mode=False)
    mutated = ["mutagenesis", *common, *target, "--interval", INTERVAL, "--method", "exact"]
    cli([*mutated, "--out", str(files["mutagenesis"])], standalone_mode=False)
    looked = ["attention", *common, "--bins", "15,17", "--layers", "0", "--heads", "all"]
    cli([*looked, "--out", str(files["attention"])], standalone_mode=False)
    written = {kind: np.load(path) for kind, path in files.items()}

    predictor = ec.Predictor.from_pretrained(configured.model, assembly=configured.fasta, genes=configured.genes)
    window = predictor.window("ALFA1", list(edits))
    asked, _ = parse_target(TARGET).resolve(predictor, window)
    scores = ec.contributions(predictor, window, asked)
    effects = ec.mutagenesis(predictor, window, INTERVAL, asked, method="exact")
    looks = ec.attention(predictor, window, (15, 17), layers=(0,))
    predictor.close()

    np.testing.assert_array_equal(written["contributions"]["scores"], scores.scores)
    np.testing.assert_array_equal(written["mutagenesis"]["effect"], effects.effect)
    np.testing.assert_array_equal(written["attention"]["weights"], looks.weights)
    assert np.abs(scores.scores).max() > 0
    assert np.nanmax(np.abs(effects.effect)) > 0

    places = written["contributions"]["ref_start"]
    kept = places >= 0
    shown = page["contributions"]
    np.testing.assert_array_equal(numbers(shown["scores"])[places[kept] - shown["start"]], scores.scores[kept])
    assert (~kept).sum() >= 4  # the inserted bases have no place on the axis
    shown, places = page["mutagenesis"], written["mutagenesis"]["ref_start"]
    assert (shown["start"], shown["method"]) == (20_010, "exact")
    np.testing.assert_array_equal(numbers(shown["effect"]).reshape(-1, 4)[places - shown["start"]], effects.effect)
    letters = np.frombuffer(effects.bases.encode(), dtype=np.uint8)
    np.testing.assert_array_equal(np.frombuffer(b"ACGTN", np.uint8)[numbers(shown["codes"])], letters)
    np.testing.assert_array_equal(numbers(page["attention"]["values"]), looks.mean)


def test_a_second_look_is_kept_and_another_target_is_another_answer(configured: World):
    app = explained(open_app(q="ALFA1", explain="contributions", target="gene:ALFA1;tracks:0"), "contributions")
    first = live(app, "contributions")
    app = explained(app.run(), "contributions")
    assert live(app, "contributions") == first  # the same serial: nothing is sent again
    other = explained(open_app(q="ALFA1", explain="contributions", target="gene:ALFA1;tracks:2"), "contributions")
    assert (numbers(live(other, "contributions")["scores"]) != numbers(first["scores"])).any()
    again = open_app(q="ALFA1", explain="contributions", target="gene:ALFA1;tracks:0")  # another visit
    assert live(again, "contributions")["state"] == "done"
    np.testing.assert_array_equal(numbers(live(again, "contributions")["scores"]), numbers(first["scores"]))
