"""Finding motifs: scores and chances against brute force and Biopython, both strands, the edges, the speed."""

from __future__ import annotations

import itertools
import time
from functools import cache

import numpy as np
import pytest
from Bio import motifs as biopython
from Bio.Seq import Seq
from hypothesis import given, settings
from hypothesis import strategies as st

from docs.motif_libraries import FOLDER, SIMULATED
from enformer_core.errors import InputError, SequenceError
from enformer_core.genome.motifs.chance import PSEUDOCOUNT, STEP, scored
from enformer_core.genome.motifs.motif import MAX_COUNT, MAX_WIDTH, Motif
from enformer_core.genome.motifs.read import read_motifs
from enformer_core.genome.motifs.scan import MAX_BASES, MAX_P, Hit, Scanner, gc_of, scan
from enformer_core.genome.motifs.shipped import USUAL
from enformer_core.genome.sequence import reverse_complement

GATA = Motif("G", "GATA", np.array([[12, 10, 30, 48], [2, 1, 96, 1], [95, 1, 1, 3], [1, 1, 1, 97], [97, 1, 1, 1]]))
EVEN = np.full(4, 0.25)


@pytest.fixture(scope="module")
def usual() -> tuple[Motif, ...]:
    return read_motifs(FOLDER / USUAL).motifs


@pytest.fixture(scope="module")
def scanner(usual: tuple[Motif, ...]) -> Scanner:
    return Scanner(usual)


