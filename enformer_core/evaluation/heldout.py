"""The held-out chromosome of the simulated genome with its truth: what every figure of the card is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..demo import assays, chromosomes, grammar
from ..demo.chromosomes import SIM1, Genome
from ..demo.motifs import MOTIFS
from ..demo.sites import Sites, find_sites
from ..errors import AssemblyMismatch
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from .windows import Edit

BIN = grammar.BIN
_NO_ELEMENTS = ("promoter", "decoy", "boundary")
_CELLS = BIN // grammar.CELL
#: Added to both sides of every ratio: half a unit of coverage (of the sum over the bins, at a promoter).
PSEUDOCOUNT = 0.5
DNASE, CAGE = (
    np.array([i for i, track in enumerate(assays.TRACKS) if track.assay == assay]) for assay in ("DNASE", "CAGE")
)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A chromosome that no model was trained on.

    Attributes:
        chrom: Its name.
        codes: uint8 ``[L]``: A 0, C 1, G 2, T 3.
        sites: Where factors bind, by motif.
        tss: int64 ``[genes]``: 0-based start sites, ascending.
        elements: int64 ``[elements]``: 0-based middles of what may act from afar (no promoters, no boundaries).
        kinds: The class of each element.
        truth: float32 ``[bins, 16]``: noise-free means of 128 bp, tracks as in ``IDENTIFIERS``.
        measured: float32 ``[bins, 16]``: the same of the noisy experiments.
    """

    chrom: str
    codes: np.ndarray
    sites: Mapping[str, Sites]
    tss: np.ndarray
    elements: np.ndarray
    kinds: tuple[str, ...]
    truth: np.ndarray
    measured: np.ndarray

    @classmethod
    def simulated(cls, genome: Genome = SIM1, n_bins: int | None = None) -> HeldOut:
        """The tested chromosome of a simulated genome, made from its seed; or its first ``n_bins`` alone."""
        chrom = genome.tested
        planted = chromosomes.plant(chrom, genome.lengths[chrom])
        codes = planted.codes[: None if n_bins is None else n_bins * BIN]
        sites = find_sites(codes)
        tracks = grammar.signal(codes, sites).tracks
        measured = np.stack([chromosomes.noisy(chrom, t, tracks[:, t]) for t in range(tracks.shape[1])], axis=1)
        end = len(codes) - 2 * BIN  # start sites have a bin on each side
        acting = [e for e in planted.elements if e.kind not in _NO_ELEMENTS and e.position < end]
        return cls(
            chrom,
            codes,
            sites,
            np.array([gene.tss for gene in planted.genes if gene.tss < end], np.int64),
            np.array([e.position for e in acting], np.int64),
            tuple(e.kind for e in acting),
            in_bins(tracks),
            in_bins(measured),
        )

    @property
    def n_bins(self) -> int:
        """Bins of the whole chromosome."""
        return len(self.truth)

    def check(self, assembly: Assembly) -> None:
        """Make sure that an assembly is this genome.

        Raises:
            AssemblyMismatch: It has no such chromosome, or other bases on it: then there is no truth to compare with.
        """
        length = assembly.contigs.get(self.chrom)
        whole = Interval(self.chrom, 0, len(self.codes))
        if length != whole.width or assembly.fetch(whole) != chromosomes.letters(self.codes):
            raise AssemblyMismatch(
                f"{self.chrom} of {assembly.name} is not that of the simulated genome {SIM1.name}, "
                "the only one whose true answers are known",
                where=str(assembly.path),
                hint="Build it with: enformer-browser setup demo",
            )

    def edited_truth(self, edit: Edit, first: int, last: int) -> np.ndarray:
        """What an edit does.

        Args:
            edit: In chromosome coordinates; it changes the length by whole bins.
            first: First bin to tell of, counted on the edited chromosome.
            last: After the last one.

        Returns:
            float32 ``[last - first, 16]``, noise-free.
        """
        margin = -(-grammar.MARGIN // BIN)
        start = max(min(first, edit.start // BIN) - margin, 0)
        end = min(max(last, edit.end // BIN + 1) + margin, (len(self.codes) - edit.removed) // BIN)
        codes = edit.applied(self.codes, start * BIN, (end - start) * BIN)
        sites = sites_after(self.sites, edit, codes, start * BIN)
        return in_bins(grammar.signal(codes, sites).tracks)[first - start : last - start]


def sites_after(sites: Mapping[str, Sites], edit: Edit, codes: np.ndarray, start: int) -> dict[str, Sites]:
    """The sites of an edited stretch: only those that touch the edit are looked for, the others are at hand.

    Args:
        sites: Of the whole chromosome.
        edit: In chromosome coordinates, inside the stretch.
        codes: uint8 ``[L]``: the edited stretch.
        start: Its 0-based first base.
    """
    low, high = edit.start - start, edit.start - start + len(edit.bases)
    widest = max(motif.width for motif in MOTIFS)
    left = max(low - widest, 0)
    near = find_sites(codes[left : high + widest])
    found = {}
    for motif in MOTIFS:
        known, new = sites[motif.name], near[motif.name]
        first = (known.centre2 - (motif.width - 1)) // 2 - start
        moved = np.where(first >= edit.end - start, first - edit.removed, first)
        kept = (first >= edit.end - start) | (first + motif.width <= low)
        kept &= (moved >= 0) & (moved + motif.width <= len(codes))
        at = (new.centre2 - (motif.width - 1)) // 2 + left
        touching = (at < high) & (at + motif.width > low) if high > low else (at < low) & (at + motif.width > low)
        centre2 = 2 * np.concatenate([moved[kept], at[touching]]) + motif.width - 1
        strand, bound = (
            np.concatenate([getattr(known, name)[kept], getattr(new, name)[touching]])
            for name in ("strand", "occupancy")
        )
        order = np.lexsort((strand, centre2))
        found[motif.name] = Sites(centre2[order], strand[order], bound[order])
    return found


def in_bins(cells: np.ndarray) -> np.ndarray:
    """Means of 128 bp: ``[cells of 32 bp, tracks]`` -> float32 ``[bins, tracks]``."""
    return cells.reshape(-1, _CELLS, cells.shape[1]).mean(axis=1, dtype=np.float64).astype(np.float32)


def log2_ratio(edited: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Log2 fold change with the pseudocount on both sides."""
    return np.log2((edited + PSEUDOCOUNT) / (reference + PSEUDOCOUNT))


def at_tss(values: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """CAGE ``[genes, 3 cell types]``: the sum over the bin of each start site and one on each side.

    Args:
        values: ``[bins, 16]``.
        bins: int64 ``[genes]``: the bins that hold the start sites.
    """
    return np.stack([values[bins + step][:, CAGE] for step in (-1, 0, 1)]).sum(axis=0)
