"""The ways to name output bins in a few words, which links, saved views and the command line share.

``gene:CD44`` is the bin with the start site of a gene's canonical transcript and one to either side,
``region:chr11:35,138,800-35,139,000`` (1-based) the bins that a stretch of the reference touches, and
``bins:447-449`` the bins themselves, counted from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ..errors import InputError, LocusError, shown
from ..genome.interval import Interval
from .bins import format_bins, parse_bins, region_bins

if TYPE_CHECKING:
    from ..genome.genes.model import Gene
    from ..inference.window import Geometry, Window

Kind = Literal["gene", "region", "bins"]
MAX_TEXT = 200
"""Characters of a place, as of a locus."""
SEPARATOR = ";"
"""Stands between the parts of a written target (see ``target_text``), and so never in a place."""
_EXAMPLES = "Write gene:CD44, region:chr11:35,138,801-35,139,000 or bins:447-449"


@dataclass(frozen=True, slots=True)
class Place:
    """Some output bins, by name.

    Attributes:
        kind: ``gene``, ``region`` or ``bins``.
        text: The gene's name, a locus (1-based), or bins such as ``447-449``.

    Raises:
        InputError: The kind is unknown; the text is empty, longer than 200 characters, holds a semicolon or something
            invisible; or bins cannot be read.
    """

    kind: Kind
    text: str

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InputError(f"{shown(self.kind)} is no kind of place", hint=_EXAMPLES)
        text = self.text.strip()
        if not text:
            raise InputError(f"the {self.kind} is empty", hint=_EXAMPLES)
        if len(text) > MAX_TEXT:
            raise InputError(f"the {self.kind} {shown(text)} is too long", hint=f"Write at most {MAX_TEXT} characters")
        if SEPARATOR in text or not text.isprintable():
            raise InputError(f"{shown(text)} is no {self.kind}", hint=f"{_EXAMPLES}; one place alone")
        object.__setattr__(self, "text", text)
        if self.kind == "bins":
            parse_bins(text)

    @staticmethod
    def parse(text: str) -> Place:
        """Read ``gene:NAME``, ``region:LOCUS`` or ``bins:BINS``; ``str`` writes it back.

        Raises:
            InputError: It is none of them.
        """
        kind, colon, rest = text.strip().partition(":")
        word = kind.strip().lower()
        if colon and word in get_args(Kind):
            return Place(word, rest)  # pyright: ignore[reportArgumentType]
        raise InputError(f"{shown(text)} names no place", hint=_EXAMPLES)

    def __str__(self) -> str:
        return f"{self.kind}:{self.text}"

    def bins_in(self, geometry: Geometry, window: Window) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The output bins of a window, and what a reader should be told, such as that an alias was used.

        Args:
            geometry: Of the model.
            window: A single one. In an edited window a region or a start site is where its bases stand now.

        Raises:
            InputError: The window has no such bin; the gene is unknown, or there are no genes.
            LocusError: The region or the start site lies outside the output window, or a part of it does
                (``clipped`` is the part inside).
        """
        if self.kind == "gene":
            gene, site, notes = self._gene(window)
            return _around(gene, site, geometry, window), notes
        if self.kind == "region":
            return self._region(geometry, window), ()
        bins = parse_bins(self.text)
        if max(bins) >= geometry.n_bins:
            raise InputError(
                f"there is no bin {max(bins):,} in the output, which has {geometry.n_bins:,} bins",
                hint=f"They are numbered 0 to {geometry.n_bins - 1:,}; the nearest is {geometry.n_bins - 1:,}",
            )
        return bins, ()

    def site_in(self, window: Window) -> int | None:
        """The 0-based start site that a gene's place stands for, on the reference; None for a region or bins.

        Raises:
            InputError: The gene is unknown, or there are no genes.
        """
        return self._gene(window)[1].start if self.kind == "gene" else None

    def _gene(self, window: Window) -> tuple[Gene, Interval, tuple[str, ...]]:
        """The gene, the first base of its canonical transcript, and notes."""
        assembly = window.assembly
        if assembly is None or assembly.genes is None:
            what = "a pasted sequence has none" if assembly is None else f"{assembly.name} has none"
            raise InputError(
                f"the gene {shown(self.text)} cannot be looked up without gene annotation, and {what}",
                hint="Name output bins (447-449) or a region instead, or give a GTF file of genes",
            )
        gene, notes = assembly.genes.lookup(self.text)
        return gene, Interval(assembly.contig(gene.chrom), gene.tss, gene.tss + 1), notes

    def _region(self, geometry: Geometry, window: Window) -> tuple[int, ...]:
        from .question import located

        region = located(window, self.text)
        return region_bins(region, window.interval, window.output, geometry.bin_size, window.coordinates)


def _around(gene: Gene, site: Interval, geometry: Geometry, window: Window) -> tuple[int, ...]:
    """The bin with a start site and one to either side."""
    centre = f"Centre the window on it by asking for {gene.symbol}"
    try:
        (middle,) = region_bins(site, window.interval, window.output, geometry.bin_size, window.coordinates)
    except LocusError as exc:
        on_it = site.chrom == window.output.chrom
        first = 0 if site.start < window.output.start else geometry.n_bins - 3
        nearest = f"; the nearest three bins are {format_bins(_three(first, geometry))}" if on_it else ""
        where = f"the start site of {gene.symbol}"
        raise LocusError(exc.what, where=where, hint=f"{centre}{nearest}") from exc
    if not 1 <= middle < geometry.n_bins - 1:
        raise InputError(
            f"the start site of {gene.symbol} is in bin {middle:,}, at the edge of the output, which has bins 0 to "
            f"{geometry.n_bins - 1:,}",
            hint=f"{centre}; the nearest three bins are {format_bins(_three(middle - 1, geometry))}",
        )
    return (middle - 1, middle, middle + 1)


def _three(first: int, geometry: Geometry) -> range:
    """Three bins from ``first`` on, moved into the output."""
    start = max(min(first, geometry.n_bins - 3), 0)
    return range(start, min(start + 3, geometry.n_bins))
