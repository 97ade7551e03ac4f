"""What the simulated genome does: the properties that make its truth a truth."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import digest, empty, mirrored, write, write_at, write_boundary, write_enhancer, write_promoter

import enformer_core.demo as demo
from enformer_core.demo.assays import CELL, TRACKS
from enformer_core.demo.chance import Chance
from enformer_core.demo.contact import BLOCK, REACH
from enformer_core.demo.grammar import MARGIN, Signal, signal
from enformer_core.demo.layout import Chromosome, plant_chromosome
from enformer_core.demo.motifs import NAMES
from enformer_core.demo.sites import find_sites

ERY, HEP, NEU = range(3)
PINNED_TRACKS = "2767f770689bdbbba523edf3a3bd2890850c79c8d059a03cba6defd16665b41a"


@pytest.fixture(scope="module")
def chromosome() -> Chromosome:
    return plant_chromosome(Chance(5), 3_200 * BLOCK)


@pytest.fixture(scope="module")
def plain(chromosome: Chromosome) -> Signal:
    return signal(chromosome.codes)


def without(codes: np.ndarray, *middles: int, half: int = 250) -> np.ndarray:
    """A copy with N around some places."""
    copy = codes.copy()
    for middle in middles:
        copy[middle - half : middle + half] = 4
    return copy


# --- The same on every machine, in either direction, and only so far -------------------------------------------------


def test_the_signal_never_changes(chromosome: Chromosome, plain: Signal) -> None:
    """A literal: a trained model, its card and every table of the simulated genome hang on these bits."""
    assert digest(plain.tracks) == PINNED_TRACKS


def test_sites_at_hand_are_used(chromosome: Chromosome, plain: Signal) -> None:
    assert np.array_equal(signal(chromosome.codes, find_sites(chromosome.codes)).tracks, plain.tracks)


@st.composite
def planted_codes(draw: st.DrawFn) -> np.ndarray:
    """Random bases, 5 to 60 kb; motifs, promoters, enhancers and boundaries are written over them, and each other."""
    blocks = draw(st.integers(40, 480))
    length = blocks * BLOCK
    codes = np.random.default_rng(draw(st.integers(0, 10_000))).integers(0, 4, length).astype(np.uint8)
    codes[: draw(st.integers(0, length // 2))] = 4
    place, strand = st.integers(300, length - 300), st.sampled_from((1, -1))
    for _ in range(draw(st.integers(0, 5))):
        write(codes, draw(st.sampled_from(NAMES)), draw(place), draw(strand))
    for _ in range(draw(st.integers(0, 3))):
        write_promoter(codes, draw(place), draw(strand), tata=draw(st.booleans()), boxes=draw(st.integers(0, 3)))
    for _ in range(draw(st.integers(0, 3))):
        write_enhancer(codes, draw(place), draw(st.sampled_from(("HNF4A", "ASCL1", "ETS"))), 5, draw(strand))
    for _ in range(draw(st.integers(0, 2))):
        write_boundary(codes, draw(place))
    return codes


@settings(deadline=None, max_examples=25)
@given(planted_codes())
def test_the_reverse_complement_mirrors_exactly(codes: np.ndarray) -> None:
    forward, reverse = signal(codes), signal(mirrored(codes))
    assert np.array_equal(reverse.tracks, forward.tracks[::-1])
    assert np.array_equal(reverse.activity, forward.activity[::-1])
    order = np.lexsort((-forward.promoters.strand, 2 * len(codes) - 2 - forward.promoters.position2))
    assert np.array_equal(reverse.promoters.position2, 2 * len(codes) - 2 - forward.promoters.position2[order])
    assert np.array_equal(reverse.promoters.strand, -forward.promoters.strand[order])
    assert np.array_equal(reverse.promoters.strength, forward.promoters.strength[order])
    assert np.array_equal(reverse.expression, forward.expression[order])
    assert np.array_equal(reverse.boundaries.position4, 4 * len(codes) - 4 - forward.boundaries.position4[::-1])


def test_a_whole_chromosome_mirrors_exactly(chromosome: Chromosome, plain: Signal) -> None:
    assert np.array_equal(signal(mirrored(chromosome.codes)).tracks, plain.tracks[::-1])


@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_an_edit_changes_nothing_beyond_the_margin(data: st.DataObject, chromosome: Chromosome, plain: Signal) -> None:
    length = len(chromosome.codes)
    elements = [e.position for e in chromosome.elements if MARGIN < e.position < length - MARGIN - 2_000]
    start = data.draw(st.sampled_from(elements)) - data.draw(st.integers(0, 400))
    end = start + data.draw(st.sampled_from((1, 30, 800)))
    edited = chromosome.codes.copy()
    edited[start:end] = (edited[start:end] + data.draw(st.integers(1, 3))) % 4
    changed = np.flatnonzero((signal(edited).tracks != plain.tracks).any(axis=1))
    assert (changed * CELL >= start - MARGIN).all()
    assert ((changed + 1) * CELL <= end + MARGIN).all()


def test_an_edit_reaches_almost_as_far_as_it_may() -> None:
    far = REACH - 2_000
    codes = empty(2_000 * BLOCK)
    write_promoter(codes, 100_000)
    write_enhancer(codes, 100_000 + far, "HNF4A", 5)
    differs = (signal(codes).tracks != signal(without(codes, 100_000 + far)).tracks).any(axis=1)
    assert differs[100_000 // CELL]
    write_enhancer(codes, 100_000 + REACH + 1_000, "HNF4A", 5)
    differs = (signal(codes).tracks != signal(without(codes, 100_000 + REACH + 1_000)).tracks).any(axis=1)
    assert not differs[: 100_000 // CELL + 100].any()


def test_a_window_with_its_margins_is_as_the_whole(chromosome: Chromosome, plain: Signal) -> None:
    margin = -(-MARGIN // BLOCK) * BLOCK
    start, end = 1_100 * BLOCK, 1_400 * BLOCK
    part = signal(chromosome.codes[start - margin : end + margin]).tracks
    assert np.array_equal(part[margin // CELL : -margin // CELL], plain.tracks[start // CELL : end // CELL])


def test_inserted_blocks_shift_all_that_is_far_behind(chromosome: Chromosome, plain: Signal) -> None:
    at = 1_600 * BLOCK
    inserted = np.concatenate([chromosome.codes[:at], empty(2 * BLOCK), chromosome.codes[at:]])
    made = signal(inserted).tracks
    behind = (at + MARGIN) // CELL
    assert np.array_equal(made[behind + 8 :], plain.tracks[behind:])
    assert np.array_equal(made[: (at - MARGIN) // CELL], plain.tracks[: (at - MARGIN) // CELL])


FORBIDDEN = {
    *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "power", "float_power", "pow"),
    *("sin", "cos", "tanh", "hypot", "cbrt", "erf", "convolve", "correlate", "interp", "logaddexp"),
    *("mean", "average", "std", "var", "median", "percentile", "quantile", "trapezoid"),
    *("dot", "inner", "vdot", "tensordot", "linalg", "fft", "default_rng", "RandomState", "Generator"),
}
GRAMMAR = ("motifs", "chance", "sites", "promoters", "contact", "assays", "grammar", "layout", "experiment")


@pytest.mark.parametrize("module", GRAMMAR)
def test_no_function_is_used_whose_last_bit_depends_on_a_library(module: str) -> None:
    """By name. That sums are of whole numbers cannot be read off the names; the pinned hashes watch over that."""
    path = Path(next(iter(demo.__path__))) / f"{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {call.func.id for call in ast.walk(tree) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}
    assert not named & FORBIDDEN
    powers = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)]
    assert not powers
    from_random = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
    }
    assert from_random <= {"PCG64", "SeedSequence"}
    assert bool(from_random) == (module == "chance")


# --- Elements ------------------------------------------------------------------------------------------------------


def activity(*written: tuple[str, float, int]) -> np.ndarray:
    """``[3]``: the highest activity of an element made of these motifs (name, middle, strand)."""
    codes = empty(4_096)
    for name, middle, strand in written:
        write_at(codes, name, middle, strand)
    return signal(codes).activity.max(axis=0)


def hill(drive: float) -> float:
    return drive**3 / (drive**3 + 2.2**3)


def test_one_site_by_hand() -> None:
    # The middle of a cell is 15.5 bp from its first base: a site of even width can lie on it.
    assert activity(("GATA1", 2_063.5, 1))[ERY] == pytest.approx(hill(1.2), abs=1e-3)
    assert activity(("HNF4A", 2_063, 1))[HEP] == pytest.approx(hill(1.2), abs=1e-3)
    assert activity(("ETS", 2_063, 1)) == pytest.approx([hill(0.7)] * 3, abs=1e-3)


def test_a_palindrome_is_two_sites() -> None:
    assert len(find_sites_of("CEBPA")) == 2
    assert activity(("CEBPA", 2_063.5, 1))[HEP] == pytest.approx(hill(2 * 0.55), abs=1e-3)
    assert len(find_sites_of("ASCL1")) == 2
    assert activity(("ASCL1", 2_063, 1))[NEU] == pytest.approx(hill(2 * 0.75), abs=5e-3)


def find_sites_of(name: str) -> np.ndarray:
    codes = empty(512)
    write(codes, name, 200)
    return find_sites(codes)[name].centre2


def test_sites_help_each_other_and_then_saturate() -> None:
    by_count = [activity(*[("ETS", 2_063 + 16 * (i - n // 2), 1) for i in range(n)])[ERY] for n in range(11)]
    assert by_count[0] == 0
    assert (np.diff(by_count) > 0).all()
    assert by_count[2] > 3 * by_count[1], "two sites do more than twice what one does"
    assert by_count[10] < 1.5 * by_count[5], "ten sites do less than twice what five do"
    assert by_count[10] < 1


def test_an_element_acts_in_its_cell_type() -> None:
    for factor, c in (("GATA1", ERY), ("HNF4A", HEP), ("ASCL1", NEU)):
        codes = empty(4_096)
        write_enhancer(codes, 2_063 if factor != "GATA1" else 2_063.5, factor, 5)
        top = signal(codes).activity.max(axis=0)
        assert top[c] > 0.8
        assert np.delete(top, c).max() < 0.01


def test_sites_far_apart_do_not_work_together() -> None:
    near = activity(("ETS", 2_063, 1), ("ETS", 2_103, 1))
    far = activity(("ETS", 2_063, 1), ("ETS", 2_563, 1))
    assert far == pytest.approx(activity(("ETS", 2_063, 1)), abs=1e-9)
    assert near[ERY] > 3 * far[ERY]


# --- Pairs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strand", [1, -1])
@pytest.mark.parametrize(
    ("upstream", "partner_strand", "paired"),
    [(10, 1, False), (11, 1, True), (15, 1, True), (20, 1, True), (21, 1, False), (15, -1, False), (-15, 1, False)],
)
def test_gata1_and_tal1_work_as_a_pair_at_one_spacing_and_orientation(
    strand: int, upstream: int, partner_strand: int, paired: bool
) -> None:
    at = 2_063.5
    both = activity(("GATA1", at, strand), ("TAL1", at - strand * upstream, strand * partner_strand))[ERY]
    # Without the pair 1.2 + 0.7, with it 1.3 more; a little less for the distance between them.
    assert both <= hill(1.2 + 0.7 + 1.3 * paired)
    assert both > hill(0.95 * (1.2 + 0.7 + 1.3 * paired))


@pytest.mark.parametrize("strands", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("apart", "paired"), [(11.5, False), (12.5, True), (40.5, True), (59.5, True), (60.5, False)])
def test_hnf4a_and_cebpa_work_as_a_pair_in_any_orientation(
    strands: tuple[int, int], side: int, apart: float, paired: bool
) -> None:
    both = activity(("HNF4A", 2_063, strands[0]), ("CEBPA", 2_063 + side * apart, strands[1]))[HEP]
    alone = 1.2 + 2 * 0.55
    assert both <= hill(alone + 1.0 * paired)
    assert both > hill(0.88 * (alone + 1.0 * paired))
    assert (both > hill(alone)) == paired


def test_a_weak_partner_makes_a_weak_pair() -> None:
    codes = empty(4_096)
    write_at(codes, "GATA1", 2_063.5)
    write_at(codes, "TAL1", 2_048.5)
    full = signal(codes).activity[:, ERY].max()
    codes[2_047] = 2  # one of the bases that TAL1 insists on: CAGATG to CAGGTG
    assert hill(1.2) < signal(codes).activity[:, ERY].max() < 0.7 * full


# --- REST and CTCF -------------------------------------------------------------------------------------------------


def test_rest_silences_outside_neurons() -> None:
    codes = empty(4_096)
    write_enhancer(codes, 2_063, "ETS", 7)
    codes[2_063 - 9 : 2_063 + 10] = 4
    active = signal(codes).activity
    write_at(codes, "REST", 2_063)
    made = signal(codes)
    assert np.array_equal(made.activity[:, NEU], active[:, NEU])
    assert active[:, NEU].max() > 0.8
    assert made.activity[:, [ERY, HEP]].max() < 0.1 * active[:, NEU].max()
    # In the middle of a full site, 2,063, drive is divided by six.
    drive = 2.2 * (active[64, ERY] / (1 - active[64, ERY])) ** (1 / 3)
    assert made.activity[64, ERY] == pytest.approx(hill(drive / 6), rel=0.02)
    opened = made.tracks[:, :3].max(axis=0)
    assert opened[:2].max() < 0.15 * opened[2]


def test_rest_reaches_two_hundred_bases() -> None:
    codes = empty(4_096)
    write_enhancer(codes, 2_063, "ETS", 5)
    active = signal(codes).activity.max(axis=0)
    write_at(codes, "REST", 2_063 + 300)
    assert np.array_equal(signal(codes).activity.max(axis=0), active)


def test_ctcf_opens_chromatin_without_activating_it() -> None:
    codes = empty(4_096)
    write_at(codes, "CTCF", 2_063)
    made = signal(codes)
    assert made.activity.max() < 1e-4
    # 0.1 and twelve times the accessibility; the background follows GC, too.
    assert made.tracks[:, :3].max(axis=0) == pytest.approx([0.1 + 12 * hill(1.8)] * 3, rel=0.01)
    assert made.tracks[:, 3:6].max() == pytest.approx(0.15)


# --- Enhancers, boundaries, genes ------------------------------------------------------------------------------------

GENE, ENHANCER = 20_000, 50_000


def locus(*, enhancer: bool = True, boundary: tuple[int, int] | None = None, at: int = 35_000) -> Signal:
    """A gene, an enhancer of hepatocytes 30 kb away, and two CTCF sites."""
    codes = empty(640 * BLOCK)
    write_promoter(codes, GENE)
    if enhancer:
        for shift in (-750, 0, 750):
            write_enhancer(codes, ENHANCER + shift, "HNF4A", 7)
    if boundary:
        write_boundary(codes, at, boundary)
    return signal(codes)


def cage(made: Signal) -> np.ndarray:
    """``[3]``: the highest CAGE at the gene."""
    return made.tracks[GENE // CELL - 2 : GENE // CELL + 3, 6:9].max(axis=0)


def test_an_enhancer_raises_its_gene_in_its_cell_type() -> None:
    with_it, without_it = locus(), locus(enhancer=False)
    assert cage(with_it)[HEP] > 2 * cage(without_it)[HEP]
    assert np.array_equal(cage(with_it)[[ERY, NEU]], cage(without_it)[[ERY, NEU]])
    assert with_it.regulation[0, HEP] > 0.5
    # What is left are the boxes of the promoter itself.
    assert np.ptp(without_it.regulation) == 0
    assert without_it.regulation.max() < 0.1


def test_expression_by_hand() -> None:
    made = locus()
    x = made.regulation[0] + 0.3
    held = 3.8**2 / (3.8**2 + 1.44)
    assert made.expression[0] == pytest.approx(60 * held * x**2 / (x**2 + 2.5**2), rel=1e-12)


def test_a_boundary_insulates_and_its_deletion_lets_the_enhancer_reach() -> None:
    free, cut, none = locus(), locus(boundary=(1, -1)), locus(enhancer=False, boundary=(1, -1))
    assert cage(free)[HEP] > 2 * cage(cut)[HEP]
    # Behind the boundary, deleting the enhancer takes no more than the thirteenth part that came through.
    lost, whole = (made.regulation[0] - none.regulation[0] for made in (cut, free))
    assert lost[HEP] == pytest.approx(whole[HEP] / 13, rel=0.03)
    assert lost[HEP] <= whole[HEP] / 13
    assert not lost[[ERY, NEU]].any()
    assert 0 < cage(cut)[HEP] - cage(none)[HEP] < 0.15 * (cage(free)[HEP] - cage(none)[HEP])


@pytest.mark.parametrize("strands", [(-1, -1), (1, 1), (-1, 1)])
def test_turning_one_site_of_a_boundary_round_removes_it(strands: tuple[int, int]) -> None:
    assert np.array_equal(cage(locus(boundary=strands)), cage(locus()))
    assert len(locus(boundary=strands).boundaries.strength) == 0


@pytest.mark.parametrize("at", [10_000, 60_000])
def test_a_boundary_on_the_far_side_does_nothing(at: int) -> None:
    assert np.array_equal(cage(locus(boundary=(1, -1), at=at)), cage(locus()))


def test_an_enhancer_does_less_from_farther_away() -> None:
    expressed = []
    for distance in (2_000, 10_000, 30_000, 60_000, 70_000):
        codes = empty(768 * BLOCK)
        write_promoter(codes, GENE)
        write_enhancer(codes, GENE + distance, "HNF4A", 7)
        expressed.append(signal(codes).expression[0, HEP])
    assert (np.diff(expressed) < 0).all()
    codes = empty(768 * BLOCK)
    write_promoter(codes, GENE)
    assert expressed[-1] == signal(codes).expression[0, HEP]


def test_an_enhancer_does_the_same_on_either_side_and_strand() -> None:
    made = []
    for side, strand in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        codes = empty(640 * BLOCK)
        # The gene in the middle of a block, so that the blocks on both sides are equally far.
        write_promoter(codes, 320 * BLOCK + 63, boxes=0)
        write_enhancer(codes, 320 * BLOCK + 63 + side * 20_032, "HNF4A", 5, strand)
        made.append(signal(codes).expression[0, HEP])
    assert max(made) / min(made) < 1.02


def test_deleting_an_activating_element_raises_nothing(chromosome: Chromosome, plain: Signal) -> None:
    expected = dict(zip(plain.promoters.position2.tolist(), plain.expression, strict=True))
    column = {"ery": ERY, "hep": HEP, "neu": NEU}
    lowered = 0
    chosen = [e for e in chromosome.elements if e.kind in column][::8]
    for element in chosen:
        made = signal(without(chromosome.codes, element.position, half=180))
        for at, now in zip(made.promoters.position2.tolist(), made.expression, strict=True):
            # A site of a little-known motif or a REST by chance may go with it: no more than that rises.
            assert (now <= expected[at] + 0.05).all()
            lowered += expected[at][column[element.kind]] - now[column[element.kind]] > 0.2
    assert len(chosen) >= 4
    assert lowered >= len(chosen)


def test_deleting_a_planted_boundary_lets_elements_reach_across(chromosome: Chromosome, plain: Signal) -> None:
    borders = [e.position for e in chromosome.elements if e.kind == "boundary"][1:4]
    for border in borders:
        made = signal(without(chromosome.codes, border, half=160))
        assert len(made.boundaries.strength) == len(plain.boundaries.strength) - 1
        near = np.abs(plain.promoters.position2 // 2 - border) < 40_000
        assert near.any()
        assert (made.regulation[near] >= plain.regulation[near]).all()
        assert (made.regulation[near] > 1.05 * plain.regulation[near]).any()


def test_what_is_unknown_is_silent() -> None:
    made = signal(empty(10 * BLOCK))
    assert made.tracks.shape == (40, len(TRACKS))
    floors = [0.1] * 3 + [0.15] * 3 + [0.02] * 3 + [0.1] * 7
    assert np.allclose(made.tracks, floors, atol=1e-6)
    assert len(made.promoters.strength) == len(made.boundaries.strength) == 0
