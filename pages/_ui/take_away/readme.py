"""``README.txt``: what lies in the folder, how it is opened, and how it is to be read."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Sequence

from enformer_core.errors import EnformerError
from enformer_core.inference.difference import RULE
from enformer_core.tracks import figure_ini
from enformer_core.tracks.signal_files import Scene, edit_name, one_line

from ..state import Result
from . import signals

_WIDTH = 96
_LINES: tuple[tuple[str, str], ...] = (
    ("reference/", "Predictions of the reference, one bigWig per track; .bedGraph, if there: the same as text."),
    ("edited/", "Predictions with the edits, placed on the reference."),
    ("difference/", "Edited minus reference; see below."),
    (
        "explanations/",
        "Why the model predicts this: .npz has the arrays, .tsv the same as text, .bw one number a base, on the "
        "reference. explanations.json says what each is and how it was made; see below.",
    ),
    ("sequence/reference.fa", "The bases that the model read; off the chromosome they are N."),
    ("sequence/edited.fa", "The bases that the model read with the edits, in a window of the same length."),
    ("sequence/pasted.fa", "The whole sequence as it was pasted, cleaned."),
    ("edits.vcf", "The edits, all on one haplotype."),
    ("igv_session.xml", "For IGV desktop: File > Open Session. Leave it beside its folders."),
    (
        "igvjs_session.json",
        "For igv.js and the IGV web application. Its addresses count from the page that shows it: put the folder "
        "there. A genome that IGV does not know must lie beside it, with its index.",
    ),
    (
        "hub.txt",
        "A UCSC track hub: put the whole folder on a web server, write your address after 'email', and give UCSC the "
        "address of hub.txt (My Data > Track Hubs > Connected Hubs).",
    ),
    ("tracks.ini", "For pyGenomeTracks; the command stands below."),
    ("edits.bed", "Where the edits are, for the figure."),
    ("figure.svg", "The figure, with text that can be edited; .pdf: the same for print."),
    ("reproduce.py", "A Python script that makes the bigWigs again, and compares them with these."),
    ("reproduce.sh", "Reference and edited from the command line; the edited numbers may differ in the seventh digit."),
    ("provenance.json", "Model, weights, assembly, window and edits: enough to make all this again."),
)  # fmt: skip


def text(
    result: Result, scene: Scene, names: Sequence[str], left_out: Iterable[str], explanations: Sequence[str] = ()
) -> str:
    """The file's text.

    Args:
        result: What was predicted.
        scene: What sessions and figures show.
        names: The files of the folder, with ``/``.
        left_out: What could not be made, and why.
        explanations: A line on each.
    """
    facts = result.prediction.provenance
    pieces = [scene.title, "=" * min(len(scene.title), _WIDTH), ""]
    pieces += [_wrapped(line) for line in signals.about(facts)]
    if result.window.edits:
        pieces += ["", "Edits (chromosome, 1-based position):"]
        pieces += [f"  {number}. {edit_name(edit)}" for number, edit in enumerate(result.window.edits, start=1)]
    pieces += ["", "Files", "-----"]
    for name, about in _LINES:
        if name in names or any(other.startswith(name) for other in names if name.endswith("/")):
            pieces += [name, _wrapped(about, "    ")]
    pieces += ["", "Positions", "---------", _wrapped(_POSITIONS)]
    if result.edited is not None:
        pieces += ["", "Difference", "----------", _wrapped(RULE)]
    if explanations:
        pieces += ["", "Explanations", "------------", *map(_wrapped, explanations), "", _wrapped(_EXPLAINED)]
    pieces += ["", "Figure", "------", *_drawing(scene)]
    if notes := [one_line(note) for note in left_out]:
        pieces += ["", "Not in here", "-----------", *(_wrapped(note) for note in notes)]
    return "\n".join(pieces) + "\n"


_EXPLAINED = (
    "A contribution is gradient x input: how much a base as it is adds to the target, to first order. The bigWig of a "
    "mutagenesis map has minus the mean effect of the three substitutions; that of a deletion scan minus the effect of "
    "blanking what covers a base. Above 0 a base supports the target. Recent IGV (desktop and igv.js) and UCSC "
    "draw contributions and mutagenesis as letters when zoomed in to bases. Attention says where the model looks, not "
    "what it makes of it."
)
_POSITIONS = (
    "bigWig, bedGraph and BED count bases from 0 and leave the end out; VCF, FASTA headers, file names, sessions and "
    "this text count from 1 with both ends. Values are on the model's scale, one for each bin."
)


def _drawing(scene: Scene) -> list[str]:
    """How to draw the figure; the command on one line, to be copied."""
    try:
        command = shlex.join(["pyGenomeTracks", *figure_ini.arguments(scene.view, "figure.svg")])
    except EnformerError as exc:
        return [_wrapped(f"No command: {exc}.")]
    return ["In this folder; end it in .pdf or .png for those:", f"    {command}"]


def _wrapped(line: str, indent: str = "") -> str:
    found = textwrap.wrap(
        line, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(found)
