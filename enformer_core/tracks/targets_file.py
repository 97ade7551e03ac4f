"""Reading the published targets format: tab-separated, one line per output of a head.

The columns are found by name: ``index``, ``identifier``, ``clip``, ``scale``, ``sum_stat``, ``description`` and, where
tracks are stranded, ``strand_pair``. Others are skipped; ``file`` holds the paths of whoever made the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from ..errors import TargetsError, shown
from .description import parse_description
from .table import Track

REQUIRED = ("index", "identifier", "clip", "scale", "sum_stat", "description")
MAX_BYTES = 64 * 1024**2
MAX_INDEX_DIGITS = 9
# The names that the published preparation script takes, by the statistic that they stand for.
STATISTICS = {"mean": "mean", "avg": "mean", "sum": "sum", "max": "max", "peak": "max"}
_HINT = f"A targets table is tab-separated, with a header line that names {', '.join(REQUIRED)}"


def read_targets(path: Path) -> tuple[list[Track], dict[int, int]]:
    """Read a targets table.

    The first line's ``index`` becomes target index 0 (the published mouse table starts at 5,313).

    Returns:
        The tracks in the file's order, and a map from target index to that of the other strand.

    Raises:
        TargetsError: The file cannot be read, with its line and column.
    """
    text = _text(path)
    if not text.strip():
        raise TargetsError("the file is empty", where=str(path), hint=_HINT)
    lines = text.split("\n")
    reader = _Lines(path, lines[0].split("\t"))
    tracks: list[Track] = []
    pairs: dict[int, int] = {}
    line_of: dict[int, int] = {}
    first = 0
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = reader.cells(number, line)
        index = reader.whole(number, cells, "index")
        first = first if tracks else index
        if index != first + len(tracks):
            raise reader.error(
                f"index {index} does not follow {first + len(tracks) - 1}",
                number,
                "index",
                "List every output in order",
            )
        tracks.append(reader.track(number, cells, index - first))
        if "strand_pair" in reader.columns:
            pairs[index - first] = reader.whole(number, cells, "strand_pair") - first
            line_of[index - first] = number
    if not tracks:
        raise TargetsError("the table has a header and no tracks", where=str(path))
    for index, other in pairs.items():
        if pairs.get(other) != index:
            raise reader.error(
                f"track {index + first} is paired with {other + first}, which is not paired with it",
                line_of[index],
                "strand_pair",
                "The two strands of an experiment name each other; an unstranded track names itself",
            )
    return tracks, {index: other for index, other in pairs.items() if other != index}


class _Lines:
    """Cells of a line by column name, with errors that say where."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self.columns = {name.strip(): i for i, name in enumerate(header)}
        self.width = len(header)
        for name in REQUIRED:
            if name not in self.columns:
                raise TargetsError(f"column {name} is missing", where=f"{path}, line 1", hint=_HINT)
        if len(self.columns) < len(header):
            raise TargetsError("a column is named twice", where=f"{path}, line 1", hint=_HINT)

    def cells(self, number: int, line: str) -> list[str]:
        cells = line.split("\t")
        if len(cells) != self.width:
            raise TargetsError(
                f"the line has {len(cells)} columns, the header {self.width}",
                where=f"{self.path}, line {number}",
                hint=_HINT,
            )
        return cells

    def track(self, number: int, cells: list[str], target_index: int) -> Track:
        identifier = self.cell(cells, "identifier")
        if not identifier:
            raise self.error("the identifier is empty", number, "identifier", "Every track needs one")
        statistic = self.cell(cells, "sum_stat")
        if statistic not in STATISTICS:
            raise self.error(
                f"{shown(statistic)} is no known statistic", number, "sum_stat", f"Known are {', '.join(STATISTICS)}"
            )
        description = self.cell(cells, "description")
        parsed = parse_description(description)
        return Track(
            target_index=target_index,
            identifier=identifier,
            assay=parsed.assay,
            biosample=parsed.biosample,
            target=parsed.target,
            description=description,
            strand=identifier[-1] if "strand_pair" in self.columns and identifier[-1] in "+-" else ".",
            clip=self.positive(number, cells, "clip"),
            scale=self.positive(number, cells, "scale"),
            sum_stat=STATISTICS[statistic],
        )

    def whole(self, number: int, cells: list[str], column: str) -> int:
        text = self.cell(cells, column)
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_INDEX_DIGITS):
            raise self.error(f"{shown(text)} is not a whole number", number, column, "Numbers start at 0")
        return int(text)

    def positive(self, number: int, cells: list[str], column: str) -> float:
        text = self.cell(cells, column)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value > 0):
            raise self.error(f"{shown(text)} is not a number above 0", number, column, "Write it as 32 or 0.5")
        return value

    def cell(self, cells: list[str], column: str) -> str:
        return cells[self.columns[column]].strip()

    def error(self, what: str, number: int, column: str, hint: str) -> TargetsError:
        return TargetsError(
            what, where=f"{self.path}, line {number}, column {self.columns[column] + 1} ({column})", hint=hint
        )


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise TargetsError(f"there is no file {shown(path)}", hint="Give the path of a targets table")
        if path.stat().st_size > MAX_BYTES:
            raise TargetsError(f"the file is above {MAX_BYTES:,} bytes", where=str(path), hint=_HINT)
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise TargetsError(f"byte {exc.start:,} is not UTF-8 text", where=str(path), hint=_HINT) from exc
    except (OSError, ValueError) as exc:
        raise TargetsError(f"the file cannot be read: {exc}", where=shown(path)) from exc
    if "\0" in text:
        raise TargetsError("the file holds a NUL byte", where=str(path), hint=_HINT)
    return text.replace("\r\n", "\n")
