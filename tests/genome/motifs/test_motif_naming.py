"""Naming a strong stretch: the motif that explains it, its relatives, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from docs.motif_libraries import FOLDER, SIMULATED
from enformer_core.demo.motifs import MOTIFS, NAMES
from enformer_core.demo.motifs import Motif as GrammarMotif
from enformer_core.errors import InputError
from enformer_core.genome.motifs.naming import best_in
from enformer_core.genome.motifs.read import read_motifs
from enformer_core.genome.motifs.scan import Scanner
from enformer_core.genome.motifs.shipped import USUAL
from enformer_core.genome.sequence import reverse_complement

CTCF = "TGGCCACCAGGGGGCGCTA"
GATA1 = "CAGATAAGGA"


def stretch() -> tuple[str, int, int]:
    """Random bases with a CTCF and a GATA1 site; where each begins."""
    bases = "".join(np.random.default_rng(11).choice(list("ACGT"), 160))
    return bases[:40] + CTCF + bases[40:90] + GATA1 + bases[90:], 40, 40 + len(CTCF) + 50


@pytest.fixture(scope="module")
def usual() -> Scanner:
    return Scanner(read_motifs(FOLDER / USUAL).motifs)


@pytest.mark.parametrize("sign", [1.0, -1.0, 1e-200, 1e300])
def test_the_motif_under_the_strong_bases_is_first(usual: Scanner, sign: float) -> None:
    bases, ctcf, gata = stretch()
    strengths = np.full(len(bases), 0.02)
    strengths[gata : gata + 8] = 1.0
    first = best_in(bases, strengths * sign, usual)[0]
    names = {first.hit.motif.name, *(hit.motif.name for hit in first.others)}
    assert {"GATA2", "GATA4", "GATA6"} <= names
    assert "CTCF" not in names
    assert first.share is not None
    assert first.share > 0.6
    strengths = np.full(len(bases), 0.02)
    strengths[ctcf : ctcf + len(CTCF)] = 1.0
    assert best_in(bases, strengths * sign, usual)[0].hit.motif.name == "CTCF"


def test_support_and_share_are_those_computed_by_hand() -> None:
    scanner = Scanner(read_motifs(FOLDER / SIMULATED).motifs)
    bases, ctcf, gata = stretch()
    strengths = np.zeros(len(bases))
    strengths[gata + 2], strengths[ctcf], strengths[0] = -2.0, 1.0, 1.0
    named = {one.hit.motif.name: one for one in best_in(bases, strengths, scanner)}
    gatas = round(np.log2((97 + 0.25) / 101 / 0.25) / 0.02) * 0.02  # the G of GATA
    t = round(np.log2((70 + 0.25) / 101 / 0.25) / 0.02) * 0.02  # CTCF's first T, which is only preferred
    assert named["GATA1"].support == pytest.approx(gatas / 2)
    assert named["GATA1"].share == pytest.approx(0.5)
    assert named["CTCF"].support == pytest.approx(t / 4)
    assert named["CTCF"].share == pytest.approx(0.25)
    assert list(named)[:2] == ["GATA1", "CTCF"]


def test_strong_bases_that_a_motif_does_not_want_count_against_it() -> None:
    scanner = Scanner(read_motifs(FOLDER / SIMULATED).motifs)
    bases = "C" * 30 + CTCF[:4] + "T" + CTCF[5:] + "C" * 30  # one base wrong, and the strength all on that
    strengths = np.zeros(len(bases))
    strengths[34] = 1.0
    (named,) = [one for one in best_in(bases, strengths, scanner) if one.hit.motif.name == "CTCF"]
    assert named.support is not None
    assert named.support < -4
    assert named.share == 1.0


def test_without_strengths_the_least_likely_is_first(usual: Scanner) -> None:
    bases, ctcf, _ = stretch()
    found = best_in(bases, None, usual, top=5)
    assert len(found) == 5
    assert [one.hit.p for one in found] == sorted(one.hit.p for one in found)
    assert (found[0].hit.motif.name, found[0].support, found[0].share) == ("CTCF", None, None)
    assert abs(found[0].hit.start - ctcf) < 8


def test_the_other_strand_has_the_same_names(usual: Scanner) -> None:
    bases, _, gata = stretch()
    strengths = np.full(len(bases), 0.02)
    strengths[gata : gata + 8] = 1.0
    one = best_in(bases, strengths, usual)[0].hit
    other = best_in(reverse_complement(bases), strengths[::-1], usual)[0].hit
    assert (one.motif, one.start, one.end, one.p) == (
        other.motif,
        len(bases) - other.end,
        len(bases) - other.start,
        other.p,
    )
    assert one.strand != other.strand


def test_each_place_is_named_once(usual: Scanner) -> None:
    bases, _, _ = stretch()
    found = best_in(bases, np.ones(len(bases)), usual, top=1000)
    for at, one in enumerate(found):
        names = [one.hit.motif.name, *(hit.motif.name for hit in one.others)]
        assert len(names) == len(set(names))
        for other in found[:at]:
            shared = min(one.hit.end, other.hit.end) - max(one.hit.start, other.hit.start)
            assert shared < min(one.hit.motif.width, other.hit.motif.width) / 2


def test_no_strength_and_no_hit_are_no_error(usual: Scanner) -> None:
    bases, _, _ = stretch()
    assert {(one.support, one.share) for one in best_in(bases, np.zeros(len(bases)), usual)} == {(0.0, 0.0)}
    assert best_in("", [], usual) == ()
    assert best_in("N" * 50, None, usual) == ()


@pytest.mark.parametrize(
    ("strengths", "what"),
    [
        ([1.0] * 3, r"strengths of shape \(3,\) for 4 bases"),
        (np.ones((4, 4)), r"strengths of shape \(4, 4\) for 4 bases"),
        ([1.0, 2.0, float("nan"), 0.0], "the strength of base 3 is nan"),
        ([1.0, -float("inf"), 0.0, 0.0], "the strength of base 2 is inf"),
    ],
)
def test_wrong_strengths_are_refused(usual: Scanner, strengths, what: str) -> None:
    with pytest.raises(InputError, match=what):
        best_in("ACGT", strengths, usual)


@pytest.mark.parametrize("motif", MOTIFS, ids=NAMES)
def test_the_simulated_genome_s_sites_are_called_by_their_names(motif: GrammarMotif) -> None:
    scanner = Scanner(read_motifs(FOLDER / SIMULATED).motifs)
    bases = "CTA" * 7 + motif.consensus.upper().replace("N", "A") + "CTA" * 7
    first = best_in(bases, None, scanner)[0]
    assert (first.hit.motif.name, first.hit.start, first.hit.end) == (motif.name, 21, 21 + motif.width)