def random_bases(length: int, seed: int, gc: float = 0.5) -> str:
    return "".join(
        np.random.default_rng(seed).choice(list("ACGT"), length, p=[(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2])
    )


@cache
def simulated(gc: float) -> Scanner:
    return Scanner([*read_motifs(FOLDER / SIMULATED).motifs, GATA], gc=gc, p=MAX_P)


def placed(hits: list[Hit]) -> set[tuple[int, int, str, str, float, float]]:
    return {(h.start, h.end, h.strand, h.motif.id, round(h.score, 6), h.p) for h in hits}


def test_a_site_is_found_on_either_strand() -> None:
    # Scores by hand, each position rounded to 0.02 bits: log2((count + 0.25) / (total + 1) / 0.25).
    best = sum(round(np.log2((n + 0.25) / 101 / 0.25) / STEP) for n in (48, 96, 95, 97, 97)) * STEP
    bases = "CCCTGATACCC"
    hits = scan(bases, [GATA], 0.001)
    assert [(h.start, h.end, h.strand, h.motif.id) for h in hits] == [(3, 8, "+", "G")]
    assert hits[0].score == pytest.approx(best)
    assert hits[0].p == 4.0**-5
    assert [(h.start, h.end, h.strand) for h in scan(reverse_complement(bases), [GATA], 0.001)] == [(3, 8, "-")]
    assert [(h.start, h.strand) for h in scan("gggtgauaggg", [GATA], 0.001)] == [(3, "+")]  # small letters, and RNA


@pytest.mark.parametrize("gc", [0.5, 0.41, 0.7])
def test_chances_are_those_of_all_sequences_counted_one_by_one(gc: float) -> None:
    background = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    share = (GATA.counts + PSEUDOCOUNT * background) / (GATA.counts.sum(axis=1, keepdims=True) + PSEUDOCOUNT)
    steps = np.rint(np.log2(share / background) / STEP)
    every = np.array(list(itertools.product(range(4), repeat=5)))
    score = steps[np.arange(5), every].sum(axis=1)
    chance = background[every].prod(axis=1)
    wanted = {float(s) * STEP: chance[score >= s].sum() for s in score}
    bases = "".join("ACGT"[code] for code in every.ravel())
    hits = scan(bases, [GATA], MAX_P, gc=gc)
    assert len({round(h.score, 6) for h in hits}) > 3
    for hit in hits:
        assert hit.p == pytest.approx(min(wanted.items(), key=lambda pair: abs(pair[0] - hit.score))[1], rel=1e-9)
    # Nothing is left out: every sequence below the threshold is there at its own place.
    passing = {5 * at for at, s in enumerate(score) if chance[score >= s].sum() <= MAX_P}
    assert passing <= {h.start for h in hits if h.strand == "+"}


def test_the_tail_grows_until_it_reaches_the_threshold() -> None:
    """The chance of losing anything at all is 1, far beyond the first 600 steps."""
    wide = Motif("W", "W", np.tile([MAX_COUNT, 0, 0, 0], (4, 1)))
    chance = scored(wide, EVEN, 1.0).tail
    assert len(chance) > 5_000
    assert chance[0] == 4.0**-4
    assert chance[-1] == 1.0


@pytest.mark.parametrize(
    ("name", "score", "p"),
    [
        ("MA0035.5", 11.44, 6.104e-5),
        ("MA0002.3", 7.02, 8.926e-4),
        ("MA0595.1", 5.04, 8.974e-4),
        ("MA0140.3", 2.22, 8.995e-4),
        ("MA0140.3", 9.86, 9.995e-5),
        ("MA0140.3", 16.82, 9.734e-7),
    ],
)
def test_chances_are_those_of_tfm_p_value(usual: tuple[Motif, ...], name: str, score: float, p: float) -> None:
    """Literals of lightmotif 0.10.1, ``ScoringMatrix.pvalue(score - 0.01, "tfmpvalue")``, pseudocount 0.25 a base."""
    (motif,) = [motif for motif in usual if motif.id == name]
    known = scored(motif, EVEN, 1e-3)
    assert known.tail[known.best - round(score / STEP)] == pytest.approx(p, rel=0.02)


def test_scores_are_biopython_s(usual: tuple[Motif, ...]) -> None:
    bases = random_bases(400, 3)
    for motif in usual[::60]:
        counts = {base: motif.counts[:, k].tolist() for k, base in enumerate("ACGT")}
        pssm = biopython.Motif(alphabet="ACGT", counts=counts).counts.normalize(PSEUDOCOUNT / 4).log_odds()
        theirs = {"+": pssm.calculate(Seq(bases)), "-": pssm.reverse_complement().calculate(Seq(bases))}
        hits = scan(bases, [motif], MAX_P)
        assert hits or motif.width < 5
        for hit in hits:
            # A base's score is off by half a step at most; where totals differ between positions, so do theirs.
            assert hit.score == pytest.approx(theirs[hit.strand][hit.start], abs=motif.width * STEP / 2 + 1e-4)
        worst = min((h.score for h in hits), default=np.inf)
        for strand, scores in theirs.items():
            above = set(np.flatnonzero(scores > worst + motif.width * STEP).tolist())
            assert above <= {h.start for h in hits if h.strand == strand}


@settings(max_examples=40, deadline=None)
@given(bases=st.text("ACGTN", max_size=60), gc=st.sampled_from([0.5, 0.41]))
def test_the_other_strand_mirrors_every_hit(bases: str, gc: float) -> None:
    scanner = simulated(gc)
    n = len(bases)
    mirrored = {
        (n - end, n - start, "-" if strand == "+" else "+", *rest)
        for start, end, strand, *rest in placed(scanner.scan(reverse_complement(bases)))
    }
    assert placed(scanner.scan(bases)) == mirrored


def test_n_never_fits_and_nothing_hangs_over_the_ends() -> None:
    for place in range(5):
        site = "TGATA"
        assert not scan(f"CCC{site[:place]}N{site[place + 1 :]}CCC", [GATA], MAX_P)
        assert not scan(f"CCC{site[:place]}R{site[place + 1 :]}CCC", [GATA], MAX_P)
    assert len(scan("TGATA", [GATA], 0.001)) == 1
    assert not scan("TGAT", [GATA], MAX_P)
    assert not scan("GATA", [GATA], MAX_P)
    assert scan("", [GATA]) == []
    widest = Motif("W", "W", np.tile([MAX_COUNT, 0, 0, 0], (MAX_WIDTH, 1)))
    hits = scan("C" + "A" * MAX_WIDTH + "NA", [widest])
    assert [(h.start, h.strand) for h in hits] == [(0, "+"), (1, "+")]
    assert hits[1].p == 4.0**-MAX_WIDTH < hits[0].p
    assert not scan("A" * (MAX_WIDTH - 1) + "N", [widest])


def test_scans_longer_than_a_part_have_no_seam() -> None:
    bases = "C" * 2_040 + "TGATA" * 4 + "C" * 2_100
    forward = [h.start for h in scan(bases, [GATA], 0.001) if h.strand == "+"]
    assert forward == [2_040, 2_045, 2_050, 2_055]


def test_a_motif_too_short_for_the_threshold_has_no_hit() -> None:
    assert not scan("TGATA", [GATA], 0.9e-3)
    assert Scanner([GATA], p=0.9e-3).expected(100) == 0.0
    assert Scanner([GATA], p=4.0**-5).expected(100) == pytest.approx(2 * 96 / 4**5)


@pytest.mark.parametrize("gc", [0.5, 0.41])
def test_as_many_hits_as_expected_by_chance(usual: tuple[Motif, ...], gc: float) -> None:
    scanner = Scanner(usual[::20], gc=gc, p=1e-3)
    bases = random_bases(MAX_BASES, 5, gc)
    assert len(scanner.scan(bases)) == pytest.approx(scanner.expected(MAX_BASES), rel=0.05)
    assert gc_of(bases) == pytest.approx(gc, abs=0.01)


def test_what_each_base_adds_is_the_score(scanner: Scanner) -> None:
    bases = random_bases(300, 9)
    hits = scanner.scan(bases)
    assert {h.strand for h in hits} == {"+", "-"}
    for hit in hits:
        assert scanner.log_odds(hit, bases).sum() == pytest.approx(hit.score)


@pytest.mark.parametrize(
    ("bases", "what", "where"),
    [
        ("ACGX", "'X' is no nucleotide code", "base 4"),
        ("AC GT", "' ' is no nucleotide code", "base 3"),
        ("ACé", "'é' is no nucleotide code", "base 3"),
        ("A" * (MAX_BASES + 1), "20,001 bases are too many", ""),
    ],
)
def test_what_is_no_base_is_refused(bases: str, what: str, where: str) -> None:
    for call in (lambda: scan(bases, [GATA]), lambda: gc_of(bases)):
        with pytest.raises(SequenceError, match=what) as caught:
            call()
        assert caught.value.where == where


@pytest.mark.parametrize("p", [0.0, -1.0, 0.02, float("nan")])
def test_a_threshold_out_of_range_is_refused(p: float) -> None:
    with pytest.raises(InputError, match="the threshold p is"):
        Scanner([GATA], p=p)


@pytest.mark.parametrize("gc", [0.0, 1.0, 0.04, float("nan")])
def test_a_background_out_of_range_is_refused(gc: float) -> None:
    with pytest.raises(InputError, match="GC part"):
        Scanner([GATA], gc=gc)


def test_no_motif_is_refused() -> None:
    with pytest.raises(InputError, match="there is no motif"):
        Scanner([])


def test_the_background_like_some_bases_stays_in_range() -> None:
    assert gc_of("") == gc_of("NNN") == 0.5
    assert gc_of("AAAA") == 0.05
    assert gc_of("GCGC") == 0.95
    assert gc_of("GNAC") == pytest.approx(2 / 3)


def test_scans_are_quick(scanner: Scanner) -> None:
    """Processor time, for other programs may be running: 1,019 motifs on both strands."""
    for length, limit in ((200, 0.3), (2_000, 1.0)):
        bases = random_bases(length, 1)
        began = time.process_time()
        assert scanner.scan(bases)
        assert time.process_time() - began < limit
