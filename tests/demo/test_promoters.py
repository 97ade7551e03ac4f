"""Core promoters: where transcription starts, and what a TATA box and upstream boxes add."""

from __future__ import annotations

import numpy as np
import pytest
from planted import codes_of, empty, mirrored, write_at, write_promoter

from enformer_core.demo.promoters import Promoters, find_promoters
from enformer_core.demo.sites import find_sites

TSS = 1_000


def promoters(codes: np.ndarray) -> Promoters:
    return find_promoters(find_sites(codes))


def strength(tss: int = TSS, **parts: bool | int) -> float:
    """Strength of a forward promoter with these parts; 0 where there is none."""
    codes = empty(2_048)
    write_promoter(codes, tss, **parts)
    found = promoters(codes)
    assert len(found.strength) <= 1
    return float(found.strength.sum())


def by_hand(held: float) -> float:
    return held**2 / (held**2 + 1.44)


@pytest.mark.parametrize("strand", [1, -1])
def test_transcription_starts_at_the_a_of_the_initiator(strand: int) -> None:
    codes = empty(2_048)
    write_promoter(codes, TSS, strand)
    found = promoters(codes)
    assert found.position2.tolist() == [2 * TSS]
    assert found.strand.tolist() == [strand]
    first = codes[TSS - 2 : TSS + 5] if strand > 0 else mirrored(codes)[2_047 - TSS - 2 :][:7]
    assert first.tolist() == codes_of("TCAGTCT").tolist()


@pytest.mark.parametrize(
    ("tata", "boxes", "held"),
    [(True, 0, 1.4), (False, 1, 0.8), (False, 2, 1.6), (False, 3, 2.4), (True, 2, 3.0), (True, 3, 3.8)],
)
def test_strength_by_hand(tata: bool, boxes: int, held: float) -> None:
    assert strength(tata=tata, boxes=boxes) == pytest.approx(by_hand(held), abs=1e-12)


def test_more_is_stronger_until_three_boxes_are_enough() -> None:
    for tata in (True, False):
        values = [strength(tata=tata, boxes=boxes) for boxes in range(6)]
        assert values[0] < values[1] < values[2] < values[3] < 1
        assert values[3] == values[4] == values[5]
    assert all(strength(tata=True, boxes=n) > strength(tata=False, boxes=n) for n in range(4))


def test_an_initiator_alone_is_silent() -> None:
    assert strength(tata=False, boxes=0) == 0


def test_boxes_without_an_initiator_are_silent() -> None:
    codes = empty(2_048)
    write_at(codes, "TATA", TSS - 29)
    write_at(codes, "NFY", TSS - 60.5)
    assert len(promoters(codes).strength) == 0


def test_a_promoter_with_two_changed_bases_of_its_initiator_is_silent() -> None:
    for a, t in (("C", "A"), ("G", "C"), ("T", "G")):
        codes = empty(2_048)
        write_promoter(codes, TSS)
        codes[[TSS, TSS + 2]] = codes_of(a + t)
        assert len(promoters(codes).strength) == 0


def test_one_changed_base_of_the_initiator_weakens_the_promoter() -> None:
    codes = empty(2_048)
    write_promoter(codes, TSS)
    codes[TSS] = 3
    assert promoters(codes).strength == pytest.approx([0.278 * by_hand(3.8)], abs=1e-12)


@pytest.mark.parametrize(("upstream", "counts"), [(21, False), (22, True), (29, True), (36, True), (37, False)])
@pytest.mark.parametrize("strand", [1, -1])
def test_a_tata_box_counts_at_its_place(upstream: int, counts: bool, strand: int) -> None:
    codes = empty(2_048)
    write_promoter(codes, TSS, strand, tata=False, boxes=0)
    write_at(codes, "TATA", TSS - strand * upstream, strand)
    assert promoters(codes).strength.tolist() == ([pytest.approx(by_hand(1.4))] if counts else [])


def test_a_tata_box_on_the_other_strand_does_not_count() -> None:
    codes = empty(2_048)
    write_promoter(codes, TSS, tata=False, boxes=0)
    write_at(codes, "TATA", TSS - 29, -1)
    assert len(promoters(codes).strength) == 0


@pytest.mark.parametrize(
    ("upstream", "counts"), [(24.5, False), (25.5, True), (149.5, True), (150.5, False), (-60.5, False)]
)
@pytest.mark.parametrize("strand", [1, -1])
@pytest.mark.parametrize("box_strand", [1, -1])
def test_a_box_counts_at_its_distance_in_either_orientation(
    upstream: float, counts: bool, strand: int, box_strand: int
) -> None:
    codes = empty(2_048)
    write_promoter(codes, TSS, strand, tata=False, boxes=0)
    write_at(codes, "NFY", TSS - strand * upstream, box_strand)
    assert promoters(codes).strength.tolist() == ([pytest.approx(by_hand(0.8))] if counts else [])


def test_a_gc_box_is_worth_as_much_as_a_ccaat_box() -> None:
    codes = empty(2_048)
    write_promoter(codes, TSS, tata=False, boxes=0)
    write_at(codes, "SP1", TSS - 70)
    # Its run of G also fits five bases on, with an occupancy of 0.036.
    assert promoters(codes).strength == pytest.approx([by_hand(0.8 * 1.036)], abs=1e-12)


def test_promoters_come_from_left_to_right_and_on_both_strands() -> None:
    codes = empty(4_096)
    for tss, strand in ((500, 1), (1_500, -1), (2_500, -1), (3_500, 1)):
        write_promoter(codes, tss, strand)
    found = promoters(codes)
    assert (found.position2 // 2).tolist() == [500, 1_500, 2_500, 3_500]
    assert found.strand.tolist() == [1, -1, -1, 1]
