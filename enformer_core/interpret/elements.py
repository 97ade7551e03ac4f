"""The strongest elements of a contribution map: where in a window the bases are that move a target most.

A stretch of ``width`` bases is tried at every ``STEP`` bases of what the model read. Its *strength* is the sum of the
absolute scores of its bases, as in the enhancer-gene evaluation of Avsec et al. 2021; its *score* is their plain sum,
which says in which direction the stretch as a whole pushes. An element is a stretch whose strength no stretch that
overlaps it exceeds (of equals the first counts). So no two elements overlap, and the shoulder of a strong element is
not one of its own.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..files import written_aside
from ..genome.interval import Interval
from ..inference.export import write_tsv
from .placed import reference_ranges
from .scores import ContributionScores

if TYPE_CHECKING:
    import pandas as pd

STEP = 128
"""Bases from one stretch that is tried to the next: a bin of the model."""
WIDTH = 384
"""Bases of an element, by default: three bins, about a nucleosome-free region with its flanks."""
COUNT = 10


@dataclass(frozen=True, slots=True)
class Element:
    """A stretch that moves the target.

    Attributes:
        rank: 1 for the strongest.
        interval: Where its bases lie on the reference, 0-based and half-open. In an edited window it can be shorter
            than the stretch that was read (inserted bases lie nowhere) or longer (deleted bases lie in between).
        score: Sum over its bases of gradient x input, in the unit of the target's value.
        strength: Sum of the absolute values.
        distance: From the site to its middle in bp, negative where the middle comes first on the chromosome, whatever
            the gene's strand; None without a site.
    """

    rank: int
    interval: Interval
    score: float
    strength: float
    distance: int | None


def strongest_elements(
    scores: ContributionScores, *, width: int = WIDTH, n: int = COUNT, site: int | None = None
) -> tuple[Element, ...]:
    """The strongest elements, strongest first.

    Bases that an edit inserted count for the stretch that holds them. A stretch without a base on the contig's
    reference is left out, and so is one without any score.

    Args:
        scores: Of a window or a part of it; a part shorter than ``width`` is one stretch.
        width: Bases of an element.
        n: The most elements.
        site: 0-based reference position that distances are counted from, such as a start site.

    Raises:
        InputError: ``width`` or ``n`` is below 1.
    """
    for name, value in (("width", width), ("n", n)):
        if value < 1:
            raise InputError(f"{name} is {value}", hint="It has to be 1 or more")
    values = scores.scores.astype(np.float64)
    starts = _starts(len(values), width)
    ends = np.minimum(starts + width, len(values))
    strength = _sums(np.abs(values), starts, ends)
    kept = _highest(strength, starts, width)
    order = kept[np.argsort(-strength[kept], kind="stable")]
    first = scores.interval.start
    lows, highs = reference_ranges(scores, first + starts[order], first + ends[order])
    signed = _sums(values, starts[order], ends[order])
    found: list[Element] = []
    for low, high, score, size in zip(lows, highs, signed, strength[order], strict=True):
        interval = _on_contig(scores, int(low), int(high))
        if interval is not None and len(found) < n:
            distance = None if site is None else interval.center - site
            found.append(Element(len(found) + 1, interval, float(score), float(size), distance))
    return tuple(found)


def element_frame(elements: tuple[Element, ...]) -> pd.DataFrame:
    """One row per element: rank, chrom, start, end (0-based, half-open), score, strength, distance (may be empty)."""
    import pandas as pd

    rows = [asdict(element) | asdict(element.interval) for element in elements]
    columns = ["rank", "chrom", "start", "end", "score", "strength", "distance"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"distance": "Int64"})


def write_elements(
    elements: tuple[Element, ...], scores: ContributionScores, path: Path, *, overwrite: bool = False
) -> None:
    """Write elements as a table under a first line that is ``# `` and the facts of the scores as JSON.

    Raises:
        OutputExists: The file is there and ``overwrite`` is False.
        FileError: It cannot be written.
    """
    facts = scores.facts() | {"kind": "elements"}
    with written_aside(path, overwrite=overwrite) as aside:
        write_tsv(aside, facts, element_frame(elements))


def _starts(length: int, width: int) -> np.ndarray:
    """int64, ascending: where stretches begin; the last one ends with the bases."""
    last = max(length - width, 0)
    return np.unique(np.append(np.arange(0, last + 1, STEP, dtype=np.int64), last))


def _sums(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """float64: the sum of each stretch."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return total[ends] - total[starts]


def _highest(strength: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """int64: the stretches above 0 that none of those that overlap them exceeds; of equals the first."""
    low = np.searchsorted(starts, starts - width, side="right")
    high = np.searchsorted(starts, starts + width, side="left")
    is_highest = [
        value > 0 and a + int(strength[a:b].argmax()) == i
        for i, (value, a, b) in enumerate(zip(strength, low, high, strict=True))
    ]
    return np.flatnonzero(is_highest)


def _on_contig(scores: ContributionScores, start: int, end: int) -> Interval | None:
    chrom = scores.interval.chrom
    start, end = max(start, 0), min(end, scores.contigs[chrom])
    return Interval(chrom, start, end) if start < end else None
