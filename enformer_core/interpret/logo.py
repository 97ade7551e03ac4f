"""Letters as high as their bases matter, as a figure: SVG, PDF or PNG, the same bytes for the same numbers.

The letters are logomaker's (Tareen & Kinney 2020, doi:10.1093/bioinformatics/btz921). A figure has lines of at most
100 bases on one scale; letters below 0 hang upside down.
"""

from __future__ import annotations

import math
import textwrap
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, shown
from ..files import written_aside
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..tracks.signal_files import one_line
from .mutagenesis_map import MutagenesisMap
from .placed import base_places
from .scores import ContributionScores

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path

MAX_BASES = 500
PER_LINE = 100
ENDINGS = (".svg", ".pdf", ".png")
#: As on screen, in the light theme: told apart by people who do not tell red from green.
COLOURS = {"A": "#00805c", "C": "#0072B2", "G": "#7d7000", "T": "#b85100"}
_TEXT, _MUTED, _LINE, _INSERTED = "#1c2330", "#667085", "#e3e6eb", "#fff4e0"
_FONT = "DejaVu Sans"  # comes with matplotlib, so that every machine draws the same
_WIDTH_IN, _LINE_IN, _FRAME_IN, _FOOT_IN = 11.0, 1.25, 1.2, 0.36
_TICKS = 10
_FEWEST = 40  # places of a line, so that few letters stay letters
_DPI = 150
_STYLE = {
    "svg.hashsalt": "enformer-browser",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "text.parse_math": False,
    "font.family": [_FONT],
    "font.size": 9.0,
    "text.color": _TEXT,
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _TEXT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
}
#: Nothing that changes from day to day.
_METADATA = {
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}
# matplotlib's style belongs to the whole process: two figures at once would draw with each other's.
_DRAWING = threading.Lock()

Drawn = MutagenesisMap | ContributionScores


def write_logo(result: Drawn, path: FilePath, *, names: Sequence[str] = (), overwrite: bool = False) -> None:
    """Draw what each base of an explanation is worth.

    Args:
        result: A mutagenesis map, whose importance is drawn (minus the mean effect of the three substitutions), or
            contribution scores; at most 500 bases. A base without a number has no letter.
        path: Ends in .svg, .pdf or .png.
        names: Of the target's columns, for the title; by default their numbers.
        overwrite: Whether to replace a file that is there.

    Raises:
        InputError: There are more bases, or none with a number, or the ending is another one.
        OutputExists: The file is there and ``overwrite`` is False.
        FileError: It cannot be written.
    """
    check_ending(path)
    if len(result.bases) > MAX_BASES:
        raise InputError(
            f"a logo of {len(result.bases):,} bases is too long to be read",
            hint=f"Explain at most {MAX_BASES} bases of {format_locus(result.interval)}",
        )
    if np.isnan(result.signal()).all():
        raise InputError(f"no base of {format_locus(result.interval)} has a number", hint="Choose bases that are not N")
    with _styled():
        figure = _figure(result, names)
        with written_aside(path, overwrite=overwrite) as aside:
            form = path.suffix.lower()[1:]
            figure.savefig(aside, format=form, dpi=_DPI, metadata=_METADATA[f".{form}"])


