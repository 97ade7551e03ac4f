"""Figures for print by pyGenomeTracks: its ``tracks.ini``, the command that draws it, and the drawing itself.

pyGenomeTracks is never imported here. It runs in a process of its own, with a time limit, in the folder of its files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from ..errors import FileError, InputError, JobTimeout, shown
from ..files import written_aside
from ..genome.interval import Interval
from .signal_files import Scene, SignalFile, SignalGroup, edit_name, one_line

INI, HIGHLIGHTS = "tracks.ini", "edits.bed"
ENDINGS = (".svg", ".pdf", ".png")
TIMEOUT_S = 120.0
_WIDTH_CM, _LABEL_SHARE, _FONT_PT = 30, 0.22, 9
_MOST_POINTS = 1000
_START = "from pygenometracks.plotTracks import main; main()"
# Text stays text, so that it can be searched and edited; and equal figures have equal bytes.
_STYLE = "backend: Agg\nsvg.fonttype: none\nsvg.hashsalt: enformer-browser\n"


def tracks_ini(scene: Scene) -> str:
    """The configuration file; its paths count from its own folder.

    A prediction is filled, its edited version a line upon the same scale, their difference below in two colours. The
    edits are shaded where ``edits.bed`` (see ``highlights_bed``) lies beside the file.
    """
    points = min(_MOST_POINTS, scene.view.width)
    sections = [f"# {one_line(scene.title)}", _section("x-axis", {"where": "top", "fontsize": str(_FONT_PT)})]
    for number, group in enumerate(scene.groups, start=1):
        sections += _group(number, group, points)
    for number, file in enumerate(scene.explanations, start=1):
        sections += [_section("spacer", {"height": "0.3"}), _section(f"explanation {number}", _signed(file, points))]
    sections.append(
        "# For genes, write the path of an annotation and take the signs in front of the lines away:\n"
        "# [genes]\n# file = genes.gtf.gz\n# file_type = gtf\n# height = 2\n# title = genes"
    )
    if scene.edits:
        shade = {"file": HIGHLIGHTS, "type": "vhighlight", "color": "#D55E00", "alpha": "0.25"}
        shade |= {"border_color": "#D55E00", "line_width": "0.5"}  # else a single base would not show
        sections.append(_section("edits", shade))
    return "\n\n".join(sections) + "\n"


def highlights_bed(scene: Scene) -> str:
    """The edits as BED: 0-based, half-open, an insertion at the base before it."""
    rows = (f"{edit.chrom}\t{edit.start}\t{edit.end}\t{edit_name(edit)}\n" for edit in scene.edits)
    return "".join(rows)


def arguments(view: Interval, out: str) -> list[str]:
    """What follows ``pyGenomeTracks`` on the command line; ``out`` ends in .svg, .pdf or .png.

    Raises:
        InputError: The chromosome's name cannot be written in a region, or the ending is another one.
    """
    if ":" in view.chrom or view.start < 0:
        raise InputError(
            f"pyGenomeTracks cannot draw {shown(f'{view.chrom}:{view.start}-{view.end}')}",
            hint="It takes chromosomes without a colon in their name, from their first base on",
        )
    if not out.endswith(ENDINGS):
        raise InputError(f"a figure cannot be called {shown(out)}", hint=f"End it in {', '.join(ENDINGS)}")
    sizes = ["--width", str(_WIDTH_CM), "--trackLabelFraction", str(_LABEL_SHARE), "--fontSize", str(_FONT_PT)]
    return ["--tracks", INI, "--region", f"{view.chrom}:{view.start}-{view.end}", *sizes, "-o", out]


def unavailable() -> str:
    """Why no figure can be drawn here, as a clause; empty where one can."""
    if find_spec("pygenometracks") is None:
        return "pyGenomeTracks is not installed (it needs Python 3.12 or older)"
    return ""


def draw(folder: Path, view: Interval, name: str, *, timeout_s: float = TIMEOUT_S) -> Path:
    """Draw the ``tracks.ini`` of a folder.

    Args:
        folder: Holds ``tracks.ini`` and the files that it names.
        view: What to draw, 0-based and half-open.
        name: Of the figure, which is written into the folder; ends in .svg, .pdf or .png.
        timeout_s: Seconds that the drawing may take.

    Returns:
        The figure's path. Equal files give equal bytes.

    Raises:
        InputError: pyGenomeTracks is not installed, or the region cannot be drawn.
        JobTimeout: It took too long.
        FileError: It failed, or the figure cannot be written.
    """
    if reason := unavailable():
        raise InputError(f"no figure can be drawn: {reason}", hint=f"Draw {INI} where it is installed")
    path = folder / name
    with tempfile.TemporaryDirectory(prefix="enformer-figure-") as scratch, written_aside(path) as aside:
        drawn = Path(scratch) / f"figure{Path(name).suffix}"
        _run(folder, [*arguments(view, name)[:-1], str(drawn)], Path(scratch), timeout_s)
        if not drawn.is_file() or not drawn.stat().st_size:
            raise FileError("pyGenomeTracks left no figure", where=str(folder / INI))
        aside.write_bytes(drawn.read_bytes())
    return path


def _run(folder: Path, options: list[str], scratch: Path, timeout_s: float) -> None:
    style = scratch / "matplotlibrc"
    style.write_text(_STYLE)
    # It leaves temporary files behind: these go with the scratch folder.
    ours = {"MATPLOTLIBRC": str(style), "MPLCONFIGDIR": str(scratch), "TMPDIR": str(scratch)}
    ours |= {"SOURCE_DATE_EPOCH": "0", "OMP_NUM_THREADS": "1"}
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONWARNINGS"} | ours
    # -P: nothing is imported from the folder of the files.
    command = [sys.executable, "-P", "-c", _START, *options]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s
        )
    except subprocess.TimeoutExpired as exc:
        raise JobTimeout(
            f"the figure took more than {timeout_s:g} s", hint="Draw fewer tracks, or run pyGenomeTracks by hand"
        ) from exc
    except OSError as exc:
        raise FileError(f"pyGenomeTracks cannot be started: {exc.strerror or exc}") from exc
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise FileError(
            f"pyGenomeTracks could not draw the figure: {shown(said[-1])}",
            where=INI,
            hint="Please report this; the other files are not affected",
        )


def _group(number: int, group: SignalGroup, points: int) -> list[str]:
    common = _summary(points)
    low = {"min_value": "0"}  # a model's output is never below
    what = "" if group.edited is None else ": reference (filled), edited (line)"
    first = {"file": group.reference.path, "title": group.name + what, "height": "2", "color": group.reference.color}
    first |= {"type": "fill", "alpha": "0.5" if group.edited else "1"}
    sections = [_section("spacer", {"height": "0.3"}), _section(f"{number} reference", first | low | common)]
    if group.edited is not None:
        # Title and range would be printed over those of the lane underneath.
        second = {"file": group.edited.path, "title": "", "show_data_range": "false", "color": group.edited.color}
        second |= {"type": "line:1", "overlay_previous": "share-y"}
        sections.append(_section(f"{number} edited", second | low | common))
    if group.difference is not None:
        sections.append(_section(f"{number} difference", _signed(group.difference, points)))
    return sections


def _signed(file: SignalFile, points: int) -> dict[str, str]:
    """What can be below 0, in two colours on a scale of its own."""
    facts = {"file": file.path, "title": file.name, "height": "1.5", "color": file.color, "type": "fill"}
    return facts | {"negative_color": file.negative_color or file.color} | _summary(points)


def _summary(points: int) -> dict[str, str]:
    return {"file_type": "bigwig", "number_of_bins": str(points), "summary_method": "mean"}


def _section(name: str, options: dict[str, str]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {_value(value)}".rstrip() for key, value in options.items())])


def _value(text: str) -> str:
    """A value on one line. The parser fills in what follows a per cent sign, and titles are read as formulae."""
    return one_line(text).replace("%", "%%").replace("$", r"\$")
