"""Whoever knows the truth gets full marks, whoever says nothing gets none, and a half-hearted one is found out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from enformer_core.demo.assays import IDENTIFIERS
from enformer_core.errors import TrackError
from enformer_core.evaluation import tables
from enformer_core.evaluation.bars import MET, MISSED, REACHED, UNKNOWN, verdict
from enformer_core.evaluation.heldout import HeldOut
from enformer_core.evaluation.measure import Measured, columns_of, measure, storable
from enformer_core.evaluation.samples import Sizes
from enformer_core.evaluation.windows import Edit
from enformer_core.tracks.table import Track, TrackTable
from tests.evaluation.predictors import Constant, Perfect

SIZES = Sizes(in_motifs=10, outside=4, in_promoters=6, deletions=3, elements=14, shuffles=1, seeds=(1, 2))


def run(predictor: Perfect, held: HeldOut) -> Measured:
    return measure(predictor, held, SIZES, lambda _fraction, _message: None)


@dataclass(frozen=True)
class Half(Perfect):
    """Right about the reference, and about half of every change."""

    def predict(self, start: int, edit: Edit | None = None) -> np.ndarray:
        known = super().predict(start)
        if edit is None or edit.removed:
            return super().predict(start, edit)
        changed = super().predict(start, edit)
        return (np.sqrt((known + 0.5) * (changed + 0.5)) - 0.5).astype(np.float32)


def test_a_perfect_predictor(perfect: Perfect, held: HeldOut) -> None:
    card = run(perfect, held).card
    assert [row["truth"] for row in card["tracks"]] == pytest.approx([1.0] * 16)
    assert all(row["noisy"] == pytest.approx(row["ceiling"]) for row in card["tracks"])
    assert all(row["ceiling"] < 0.99 for row in card["tracks"])
    assert [row["assay"] for row in card["assays"]] == ["DNASE", "H3K27ac", "CAGE", "CTCF", "TF"]
    assert all(row["truth"] == pytest.approx(1.0) for row in [*card["assays"], *card["genes"]])
    told = {row["what"]: row for row in card["variants"]}
    for name in ("SNV on DNASE, all", "SNV on DNASE, in motifs", "SNV in promoters on CAGE"):
        assert (told[name]["r"], told[name]["sign"], told[name]["spread"]) == pytest.approx((1.0, 1.0, 1.0), abs=1e-5)
    model = [row for row in card["links"] if row["method"].startswith("model")]
    assert [row["auprc"] for row in model] == [1.0, 1.0]
    assert all(row["positives"] > 0 for row in model)
    assert all(row["slope"] == pytest.approx(1.0, abs=1e-4) for row in card["distance"] if row["true"] < -0.01)
    assert {bar["verdict"] for bar in card["bars"]} == {REACHED}
    assert not [spot for spot in card["weak"] if spot["kind"] in ("bar", "spread", "alarm", "abc")]


def test_a_constant_predictor_has_no_score(constant: Constant, held: HeldOut) -> None:
    card = run(constant, held).card
    assert all(math.isnan(row["truth"]) for row in [*card["tracks"], *card["assays"], *card["genes"]])
    for row in card["variants"]:
        assert math.isnan(row["r"])
        assert row["spread"] == 0.0 or math.isnan(row["spread"])
        assert row["sign"] == 0.0 or math.isnan(row["sign"])
    for row in card["links"]:
        if row["method"].startswith("model"):
            assert row["auprc"] == pytest.approx(row["positives"] / row["pairs"])
            assert row["auroc"] == 0.5
    verdicts = {bar["what"]: bar["verdict"] for bar in card["bars"]}
    assert {verdicts.pop("links, AUPRC"), verdicts.pop("links beyond 10 kb, AUPRC")} <= {MISSED, UNKNOWN}
    assert set(verdicts.values()) == {UNKNOWN}
    said = {spot["what"] for spot in card["weak"] if spot["kind"] == "bar"}
    assert said == {bar["what"] for bar in card["bars"]}
    stored = storable(card)
    assert stored["tracks"][0]["truth"] is None


def test_half_an_effect_is_half_the_spread_with_the_right_order(held: HeldOut) -> None:
    found = run(Half(held), held)
    told = {row["what"]: row for row in found.card["variants"]}
    row = told["SNV on DNASE, in motifs"]
    assert (row["r"], row["spread"], row["sign"]) == pytest.approx((1.0, 0.5, 1.0), abs=1e-3)
    assert "SNV on DNASE, in motifs" in {s["what"] for s in found.card["weak"] if s["kind"] == "spread"}
    slopes = [row["slope"] for row in found.card["distance"] if row["true"] < -0.01]
    assert slopes
    assert all(0.3 < slope < 0.75 for slope in slopes)


def test_only_the_windows_that_were_predicted_count(perfect: Perfect, held: HeldOut) -> None:
    few = Sizes(in_motifs=2, outside=1, in_promoters=1, deletions=1, elements=3, shuffles=1, seeds=(1,), tiles=2)
    card = measure(perfect, held, few, lambda _fraction, _message: None).card
    assert card["definitions"]["windows"] == 2
    assert card["tracks"][0]["n"] == 2 * 896
    assert card["definitions"]["genes"] == int((held.tss // 128 < 2 * 896 - 1).sum())


def test_a_window_too_small_for_any_pair_has_no_score(held: HeldOut) -> None:
    card = measure(Constant(held, 48, 16, 16), held, SIZES, lambda _fraction, _message: None).card
    assert all(row["pairs"] == 0 and math.isnan(row["auprc"]) for row in card["links"])
    assert {bar["verdict"] for bar in card["bars"]} == {UNKNOWN}
    assert [row["n"] for row in card["variants"]] == [[0, 0]] * 4


def test_a_track_without_truth_is_left_out_of_its_assay_and_a_flat_prediction_is_not() -> None:
    row = {"assay": "TF", "truth": 0.9, "noisy": 0.8, "ceiling": 0.85, "n": 9}
    nothing = {"assay": "TF", "truth": math.nan, "noisy": math.nan, "ceiling": math.nan, "n": 9}
    (found,) = tables.assay_rows([row, nothing])
    assert (found["truth"], found["tracks"]) == (0.9, 1)
    (found,) = tables.assay_rows([row, row | {"truth": math.nan}])
    assert math.isnan(found["truth"])
    (found,) = tables.assay_rows([nothing])
    assert math.isnan(found["truth"])


def test_promoters_are_named_and_sorted_by_how_wrong_they_are(held: HeldOut) -> None:
    levels = tables.gene_levels(held.truth, held)
    levels["predicted"] = levels["truth"].copy()
    levels["predicted"][3, 1] = (levels["truth"][3, 1] + 1) * 4 - 1
    rows = tables.promoter_rows(levels, held, {int(held.tss[3]): "ERYA3"}, count=2)
    assert rows[0]["gene"] == "ERYA3"
    assert rows[0]["locus"] == f"chr9:{held.tss[3] + 1:,}"
    assert (rows[0]["cell_type"], rows[0]["log2"]) == ("hep", pytest.approx(2.0, abs=1e-5))
    assert rows[1]["log2"] == pytest.approx(0.0)


def test_verdicts() -> None:
    assert [verdict(v, 0.5, 0.8) for v in (0.49, 0.5, 0.8, math.nan, None)] == [MISSED, MET, REACHED, UNKNOWN, UNKNOWN]
    assert verdict(0.6, 0.7, 0.5) == MISSED, "a reach below the floor does not save a figure"


def test_tracks_are_found_by_their_names() -> None:
    rows = [Track(i, name, "", "", "", name) for i, name in enumerate(["X", *IDENTIFIERS[::-1]])]
    assert columns_of(TrackTable(rows)).tolist() == list(range(16, 0, -1))
    with pytest.raises(TrackError, match="no track DNASE_ery"):
        columns_of(TrackTable(rows[:-1]))


def test_what_is_stored_is_json() -> None:
    value = {"a": np.float32(0.5), "b": [np.int64(3), math.nan, math.inf], 1: (0.123456789,), "c": np.zeros(2)}
    assert storable(value) == {"a": 0.5, "b": [3, None, None], "1": [0.123457], "c": [0.0, 0.0]}