def check_ending(path: FilePath) -> None:
    """Refuse a path whose ending names no kind of figure.

    Raises:
        InputError: It does.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"a logo cannot be called {shown(path.name)}", hint=f"End it in {', '.join(ENDINGS)}")


def _figure(result: Drawn, names: Sequence[str]) -> Figure:
    # The object-oriented way: no window, no figures kept by pyplot.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    values, places = result.signal().astype(np.float64), base_places(result)
    lines = range(0, len(values), PER_LINE)
    height = _FRAME_IN + _LINE_IN * len(lines)
    foot = _FOOT_IN / height
    layout = ConstrainedLayoutEngine(rect=(0.0, foot, 1.0, 1.0 - foot))
    figure = Figure(figsize=(_WIDTH_IN, height), layout=layout, facecolor="#ffffff")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(lines), 1, squeeze=False)[:, 0]
    shapes, columns = _shapes(), max(min(len(values), PER_LINE), _FEWEST)
    low, high = min(float(np.nanmin(values)), 0.0), max(float(np.nanmax(values)), 0.0)
    pad = 0.04 * (high - low) or 1.0
    for axes, first in zip(grid, lines, strict=True):
        part = slice(first, first + PER_LINE)
        axes.set_xlim(-0.6, columns - 0.4)
        axes.set_ylim(low - pad, high + pad)
        _letters(axes, result.bases[part], values[part], shapes)
        _axis(axes, places[part])
    grid[-1].set_xlabel(f"position on {one_line(result.interval.chrom)} (1-based)")
    figure.supylabel(_quantity(result), fontsize=8, ma="center")
    figure.suptitle("\n".join(textwrap.wrap(_title(result, names), 130)[:3]), fontsize=10, x=0.01, ha="left")
    figure.text(0.01, 0.2 * foot, "\n".join(_footer(result)), fontsize=7, color=_MUTED, va="bottom")
    return figure


def _letters(axes: Axes, bases: str, values: np.ndarray, shapes: Mapping[str, Path]) -> None:
    """Letters from 0 to their value; all of a kind are one shape, for hundreds of them would take long to lay out."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    axes.axhline(0, color=_MUTED, linewidth=0.6, zorder=1)
    for letter, shape in shapes.items():
        heights = ((at, value) for at, value in enumerate(values.tolist()) if bases[at] == letter)
        # A height below 0 turns a letter upside down.
        drawn = [
            Affine2D().scale(1.0, value).translate(at, 0.0).transform_path(shape)
            for at, value in heights
            if value and not math.isnan(value)
        ]
        if drawn:
            path = Path.make_compound_path(*drawn)
            axes.add_artist(PathPatch(path, facecolor=COLOURS[letter], linewidth=0, zorder=2, in_layout=False))


def _shapes() -> dict[str, Path]:
    """The outline of each letter, 1 high and about 1 wide around 0, as logomaker stretches it."""
    from logomaker import Glyph
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    glyphs = {letter: Glyph(0, letter, floor=0, ceiling=1, ax=axes, font_name=_FONT) for letter in COLOURS}
    return {letter: glyph.patch.get_path() for letter, glyph in glyphs.items() if glyph.patch is not None}


def _axis(axes: Axes, places: np.ndarray) -> None:
    """Positions every 10 bases of the reference; inserted bases, which have none, are shaded."""
    at = np.flatnonzero((places >= 0) & ((places + 1) % _TICKS == 0))
    if not len(at):
        at = np.flatnonzero(places >= 0)[:1]
    axes.set_xticks(at, [f"{place + 1:,}" for place in places[at]])
    for index in np.flatnonzero(places < 0):
        axes.axvspan(index - 0.5, index + 0.5, color=_INSERTED, linewidth=0, zorder=0)
    axes.tick_params(length=2)
    axes.locator_params(axis="y", nbins=4)


def _quantity(result: Drawn) -> str:
    is_log = result.target.reduction == "log_ratio"
    if isinstance(result, MutagenesisMap):
        return f"minus mean effect\n({'log2 fold change' if is_log else 'coverage'})"
    method = result.method.replace("_x_", " × ").replace("_", " ")
    return f"{method}\n({'log2 coverage' if is_log else 'coverage'})"


def _title(result: Drawn, names: Sequence[str]) -> str:
    what = "In-silico mutagenesis" if isinstance(result, MutagenesisMap) else "Contributions"
    simulated = " (simulated)" if result.provenance.simulated else ""
    sentence = result.target.sentence([one_line(name)[:80] for name in names])
    return f"{what} of {_where(result)}{simulated}: {sentence}"


def _where(result: Drawn) -> str:
    """The bases on the reference, as locus text."""
    places = base_places(result)
    known = places[places >= 0]
    if not len(known):
        return "inserted bases"
    return format_locus(Interval(result.interval.chrom, int(known.min()), int(known.max()) + 1))


def _footer(result: Drawn) -> list[str]:
    facts = result.provenance
    model = f"model {FilePath(facts.model).name}, weights {facts.weights_sha256[:12]}"
    how = f"method {result.method}, averaging {facts.averaging}, {facts.precision}"
    lines = [
        f"Enformer Browser {facts.version}: {model}, {how}",
        f"{facts.assembly or 'a pasted sequence'}, window {facts.window}, {len(facts.edits)} edits"
        + ("; SIMULATED data: no experiment stands behind it" if facts.simulated else ""),
    ]
    if result.coordinates is not None:
        lines[1] += "; bases that were inserted are shaded"
    return [one_line(line)[:180] for line in lines]


@contextmanager
def _styled() -> Iterator[None]:
    with _DRAWING, warnings.catch_warnings():
        # matplotlib 3.8, the last one that pyGenomeTracks takes, calls functions by names that pyparsing gives up; and
        # a name in a script that the font has no letters for is no reason to stop.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            yield
