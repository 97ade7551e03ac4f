"""Sessions for IGV: XML for the desktop program, JSON for igv.js and the IGV web application.

Both name the bigWigs relative to their own place: IGV desktop takes a path from the session's folder, igv.js a URL from
the page that shows it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote
from xml.etree import ElementTree

from .signal_files import Scene, SignalFile, edit_name, one_line, rgb

_VERSION = "8"  # of IGV's XML, as its writer states it
_LANE_PX = 60
_EDIT_COLOR = "rgba(213,94,0,0.25)"


@dataclass(frozen=True, slots=True)
class IgvGenome:
    """The genome that a session opens on.

    Attributes:
        name: An id that IGV knows, such as ``hg38``, or any name where a FASTA file is given.
        fasta: Path of an indexed FASTA file, relative to the session or not; empty for a genome that IGV knows.
    """

    name: str
    fasta: str = ""

    def reference(self) -> dict[str, str]:
        """As igv.js takes it: an id alone, or files below the page, or beside it where the path is absolute."""
        if not self.fasta:
            return {"id": self.name}
        path = PurePosixPath(self.fasta)
        file = quote(path.name if path.is_absolute() else str(path))
        found = {"id": self.name, "name": self.name, "fastaURL": file, "indexURL": f"{file}.fai"}
        if path.suffix in (".gz", ".bgz"):
            found["compressedIndexURL"] = f"{file}.gzi"
        return found


def xml_session(scene: Scene, genome: IgvGenome, *, edits_file: str = "") -> str:
    """A session for IGV desktop.

    Args:
        scene: What is shown. Each group scales together, and its difference by itself.
        genome: What it opens on; with a FASTA file, its path.
        edits_file: Path of a VCF of the edits; empty for none.
    """
    root = ElementTree.Element("Session", {"genome": one_line(genome.fasta or genome.name)})
    root.set("locus", scene.locus)
    root.set("nextAutoscaleGroup", str(2 * len(scene.groups) + len(scene.explanations) + 1))
    root.set("version", _VERSION)
    resources = ElementTree.SubElement(root, "Resources")
    panel = ElementTree.SubElement(root, "Panel", {"name": "DataPanel", "height": "600", "width": "1200"})
    if edits_file:
        ElementTree.SubElement(resources, "Resource", {"path": edits_file, "type": "vcf"})
        ElementTree.SubElement(panel, "Track", {"id": edits_file, "name": "Edits", "visible": "true"})
    for file, scale in _scaled(scene):
        ElementTree.SubElement(resources, "Resource", {"path": file.path, "type": "bigwig"})
        _xml_track(panel, file, scale)
    if scene.edits:
        regions = ElementTree.SubElement(root, "Regions")
        for edit in scene.edits:  # 0-based and half-open, as IGV's own region files
            place = {"chromosome": edit.chrom, "start": str(edit.start), "end": str(edit.end)}
            ElementTree.SubElement(regions, "Region", place | {"description": edit_name(edit)})
    ElementTree.indent(root, "    ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n{text}\n'


def json_session(scene: Scene, genome: IgvGenome, *, edits_file: str = "") -> str:
    """A session for igv.js (``browser.loadSession``) and the IGV web application; see ``xml_session``."""
    tracks: list[dict[str, object]] = []
    if edits_file:
        facts = {"name": "Edits", "type": "variant", "format": "vcf", "url": quote(edits_file), "indexed": False}
        tracks.append({**facts, "order": 0})
    for order, (file, scale) in enumerate(_scaled(scene), start=1):
        tracks.append(_json_track(file, scale, order))
    session: dict[str, object] = {"name": one_line(scene.title), "reference": genome.reference()}
    session |= {"locus": scene.locus, "tracks": tracks}
    if scene.edits:
        places = [
            {"chr": edit.chrom, "start": edit.start, "end": edit.end, "name": edit_name(edit)} for edit in scene.edits
        ]
        session["roi"] = [{"name": "Edits", "color": _EDIT_COLOR, "features": places}]
    return json.dumps(session, indent=2, ensure_ascii=False) + "\n"


def _scaled(scene: Scene) -> list[tuple[SignalFile, str]]:
    """Every file with the name of its scale: what a group predicts shares one, all others have their own."""
    scaled = []
    for i, group in enumerate(scene.groups):
        scaled += [(file, str(2 * i + 1)) for file in (group.reference, group.edited) if file]
        if group.difference:
            scaled.append((group.difference, str(2 * i + 2)))
    first = 2 * len(scene.groups) + 1
    return scaled + [(file, str(first + i)) for i, file in enumerate(scene.explanations)]


def _xml_track(panel: ElementTree.Element, file: SignalFile, scale: str) -> None:
    facts = {
        "id": file.path,
        "name": one_line(file.name),
        "color": rgb(file.color),
        "altColor": rgb(file.negative_color or file.color),
        "autoScale": "true",
        "autoscaleGroup": scale,
        "height": str(_LANE_PX),
        "renderer": "DYNSEQ" if file.letters else "BAR_CHART",
        "visible": "true",
        "windowFunction": "mean",
    }
    ElementTree.SubElement(panel, "Track", facts)


def _json_track(file: SignalFile, scale: str, order: int) -> dict[str, object]:
    letters = {"graphType": "dynseq"} if file.letters else {}
    return {
        "name": one_line(file.name),
        "type": "wig",
        **letters,
        "format": "bigwig",
        "url": quote(file.path),
        "color": f"rgb({rgb(file.color)})",
        "altColor": f"rgb({rgb(file.negative_color or file.color)})",
        "autoscale": True,
        "autoscaleGroup": scale,
        "height": _LANE_PX,
        "order": order,
    }
