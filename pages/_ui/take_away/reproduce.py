"""A Python script and a shell script that make the bigWigs of a result again.

On a like machine the bytes are the same, if the same windows were asked for in the same order: a predictor computes
only the part of a window that none before it has, and sums in another order round otherwise, in the seventh digit.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from enformer_core.errors import EnformerError
from enformer_core.genome.edit import Edit
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.genome.registry import registered
from enformer_core.genome.sequence import parse_sequence
from enformer_core.genome.variant import Variant
from enformer_core.inference.placing import place_edits
from enformer_core.inference.tiling import ONE
from enformer_core.inference.window import Window
from enformer_core.settings import Settings
from enformer_core.tracks.signal_files import one_line

from ..state import Result

PASTED = "sequence/pasted.fa"
OUT = "reproduced"
_LONGEST_TEXT = 200  # of a variant on the command line

_SCRIPT = '''\
"""Make the bigWigs of this folder again, with enformer-browser {version}: python reproduce.py

{about}
"""

from pathlib import Path

import pyBigWig

import enformer_core as ec
{imports}
HERE = Path(__file__).resolve().parent
MADE = HERE / "{out}"


def main():
    predictor = ec.Predictor.from_pretrained(
        {model!r}, assembly={assembly!r}, device={device!r}, precision={precision!r}
    )
    if predictor.weights_sha256 != {weights!r}:
        raise SystemExit("This is another model: its weights have another checksum.")
{where}
    chosen = {{"tracks": {tracks!r}, "head": {head!r}, "averaging": {averaging!r}{tiles}}}
    reference = predictor.predict(where, **chosen)
{edited}    predictor.close()
    MADE.mkdir(exist_ok=True)
    files = reference.to_bigwig(MADE / "reference", overwrite=True)
{written}    for made in files:
        name = made.relative_to(MADE)
        print(name, compared(made, HERE / name) if (HERE / name).is_file() else "has nothing beside it")


def compared(made, there):
    if made.read_bytes() == there.read_bytes():
        return "is the same, byte for byte"
    ours, theirs = (pyBigWig.open(str(path)) for path in (made, there))
    chrom = {chrom!r}
    pairs = list(zip(ours.intervals(chrom), theirs.intervals(chrom), strict=True))
    if any(mine[:2] != other[:2] for mine, other in pairs):
        return "has other bins"
    return f"differs by {{max(abs(mine[2] - other[2]) for mine, other in pairs):.2g}} at most"


main()
'''

_EDITED = """\
    edits = [
{edits}
    ]
    edited = predictor.predict(where, edits=edits, **chosen)
"""

_WRITTEN = """\
    files += edited.to_bigwig(MADE / "edited", overwrite=True)
    files += write_differences(reference, edited, MADE / "difference", overwrite=True)
"""

_SHELL = """\
#!/bin/sh
# Make the bigWigs of this folder again, with enformer-browser {version}: sh reproduce.sh
# {about}
set -e
cd "$(dirname "$0")"
mkdir -p {out}
{lines}
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """How a model and an assembly are asked for again.

    Attributes:
        model: Registered name, folder or repository id.
        assembly: Registered name or FASTA file; empty for a pasted sequence.
    """

    model: str
    assembly: str


def sources(result: Result, settings: Settings) -> Sources:
    """What to ask for. Where other people reach the app, only the last part of a path is told."""
    model, assembly = result.prediction.provenance.model, result.window.assembly
    if model not in registered("model", settings) and Path(model).is_dir():
        model = Path(model).name if settings.hosted else str(Path(model).resolve())
    if assembly is None:
        return Sources(model, "")
    entry = registered("assembly", settings).get(assembly.name)
    if entry is not None and entry.file("fasta") == assembly.path:
        return Sources(model, assembly.name)
    return Sources(model, assembly.path.name if settings.hosted else str(assembly.path.resolve()))


def python_script(result: Result, found: Sources) -> str:
    """A script that makes reference, edited and difference, and says which files are the same as those beside it."""
    facts, window = result.prediction.provenance, result.window
    imports, edited, written = [], "", ""
    if window.sequence is not None:
        imports.append("from enformer_core.genome.sequence import parse_sequence")
        where = f'    where = parse_sequence((HERE / "{PASTED}").read_text(encoding="utf-8"), limit=2_000_000)'
    else:
        asked = _asked(window)
        place = f"ec.Interval({asked.chrom!r}, {asked.start}, {asked.end})"
        where = f"    where = {place}  # 0-based; as text {_comment(format_locus(asked))}"
    if result.edited is not None:
        imports.append("from enformer_core.inference.difference import write_differences")
        written = _WRITTEN
        edited = _EDITED.format(edits="\n".join(f"        {_python_variant(edit)}," for edit in window.edits))
    return _SCRIPT.format(
        version=facts.version,
        about=_about(result),
        imports="".join(f"{line}\n" for line in imports),
        out=OUT,
        model=found.model,
        assembly=found.assembly or None,
        device=_device(result),
        precision=facts.precision,
        weights=facts.weights_sha256,
        where=where,
        tracks=_tracks(result),
        head=facts.head,
        averaging=facts.averaging,
        tiles="" if window.tiles == ONE else f', "tiles": {window.tiles!r}',
        edited=edited,
        written=written,
        chrom=window.interval.chrom,
    )


