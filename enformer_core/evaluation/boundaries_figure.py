"""The figure of attention at boundaries: the difference of the mean maps, and both numbers of every window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .boundaries_measure import Compared
from .figures import BLUE, LINE, MUTED, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TAIL = 99.5  # percentile of differences at which colours end; the few beyond would leave all others pale
_TITLES = {"stripe": "Attention to the centre", "across": "Attention across the centre"}
_KINDS = (("boundary", ORANGE), ("null", BLUE))


def draw(
    figure: Figure,
    maps: Mapping[str, tuple[np.ndarray, int]],
    values: Mapping[str, np.ndarray],
    compared: Mapping[str, Compared],
) -> None:
    """Fill a figure.

    Args:
        figure: Empty.
        maps: By title: differences ``[G, G]``, queries by keys, boundaries less null places; and the bp of a side,
            the middle of which is the centre.
        values: float64 ``[pairs, 2]`` by measure: boundary, null place.
        compared: The results, by measure.
    """
    grid = figure.add_gridspec(len(values), len(maps) + 1, width_ratios=[1.5] * len(maps) + [1.2])
    for column, (title, (difference, width)) in enumerate(maps.items()):
        _map(figure, figure.add_subplot(grid[:, column]), title, difference, width)
    for row, (name, pairs) in enumerate(values.items()):
        axes = figure.add_subplot(grid[row, len(maps)])
        _windows(axes, name, pairs, compared[name])
        if not row:
            axes.legend(loc="upper right")


def _map(figure: Figure, axes: Axes, title: str, difference: np.ndarray, width: int) -> None:
    half = width / 2_000
    limit = float(np.percentile(np.abs(difference), _TAIL)) or 1.0
    extent = (-half, half, half, -half)
    image = axes.imshow(
        difference, cmap="RdBu_r", vmin=-limit, vmax=limit, extent=extent, interpolation="nearest", rasterized=True
    )
    axes.set_title(title)
    axes.set_xlabel("looked at, kb from the centre")
    axes.set_ylabel("looking, kb from the centre")
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.8, extend="both")
    bar.set_label("boundary less null, multiples of even attention")


def _windows(axes: Axes, name: str, pairs: np.ndarray, result: Compared) -> None:
    bins = np.histogram_bin_edges(pairs, bins=24)
    for i, (kind, colour) in enumerate(_KINDS):
        counts = np.histogram(pairs[:, i], bins=bins)[0]
        axes.stairs(counts, bins, color=colour, label=kind, linewidth=1.2, linestyle="-" if i == 0 else "--")
        axes.axvline(float(pairs[:, i].mean()), color=colour, linewidth=0.8, linestyle="-" if i == 0 else "--")
    more = f"more in {result.larger:.0%} of pairs, p {result.p_larger:.2g}"
    axes.set_title(f"{_TITLES[name]}\nratio {result.ratio:.3g}, p {result.p:.2g}\n{more}")
    axes.set_xlabel("mean of heads, multiples of even")
    axes.set_ylabel("windows")
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.tick_params(colors=MUTED)
