"""The run's log: one line of ``log.csv`` per validation."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ..files import written_aside


@dataclass(frozen=True, slots=True)
class Validation:
    """What is known after a validation.

    Attributes:
        stage: The stage's name.
        step: Steps of the stage that are done.
        elapsed: Seconds of training so far.
        learning_rate: Of the last step.
        loss: Mean over the steps since the validation before.
        valid_loss: Of the averaged weights on the validation windows.
        gradient_norm: Mean over those steps, before clipping.
        r: Assay to the mean Pearson r of its tracks, of log(1 + x) over positions; None where nothing varies.
        step_seconds: Mean time of a step.
    """

    stage: str
    step: int
    elapsed: float
    learning_rate: float
    loss: float
    valid_loss: float
    gradient_norm: float
    r: dict[str, float | None]
    step_seconds: float


_FIXED = ("time", "stage", "step", "learning_rate", "loss", "valid_loss", "grad_norm", "step_seconds")


class Log:
    """A table that grows; lines beyond a checkpoint are dropped when a run goes on from it.

    Args:
        file: The table.
        assays: Columns for Pearson's r.
    """

    def __init__(self, file: Path, assays: list[str]) -> None:
        self._file, self._assays = file, assays
        if not file.exists():
            self._replace([_line([*_FIXED, *assays])])

    def add(self, entry: Validation) -> None:
        """Write one line.

        Raises:
            OutOfDisk: The disk is full; the table is as it was.
        """
        numbers = (entry.learning_rate, entry.loss, entry.valid_loss, entry.gradient_norm, entry.step_seconds)
        scores = [entry.r.get(assay) for assay in self._assays]
        cells = [f"{entry.elapsed:.1f}", entry.stage, str(entry.step), *(f"{x:.6g}" for x in numbers)]
        self._replace([*self._lines(), _line([*cells, *("" if r is None else f"{r:.4f}" for r in scores)])])

    def cut(self, stages: list[str], stage: int, step: int) -> None:
        """Keep the lines up to ``step`` of the stage of index ``stage``."""
        header, *lines = self._lines()
        self._replace([header, *(line for line in lines if _before(line, stages, stage, step))])

    def _lines(self) -> list[str]:
        return self._file.read_text(encoding="utf-8").splitlines(keepends=True)

    def _replace(self, lines: list[str]) -> None:
        with written_aside(self._file, overwrite=True) as aside:
            aside.write_text("".join(lines), encoding="utf-8")


def _before(line: str, stages: list[str], stage: int, step: int) -> bool:
    cells = next(csv.reader([line]), [])
    if len(cells) < len(_FIXED) or cells[1] not in stages or not cells[2].isdigit():
        return False
    index = stages.index(cells[1])
    return index < stage or (index == stage and int(cells[2]) <= step)


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
