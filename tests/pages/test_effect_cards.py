"""The cards that say what edits do: their numbers against predictions made here, their words, and their jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import worlds
from app_driver import errors, html, plain, settled
from own_work import OwnWork
from streamlit.testing.v1 import AppTest

import enformer_core as ec
from enformer_core.settings import load_settings
from enformer_core.tracks.table import TrackTable
from pages._ui import effect_cards, effect_places, services
from pages._ui.state import Choice

N_BINS, TRACKS = 32, (0, 2)
TSS_BINS = slice(15, 18)


def page(model: str, assembly: str, genes: str) -> None:
    """A picture and nothing of it but the cards; what is asked stands in the session."""
    import streamlit as st

    from enformer_core.settings import load_settings
    from pages._ui import effect_cards, running
    from pages._ui.state import Choice, session

    state, choice = session(), Choice(model, assembly, genes)
    predictor = running.predictor(choice, load_settings())
    if predictor is not None:
        query, edits, shown = (st.session_state[name] for name in ("query", "edits", "shown"))
        window = predictor.window(query, edits)
        key = running.key_of(choice, predictor, window, "human", shown)
        found = running.result(state, predictor, key, window, query, "human", shown)
        if found is not None:
            effect_cards.draw(state, predictor, found, predictor.tracks("human"))


@pytest.fixture
def choice(configured: worlds.World) -> Choice:
    return Choice(str(configured.model), str(configured.fasta), str(configured.genes))


@pytest.fixture(scope="module")
def predictor(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ec.Predictor]:
    cache = load_settings({"cache_dir": str(tmp_path_factory.mktemp("cache"))})
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, settings=cache)
    yield predictor
    predictor.close()


def show(choice: Choice, query: str, *edits: ec.Variant, shown: tuple[int, ...] = TRACKS) -> AppTest:
    named = {"model": choice.model, "assembly": choice.assembly, "genes": choice.genes}
    app = AppTest.from_function(page, kwargs=named, default_timeout=60)
    ask(app, query, *edits, shown=shown)
    return settled(app.run())


def ask(app: AppTest, query: str, *edits: ec.Variant, shown: tuple[int, ...] = TRACKS) -> None:
    app.session_state["query"], app.session_state["edits"], app.session_state["shown"] = query, edits, shown


def substitution(world: worlds.World, place: int) -> ec.Variant:
    """Other bases in place of 60 of chr1, from 0-based ``place`` on: enough for effects far above rounding."""
    ref = world.bases["chr1"][place : place + 60]
    return ec.Variant("chr1", place + 1, ref, ref.translate(str.maketrans("ACGT", "CGTA")))


def deletion(world: worlds.World, start: int, end: int) -> ec.Variant:
    """Takes the 0-based bases ``start`` to ``end`` of chr1."""
    ref = world.bases["chr1"][start - 1 : end]
    return ec.Variant("chr1", start, ref, ref[0])


def values(predictor: ec.Predictor, query: str, *edits: Any, tracks: Any = TRACKS) -> np.ndarray:
    return predictor.predict(query, tracks=tracks, edits=edits).values.astype(np.float64)


def fold(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.log2((after[TSS_BINS].mean(axis=0) + 0.01) / (before[TSS_BINS].mean(axis=0) + 0.01))


def number(app: AppTest) -> str:
    return html(app).split('id="effect-number"')[1].split(">")[1].split("<")[0]


def tables(app: AppTest) -> dict[str, Any]:
    """Data frames by their first column."""
    return {table.value.columns[0]: table.value for table in app.dataframe}


def test_the_effect_on_a_gene_and_on_the_tracks_on_view(choice, world, predictor):
    edit = substitution(world, 20_010)
    app = show(choice, "ALFA1", edit)
    before, after = values(predictor, "ALFA1"), values(predictor, "ALFA1", edit)
    words, folds = html(app), fold(before, after)
    assert "<b>Effect on ALFA1</b>" in words
    assert number(app) == effect_cards.signed(folds[0])
    assert f"{before[TSS_BINS, 0].mean():.3g} → {after[TSS_BINS, 0].mean():.3g}" in words
    assert "simulated" not in words
    (caption,) = app.caption
    assert plain(caption.value) == "log2 fold change at the TSS bins 15–17"
    assert plain(caption.help).startswith("log2((edited + 0.01) / (reference + 0.01)), each side the mean")

    table = tables(app)["track"]
    order = np.argsort(-np.abs((after - before).mean(axis=0)))
    change = (after - before)[:, order]
    most = np.abs(change).argmax(axis=0)
    assert table["no."].tolist() == [TRACKS[i] for i in order]
    np.testing.assert_allclose(table["SAD"], change.mean(axis=0))
    sums = np.log2(1 + after.sum(axis=0)) - np.log2(1 + before.sum(axis=0))
    np.testing.assert_allclose(table["SAR"], sums[order])
    np.testing.assert_allclose(table["log2 FC"], folds[order])
    np.testing.assert_allclose(table["largest bin"], change[most, [0, 1]])
    starts = 20_000 - 16 * 128 + 128 * most
    assert table["at"].tolist() == [f"chr1:{start + 1:,}-{start + 128:,}" for start in starts]
    assert "Most changed tracks</b>2 of 12" in words

    app = settled(app.selectbox[0].set_value(2).run())
    assert number(app) == effect_cards.signed(folds[1])


def test_formulas_stand_in_the_headings(choice, world):
    app = show(choice, "ALFA1", substitution(world, 20_010))
    config = json.loads(app.dataframe[0].proto.columns)
    help_of = {name: plain(column.get("help") or "") for name, column in config.items()}
    assert "mean over all compared bins of edited − reference" in help_of["SAD"]
    assert "log2(1 + sum of edited) − log2(1 + sum of reference)" in help_of["SAR"]
    assert "log2((edited + 0.01) / (reference + 0.01))" in help_of["log2 FC"]
    assert help_of["log2 FC"].endswith("at the TSS bins 15–17")
    assert "the one bin that changes most" in help_of["largest bin"]
    assert "from 1" in help_of["at"]


def test_nothing_is_drawn_without_edits(choice):
    app = show(choice, "ALFA1")
    assert not app.dataframe
    assert not app.toggle
    assert "Effect on" not in html(app)


def test_all_tracks_of_the_head_on_request(choice, world, predictor):
    edit = substitution(world, 20_010)
    app = show(choice, "ALFA1", edit)
    app = settled(app.toggle(key="effect-all").set_value(True).run())
    before = values(predictor, "ALFA1", tracks=None)
    after = values(predictor, "ALFA1", edit, tracks=None)
    table = tables(app)["track"].sort_values("no.")
    assert table["no."].tolist() == list(range(12))
    np.testing.assert_allclose(table["SAD"], (after - before).mean(axis=0), atol=1e-7)
    np.testing.assert_allclose(table["log2 FC"], fold(before, after), atol=1e-6)
    assert "12 of 12" in html(app)
    app = settled(app.toggle(key="effect-all").set_value(False).run())
    assert len(tables(app)["track"]) == 2


def test_each_edit_alone_beside_their_sum_and_all_together(choice, world, predictor):
    edits = (substitution(world, 20_010), deletion(world, 20_500, 20_600))
    app = show(choice, "ALFA1", *edits)
    assert "edit" not in tables(app), "nothing more is predicted before it is asked for"
    app = settled(app.toggle(key="effect-alone").set_value(True).run())
    before = values(predictor, "ALFA1")
    table = tables(app)["edit"]
    assert [text.split(" · ")[0] for text in table["edit"]] == ["1", "2", "sum of each alone", "all together"]
    assert table["edit"].tolist()[:2] == ["1 · chr1:20,011 60 bp › 60 bp", "2 · chr1:20,501 del 100 bp"]
    alone = [ec.track_effects(predictor.predict("ALFA1", tracks=TRACKS), one).rows[0] for one in
             (predictor.predict("ALFA1", tracks=TRACKS, edits=[edit]) for edit in edits)]  # fmt: skip
    whole = fold(before, values(predictor, "ALFA1", *edits))[0]
    first = fold(before, values(predictor, "ALFA1", edits[0]))[0]
    assert alone[0].log2_fold_change == pytest.approx(first)
    folds = [row.log2_fold_change for row in alone]
    # The same window comes out a little different by another way through float32.
    np.testing.assert_allclose(table["log2 FC"], [*folds, sum(folds), whole], atol=1e-6)
    np.testing.assert_allclose(
        table["SAD"][:3], [*(row.sad for row in alone), sum(row.sad for row in alone)], atol=1e-6
    )
    assert number(app) == effect_cards.signed(whole)


def test_another_start_site_of_the_window_can_be_chosen(choice, world):
    app = show(choice, "chr1:34,500", substitution(world, 35_990))
    assert "<b>Effect on BETA2</b>" in html(app)
    assert "TSS bins 3–5" in plain(app.caption[0].value)
    site = app.selectbox[1]
    assert site.options == [
        "BETA2 · ENST00000000002.1 at 33,000 (canonical)",
        "GIANT · ENST00000000003.1 at 36,001 (canonical)",
    ]
    first = number(app)
    app = settled(site.set_value("ENSG00000000003.1 ENST00000000003.1").run())
    assert "<b>Effect on GIANT</b>" in html(app)
    assert "TSS bins 26–28" in plain(app.caption[0].value)
    assert number(app) != first


def test_without_a_start_site_it_is_the_bin_that_changes_most_and_this_is_said(choice, world, predictor):
    edit = substitution(world, 50_050)
    app = show(choice, "chr1:50,000", edit, shown=(5,))
    change = values(predictor, "chr1:50,000", edit, tracks=[5]) - values(predictor, "chr1:50,000", tracks=[5])
    most = int(np.abs(change).argmax())
    assert "No start site of a gene lies in the predicted window" in html(app)
    said = plain(app.caption[0].value)
    assert said.startswith(f"log2 fold change at bin {most}, chr1:")
    assert said.endswith("which changes most in H3K27ac hepatocyte")
    assert not app.selectbox, "one track and one place leave nothing to choose"


def test_a_deleted_promoter_has_no_fold_change(choice, world):
    app = show(choice, "ALFA1", deletion(world, 19_850, 20_300))
    words = html(app)
    assert number(app) == "–"
    assert "the edits delete these bins, or push them out" in words
    assert "29 of 32 bins are compared: the edits delete 3" in words
    assert "29 bins compared" in words


def test_what_is_simulated_says_so(no_world, world):
    settings = load_settings()
    worlds.register(world, settings.data_dir)
    app = show(Choice("toy-model", "toy"), "ALFA1", substitution(world, 20_010))
    words = html(app)
    assert "mean coverage of a bin · simulated" in words
    assert "2 of 12 · simulated" in words


def test_hostile_names_are_shown_and_never_run(choice, world, tmp_path: Path):
    genes = tmp_path / "hostile.gtf"
    genes.write_text(world.genes.read_text().replace('"ALFA1"', '"<img src=x>$a$"'))
    app = show(replace(choice, genes=str(genes)), "chr1:20,001", substitution(world, 20_010))
    assert "Effect on &lt;img src=x&gt;$a$" in html(app)
    assert "<img" not in html(app)


def test_cancelling_turns_the_switch_off(choice, world):
    app = show(choice, "ALFA1", substitution(world, 20_010))
    held = services.loading(choice, load_settings()).result(10)
    go_on = threading.Event()
    held.work(OwnWork(lambda _: go_on.wait(30)))
    try:
        app.toggle(key="effect-all").set_value(True).run()
        assert [bar.proto.text for bar in app.get("progress")] == ["All 12 tracks · 0%".replace("%", "\\%")]
        assert len(tables(app)["track"]) == 2, "the tracks on view stay meanwhile"
        app.button(key="effect-cancel-all").click().run()
    finally:
        go_on.set()
    app = settled(app.run())
    assert not app.toggle(key="effect-all").value
    assert "effect-jobs" in app.session_state
    assert not app.session_state["effect-jobs"]
    assert not app.error


def test_the_next_question_goes_first(choice, world):
    """All tracks are being predicted when another edit is asked for: that work ends, and comes again afterwards."""
    app = show(choice, "ALFA1", substitution(world, 20_010))
    held = services.loading(choice, load_settings()).result(10)
    go_on = threading.Event()
    held.work(OwnWork(lambda _: go_on.wait(30)))
    try:
        app.toggle(key="effect-all").set_value(True).run()
        (asked,) = app.session_state["effect-jobs"].values()
        jobs = asked.work.jobs
        ask(app, "ALFA1", substitution(world, 20_020))
        app.run()
        assert [job.state for job in jobs] == ["cancelled", "cancelled"]
        assert app.toggle(key="effect-all").disabled
    finally:
        go_on.set()
    app = settled(app.run())
    assert len(tables(app)["track"]) == 12, "the switch is still on"


def test_what_fails_says_why_and_can_be_tried_again(choice, world):
    app = show(choice, "ALFA1", substitution(world, 20_010))
    services.loading(choice, load_settings()).result(10).close()
    app = settled(app.toggle(key="effect-all").set_value(True).run())
    assert "The predictor was closed" in errors(app)
    assert len(tables(app)["track"]) == 2
    app = settled(app.button(key="effect-again-all").click().run())
    assert "The predictor was closed" in errors(app)


def gene(symbol: str, *sites: int, strand: str = "+") -> ec.Gene:
    """A gene of 2 kb transcripts with these 0-based start sites, the first canonical."""
    transcripts = tuple(
        ec.Transcript(f"{symbol}-{i}", *((tss, tss + 2_000) if strand == "+" else (tss - 1_999, tss + 1)), strand,  # type: ignore[arg-type]
                      "protein_coding", (), None, frozenset())
        for i, tss in enumerate(sites)
    )  # fmt: skip
    low, high = min(t.start for t in transcripts), max(t.end for t in transcripts)
    return ec.Gene(f"ID-{symbol}", symbol, "chr1", low, high, strand, "protein_coding", transcripts, "MANE Select")  # type: ignore[arg-type]


@pytest.fixture
def window() -> ec.Prediction:
    """Centred on 20,000: 32 bins from 17,952 on, of which 1 to 30 can hold a start site."""
    facts = ec.Provenance("m", "", "human", "", "", "", "", (), "none", "float32", "cpu", "1")
    return ec.Prediction(
        np.zeros((N_BINS, 1), np.float32), TrackTable.unnamed(1, "t"), ec.Interval("chr1", 17_952, 22_048), 128, facts,
        ec.Interval("chr1", 15_904, 24_096), {"chr1": 60_000},
    )  # fmt: skip


def test_start_sites_begin_with_the_one_in_the_middle(window):
    genes = [gene("NEAR", 20_200, 19_000, 20_210), gene("ASKED", 21_000, 20_000), gene("LEFT", 18_500, strand="-")]
    places, first = effect_places.start_sites(window, genes)
    assert list(places) == [
        "ID-NEAR NEAR-0",
        "ID-NEAR NEAR-1",  # NEAR-2 starts in the bin of NEAR-0
        "ID-ASKED ASKED-0",
        "ID-ASKED ASKED-1",
        "ID-LEFT LEFT-0",
    ]
    assert first == "ID-ASKED ASKED-1"
    assert places[first].bins == (15, 16, 17)
    assert places["ID-LEFT LEFT-0"].bins == (3, 4, 5)
    assert effect_places.start_sites(window, genes[:1])[1] == "ID-NEAR NEAR-0", "the canonical one, nearer or not"


def test_start_sites_at_the_edge_and_outside_are_no_places(window):
    out = [gene("EDGE", 17_952 + 127), gene("LAST", 22_048 - 128), gene("OUT", 17_000)]
    assert effect_places.start_sites(window, out) == ({}, "")
    places, first = effect_places.start_sites(window, [gene("IN", 17_952 + 128)])
    assert places[first].where == "the TSS bins 0–2"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1.3249, "−1.32"), (0.5, "+0.50"), (12.345, "+12.35"), (0.0004, "+0.0004"), (-0.00421, "−0.0042"), (0.0, "0"),
        (-0.0, "0"), (float("nan"), "–"),
    ],
)  # fmt: skip
def test_signed_numbers(value, text):
    assert effect_cards.signed(value) == text
