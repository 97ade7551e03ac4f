"""Figures as files: SVG that is the same, byte for byte, for the same numbers and the same version of matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files import written_aside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The tokens of the screen's light theme: told apart by people who do not tell red from green.
TEXT, MUTED, LINE = "#1c2330", "#667085", "#e3e6eb"
BLUE, ORANGE, GREEN, PURPLE, AMBER, INK = "#0072B2", "#D55E00", "#2a9d6f", "#7a5cc7", "#c98a1b", "#39424f"
_MOST_POINTS = 500
_STYLE = {
    "svg.hashsalt": "enformer-browser",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["Source Sans 3", "DejaVu Sans"],
    "font.size": 9.0,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "axes.titlesize": 9.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "text.color": TEXT,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "figure.facecolor": "#ffffff",
    "axes.facecolor": "#ffffff",
}


def write_svg(path: Path, draw: Callable[[Figure], None], size: tuple[float, float], footer: str) -> None:
    """Draw a figure and write it as SVG, without a date.

    Args:
        path: The file; one that is there is replaced.
        draw: Fills the figure.
        size: Width and height in inches.
        footer: A line below, such as what the data are.

    Raises:
        FileError: The file cannot be written.
    """
    with _styled():
        # The object-oriented way: no window, no figures kept by pyplot.
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        figure.supxlabel(footer, fontsize=7.5, color=MUTED, x=0.01, ha="left")
        with written_aside(path, overwrite=True) as aside:
            figure.savefig(aside, format="svg", metadata={"Date": None, "Creator": None})


def dots(figure: Figure, names: Sequence[str], series: Mapping[str, Sequence[float]], label: str) -> None:
    """One line of dots per name, one colour and shape per series; NaN is left out."""
    axes = figure.add_subplot()
    places = np.arange(len(names))[::-1]
    shapes = (("o", BLUE), ("D", ORANGE), ("|", INK))
    for (name, values), (shape, colour) in zip(series.items(), shapes, strict=False):
        axes.plot(list(values), places, shape, color=colour, label=name, markersize=10 if shape == "|" else 5, mew=1.6)
    axes.set_yticks(places, names)
    axes.set_xlabel(label)
    axes.set_xlim(right=1.0)
    axes.margins(x=0.05)
    axes.grid(color=LINE, linewidth=0.6)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(series))


def scatters(
    figure: Figure, panels: Sequence[tuple[str, np.ndarray, np.ndarray]], label: str, *, columns: int = 3
) -> None:
    """Predicted over true, one panel each, equal axes with the line where both agree.

    Args:
        figure: To fill.
        panels: Title, true and predicted values ``[n]``. Of many points, every k-th is shown, and the title says so.
        label: What is compared.
        columns: Panels side by side.
    """
    rows = -(-len(panels) // columns)
    grid = figure.subplots(rows, min(columns, len(panels)), squeeze=False)
    for axes, (title, true, predicted) in zip(grid.ravel(), panels, strict=False):
        kept = ~(np.isnan(true) | np.isnan(predicted))
        true, predicted = true[kept], predicted[kept]
        step = -(-max(len(true), 1) // _MOST_POINTS)
        thinned = f" (every {_ordinal(step)} of {len(true):,})" if step > 1 else f" (n = {len(true):,})"
        axes.set_title(title + thinned)
        _agreement(axes, true, predicted)
        axes.plot(true[::step], predicted[::step], "o", color=BLUE, alpha=0.45, markersize=3, mew=0)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    for axes in grid[-1]:
        axes.set_xlabel(f"true {label}")
    for axes in grid[:, 0]:
        axes.set_ylabel(f"predicted {label}")


def curves(figure: Figure, panels: Sequence[tuple[str, float, Mapping[str, tuple[np.ndarray, np.ndarray]]]]) -> None:
    """Precision over recall, one panel each.

    Args:
        figure: To fill.
        panels: Title, share of positives (drawn as what chance gives), and recall and precision by name.
    """
    grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    styles = ((BLUE, "-"), (MUTED, "--"), (AMBER, "-."), (PURPLE, ":"), (GREEN, "-"))
    for axes, (title, share, lines) in zip(grid, panels, strict=True):
        axes.set_title(title)
        axes.axhline(share, color=LINE, linewidth=1)
        for (name, (recall, precision)), (colour, style) in zip(lines.items(), styles, strict=False):
            step = -(-max(len(recall), 1) // (2 * _MOST_POINTS))
            axes.plot(recall[::step], precision[::step], style, color=colour, label=name, linewidth=1.4)
        axes.set_xlabel("recall")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.grid(color=LINE, linewidth=0.6)
    grid[0].set_ylabel("precision")
    figure.legend(*grid[0].get_legend_handles_labels(), loc="outside upper center", ncols=5)


def steps(
    figure: Figure, names: Sequence[str], series: Mapping[str, Sequence[float]], label: str, horizontal: str
) -> None:
    """Groups of bars: one group per name, one colour per series; NaN is left out."""
    axes = figure.add_subplot()
    width = 0.8 / max(len(series), 1)
    for i, ((name, values), colour) in enumerate(zip(series.items(), (INK, BLUE, ORANGE), strict=False)):
        heights = np.nan_to_num(np.array(values, np.float64))
        axes.bar(np.arange(len(names)) + (i - (len(series) - 1) / 2) * width, heights, width, color=colour, label=name)
    axes.set_xticks(np.arange(len(names)), names)
    axes.axhline(0, color=MUTED, linewidth=0.6)
    axes.set_ylabel(label)
    axes.set_xlabel(horizontal)
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.legend(loc="lower right")


def _agreement(axes: Axes, true: np.ndarray, predicted: np.ndarray) -> None:
    both = np.concatenate([true, predicted]) if len(true) else np.array([0.0, 1.0])
    low, high = float(both.min()), float(both.max())
    pad = 0.05 * (high - low) or 0.5
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(low - pad, high + pad)
    axes.set_aspect("equal")
    axes.grid(color=LINE, linewidth=0.6)
    axes.plot([low, high], [low, high], color=MUTED, linewidth=0.8)


def _ordinal(n: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(n, f"{n}th")


@contextmanager
def _styled() -> Iterator[None]:
    with warnings.catch_warnings():
        # matplotlib 3.8, the last one that pyGenomeTracks takes, calls functions by names that pyparsing gives up.
        warnings.simplefilter("ignore", DeprecationWarning)
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            yield
