"""The chromosomes of sim1: how long they are, and the streams of random numbers that make them.

Trained models depend on these numbers bit by bit: they never change. Another genome gets another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..genome.interval import Interval
from ..genome.normalise import Fetch
from .chance import Chance
from .experiment import measured
from .finished import NAME
from .layout import Chromosome, plant_chromosome

SEED = 1
#: Purposes of streams, below a chromosome's number; tracks follow from ``FIRST_TRACK`` on.
BODIES, VARIANTS, FIRST_TRACK = 1, 2, 100
_SYMBOLS = 0  # in the place of a chromosome's number
_LETTERS = np.frombuffer(b"ACGTN", np.uint8)
_CODES = bytes.maketrans(b"ACGTN", bytes(range(5)))
_LINE = 64  # bases in a line of the FASTA file


@dataclass(frozen=True, slots=True)
class Genome:
    """A simulated genome.

    Attributes:
        name: Of the assembly.
        lengths: Name of each chromosome, ``chr`` and its number, to its length in bp: whole blocks of 128 bp.
        tested: The chromosome that models never learn from. Worked examples lie on it.
    """

    name: str
    lengths: Mapping[str, int]
    tested: str


SIM1 = Genome(
    NAME,
    MappingProxyType({"chr1": 14_000_000, "chr2": 12_000_000, "chr3": 10_000_000, "chr4": 4_000_000}),
    "chr4",
)


def number(chrom: str) -> int:
    """4 for ``chr4``."""
    return int(chrom.removeprefix("chr"))


def stream(chrom: str, purpose: int) -> Chance:
    """The random numbers of one chromosome for one purpose."""
    return Chance(SEED, number(chrom), purpose)


def symbol_stream() -> Chance:
    """The random numbers that name genes."""
    return Chance(SEED, _SYMBOLS)


def plant(chrom: str, length: int) -> Chromosome:
    """The bases of a chromosome, and what was planted in them."""
    return plant_chromosome(Chance(SEED, number(chrom)), length)


def noisy(chrom: str, track: int, signal: np.ndarray) -> np.ndarray:
    """What the experiment of one track measured.

    Args:
        chrom: The chromosome.
        track: Index of the track in ``assays.TRACKS``.
        signal: float32 ``[cells]``, the track's noise-free signal.

    Returns:
        float32 ``[cells]``.
    """
    return measured(stream(chrom, FIRST_TRACK + track), signal)


def letters(codes: np.ndarray) -> str:
    """Codes (uint8 ``[L]``: A 0, C 1, G 2, T 3, N 4) as letters."""
    return _LETTERS[codes].tobytes().decode("ascii")


def codes_of(bases: str) -> np.ndarray:
    """Letters ACGTN as codes, uint8 ``[L]``."""
    return np.frombuffer(bases.encode("ascii").translate(_CODES), np.uint8)


def fetch_from(codes: np.ndarray) -> Fetch:
    """Gives the bases of any interval of one chromosome, N beyond its ends."""

    def fetch(interval: Interval) -> str:
        start, end = max(interval.start, 0), min(interval.end, len(codes))
        if start >= end:
            return "N" * interval.width
        return "N" * (start - interval.start) + letters(codes[start:end]) + "N" * (interval.end - end)

    return fetch


def fasta(chrom: str, codes: np.ndarray) -> bytes:
    """One FASTA record."""
    text = _LETTERS[codes]
    whole = len(text) // _LINE * _LINE
    lines = np.full((whole // _LINE, _LINE + 1), ord("\n"), np.uint8)
    lines[:, :_LINE] = text[:whole].reshape(-1, _LINE)
    rest = text[whole:].tobytes() + b"\n" if whole < len(text) else b""
    return f">{chrom}\n".encode() + lines.tobytes() + rest
