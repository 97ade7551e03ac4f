"""Several visitors at once, who speak to a real server as browsers do: everybody gets an answer, and their own.

``python -m benchmarks load`` does the same with twenty visitors and the demo model, and measures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import weights
import worlds
from browser_driver import app

from benchmarks import _load_scenes as scenes
from enformer_core.inference.predictor import Predictor
from enformer_core.settings import load_settings

VISITS, THINK_S = 3, (0.0, 0.1)
WIDTH = weights.TINY_CONFIG.target_length * weights.TINY_CONFIG.bin_size


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and what it must answer."""

    address: str
    loci: list[str]
    truths: scenes.Truths


@pytest.fixture(scope="module")
def place(world: worlds.World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("load")
    loci = scenes.places("chr1", 10_000, 3 * VISITS, 1_280, WIDTH)
    settings = load_settings({"cache_dir": folder / "elsewhere", "data_dir": folder / "data", "device": "cpu"})
    made = Predictor.from_pretrained(str(world.model), assembly=str(world.fasta), settings=settings)
    with closing(made) as predictor:
        truths = {locus: predictor.predict(locus, tracks=list(scenes.TRACKS)).values for locus in loci}
    with app(Path(folder), world, ENFORMER_DEVICE="cpu") as address:
        yield Place(address, loci, truths)


@pytest.mark.slow
def test_new_places_all_at_once(place: Place) -> None:
    begin, new = place.loci[0], place.loci[-VISITS:]
    waits, _ = asyncio.run(scenes.together(place.address, begin, new, place.truths))
    assert (waits.errors, waits.checked) == ([], VISITS)


def test_kept_places_in_any_order(place: Place) -> None:
    # The first visit to each finds it new, so that kept and new ones mix.
    visited = scenes.browsing(place.address, place.loci, place.truths, VISITS, 5, THINK_S)
    opening, looking = asyncio.run(visited)
    assert opening.errors == looking.errors == []
    assert (opening.checked, looking.checked) == (VISITS, 5 * VISITS)


def test_an_answer_of_another_place_is_noticed(place: Place) -> None:
    one, other = place.loci[:2]
    wrong = {one: place.truths[other]}
    waits, _ = asyncio.run(scenes.together(place.address, other, [one], wrong))
    assert [error.split(": ", 1)[1] for error in waits.errors] == ["the numbers are not those of this place"]