def shell_script(result: Result, found: Sources, more: Sequence[str] = ()) -> str:
    """The command line for the reference, and with edits the one for the edited window.

    What the command line cannot say, such as an insertion of hundreds of bases, is left to the Python script, and a
    comment says so.

    Args:
        result: What was predicted.
        found: How the model and the assembly are asked for.
        more: Lines that make other files, such as explanations.
    """
    lines = []
    for name, command in commands(result, found).items():
        if command is None:
            lines.append(f"# {name}/ cannot be asked for on a command line: see reproduce.py")
        else:
            lines.append(shlex.join(command))
    if result.edited is not None:
        lines.append(
            "# difference/ is made by reproduce.py. What is made here for edited/ may differ in the seventh digit:"
        )
        lines.append("# one window alone is summed up in another order than one after the reference.")
    lines += more
    return _SHELL.format(
        version=result.prediction.provenance.version, about=_about(result), out=OUT, lines="\n".join(lines)
    )


def asking(result: Result, found: Sources, edits: Sequence[Variant]) -> list[str] | None:
    """The options that ask for the single window of a result with some edits; None where a command line cannot.

    Model, assembly, place, edits, device and precision, as every verb that asks a model takes them.
    """
    place = _place(result.window)
    texts = [_typed(edit, result.window) for edit in edits]
    if not place or not all(texts):
        return None
    options = ["--model", found.model, *(["--assembly", found.assembly] if found.assembly else []), *place]
    for text in texts:
        options += ["--edit", text]
    return [*options, "--device", _device(result), "--precision", result.prediction.provenance.precision]


def commands(result: Result, found: Sources) -> dict[str, list[str] | None]:
    """By folder, the arguments that make its bigWigs; None where a command line cannot say what is asked."""
    place, window = _place(result.window), result.window
    edits = [_typed(edit, window) for edit in window.edits]
    texts = [text for text in edits if text]
    found_commands = {"reference": _command(result, found, place, [], "reference") if place else None}
    if result.edited is not None:
        is_typed = place and len(texts) == len(edits)
        found_commands["edited"] = _command(result, found, place, texts, "edited") if is_typed else None
    return found_commands


def _command(result: Result, found: Sources, place: list[str], edits: list[str], name: str) -> list[str]:
    facts = result.prediction.provenance
    command = ["enformer-browser", "predict", "--model", found.model]
    command += ["--assembly", found.assembly] if found.assembly else []
    command += place
    for edit in edits:
        command += ["--edit", edit]
    command += ["--tracks", ",".join(map(str, _tracks(result))), "--head", facts.head]
    command += ["--averaging", facts.averaging] if facts.averaging != "none" else []
    left, right = result.window.tiles
    command += ["--tiles", f"{left},{right}"] if (left, right) != ONE else []
    return [*command, "--device", _device(result), "--precision", facts.precision, "--force", "--out", f"{OUT}/{name}"]


def _place(window: Window) -> list[str]:
    """The options that ask for a window, read back to be sure; none where there are no such options."""
    try:
        if window.sequence is not None:
            again = parse_sequence(f">{window.sequence.name}\n{window.sequence.bases}\n")
            is_same = (again.name, again.bases) == (window.sequence.name, window.sequence.bases)
            return ["--sequence", PASTED] if is_same else []
        text = format_locus(_asked(window))
        is_same = window.assembly is not None and window.assembly.locate(text) == _asked(window)
        return ["--locus", text] if is_same else []
    except EnformerError:
        return []


def _asked(window: Window) -> Interval:
    """A locus around which the window is read that was asked for: what it predicts, or the base in its middle."""
    (interval, output), length = (window.core.interval, window.core.output), window.contigs[window.interval.chrom]
    center = interval.center
    if output.center == center and output.start >= 0 and output.end <= length:
        return output
    return Interval(output.chrom, center, center + 1)


def _typed(edit: Variant, window: Window) -> str:
    """A text that the command line reads as this very edit; empty where there is none."""
    smallest = Edit.of(edit)
    deletion = f"{edit.chrom}:g.{smallest.start + 1}_{smallest.end}del{'ins' if smallest.alt else ''}{smallest.alt}"
    for text in (str(edit), deletion):
        try:
            is_same = window.assembly and place_edits([text], window.assembly) == (Variant(*_alleles(edit)),)
        except EnformerError:
            continue
        if is_same and len(text) <= _LONGEST_TEXT:
            return text
    return ""


def _alleles(edit: Variant) -> tuple[str, int, str, str]:
    return edit.chrom, edit.pos, edit.ref, edit.alt


def _python_variant(edit: Variant) -> str:
    return f"ec.Variant({', '.join(map(repr, _alleles(edit)))})"


def _tracks(result: Result) -> list[int]:
    return [track.target_index for track in result.prediction.tracks]


def _device(result: Result) -> str:
    """``cpu``, ``cuda`` or ``mps``, without the card's name."""
    return (result.prediction.provenance.device or "auto").split()[0]


def _about(result: Result) -> str:
    facts = result.prediction.provenance
    text = f"{result.subject}, window {facts.window}" + (", SIMULATED" if facts.simulated else "")
    return _comment(text)


def _comment(text: str) -> str:
    """Text from outside on one line of ASCII, with nothing that could end a comment or a docstring."""
    line = one_line(text).replace("\\", "/").replace('"', "'")
    return line.encode("ascii", "replace").decode()[:300]
