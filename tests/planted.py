"""Sequences for tests of the simulated genome: nothing but N, in which only what is written binds."""

from __future__ import annotations

import hashlib

import numpy as np

from enformer_core.demo.motifs import INDEX, MOTIFS
from enformer_core.demo.promoters import TSS_IN_INITIATOR

N = 4


def codes_of(text: str) -> np.ndarray:
    """uint8 codes of a text of bases."""
    return np.array(["ACGTN".index(letter) for letter in text.upper()], np.uint8)


def empty(length: int) -> np.ndarray:
    """uint8 ``[length]`` of N: no motif finds anything here."""
    return np.full(length, N, np.uint8)


def mirrored(codes: np.ndarray) -> np.ndarray:
    """The reverse complement."""
    return np.where(codes < N, 3 - codes, N)[::-1].astype(np.uint8)


def write(codes: np.ndarray, name: str, start: int, strand: int = 1) -> None:
    """Write a motif's consensus, its leftmost base at ``start``."""
    bases = codes_of(MOTIFS[INDEX[name]].consensus)
    codes[start : start + len(bases)] = bases if strand > 0 else mirrored(bases)


def write_at(codes: np.ndarray, name: str, middle: float, strand: int = 1) -> None:
    """Write a motif's consensus with its middle at ``middle`` (a half where its width is even)."""
    start = middle - (MOTIFS[INDEX[name]].width - 1) / 2
    assert start == int(start), f"{name} cannot have its middle at {middle}"
    write(codes, name, int(start), strand)


def write_promoter(codes: np.ndarray, tss: int, strand: int = 1, *, tata: bool = True, boxes: int = 3) -> None:
    """Write a core promoter with its first transcribed base at ``tss``: initiator, TATA box, CCAAT boxes."""
    half = (MOTIFS[INDEX["INR"]].width - 1) // 2
    write_at(codes, "INR", tss + strand * (half - TSS_IN_INITIATOR), strand)
    if tata:
        write_at(codes, "TATA", tss - strand * 29, strand)
    for box in range(boxes):
        write_at(codes, "NFY", tss - strand * (50.5 + 20 * box), strand)


def write_enhancer(codes: np.ndarray, middle: float, factor: str = "HNF4A", sites: int = 5, strand: int = 1) -> None:
    """Write sites of one factor, 24 bp apart, around ``middle``."""
    for site in range(sites):
        write_at(codes, factor, middle + 24 * (site - sites // 2), strand)


def write_boundary(codes: np.ndarray, middle: int, strands: tuple[int, int] = (1, -1), gap: int = 100) -> None:
    """Write two CTCF sites, ``gap`` bp between their middles."""
    write_at(codes, "CTCF", middle - gap // 2, strands[0])
    write_at(codes, "CTCF", middle + gap // 2, strands[1])


def digest(array: np.ndarray) -> str:
    """sha256 of the bytes of an array, little-endian."""
    return hashlib.sha256(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()
