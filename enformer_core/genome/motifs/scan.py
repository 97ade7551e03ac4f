"""Finding motifs in bases, on both strands, with the exact chance of each score.

All motifs are scored at once: windows of one-hot bases times a table of what each base loses. The numbers are whole and
below 2^24, so that float32 adds them exactly, in whatever order a machine does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError, SequenceError, shown
from .chance import STEP, Scored, scored
from .motif import Motif

MAX_BASES = 20_000
MAX_P = 0.01
MIN_GC, MAX_GC = 0.05, 0.95
_LETTERS = 5  # A, C, G, T, and everything else
_NEVER = 200_000.0  # what an N loses: more than the widest motif can, and 64 times this is below 2^24
_ROWS = 2_048


def _codes() -> np.ndarray:
    table = np.full(256, 255, np.uint8)
    for code, letters in enumerate(("A", "C", "G", "TU", "NRYSWKMBDHV")):
        for letter in letters + letters.lower():
            table[ord(letter)] = code
    return table


_CODE_OF = _codes()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that fits a motif.

    Attributes:
        start: First base, 0-based, counted from the first of the bases that were scanned.
        end: Base after the last.
        strand: ``+`` or ``-``.
        motif: What fits.
        score: Log-odds in bits.
        p: Chance that random bases at one place, on one strand, score at least as well.
    """

    start: int
    end: int
    strand: str
    motif: Motif
    score: float
    p: float


class Scanner:
    """Motifs made ready for a background and a threshold.

    It takes half a second to make one of 1,000 motifs, and milliseconds to use it. Threads may share one.

    Args:
        motifs: At least one.
        gc: Part of the background that is G or C, half of it each; from 0.05 to 0.95. See ``gc_of``.
        p: A hit has at most this chance at one place, on one strand; above 0, at most 0.01. A motif that carries so
            little that even its best score is likelier than this has no hits: below 7 bp at 1e-4.

    Attributes:
        motifs: The motifs.
        gc: As given.
        p: As given.

    Raises:
        InputError: There is no motif, or a number is outside its limits.
    """

    def __init__(self, motifs: Sequence[Motif], *, gc: float = 0.5, p: float = 1e-4) -> None:
        if not motifs:
            raise InputError("there is no motif to look for", hint="Give a library with at least one")
        if not 0 < p <= MAX_P:
            raise InputError(f"the threshold p is {p:g}", hint=f"Choose one above 0 and up to {MAX_P:g}, such as 1e-4")
        if not MIN_GC <= gc <= MAX_GC:
            raise InputError(f"the background has a GC part of {gc:g}", hint=f"Choose from {MIN_GC:g} to {MAX_GC:g}")
        self.motifs = tuple(motifs)
        self.gc = gc
        self.p = p
        background = np.array([1 - gc, gc, gc, 1 - gc]) / 2
        self._scored = tuple(scored(motif, background, p) for motif in self.motifs)
        self._place = {motif: at for at, motif in enumerate(self.motifs)}
        self._widest = max(motif.width for motif in self.motifs)
        self._table = _table(self._scored, self._widest)
        self._allowed = np.repeat([float(len(s.tail) - 1) for s in self._scored], 2)

    def scan(self, bases: str) -> list[Hit]:
        """Every place that fits a motif, by start, then end, p and id; one that fits on both strands is there twice.

        Args:
            bases: At most 20,000 letters. N and other ambiguity codes never fit, and nothing fits beyond the ends.

        Raises:
            SequenceError: There is a letter that is no base, or too many of them.
        """
        hits = [self._hit(start, column, loss) for start, column, loss in self._found(codes_of(bases))]
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.p, hit.motif.id, hit.strand))

    def expected(self, length: int) -> float:
        """How many hits random bases of the background have on average, in so many bp."""
        places = (max(0, length - motif.width + 1) for motif in self.motifs)
        return float(sum(2 * n * s.tail[-1] for n, s in zip(places, self._scored, strict=True) if len(s.tail)))

    def log_odds(self, hit: Hit, bases: str) -> np.ndarray:
        """float64 ``[width]``: bits that each base of a hit adds to its score, in the order of ``bases``.

        Args:
            hit: One that ``scan`` found in them.
            bases: Those that were scanned.
        """
        codes = codes_of(bases[hit.start : hit.end])
        table = self._scored[self._place[hit.motif]].steps
        oriented = table if hit.strand == "+" else table[::-1, ::-1]
        return oriented[np.arange(len(codes)), codes] * STEP

    def _found(self, codes: np.ndarray) -> Iterator[tuple[int, int, int]]:
        """Start, column of the table and loss of every hit."""
        padded = np.append(codes, np.full(self._widest - 1, _LETTERS - 1, np.uint8))
        one_hot = np.eye(_LETTERS, dtype=np.float32)[padded].ravel()
        for first in range(0, len(codes), _ROWS):
            last = min(first + _ROWS, len(codes))
            part = one_hot[first * _LETTERS : (last + self._widest - 1) * _LETTERS]
            windows = np.lib.stride_tricks.sliding_window_view(part, self._widest * _LETTERS)[::_LETTERS]
            lost = np.ascontiguousarray(windows) @ self._table
            starts, columns = np.nonzero(lost <= self._allowed)
            yield from zip(
                (starts + first).tolist(), columns.tolist(), lost[starts, columns].astype(int).tolist(), strict=True
            )

    def _hit(self, start: int, column: int, loss: int) -> Hit:
        which, is_reverse = divmod(column, 2)
        motif, known = self.motifs[which], self._scored[which]
        score = (known.best - loss) * STEP
        return Hit(start, start + motif.width, "-" if is_reverse else "+", motif, score, float(known.tail[loss]))


