"""The motifs: their letters, and the whole-number scores made from them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from enformer_core.demo.motifs import CELL_TYPES, INDEX, MOTIFS, NAMES, Motif


def test_a_score_table_is_the_one_made_by_hand() -> None:
    motif = Motif("X", "aTnG", (0, 0, 0), "by hand")
    assert motif.scores().tolist() == [
        [15, -13, -13, -13],
        [-46, -46, -46, 20],
        [0, 0, 0, 0],
        [-46, -46, 20, -46],
    ]
    assert motif.width == 4


def test_scores_are_tenths_of_a_bit_of_the_stated_frequencies() -> None:
    # 0.97 and 0.01 where the factor insists, 0.70 and 0.10 where it prefers, against a quarter each.
    assert [round(10 * np.log2(p / 0.25)) for p in (0.97, 0.01, 0.70, 0.10)] == [20, -46, 15, -13]


def test_names_are_found_in_their_places() -> None:
    assert [INDEX[name] for name in NAMES] == list(range(len(MOTIFS)))
    assert len(set(NAMES)) == len(MOTIFS)


@pytest.mark.parametrize("motif", MOTIFS, ids=NAMES)
def test_a_motif_is_complete(motif: Motif) -> None:
    assert re.fullmatch("[ACGTacgtn]{8,20}", motif.consensus)
    assert len(re.findall("[ACGT]", motif.consensus)) >= 5, "too vague to be found by anybody"
    assert len(motif.drive) == len(CELL_TYPES)
    assert min(motif.drive) >= 0
    assert re.search(r"\b(19|20)\d\d, ", motif.source), "no source"
    assert re.search(r"JASPAR (MA\d{4}|POL\d{3})", motif.source)


@pytest.mark.parametrize("motif", MOTIFS, ids=NAMES)
def test_the_consensus_has_the_best_score(motif: Motif) -> None:
    scores = motif.scores()
    places = [("ACGT".index(letter), row) for letter, row in zip(motif.consensus.upper(), scores, strict=True)]
    assert sum(int(row[base]) for base, row in places) == scores.max(axis=1).sum()
    # float32 adds whole numbers exactly up to 2^24.
    assert np.abs(scores).max(axis=1).sum() < 2**24


def test_long_motifs_tolerate_more() -> None:
    assert {name: motif.tolerance for name, motif in zip(NAMES, MOTIFS, strict=True) if motif.tolerance != 52} == {
        "CTCF": 80,
        "REST": 80,
    }
