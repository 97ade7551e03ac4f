"""Where the effect of edits is measured: at the start sites in the output, or where it is largest. 0-based inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enformer_core.errors import LocusError
from enformer_core.genome.genes.model import Gene, Transcript
from enformer_core.genome.locus import format_locus
from enformer_core.inference.paired_bins import start_site_bins
from enformer_core.interpret.bins import format_bins

if TYPE_CHECKING:
    from enformer_core.inference.prediction import Prediction
    from enformer_core.inference.track_effects import TrackEffect


@dataclass(frozen=True, slots=True)
class Place:
    """Some output bins of the reference, and what to call them.

    Attributes:
        title: What the effect is on, such as a gene.
        label: The same in a list of places.
        bins: Output bins of the reference.
        where: The bins in words, to stand after "at".
    """

    title: str
    label: str
    bins: tuple[int, ...]
    where: str


def start_sites(prediction: Prediction, genes: Iterable[Gene]) -> tuple[dict[str, Place], str]:
    """The start sites whose three bins lie in the output, by transcript, gene by gene, the canonical one first.

    Sites of one gene in the same bin have the same numbers, and the first stands for them.

    Returns:
        The places, and which to begin with: the one in the middle of the window, else the nearest canonical one; empty
        where there is none.
    """
    center = int(prediction.starts[prediction.middle_bin])
    places: dict[str, Place] = {}
    ranks: dict[str, tuple[bool, bool, int]] = {}
    for gene in sorted(genes, key=lambda gene: (abs(gene.tss - center), gene.gene_id)):
        for transcript, bins in _sites(prediction, gene):
            is_canonical = transcript is gene.canonical
            label = f"{gene.symbol} · {transcript.transcript_id} at {transcript.tss + 1:,}"
            where = f"the TSS bins {spelled(bins)}"
            name = f"{gene.gene_id} {transcript.transcript_id}"
            places[name] = Place(gene.symbol, label + (" (canonical)" if is_canonical else ""), bins, where)
            is_middle = bins[1] == prediction.middle_bin
            ranks[name] = (not is_middle, not is_canonical, abs(transcript.tss - center))
    return places, min(ranks, key=lambda name: ranks[name], default="")


def largest_change(effect: TrackEffect, track_label: str) -> Place:
    """The bin that changes most in one track, for windows without a start site."""
    locus = format_locus(effect.largest_at)
    where = f"bin {effect.largest_bin}, {locus}, which changes most in {track_label}"
    return Place(locus, locus, (effect.largest_bin,), where)


def spelled(bins: Iterable[int]) -> str:
    """Bins as a reader sees them: ``447–449``."""
    return format_bins(bins).replace("-", "–")


def _sites(prediction: Prediction, gene: Gene) -> Iterator[tuple[Transcript, tuple[int, ...]]]:
    seen: set[tuple[int, ...]] = set()
    for transcript in gene.transcripts:
        try:
            bins = start_site_bins(prediction, transcript.tss)
        except LocusError:  # it starts outside the output, or at its very edge
            continue
        if bins not in seen:
            seen.add(bins)
            yield transcript, bins
