"""kill -9 at random moments: nothing is lost, no answer is wrong afterwards, and nothing piles up.

``python -m benchmarks faults`` kills each kind of work a hundred times.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault import killing

KILLS = 8
SLOW = {"simulated genome"}  # tests/demo/test_build_safety.py kills a build at a chosen moment


@pytest.fixture(scope="module")
def nurse() -> Iterator[killing.Nursery]:
    with killing.nursery() as made:
        yield made


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in killing.WORKS]
)
def test_killed_at_random_moments(nurse: killing.Nursery, name: str, tmp_path: Path) -> None:
    assert killing.toll(nurse, name, tmp_path, KILLS, seed=7).kills == KILLS
