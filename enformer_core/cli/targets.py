"""What an explanation explains, as options say it: some output bins, some tracks, one number made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError, TrackError, shown
from ..genome.interval import Interval
from . import options
from .running import note

if TYPE_CHECKING:
    from ..inference.predictor import Predictor
    from ..inference.window import Window
    from ..interpret.target import Reduction, Target

ENDINGS = (".npz", ".tsv", ".bw")
"""Of the files that explanations are written to."""


@dataclass(frozen=True, slots=True)
class Places:
    """The options of ``options.places``, as click gives them: exactly one is to be there."""

    bins: str | None
    gene: str | None
    region: str | None

    def check(self) -> Places:
        """These, if they can be read.

        Raises:
            InputError: There is none or more than one of them, or ``--bins`` cannot be read.
        """
        from ..interpret.bins import parse_bins

        if sum(given is not None for given in (self.bins, self.gene, self.region)) != 1:
            raise InputError(
                "give one of --bins, --gene and --region", hint="They name the output bins: --bins 447-449"
            )
        if self.bins is not None:
            parse_bins(self.bins)
        return self

    def of(self, predictor: Predictor, window: Window, *, quiet: bool = False) -> tuple[int, ...]:
        """The output bins of a window.

        Raises:
            InputError: The gene is unknown, or the place does not lie in the output window.
        """
        from ..interpret.bins import parse_bins, region_bins
        from ..interpret.question import located

        if self.bins is not None:
            return parse_bins(self.bins)
        if self.gene is not None:
            return _around_start_site(self.gene, predictor, window, quiet)
        region = located(window, self.region or "")
        return region_bins(region, window.interval, window.output, predictor.geometry.bin_size, window.coordinates)


@dataclass(frozen=True, slots=True)
class Measures:
    """The options of ``options.measures``, as click gives them."""

    tracks: str
    minus_tracks: str | None
    reduction: Reduction
    head: str | None

    def check(self) -> Measures:
        """These, if they can be read.

        Raises:
            TrackError: A track is not a number, or all are to be subtracted.
        """
        options.parse_tracks(self.tracks)
        if options.parse_tracks(self.minus_tracks or "") == "all":
            raise TrackError("all tracks cannot be subtracted", hint="Write --minus-tracks 0,3,41")
        return self

    def of(self, predictor: Predictor, bins: tuple[int, ...], *, quiet: bool = False) -> Target:
        """The target that these make with some bins, said on stderr in words.

        Raises:
            InputError: The model has no such bin.
            TrackError: It has no such head or track.
        """
        from ..interpret.question import head_of
        from ..interpret.target import Target

        table = predictor.tracks(self.head)
        tracks, minus = options.parse_tracks(self.tracks), options.parse_tracks(self.minus_tracks or "")
        chosen = range(len(table)) if tracks == "all" else tracks
        subtracted = () if minus == "all" else tuple(minus)
        target = Target(tuple(chosen), bins, self.reduction, subtracted, self.head)
        head_of(predictor, target)
        names = [table[column].description for column in target.columns]
        note(f"target: {target.sentence(names)}", quiet=quiet)
        return target


def _around_start_site(name: str, predictor: Predictor, window: Window, quiet: bool) -> tuple[int, ...]:
    """The bin with the start site of a gene's canonical transcript, and one to either side."""
    from ..interpret.bins import region_bins

    if window.assembly is None or window.assembly.genes is None:
        raise InputError(
            f"--gene {shown(name)} needs an assembly with genes",
            hint="Give a GTF file (--genes), or --bins, or --region",
        )
    gene, notes = window.assembly.genes.lookup(name)
    for text in notes:
        note(f"note: {text}", quiet=quiet)
    site = Interval(window.assembly.contig(gene.chrom), gene.tss, gene.tss + 1)
    geometry = predictor.geometry
    (middle,) = region_bins(site, window.interval, window.output, geometry.bin_size, window.coordinates)
    if not 1 <= middle < geometry.n_bins - 1:
        first = min(max(middle - 1, 0), geometry.n_bins - 3)
        raise InputError(
            f"the start site of {gene.symbol} is in bin {middle:,}, at the edge of the output, which has bins 0 to "
            f"{geometry.n_bins - 1:,}",
            hint=f"Centre the window on it (--locus {gene.symbol}); the nearest three are --bins {first}-{first + 2}",
        )
    return (middle - 1, middle, middle + 1)
