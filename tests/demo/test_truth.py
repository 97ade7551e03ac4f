"""The truth of a haplotype: a part of the genome-wide signal, and what edits do to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enformer_core.demo.annotation import working
from enformer_core.demo.assays import IDENTIFIERS
from enformer_core.demo.chromosomes import codes_of, fetch_from, letters, plant
from enformer_core.demo.elements import Place, TrueElement, true_elements
from enformer_core.demo.grammar import BIN, CELL, MARGIN, Signal, signal
from enformer_core.demo.layout import Chromosome
from enformer_core.demo.structural import clusters, deletion
from enformer_core.demo.truth import WINDOW, truth, truth_from
from enformer_core.errors import FileError, InputError, RefMismatch
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.normalise import Fetch
from enformer_core.genome.variant import Variant

CHROM, LENGTH = "chr1", 1_024_000
N_BINS = 896
CAGE = slice(6, 9)


@dataclass(frozen=True)
class World:
    planted: Chromosome
    made: Signal
    elements: list[TrueElement]
    fetch: Fetch


@pytest.fixture(scope="module")
def world() -> World:
    planted = plant(CHROM, LENGTH)
    made = signal(planted.codes)
    elements = true_elements(CHROM, planted.elements, made.activity, made.boundaries)
    return World(planted, made, elements, fetch_from(planted.codes))


def on(center: int) -> Interval:
    return Interval.centered(CHROM, center, WINDOW)


def substituted(codes: np.ndarray, start: int, end: int) -> Variant:
    """Every base of a range replaced by another one."""
    return Variant(CHROM, start + 1, letters(codes[start:end]), letters((codes[start:end] + 2) % 4))


@pytest.mark.parametrize("center", [128 * 1_000, 128 * 4_321, LENGTH - 128 * 900])
def test_without_edits_it_is_the_genome_wide_signal(world: World, center: int) -> None:
    found = truth_from(Haplotype(on(center)), world.fetch)
    first, last = found.interval.start, found.interval.end
    assert (first % BIN, found.interval.width) == (0, N_BINS * BIN)
    expected = world.made.tracks[first // CELL : last // CELL]
    np.testing.assert_array_equal(found.cells, expected)
    np.testing.assert_array_equal(found.values, expected.reshape(N_BINS, 4, -1).astype(np.float64).mean(1).astype("f4"))
    np.testing.assert_array_equal(found.track("CAGE_neu"), found.values[:, 8])


def test_cells_start_at_the_first_base_of_the_output(world: World) -> None:
    """A window that is 13 bp off the grid sees what the chromosome without its first 13 bases does."""
    center = 128 * 3_000 + 13
    rest = world.planted.codes[13 : LENGTH - 115]
    found = truth_from(Haplotype(on(center)), world.fetch)
    first = (found.interval.start - 13) // CELL
    np.testing.assert_array_equal(found.cells, signal(rest).tracks[first : first + 4 * N_BINS])


def test_a_part_of_a_window_is_the_same_part_of_the_truth(world: World) -> None:
    haplotype = Haplotype(on(500_000), (deletion(CHROM, 460_000, 462_345, world.fetch),))
    whole = truth_from(haplotype, world.fetch)
    part = Interval(CHROM, whole.interval.start + 440 * BIN, whole.interval.start + 460 * BIN)
    np.testing.assert_array_equal(truth_from(haplotype, world.fetch, part).values, whole.values[440:460])


def test_the_same_numbers_everywhere(world: World) -> None:
    haplotype = Haplotype(on(500_000), (deletion(CHROM, 505_000, 505_700, world.fetch),))
    found = truth_from(haplotype, world.fetch)
    assert hashlib.sha256(found.values.astype("<f4").tobytes()).hexdigest()[:16] == "4c7ddd63d02f9fc6"


def test_a_lost_cluster_lowers_its_gene_and_none_behind_a_boundary(world: World) -> None:
    genes = working(world.planted.genes, world.made.promoters)
    lonely = [(Place(str(n), "", g.tss), g.programme) for n, g in enumerate(genes) if g.lonely]
    inside = [c for c in clusters(lonely, world.elements) if WINDOW // 2 < c.gene.tss < LENGTH - WINDOW // 2]
    assert inside
    for cluster in inside:
        place = IDENTIFIERS.index(f"CAGE_{cluster.elements[0].kind}")
        lost = deletion(CHROM, *cluster.span, world.fetch)
        middle = sum(cluster.span) // 2
        cut = [e.position for e in world.elements if e.kind == "boundary" and e.strength > 0.8]
        behind = [g.tss for g in genes if any(min(g.tss, middle) < b < max(g.tss, middle) for b in cut)]
        behind = [tss for tss in behind if abs(tss - middle) < 50_000]
        for tss, is_own in [(cluster.gene.tss, True), *((tss, False) for tss in behind)]:
            before, after = (
                truth_from(Haplotype(on(tss), edits), world.fetch).values[447:450, place].astype(float).mean()
                for edits in ((), (lost,))
            )
            change = np.log2((after + 0.01) / (before + 0.01))
            assert change < -0.8 if is_own else abs(change) < 0.35, (tss, cluster.gene.tss)


@settings(deadline=None, max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck))
@given(at=st.integers(-90_000, 90_000), width=st.integers(1, 600))
def test_nothing_changes_beyond_reach(world: World, at: int, width: int) -> None:
    start = 500_096 + at
    edit = substituted(world.planted.codes, start, start + width)
    reference = truth_from(Haplotype(on(500_096)), world.fetch)
    edited = truth_from(Haplotype(on(500_096), (edit,)), world.fetch)
    starts = reference.interval.start + CELL * np.arange(4 * N_BINS)
    far = (starts + CELL < start - MARGIN) | (starts > start + width + MARGIN)
    np.testing.assert_array_equal(edited.cells[far], reference.cells[far])
    assert far.any() or abs(at) < 20_000
    if width > 200 and abs(at) < 50_000:
        assert not np.array_equal(edited.cells, reference.cells)


def test_a_deletion_keeps_what_lies_before_it_in_place(world: World) -> None:
    center = 128 * 4_000
    lost = deletion(CHROM, center + 40_000, center + 41_000, world.fetch)
    reference, edited = (truth_from(Haplotype(on(center), e), world.fetch) for e in ((), (lost,)))
    far = reference.interval.start + CELL * np.arange(4 * N_BINS) + CELL < center + 40_000 - MARGIN
    np.testing.assert_array_equal(edited.cells[far], reference.cells[far])
    # Behind it everything has moved 1,000 bp to the left: DNASE, but for the grid of cells, has too.
    after = edited.track("DNASE_ery")[780:880].astype(float).sum()
    moved = truth_from(Haplotype(on(center + 1_000)), world.fetch).track("DNASE_ery")[780:880].astype(float).sum()
    assert after == pytest.approx(moved, rel=0.02)


def test_an_edit_outside_the_output_reaches_in(world: World) -> None:
    """A boundary or an enhancer in the part that a model reads, but does not predict, counts."""
    strong = [e for e in world.elements if max(e.activity) > 0.7 and 200_000 < e.position < LENGTH - 300_000]
    element = strong[0]
    window = on((element.position + 60_000) // BIN * BIN)
    edit = substituted(world.planted.codes, element.position - 150, element.position + 150)
    reference, edited = (truth_from(Haplotype(window, e), world.fetch) for e in ((), (edit,)))
    assert element.position < reference.interval.start
    assert not np.array_equal(reference.values[:, CAGE], edited.values[:, CAGE])
    np.testing.assert_array_equal(reference.values[20:, :3], edited.values[20:, :3])


def test_letters_and_codes_are_each_others_inverse() -> None:
    np.testing.assert_array_equal(codes_of("ACGTN"), [0, 1, 2, 3, 4])
    assert letters(codes_of("NTGCAA")) == "NTGCAA"


@pytest.mark.parametrize("width", [81_920, 82_000, 1_000])
def test_a_window_without_whole_bins_is_refused(world: World, width: int) -> None:
    with pytest.raises(InputError, match=f"{width:,} bp leaves"):
        truth_from(Haplotype(Interval(CHROM, 300_000, 300_000 + width)), world.fetch)


def test_a_wrong_reference_allele_is_refused(world: World) -> None:
    base = world.fetch(Interval(CHROM, 500_000, 500_001))
    wrong = next(b for b in "ACGT" if b != base)
    with pytest.raises(RefMismatch):
        truth_from(Haplotype(on(500_000), (Variant(CHROM, 500_001, wrong, base),)), world.fetch)


def test_without_the_assembly_it_says_so() -> None:
    with pytest.raises(FileError, match="sim1"):
        truth(Haplotype(on(500_000)))
