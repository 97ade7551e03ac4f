"""A UCSC track hub over bigWigs: three small text files that go to a web server with them."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from ..errors import InputError, shown
from ..genome.known_assemblies import KNOWN
from .signal_files import Scene, SignalFile, SignalGroup, plain_line, rgb

HUB = "hub.txt"
MAIL = "you@example.org"
"""UCSC asks for an address; whoever puts the hub on a server writes their own."""
_SHORT = 17  # characters of a short label that UCSC shows
_HEIGHTS = "100:50:8"


def can_hold(genome: str, chrom: str) -> bool:
    """Whether UCSC has this assembly, and calls this chromosome so."""
    return chrom in KNOWN.get(genome, {})


def hub_files(scene: Scene, genome: str) -> dict[str, str]:
    """The texts of a hub by their paths: ``hub.txt``, ``genomes.txt`` and ``<genome>/trackDb.txt``.

    A track and its edited version are drawn over each other in one ``multiWig``; the difference stands below. What has
    a number for each base is drawn as letters (``logo on``).

    Args:
        scene: What is shown; the paths of its files count from the folder of ``hub.txt``.
        genome: UCSC's name of the assembly.

    Raises:
        InputError: UCSC has no such assembly, or calls the chromosome otherwise.
    """
    if not can_hold(genome, scene.view.chrom):
        raise InputError(
            f"UCSC has no {scene.view.chrom} in an assembly {shown(genome)}",
            hint=f"A hub can be made for {', '.join(sorted(KNOWN))}, with chromosomes named as chr1",
        )
    title = plain_line(scene.title)
    hub = {"hub": "enformer_browser", "shortLabel": "Enformer Browser", "longLabel": title}
    hub |= {"genomesFile": "genomes.txt", "email": MAIL}
    place = {"genome": genome, "trackDb": f"{genome}/trackDb.txt", "defaultPos": scene.locus}
    stanzas = [stanza for number, group in enumerate(scene.groups, start=1) for stanza in _group(number, group)]
    stanzas += [
        _explanation(number, len(scene.groups), file) for number, file in enumerate(scene.explanations, start=1)
    ]
    return {
        HUB: _text([hub]),
        "genomes.txt": _text([place]),
        f"{genome}/trackDb.txt": _text(stanzas),
    }


def _group(number: int, group: SignalGroup) -> Iterable[dict[str, str]]:
    key = f"track{number}"
    labels = {"shortLabel": plain_line(group.name)[:_SHORT].strip(), "longLabel": plain_line(group.name)}
    shared = _shared(number)
    if group.edited is None:
        yield {"track": key, **_signal(group.reference), **shared}
    else:
        container = {"container": "multiWig", "aggregate": "transparentOverlay", "showSubtrackColorOnUi": "on"}
        yield {"track": key, "type": "bigWig", **container, **labels, **shared}
        yield {"track": f"{key}_reference", "parent": key, **_signal(group.reference)}
        yield {"track": f"{key}_edited", "parent": key, **_signal(group.edited)}
    if group.difference is not None:
        yield {"track": f"{key}_difference", **_signal(group.difference), **shared}


def _explanation(number: int, below: int, file: SignalFile) -> dict[str, str]:
    letters = {"logo": "on"} if file.letters else {}
    return {"track": f"explanation{number}", **_signal(file), **letters, **_shared(below + number)}


def _shared(priority: int) -> dict[str, str]:
    return {"visibility": "full", "autoScale": "on", "maxHeightPixels": _HEIGHTS, "priority": str(priority)}


def _signal(file: SignalFile) -> dict[str, str]:
    name = plain_line(file.name)
    return {
        "type": "bigWig",
        "bigDataUrl": f"../{quote(file.path)}",  # from the folder of trackDb.txt
        "shortLabel": name[:_SHORT].strip(),
        "longLabel": name,
        "color": rgb(file.color),
        "altColor": rgb(file.negative_color or file.color),
    }


def _text(stanzas: Iterable[dict[str, str]]) -> str:
    """Stanzas of ``key value`` lines with an empty line between them."""
    return "\n".join("".join(f"{key} {value}\n" for key, value in stanza.items()) for stanza in stanzas)
