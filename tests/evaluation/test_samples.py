"""What is sampled is what its name says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.demo.motifs import MOTIFS
from enformer_core.evaluation import samples
from enformer_core.evaluation.heldout import HeldOut
from enformer_core.evaluation.samples import Sizes, Snv, nearest

SIZES = Sizes(in_motifs=40, outside=30, in_promoters=20, deletions=5)


@pytest.fixture(scope="module")
def drawn(held: HeldOut) -> list[Snv]:
    return samples.snvs(held, 1, SIZES, 896)


def covering(held: HeldOut, position: int) -> list[tuple[str, str, int]]:
    """Motif, letter of its consensus at the position, and occupancy, of every site over a base."""
    found = []
    for motif in MOTIFS:
        sites = held.sites[motif.name]
        start = (sites.centre2 - (motif.width - 1)) // 2
        for i in np.flatnonzero((start <= position) & (position < start + motif.width)):
            place = position - int(start[i])
            letter = motif.consensus[place if sites.strand[i] > 0 else motif.width - 1 - place]
            found.append((motif.name, letter, int(sites.occupancy[i])))
    return found


def test_every_variant_changes_a_base_where_it_says(held: HeldOut, drawn: list[Snv]) -> None:
    assert Counter(v.where for v in drawn) == {"in motifs": 40, "outside motifs": 30, "in promoters": 20}
    for variant in drawn:
        assert variant.code != held.codes[variant.position]
        assert 0 <= variant.code < 4
        sites = covering(held, variant.position)
        if variant.where == "outside motifs":
            assert not sites
            assert not covering(held, variant.position + 12)
            assert not covering(held, variant.position - 12)
        else:
            assert any(letter.isupper() and occupancy >= 400 for _, letter, occupancy in sites)
        distance = np.abs(held.tss - variant.position)
        assert distance[variant.gene] == distance.min()
        if variant.where == "in promoters":
            assert distance.min() < 200
        assert 16 <= variant.position // 128 % 896 < 880


def test_seeds_differ_and_repeat(held: HeldOut, drawn: list[Snv]) -> None:
    assert samples.snvs(held, 1, SIZES, 896) == drawn
    assert not set(samples.snvs(held, 2, SIZES, 896)) >= set(drawn[:40])
    assert len(set(drawn)) == len(drawn)


def test_a_limit_keeps_to_the_first_windows(held: HeldOut) -> None:
    limited = Sizes.limited(3)
    assert {v.position // 128 // 896 for v in samples.snvs(held, 1, limited, 896)} <= {0, 1, 2}
    assert len(samples.elements_near_genes(held, 3)) == 3
    assert limited.shuffles == 1


def test_elements_are_near_a_gene_and_part_of_none(held: HeldOut) -> None:
    rows = samples.elements_near_genes(held, None)
    assert 20 < len(rows) <= len(held.elements)
    for row in range(len(held.elements)):
        distance = np.abs(held.tss - held.elements[row])
        assert (row in rows) == (1_000 < distance.min() <= 50_000)
    chosen = samples.drawn_elements(rows, 1, 5)
    assert set(chosen) < set(rows)
    assert not np.array_equal(chosen, samples.drawn_elements(rows, 2, 5))


def test_a_shuffle_keeps_the_bases_and_a_deletion_whole_bins(held: HeldOut) -> None:
    first, second = samples.shuffles(held, 4, 2)
    before = held.codes[first.start : first.end]
    assert len(before) == 360
    for edit in (first, second):
        assert np.array_equal(np.bincount(edit.bases, minlength=4), np.bincount(before, minlength=4))
        assert 0.5 < (edit.bases != before).mean() < 0.95
    assert not np.array_equal(first.bases, second.bases)
    taken = samples.deletion(held, 4)
    assert (taken.removed, len(taken.bases)) == (384, 0)
    assert taken.start + 192 == held.elements[4] == first.start + 180


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=8, unique=True), st.integers(-5, 60))
def test_nearest(tss: list[int], position: int) -> None:
    sites = np.array(sorted(tss))
    found = nearest(sites, np.array([position]))
    assert abs(sites[found[0]] - position) == min(abs(t - position) for t in tss)
