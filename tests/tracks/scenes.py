"""A scene of two tracks, with and without edits, for sessions, hubs and figures."""

from __future__ import annotations

from xml.etree import ElementTree

from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.tracks.signal_files import Scene, SignalFile, SignalGroup

NASTY = 'a "b" <c> & 100% $x^$ {d} \u2212'
DELETION = Variant("chr11", 5_000_100, "A" + "C" * 300, "A")


def group(name: str, file: str, *, is_edited: bool) -> SignalGroup:
    reference = SignalFile(f"reference/{file}.bw", f"{name}, reference", "#2a9d6f")
    if not is_edited:
        return SignalGroup(name, reference)
    edited = SignalFile(f"edited/{file}.bw", f"{name}, edited", "#D55E00")
    return SignalGroup(
        name, reference, edited, SignalFile(f"difference/{file}.bw", f"{name}, difference", "#D55E00", "#0072B2")
    )


def scene(*, is_edited: bool = True, chrom: str = "chr11", name: str = NASTY) -> Scene:
    groups = (group(name, "a", is_edited=is_edited), group("CAGE erythroid", "b", is_edited=is_edited))
    return Scene(f"Title {name}", Interval(chrom, 4_999_999, 5_001_999), groups, (DELETION,) if is_edited else ())


def xml(text: str) -> ElementTree.Element:
    """The root of a text that we wrote ourselves."""
    return ElementTree.fromstring(text)  # noqa: S314
