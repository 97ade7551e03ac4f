"""The short way to an edit's effect gives, bit for bit, what the whole signal gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from enformer_core.demo.chromosomes import plant
from enformer_core.demo.contact import REACH
from enformer_core.demo.grammar import Signal, signal
from enformer_core.demo.layout import Chromosome
from enformer_core.demo.response import LONGEST, PIECE, Edited, Response, level

LENGTH = 384_000


@dataclass(frozen=True)
class World:
    planted: Chromosome
    base: Signal
    response: Response


@pytest.fixture(scope="module")
def world() -> World:
    planted = plant("chr2", LENGTH)
    base = signal(planted.codes)
    return World(planted, base, Response(planted.codes, base))


def inside(world: World, kind: str) -> list[int]:
    found = [e.position for e in world.planted.elements if e.kind == kind]
    return [p for p in found if PIECE <= p < LENGTH - PIECE]


def edits(world: World) -> list[Edited]:
    """Elements of every kind masked, promoters and boundaries among them; and single bases changed."""
    places = [p for kind in ("ery", "hep", "neu", "common", "boundary", "promoter") for p in inside(world, kind)[:2]]
    gone = [Edited(p - 180, np.full(360, 4, np.uint8)) for p in places]
    bases = [Edited(p + 2, (world.planted.codes[p + 2 : p + 3] + 1) % 4) for p in inside(world, "promoter")[:4]]
    return [*gone, *bases]


def test_it_is_the_whole_signal(world: World) -> None:
    chosen = edits(world)
    changed = 0
    for edit, local in zip(chosen, world.response.after(chosen), strict=True):
        codes = world.planted.codes.copy()
        codes[edit.start : edit.start + len(edit.codes)] = edit.codes
        whole = signal(codes)
        position = whole.promoters.position2
        listed = (position >= 2 * local.low) & (position < 2 * local.high)
        np.testing.assert_array_equal(local.position2, position[listed])
        np.testing.assert_array_equal(local.expression, whole.expression[listed])
        was = world.base.promoters.position2
        np.testing.assert_array_equal(
            whole.expression[~listed], world.base.expression[(was < 2 * local.low) | (was >= 2 * local.high)]
        )
        same_core = np.array_equal(whole.promoters.strength, world.base.promoters.strength)
        assert local.changed_core == (not same_core)
        changed += local.changed_core
    assert 0 < changed < len(chosen)


def test_a_level_is_the_mean_of_the_track(world: World) -> None:
    """But for where promoters cross the edge of the three bins, and for the grid of cells."""
    genes = [g.tss for g in world.planted.genes if 100_000 < g.tss < LENGTH - 3_000]
    levels = np.array([world.response.level(tss) for tss in genes])
    drawn = [world.base.tracks[(t - 128) // 32 : (t + 256) // 32, 6:9].astype(float).mean(axis=0) for t in genes]
    np.testing.assert_allclose(levels, drawn, rtol=0.05, atol=0.01)


def test_levels_add_up_over_the_promoters_of_three_bins() -> None:
    position2 = np.array([1_743, 1_744, 2_000, 2_511, 2_512])
    expression = np.arange(15.0).reshape(5, 3)
    expected = 0.02 + expression[1:4].sum(axis=0) / 3
    np.testing.assert_array_equal(level(position2, expression, 1_000), expected)


def test_nothing_changes_far_away(world: World) -> None:
    place = inside(world, "ery")[0]
    (local,) = world.response.after([Edited(place - 180, np.full(360, 4, np.uint8))])
    for tss in (local.low - 1_000, local.high + 1_000, place + REACH + 5_000):
        np.testing.assert_array_equal(world.response.change(local, tss), 0.0)


@pytest.mark.parametrize(("start", "width"), [(100, 10), (LENGTH - 500, 10), (100_000, LONGEST + 1)])
def test_what_it_cannot_answer_is_refused(world: World, start: int, width: int) -> None:
    with pytest.raises(ValueError, match="too long or too near"):
        list(world.response.after([Edited(start, np.zeros(width, np.uint8))]))
