"""How our cost grows: with the interval of mutagenesis, with its tracks, and with edits at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from benchmarks._engine_cases import edit, mutagenesis
from benchmarks._engine_inputs import HEAD, Setup, seconds

SIZES = {
    "positions": [1, 2, 4, 8, 16, 32, 64, 128, 200, 500, 1_000, 2_000],
    "tracks": [1, 10, 100, 1_000, 5_313],
    "edits": [1, 2, 5, 10, 20, 50],
}


def growth(setup: Setup, what: str, method: str, budget: float) -> list[dict[str, float | bool]]:
    """Seconds for each size of ``SIZES[what]``.

    A size that would take longer than the budget is not measured: it and all larger ones are read off the straight
    line through the last two that were, and say so.

    Args:
        setup: What is measured on.
        what: ``positions`` of mutagenesis, ``tracks`` of mutagenesis of one position, or ``edits`` at once.
        method: Of mutagenesis.
        budget: Seconds for one size.
    """
    most = setup.config.output_heads[HEAD] if what == "tracks" else max(SIZES[what])
    sizes = sorted({min(size, most) for size in SIZES[what]})
    timed = {"positions": partial(_positions, setup, method), "tracks": partial(_tracks, setup, method)}.get(
        what, partial(_edits, setup)
    )
    points: list[dict[str, float | bool]] = []
    for size in sizes:
        expected = _on_the_line(points, size)
        measured = expected <= budget
        points.append({"size": size, "seconds": timed(size) if measured else expected, "extrapolated": not measured})
    return points


def _on_the_line(points: list[dict[str, float | bool]], size: int) -> float:
    if len(points) < 2:
        return 0.0
    (a, low), (b, high) = ((point["size"], point["seconds"]) for point in points[-2:])
    return high + (high - low) / (b - a) * (size - b)


def _positions(setup: Setup, method: str, size: int) -> float:
    return seconds(setup, mutagenesis(replace(setup, positions=size), method=method)[0])


def _tracks(setup: Setup, method: str, size: int) -> float:
    return seconds(setup, mutagenesis(replace(setup, positions=1, n_tracks=size), method=method)[0])


def _edits(setup: Setup, size: int) -> float:
    return seconds(setup, edit(setup, count=size)[0])