def scan(bases: str, motifs: Sequence[Motif], p: float = 1e-4, *, gc: float = 0.5) -> list[Hit]:
    """Every place that fits a motif; ``Scanner`` is quicker where the same motifs are looked for again.

    Args:
        bases: At most 20,000 letters.
        motifs: At least one.
        p: A hit has at most this chance at one place, on one strand.
        gc: Part of the background that is G or C.

    Raises:
        InputError: There is no motif, a number is outside its limits, or the bases cannot be read.
    """
    return Scanner(motifs, gc=gc, p=p).scan(bases)


def gc_of(bases: str) -> float:
    """The GC part of some bases, for a background like them; 0.5 where there are none, never beyond 0.05 and 0.95.

    Raises:
        SequenceError: There is a letter that is no base, or too many of them.
    """
    codes = codes_of(bases)
    known = codes[codes < 4]
    return float(np.clip(np.isin(known, (1, 2)).mean(), MIN_GC, MAX_GC)) if len(known) else 0.5


def codes_of(bases: str) -> np.ndarray:
    """uint8 ``[L]``: A 0, C 1, G 2, T and U 3, anything ambiguous 4.

    Raises:
        SequenceError: There is a letter that is no base, or too many of them.
    """
    if len(bases) > MAX_BASES:
        raise SequenceError(
            f"{len(bases):,} bases are too many to look for motifs in", hint=f"Choose at most {MAX_BASES:,}"
        )
    codes = _CODE_OF[np.frombuffer(bases.encode("ascii", "replace"), np.uint8)]
    if (wrong := np.flatnonzero(codes == 255)).size:
        at = int(wrong[0])
        raise SequenceError(
            f"{shown(bases[at])} is no nucleotide code", where=f"base {at + 1:,}", hint="Write A, C, G, T and N"
        )
    return codes


def _table(known: Sequence[Scored], widest: int) -> np.ndarray:
    """float32 ``[widest * 5, 2 * motifs]``: what each letter loses at each place, each motif forward and reverse."""
    table = np.zeros((widest, _LETTERS, 2 * len(known)), np.float32)
    for which, one in enumerate(known):
        width = len(one.losses)
        table[:width, :4, 2 * which] = one.losses
        table[:width, :4, 2 * which + 1] = one.losses[::-1, ::-1]
        table[:width, 4, 2 * which : 2 * which + 2] = _NEVER
    return table.reshape(widest * _LETTERS, 2 * len(known))
