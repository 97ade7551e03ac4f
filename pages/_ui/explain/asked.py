"""What a visitor wants explained, and by what. Plain texts: they come from widgets, links and saved files alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enformer_core.interpret.target import Reduction

#: The lanes that can be switched on, top to bottom.
LANES = ("contributions", "mutagenesis", "attention", "truth")
#: Which sequence is explained where there are edits; the first is the usual one.
SIDES = ("edited", "reference")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is explained, and which explanations are on view.

    Attributes:
        lanes: Some of ``LANES``.
        place: Output bins as ``Place.parse`` reads them; empty for the middle of the window, where a gene's start is.
        tracks: Target indices; none for the first lane on view.
        minus: Target indices whose value is subtracted.
        reduction: How one number is made of bins and tracks.
        of: ``edited`` or ``reference``: which sequence is explained where there are edits.
        interval: Bases to mutate, as locus text (1-based); empty for the strongest element.
        query: Where attention looks from, as ``place``; empty for the target's bins.
        layers: Whose attention, as the command line has them; empty for all.
        heads: Likewise.
    """

    lanes: frozenset[str] = field(default_factory=frozenset)
    place: str = ""
    tracks: tuple[int, ...] = ()
    minus: tuple[int, ...] = ()
    reduction: Reduction = "mean"
    of: str = "edited"
    interval: str = ""
    query: str = ""
    layers: str = ""
    heads: str = ""

    def elsewhere(self) -> Asked:
        """The same of another window: what names a place of this one falls away."""
        return replace(self, place="", interval="", query="")

    def showing(self, lane: str) -> Asked:
        """The same with this lane on view."""
        return replace(self, lanes=self.lanes | {lane})
