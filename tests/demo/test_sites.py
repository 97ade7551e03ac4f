"""Where factors bind: against a scan that looks at one position after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import codes_of, empty, mirrored, write

from enformer_core.demo import sites as sites_module
from enformer_core.demo.motifs import MOTIFS, NAMES, Motif
from enformer_core.demo.sites import LEAST, Sites, find_sites, occupancy, within


def naive(codes: np.ndarray, motif: Motif) -> list[tuple[int, int, int]]:
    """``(centre2, strand, occupancy)`` of every site, found base by base."""
    forward = motif.scores()
    found = []
    for strand in (1, -1):
        bases = [int(base) for base in (codes if strand > 0 else mirrored(codes))]
        for start in range(len(bases) - motif.width + 1):
            score = sum(int(forward[i][base]) for i, base in enumerate(bases[start : start + motif.width]) if base < 4)
            deficit = int(forward.max(axis=1).sum()) - score
            bound = int(1000 / (1 + (deficit / motif.tolerance) ** 4))
            if bound >= LEAST:
                left = start if strand > 0 else len(bases) - start - motif.width
                found.append((2 * left + motif.width - 1, strand, bound))
    return sorted(found)


def as_rows(sites: Sites) -> list[tuple[int, int, int]]:
    return sorted(zip(sites.centre2.tolist(), sites.strand.tolist(), sites.occupancy.tolist(), strict=True))


def random_codes(seed: int, length: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 5, length).astype(np.uint8)


@st.composite
def planted_codes(draw: st.DrawFn) -> np.ndarray:
    """Random bases and Ns, with up to six motifs written over them, some cut off or overlapping."""
    codes = random_codes(draw(st.integers(0, 1_000)), draw(st.integers(1, 400)))
    for _ in range(draw(st.integers(0, 6))):
        motif = codes_of(draw(st.sampled_from(MOTIFS)).consensus)
        motif = motif if draw(st.booleans()) else mirrored(motif)
        start = draw(st.integers(0, len(codes) - 1))
        codes[start : start + len(motif)] = motif[: len(codes) - start]
    return codes


@settings(deadline=None, max_examples=25)
@given(planted_codes())
def test_sites_are_those_of_a_scan_base_by_base(codes: np.ndarray) -> None:
    found = find_sites(codes)
    assert list(found) == list(NAMES)
    for motif in MOTIFS:
        assert as_rows(found[motif.name]) == naive(codes, motif)


def test_sites_come_from_left_to_right() -> None:
    for sites in find_sites(random_codes(5, 20_000)).values():
        assert len(sites) > 0 or sites.centre2.shape == (0,)
        assert (np.diff(sites.centre2) >= 0).all()


@pytest.mark.parametrize("chunk", [1, 7, 64, 599])
def test_sites_do_not_depend_on_where_the_scan_is_cut(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    codes = random_codes(6, 600)
    for start in range(0, 580, 61):
        write(codes, "CTCF", start, 1 if start % 2 else -1)
    whole = {name: as_rows(sites) for name, sites in find_sites(codes).items()}
    assert len(whole["CTCF"]) >= 10
    monkeypatch.setattr(sites_module, "_CHUNK", chunk)
    assert {name: as_rows(sites) for name, sites in find_sites(codes).items()} == whole


def test_a_site_across_the_real_border_of_two_chunks_is_found_once() -> None:
    border = sites_module._CHUNK
    codes = empty(border + 200)
    write(codes, "CTCF", border - 9)
    assert as_rows(find_sites(codes)["CTCF"]) == [(2 * (border - 9) + 18, 1, 1000)]


def test_occupancy_by_hand() -> None:
    # deficits in tenths of a bit; 1000 / (1 + (d / 52)^4)
    deficit = np.array([0, 28, 52, 66, 104, 132])
    assert occupancy(deficit, 52).tolist() == [1000, 922, 500, 278, 58, 23]
    assert occupancy(np.array([0, 66, 80, 160]), 80).tolist() == [1000, 683, 500, 58]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("CAGATAAGGA", 1000),  # the consensus
        ("TAGATAAGGA", 922),  # one preferred base less: 28
        ("CAGATTAGGA", 278),  # one insisted base less: 66
        ("TAGATTAGGA", 1000 * 52**4 // (52**4 + 94**4)),  # both: 94
        ("NAGATAAGGA", 1000 * 52**4 // (52**4 + 15**4)),  # unknown: as many as the base would have added
        ("CAGTTTAGGA", 0),  # two insisted bases less: too weak to count
    ],
)
def test_a_site_loses_what_its_bases_lose(text: str, bound: int) -> None:
    codes = empty(128)
    codes[60:70] = codes_of(text)
    expected = [(2 * 60 + 9, 1, bound)] if bound else []
    assert [row for row in as_rows(find_sites(codes)["GATA1"]) if row[0] == 129] == expected


def test_a_reverse_site_is_the_mirrored_forward_one() -> None:
    codes = empty(200)
    write(codes, "REST", 50, -1)
    assert as_rows(find_sites(codes)["REST"]) == [(2 * 50 + 18, -1, 1000)]


def test_nothing_binds_where_nothing_is_known() -> None:
    assert not any(len(sites) for sites in find_sites(empty(1_280)).values())


def test_a_sequence_shorter_than_a_motif_has_no_site_of_it() -> None:
    codes = codes_of("CAGATAAGG")
    assert not any(len(sites) for sites in find_sites(codes).values())


def test_occupancies_are_added_within_closed_ranges() -> None:
    sites = Sites(np.array([10, 20, 20, 30]), np.array([1, 1, -1, 1]), np.array([1, 10, 100, 1000]))
    low, high = np.array([10, 11, 20, 31, 0]), np.array([20, 20, 20, 99, 9])
    assert within(sites, low, high).tolist() == [111, 110, 110, 0, 0]
    assert as_rows(sites.on(-1)) == [(20, -1, 100)]
