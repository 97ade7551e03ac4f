"""The strongest elements of planted scores. The sequence is all A, so that a score is the gradient's first column."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from enformer_core.errors import InputError, OutputExists
from enformer_core.genome.coordinate_map import CoordinateMap
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.interpret.elements import STEP, WIDTH, Element, strongest_elements, write_elements
from enformer_core.interpret.scores import ContributionScores

from .results import scores as scores_of

CONTIGS = {"chr1": 1_000_000}
START = 100_000


def planted(
    values: np.ndarray, start: int = START, coordinates: CoordinateMap | None = None, **changed: object
) -> ContributionScores:
    gradient = np.zeros((len(values), 4), np.float32)
    gradient[:, 0] = values
    where = Interval("chr1", start, start + len(values))
    facts = {"interval": where, "input_interval": where, "bases": "A" * len(values), "gradient": gradient}
    return scores_of(**facts | {"contigs": CONTIGS, "coordinates": coordinates} | changed)


def noise(length: int = 12_800) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.01, length)


def test_planted_elements_are_found_in_their_order() -> None:
    values = noise()
    values[2_560:2_944] += 1.0
    values[8_448:8_832] -= 2.0
    first, second, *_ = strongest_elements(planted(values), site=START + 5_000)
    assert first.interval == Interval("chr1", START + 8_448, START + 8_832)
    assert second.interval == Interval("chr1", START + 2_560, START + 2_944)
    assert (first.rank, second.rank) == (1, 2)
    assert first.score == pytest.approx(-768, abs=1)
    assert first.strength == pytest.approx(768, abs=1)
    assert (first.distance, second.distance) == (8_640 - 5_000, 2_752 - 5_000)


def test_score_and_strength_are_sums_over_the_elements_bases() -> None:
    scores = planted(noise())
    for element in strongest_elements(scores, n=5):
        inside = scores.scores[element.interval.start - START : element.interval.end - START].astype(np.float64)
        assert element.score == pytest.approx(inside.sum())
        assert element.strength == pytest.approx(np.abs(inside).sum())


def test_an_element_has_no_shoulders() -> None:
    """A broad hill of 9 steps is one element, and what follows is the next hill, not the first one's foot."""
    values = np.zeros(12_800)
    hill = np.bartlett(9 * STEP)
    values[2_000 : 2_000 + len(hill)] = 10 * hill
    values[9_000 : 9_000 + len(hill)] = hill
    found = strongest_elements(planted(values))
    assert len(found) == 2
    assert all(abs(e.interval.center - START - middle) <= STEP for e, middle in zip(found, (2_576, 9_576), strict=True))


@pytest.mark.parametrize("width", [100, 384, 1_000])
def test_no_two_overlap_and_strengths_fall(width: int) -> None:
    for seed in range(5):
        values = np.random.default_rng(seed).choice([0.0, 1.0], 6_000)  # many are equally strong
        found = strongest_elements(planted(values), width=width, n=100)
        assert len(found) > 1
        assert all(e.interval.width == width for e in found)
        places = sorted(found, key=lambda e: e.interval.start)
        assert all(a.interval.end <= b.interval.start for a, b in pairwise(places))
        assert [e.strength for e in found] == sorted((e.strength for e in found), reverse=True)
        assert [e.rank for e in found] == list(range(1, len(found) + 1))


def test_the_last_bases_belong_to_a_stretch_too() -> None:
    values = np.zeros(1_000)
    values[990:] = 1.0
    (element,) = strongest_elements(planted(values))
    assert element.interval == Interval("chr1", START + 1_000 - WIDTH, START + 1_000)


def test_a_part_shorter_than_an_element_is_one() -> None:
    (element,) = strongest_elements(planted(np.ones(50)))
    assert element == Element(1, Interval("chr1", START, START + 50), 50.0, 50.0, None)


def test_nothing_is_no_element() -> None:
    assert strongest_elements(planted(np.zeros(5_000))) == ()
    assert strongest_elements(planted(noise(), bases="N" * 12_800)) == ()


def test_only_the_part_on_the_contig_is_told() -> None:
    values = np.zeros(1_024)
    values[256:640] = 1.0
    (element,) = strongest_elements(planted(values, start=-400))
    assert element.interval == Interval("chr1", 0, 240)
    (element,) = strongest_elements(planted(values, contigs={"chr1": START + 300}))
    assert element.interval == Interval("chr1", START + 256, START + 300)
    assert strongest_elements(planted(values, contigs={"chr1": START + 100})) == ()


def test_an_edited_window_is_told_on_the_reference() -> None:
    """100 bases are gone at +1,000, and 384 stand before +3,000: what comes after is moved by 284."""
    edits = [Edit(START + 1_000, START + 1_100, ""), Edit(START + 3_000, START + 3_000, "A" * 384)]
    coordinates = CoordinateMap.build(START, 0, edits)
    values = np.zeros(6_400)
    values[896:1_280] = 3.0  # over the deletion
    values[5_120:5_504] = 2.0
    first, second = strongest_elements(planted(values, coordinates=coordinates))
    assert first.interval == Interval("chr1", START + 896, START + 1_380)
    assert first.strength == 3.0 * 384
    assert second.interval == Interval("chr1", START + 5_120 - 284, START + 5_504 - 284)


def test_inserted_bases_count_but_have_no_place() -> None:
    coordinates = CoordinateMap.build(START, 0, [Edit(START + 512, START + 512, "A" * 1_024)])
    values = np.zeros(4_096)
    values[768:1_152] = 5.0  # inside the insertion alone
    values[2_560:2_944] = 1.0
    (element,) = strongest_elements(planted(values, coordinates=coordinates))
    assert element.rank == 1
    assert element.interval == Interval("chr1", START + 1_536, START + 1_920)
    values = np.zeros(4_096)
    values[384:768] = 5.0  # 128 bases of the reference, and 256 inserted ones
    (element,) = strongest_elements(planted(values, coordinates=coordinates))
    assert element.interval == Interval("chr1", START + 384, START + 512)
    assert element.strength == 5.0 * 384


def test_a_whole_window_takes_no_time() -> None:
    scores = planted(noise(196_608))
    strongest_elements(scores)
    took = []
    for _ in range(3):
        start = time.process_time()
        strongest_elements(scores)
        took.append(time.process_time() - start)
    assert min(took) < 0.1  # 10 ms alone; machines that test are busy


@pytest.mark.parametrize("wrong", [{"width": 0}, {"n": 0}])
def test_wrong_numbers(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="is 0. It has to be 1 or more"):
        strongest_elements(planted(np.ones(10)), **wrong)


def test_the_table(tmp_path: Path) -> None:
    scores, path = planted(noise()), tmp_path / "e.tsv"
    found = strongest_elements(scores, n=3)
    write_elements(found, scores, path)
    facts = json.loads(path.read_text().splitlines()[0].removeprefix("# "))
    assert (facts["kind"], facts["method"]) == ("elements", "gradient_x_input")
    table = pd.read_csv(path, sep="\t", comment="#")
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["start"].tolist() == [e.interval.start for e in found]
    assert table["distance"].isna().all()
    with pytest.raises(OutputExists):
        write_elements(found, scores, path)
    write_elements((), scores, path, overwrite=True)
    assert path.read_text().splitlines()[1].split("\t") == list(table)
