"""One chromosome of the simulated genome on disk, between the steps of a build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import written_aside
from .assays import TRACKS
from .chromosomes import noisy, plant
from .contact import Boundaries
from .grammar import Signal, signal
from .layout import Element, PlantedGene
from .promoters import Promoters


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A chromosome: what was planted, and its signal without the tracks.

    Attributes:
        codes: uint8 ``[L]``.
        elements: From left to right.
        genes: From left to right.
        signal: Its ``tracks`` are empty.
    """

    codes: np.ndarray
    elements: list[Element]
    genes: list[PlantedGene]
    signal: Signal


def names(chrom: str) -> tuple[str, str]:
    """The two files of a chromosome: what ``load`` reads, and the experiments, float32 ``[tracks, cells]``."""
    return f"{chrom}.npz", f"{chrom}.experiments.npy"


def simulate(folder: Path, chrom: str, length: int) -> None:
    """Plant a chromosome, work out its signal, measure it, and write both files."""
    planted = plant(chrom, length)
    found = signal(planted.codes)
    parts = {
        "codes": planted.codes,
        "element_positions": np.array([e.position for e in planted.elements], np.int64),
        "element_kinds": np.array([e.kind for e in planted.elements]),
        "genes": np.array([[g.tss, g.strand, g.lonely] for g in planted.genes], np.int64).reshape(-1, 3),
        "programmes": np.array([g.programme for g in planted.genes]),
        "activity": found.activity,
        "position2": found.promoters.position2,
        "strand": found.promoters.strand,
        "strength": found.promoters.strength,
        "regulation": found.regulation,
        "expression": found.expression,
        "position4": found.boundaries.position4,
        "boundary_strength": found.boundaries.strength,
    }
    whole, experiments = (folder / name for name in names(chrom))
    with written_aside(whole, overwrite=True) as aside, aside.open("wb") as handle:
        np.savez(handle, **parts)
    with written_aside(experiments, overwrite=True) as aside, aside.open("wb") as handle:
        np.lib.format.write_array_header_1_0(
            handle, {"descr": "<f4", "fortran_order": False, "shape": (len(TRACKS), len(found.tracks))}
        )
        for track in range(len(TRACKS)):
            handle.write(noisy(chrom, track, found.tracks[:, track]).astype("<f4").tobytes())


def load(folder: Path, chrom: str) -> Simulated:
    """Read what ``simulate`` wrote."""
    with np.load(folder / names(chrom)[0], allow_pickle=False) as parts:
        elements = zip(parts["element_positions"].tolist(), parts["element_kinds"].tolist(), strict=True)
        genes = zip(parts["genes"].tolist(), parts["programmes"].tolist(), strict=True)
        return Simulated(
            parts["codes"],
            [Element(position, kind) for position, kind in elements],
            [PlantedGene(tss, strand, programme, bool(lonely)) for (tss, strand, lonely), programme in genes],
            Signal(
                np.zeros((0, len(TRACKS)), np.float32),
                parts["activity"],
                Promoters(parts["position2"], parts["strand"], parts["strength"]),
                parts["regulation"],
                parts["expression"],
                Boundaries(parts["position4"], parts["boundary_strength"]),
            ),
        )


def experiment(folder: Path, chrom: str, track: int) -> np.ndarray:
    """float32 ``[cells]``: what the experiment of one track measured on a chromosome."""
    return np.array(np.load(folder / names(chrom)[1], mmap_mode="r", allow_pickle=False)[track])
