"""What is explained now: the window on view, and the target that was chosen in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.errors import EnformerError
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.inference.tiling import ONE
from enformer_core.settings import Settings

from .. import links, problems, running, search, services, tour, track_inputs
from ..picture import track_name
from ..state import Result, Session
from ..words import cut, listed

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window
    from enformer_core.interpret.target import Target
    from enformer_core.tracks.table import TrackTable

    from .asked import Asked

_AROUND = 1  # bins to either side of the middle one, where a gene's start site is


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is explained.

    Attributes:
        predictor: Who is asked.
        window: What the model reads: one window, with the edits or without them.
        head: Of the model.
        table: All tracks of the head.
        target: The number that is explained.
        where: The target's bins in words, such as ``ERYA3 (bins 447-449)``.
        name: What the window is called, such as the gene that was asked.
    """

    predictor: Predictor
    window: Window
    head: str
    table: TrackTable
    target: Target
    where: str
    name: str = ""

    @property
    def what(self) -> str:
        """The target's tracks in words: ``CAGE erythroid``."""
        plus, minus = (_named(self.table, tracks) for tracks in (self.target.tracks, self.target.minus_tracks))
        return f"{plus} less {minus}" if minus else plus

    @property
    def unit(self) -> str:
        """Of the target's value."""
        return {"mean": "coverage", "sum": "coverage", "log_ratio": "log2 coverage"}[self.target.reduction]

    @property
    def change_unit(self) -> str:
        """Of a difference between two sequences."""
        return "log2 fold change" if self.target.reduction == "log_ratio" else "coverage"

    @property
    def edits(self) -> int:
        """How many edits the explained sequence has."""
        return len(self.window.edits)

    @property
    def site(self) -> int:
        """The middle of the target's bins, in positions of the window: a gene's start site for the usual target."""
        numbers = sorted(self.target.bins)
        return self.window.output.start + numbers[len(numbers) // 2] * self.predictor.geometry.bin_size

    @property
    def reference_site(self) -> int:
        """The same on the reference, 0-based."""
        coordinates, start = self.window.coordinates, self.window.interval.start
        return self.site if coordinates is None else int(coordinates.to_ref(self.site - start))

    @property
    def reference_window(self) -> Interval:
        """The reference bases that the window reads, 0-based, as far as its contig goes."""
        place, window = self._on_reference(self.window.interval), self.window
        return Interval(place.chrom, max(place.start, 0), min(place.end, window.contigs[place.chrom]))

    def places_of(self, bins: tuple[int, ...]) -> tuple[Interval, ...]:
        """Where output bins lie on the reference, 0-based, one stretch for each run of them."""
        size, output = self.predictor.geometry.bin_size, self.window.output
        found: list[Interval] = []
        for number in sorted(bins):
            low = output.start + number * size
            if found and found[-1].end == low:
                found[-1] = Interval(output.chrom, found[-1].start, low + size)
            else:
                found.append(Interval(output.chrom, low, low + size))
        return tuple(self._on_reference(place) for place in found)

    def _on_reference(self, place: Interval) -> Interval:
        coordinates, start = self.window.coordinates, self.window.interval.start
        if coordinates is None:
            return place
        low, high = (int(coordinates.to_ref(x - start)) for x in (place.start, place.end))
        return Interval(place.chrom, low, max(high, low + 1))


def make(
    asked: Asked, predictor: Predictor, window: Window, head: str, tracks: tuple[int, ...], name: str = ""
) -> Subject:
    """Put together what is explained.

    Args:
        asked: The choices.
        predictor: Who is asked.
        window: On view; of several windows side by side the one that was asked for is explained.
        head: Of the model.
        tracks: On view, in order; the first one is explained unless others were chosen.
        name: What the window is called.

    Raises:
        InputError: The place cannot be read, or lies outside the output window.
        TrackError: The head has no such track.
    """
    from enformer_core.interpret.question import head_of
    from enformer_core.interpret.target import Target

    explained = one_window(window, with_edits=asked.of != "reference")
    bins, where = _place(asked.place, predictor, explained, name)
    target = Target(asked.tracks or tracks[:1], bins, asked.reduction, asked.minus, head)
    head_of(predictor, target)
    return Subject(predictor, explained, head, predictor.tracks(head), target, where, name)


def of_result(
    state: Session, predictor: Predictor, result: Result, head: str, tracks: tuple[int, ...]
) -> Subject | EnformerError:
    """What is explained of the picture on view, or why nothing can be."""
    try:
        return make(state.explain, predictor, result.window, head, tracks, result.subject)
    except EnformerError as error:
        return error


def one_window(window: Window, *, with_edits: bool = True) -> Window:
    """The window that was asked for, alone, with the edits that lie in it or without any."""
    core, haplotype = window.core, window.haplotype
    if haplotype is None or not with_edits:
        return replace(window, interval=core.interval, output=core.output, haplotype=None, tiles=ONE)
    if window.tiles == ONE:
        return window
    inside = tuple(
        e for e in haplotype.edits if core.interval.start < e.pos and e.pos - 1 + len(e.ref) <= core.interval.end
    )
    anchor = core.interval.center if haplotype.anchor is None else haplotype.anchor
    kept = Haplotype(core.interval, inside, anchor) if inside else None
    return replace(window, interval=core.interval, output=core.output, haplotype=kept, tiles=ONE)


def of_page(state: Session, settings: Settings) -> Subject | None:
    """What is explained on a page other than Browse, which shows the same question; None where it must be asked first.

    What is missing is drawn, with a way to Browse.
    """
    links.adopt(state, settings)
    choice = services.current_choice(state, settings)
    around = services.companions(choice, settings)
    tour.begin(state, choice, around.examples)
    if not choice.model:
        st.info("No model is chosen yet.")
        _to_browse()
        return None
    predictor = running.predictor(choice, settings)
    if predictor is None:
        return None
    head = predictor.head(state.head if state.head in predictor.heads else None)
    table = predictor.tracks(head)
    tour.put_on_view(state, table)
    tracks = state.tracks = track_inputs.usable(state, table)
    links.write(state, settings)
    is_asked = bool(state.text.strip())
    found = search.resolve(state, predictor) if is_asked else None
    if found is None:
        if not is_asked:
            st.info("Ask for a gene, a locus, a variant or a sequence first.")
        _to_browse()
        return None
    tour.look_at(state, predictor, found[0])
    try:
        return make(state.explain, predictor, found[0], head, tracks, found[1])
    except EnformerError as error:
        problems.show(error)
        st.button("Explain the middle of the window", key="usual-target", on_click=_usual, args=(state,))
        return None


def _usual(state: Session) -> None:
    state.explain = replace(state.explain, place="", tracks=(), minus=())


def _to_browse() -> None:
    st.page_link("pages/browse.py", label="Browse", icon=":material/search:")


def _place(text: str, predictor: Predictor, window: Window, name: str) -> tuple[tuple[int, ...], str]:
    """The output bins of a place, and what to call them."""
    from enformer_core.interpret.bins import format_bins
    from enformer_core.interpret.places import Place

    geometry = predictor.geometry
    if not text:
        middle = geometry.n_bins // 2
        bins = tuple(range(max(middle - _AROUND, 0), min(middle + _AROUND + 1, geometry.n_bins)))
        called = f"the start of {name}" if _starts_here(window, geometry.bin_size, name) else "the middle"
    else:
        place = Place.parse(text)
        bins, _ = place.bins_in(geometry, window)
        called = {"gene": f"the start of {place.text}", "region": place.text, "bins": ""}[place.kind]
    numbers = f"bin{'s' if len(bins) > 1 else ''} {format_bins(bins).replace('-', '–')}"
    return bins, f"{cut(called, 60)} ({numbers})" if called else numbers


def _starts_here(window: Window, bin_size: int, name: str) -> bool:
    """Whether the gene that a window is called after starts in its middle bin."""
    genes = window.assembly.genes if window.assembly else None
    if genes is None:
        return False
    middle = window.interval.center
    near = genes.overlapping(Interval(window.interval.chrom, middle - bin_size, middle + bin_size))
    symbol = name.split(" (")[0]
    return any(gene.symbol == symbol and any(t.tss == middle for t in gene.transcripts) for gene in near)


def _named(table: TrackTable, tracks: tuple[int, ...]) -> str:
    names = [f"{track_name(table[index])} {table[index].biosample}".strip() for index in tracks[:3]]
    more = len(tracks) - 3
    return f"{', '.join(names)} and {more} more" if more > 0 else listed(names)
