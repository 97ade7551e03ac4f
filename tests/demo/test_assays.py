"""The shapes that assays draw."""

from __future__ import annotations

import numpy as np
import pytest
from planted import empty, write, write_enhancer, write_promoter

from enformer_core.demo.assays import BIN, CELL, TRACKS, UNIT, WIDEST, bump, spread
from enformer_core.demo.grammar import Signal, signal

COLUMN = {track.identifier: place for place, track in enumerate(TRACKS)}
CELLS = 4_096


def drawn(made: Signal, identifier: str) -> np.ndarray:
    return made.tracks[:, COLUMN[identifier]].astype(np.float64)


def test_the_tracks_in_their_order() -> None:
    assert [track.identifier for track in TRACKS] == [
        *("DNASE_ery", "DNASE_hep", "DNASE_neu"),
        *("H3K27ac_ery", "H3K27ac_hep", "H3K27ac_neu"),
        *("CAGE_ery", "CAGE_hep", "CAGE_neu"),
        *("CTCF_ery", "CTCF_hep", "CTCF_neu"),
        *("GATA1_ery", "HNF4A_hep", "ASCL1_neu", "REST_hep"),
    ]


def test_a_bump_by_hand() -> None:
    kernel = bump(200)
    assert len(kernel) == 400
    assert (kernel[0], kernel[200], kernel[399]) == (UNIT, int(UNIT * 0.75**2), 0)
    assert (np.diff(kernel) <= 0).all()


def test_a_kernel_is_spread_around_every_position() -> None:
    rng = np.random.default_rng(3)
    centre2, weight = rng.integers(-300, 2 * CELL * 40 + 300, 30), rng.integers(0, 1_000, 30)
    kernel = bump(150)
    expected = np.zeros(40)
    for at, height in zip(centre2, weight, strict=True):
        for cell in range(40):
            distance2 = abs(2 * CELL * cell + CELL - 1 - int(at))
            if distance2 < len(kernel):
                expected[cell] += height * kernel[distance2]
    assert np.array_equal(spread(centre2, weight, 40, kernel), expected)
    assert expected.any()


def test_nothing_to_spread_is_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert spread(none, none, 5, bump(150)).tolist() == [0.0] * 5


# --- DNASE ---------------------------------------------------------------------------------------------------------


def test_the_background_of_dnase_follows_gc() -> None:
    codes = np.zeros(BIN * 60, np.uint8)  # A
    codes[: BIN * 30 : 2] = 1  # half C on the left
    codes[BIN * 30 :: 4] = 2  # a quarter G on the right
    background = drawn(signal(codes), "DNASE_ery")
    assert background[60] == pytest.approx(0.1 + 0.6 * (0.5 - 0.36), abs=0.0006)
    assert background[-60] == pytest.approx(0.1, abs=0.0006)


def test_dnase_is_twelve_times_accessibility_at_an_element() -> None:
    codes = empty(8_192)
    write_enhancer(codes, 4_096, "HNF4A", 5)
    made = signal(codes)
    cells = np.arange(120, 136)
    # Without CTCF an element is as open as it is active.
    expected = 0.1 + 12 * made.activity[cells, 1]
    assert drawn(made, "DNASE_hep")[cells] == pytest.approx(expected, abs=0.0006)
    assert drawn(made, "DNASE_hep").max() > 9
    assert drawn(made, "DNASE_ery").max() == pytest.approx(0.1)


def test_a_promoter_is_open_in_every_cell_type() -> None:
    codes = empty(8_192)
    write_promoter(codes, 4_111, boxes=0)  # a base beside the middle of a cell
    made = signal(codes)
    for cell_type in ("ery", "hep", "neu"):
        track = drawn(made, f"DNASE_{cell_type}")
        assert track.argmax() == 4_111 // CELL
        assert track.max() == pytest.approx(0.1 + 6 * made.promoters.strength[0], abs=0.01)
        assert track[[4_111 // CELL - 6, 4_111 // CELL + 6]].max() == pytest.approx(0.1)


# --- H3K27ac -------------------------------------------------------------------------------------------------------


def test_acetylation_dips_in_the_middle_of_an_element() -> None:
    codes = empty(8_192)
    write_enhancer(codes, 4_096, "HNF4A", 5)
    track = drawn(signal(codes), "H3K27ac_hep")
    middle = 4_096 // CELL
    beside = (track[middle - 40 : middle - 6].max(), track[middle + 6 : middle + 40].max())
    assert min(beside) > 1.15 * track[middle]
    assert track[middle] > 2
    left, right = np.argmax(track[:middle]), middle + np.argmax(track[middle:])
    assert 200 <= (middle - left) * CELL <= 600
    assert 200 <= (right - middle) * CELL <= 600
    assert track[[0, -1]] == pytest.approx([0.15, 0.15])
    assert track.max() < 9.15


def test_acetylation_dips_at_a_promoter_and_needs_its_expression() -> None:
    codes = empty(16_384)
    write_promoter(codes, 8_192)
    quiet = drawn(signal(codes), "H3K27ac_hep")
    write_enhancer(codes, 9_400, "HNF4A", 5)
    codes_without = codes.copy()
    codes_without[8_000:8_300] = 4
    with_promoter, without = (drawn(signal(each), "H3K27ac_hep") for each in (codes, codes_without))
    at = 8_192 // CELL
    assert with_promoter[at - 12] - without[at - 12] > 0.5
    assert with_promoter[at - 12] > quiet[at - 12] > 0.15


# --- CAGE ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strand", [1, -1])
def test_cage_of_a_promoter_sums_to_its_expression(strand: int) -> None:
    shares = []
    for tss in range(4_096 + 48, 4_096 + 80, 4):
        codes = empty(8_192)
        write_promoter(codes, tss, strand)
        write_enhancer(codes, 6_000, "HNF4A", 5)
        made = signal(codes)
        assert made.expression[0, 1] > 2 * made.expression[0, 0]
        for c, cell_type in enumerate(("ery", "hep", "neu")):
            bins = (drawn(made, f"CAGE_{cell_type}") - 0.02).reshape(-1, BIN // CELL).mean(axis=1)
            near = np.flatnonzero(bins > 1e-6)
            assert near.max() - near.min() <= 2
            shares.append(bins.sum() / made.expression[0, c])
    # A triangle that is looked at every 32 bp: a little more or less, by where the middles of the cells fall.
    assert min(shares) > 0.955
    assert max(shares) < 1.045
    assert np.mean(shares) == pytest.approx(1, abs=0.003)


def test_cage_lies_at_the_start_of_transcription() -> None:
    codes = empty(8_192)
    write_promoter(codes, 4_111)
    track = drawn(signal(codes), "CAGE_neu")
    assert track.argmax() == 4_111 // CELL
    assert track[np.abs(np.arange(len(track)) * CELL + 15.5 - 4_111) > 80] == pytest.approx(0.02)


# --- ChIP ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("motif", "identifier", "share"),
    [("CTCF", "CTCF_neu", None), ("REST", "REST_hep", 1.0), ("GATA1", "GATA1_ery", None), ("HNF4A", "HNF4A_hep", None)],
)
def test_a_bound_site_by_hand(motif: str, identifier: str, share: float | None) -> None:
    codes = empty(8_192)
    write(codes, motif, 4_096 + 6)
    made = signal(codes)
    track = drawn(made, identifier)
    c = ("ery", "hep", "neu").index(identifier[-3:])
    peak = int(track.argmax())
    opened = (made.activity[peak, c], 1.8**3 / (1.8**3 + 2.2**3))[motif == "CTCF"]
    heard = {"CTCF": 0.6 + 0.4 * opened, "REST": 1.0}.get(motif, 0.1 + 0.9 * opened)
    assert track.max() == pytest.approx(0.1 + 20 / 1.6 * heard, rel=0.03)
    assert share in (None, heard)


def test_a_factor_is_heard_where_chromatin_is_open() -> None:
    codes = empty(16_384)
    write(codes, "HNF4A", 4_096)
    write_enhancer(codes, 12_288, "CEBPA", 0)
    write_enhancer(codes, 12_288, "HNF4A", 5)
    track = drawn(signal(codes), "HNF4A_hep")
    alone, together = track[: len(track) // 2].max(), track[len(track) // 2 :].max()
    assert together > 5 * alone


def test_values_are_whole_thousandths_of_finite_float32() -> None:
    codes = empty(8_192)
    write_promoter(codes, 4_000)
    write_enhancer(codes, 5_000, "HNF4A", 3)
    tracks = signal(codes).tracks
    assert tracks.dtype == np.float32
    assert tracks.shape == (8_192 // CELL, len(TRACKS))
    thousandths = tracks.astype(np.float64) * 1000
    assert np.abs(thousandths - np.round(thousandths)).max() < 1e-3
    assert tracks.min() > 0


def test_no_shape_is_wider_than_stated() -> None:
    codes = empty(8_192)
    write_promoter(codes, 4_096)
    plain = signal(empty(8_192)).tracks
    differs = np.flatnonzero((signal(codes).tracks != plain).any(axis=1))
    far = np.abs(differs * CELL + 15.5 - 4_096).max()
    assert (
        WIDEST - 300 < far <= WIDEST + 200
    )  # the background follows the GC of its boxes, up to 100 bp beside the start
