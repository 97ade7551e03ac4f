"""Fills a folder with all that a person takes away of a view. Equal results give equal files: none has a date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from enformer_core.errors import EnformerError
from enformer_core.genome.fasta_write import FastaRecord, fai_text, fasta_text
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus
from enformer_core.genome.vcf_write import vcf_text
from enformer_core.inference.export import PROVENANCE_FILE
from enformer_core.settings import Settings
from enformer_core.tracks import figure_ini, igv_session, ucsc_hub
from enformer_core.tracks.igv_session import IgvGenome
from enformer_core.tracks.signal_files import Scene, one_line

from ..state import Result
from . import explained, explained_commands, readme, reproduce, signals

if TYPE_CHECKING:
    from .explained import Explanation

EDITS_VCF, IGV_XML, IGV_JSON = "edits.vcf", "igv_session.xml", "igvjs_session.json"
FIGURES = ("figure.svg", "figure.pdf")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is taken along beside what always is.

    Attributes:
        bedgraph: The numbers as text too.
        figure: The figure drawn by pyGenomeTracks.
        view: What sessions and figures show; None for all that is predicted.
        explanations: Of the same window.
    """

    bedgraph: bool = False
    figure: bool = False
    view: Interval | None = None
    explanations: tuple[Explanation, ...] = ()


@dataclass(slots=True)
class _Folder:
    """The folder while it is filled, with a note for each thing that could not be made."""

    root: Path
    left_out: list[str] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def fill(root: Path, result: Result, wanted: Wanted, settings: Settings) -> None:
    """Write all files below an empty folder.

    Raises:
        InputError: No bin lies on the contig, or a figure is wanted where none can be drawn.
        JobTimeout: The figure took too long.
        EnformerError: A file cannot be written.
    """
    folder = _Folder(root)
    parts = signals.write(result, root)
    if wanted.bedgraph:
        signals.write_bedgraphs(result, parts, root)
    _sequences(folder, result)
    if result.window.edits:
        _edits(folder, result)
    taken = explained.write(result, wanted.explanations, root, folder.left_out)
    shown = tuple(one.shown for one in taken if one.shown)
    groups = signals.groups(result, parts)
    scene = Scene(_title(result), _view(result, wanted.view), groups, result.window.edits, shown)
    found = reproduce.sources(result, settings)
    _sessions(folder, result, scene, tells_paths=not settings.hosted)
    _hub(folder, result, scene)
    _figure(folder, scene, wanted.figure)
    folder.write("reproduce.py", reproduce.python_script(result, found))
    folder.write("reproduce.sh", reproduce.shell_script(result, found, explained_commands.lines(result, found, taken)))
    folder.write(PROVENANCE_FILE, (result.edited or result.prediction).provenance.to_json())
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    folder.write("README.txt", readme.text(result, scene, names, folder.left_out, explained.about(result, taken)))


def _sequences(folder: _Folder, result: Result) -> None:
    """What the model read, base by base; and a pasted sequence as it was pasted."""
    window = result.window
    where = format_locus(window.interval)
    name = f"{window.interval.chrom}_{window.interval.start + 1}_{window.interval.end}"
    facts = result.prediction.provenance
    of = one_line(facts.assembly or "pasted sequence") + (", simulated" if facts.simulated else "")
    bases = replace(window, haplotype=None).bases()
    record = FastaRecord(f"{name}_reference", bases, f"{where} (1-based) {of}")
    folder.write("sequence/reference.fa", fasta_text([record]))
    if result.edited is not None:
        n_edits = f"{len(window.edits)} edit{'s' * (len(window.edits) > 1)}"
        edited = FastaRecord(f"{name}_edited", window.bases(), f"{where} (1-based) {of}, with {n_edits}")
        folder.write("sequence/edited.fa", fasta_text([edited]))
    if window.sequence is not None:
        pasted = FastaRecord(window.sequence.name, window.sequence.bases)
        folder.write(reproduce.PASTED, fasta_text([pasted]))
        folder.write(f"{reproduce.PASTED}.fai", fai_text([pasted]))


def _edits(folder: _Folder, result: Result) -> None:
    window, facts = result.window, (result.edited or result.prediction).provenance
    if window.assembly is None:
        folder.left_out.append(f"{EDITS_VCF}: a pasted sequence has no assembly that a VCF could count on")
        return
    known = {name: getattr(facts, name) for name in ("model", "weights_sha256", "assembly_id", "window", "simulated")}
    source = f"Enformer Browser {facts.version}" + (" (simulated genome)" if facts.simulated else "")
    try:
        text = vcf_text(
            window.edits,
            window.contigs,
            window.assembly.fetch,
            assembly=facts.assembly,
            source=source,
            facts=known,
        )
    except EnformerError as exc:
        folder.left_out.append(f"{EDITS_VCF}: {exc}")
        return
    folder.write(EDITS_VCF, text)


def _sessions(folder: _Folder, result: Result, scene: Scene, *, tells_paths: bool) -> None:
    assembly = result.window.assembly
    if assembly is None:
        genome = IgvGenome(scene.view.chrom, reproduce.PASTED)
    elif assembly.build:
        genome = IgvGenome(assembly.build)
    else:
        genome = IgvGenome(assembly.name, str(assembly.path.resolve()) if tells_paths else assembly.path.name)
    edits = EDITS_VCF if (folder.root / EDITS_VCF).is_file() else ""
    folder.write(IGV_XML, igv_session.xml_session(scene, genome, edits_file=edits))
    folder.write(IGV_JSON, igv_session.json_session(scene, genome, edits_file=edits))


def _hub(folder: _Folder, result: Result, scene: Scene) -> None:
    assembly = result.window.assembly
    build = (assembly.build if assembly else None) or ""
    if not ucsc_hub.can_hold(build, scene.view.chrom):
        what = f"{assembly.name} with a chromosome {scene.view.chrom}" if assembly else "a pasted sequence"
        folder.left_out.append(
            f"UCSC hub (hub.txt): UCSC does not have {what}. To show these bigWigs there, make an assembly hub of the "
            "FASTA file first, and name them in its trackDb.txt"
        )
        return
    for name, text in ucsc_hub.hub_files(scene, build).items():
        folder.write(name, text)


def _figure(folder: _Folder, scene: Scene, is_wanted: bool) -> None:
    folder.write(figure_ini.INI, figure_ini.tracks_ini(scene))
    if scene.edits:
        folder.write(figure_ini.HIGHLIGHTS, figure_ini.highlights_bed(scene))
    if is_wanted:
        for name in FIGURES:
            figure_ini.draw(folder.root, scene.view, name)


def _view(result: Result, wanted: Interval | None) -> Interval:
    """What is to be shown, as far as it is predicted and lies on the contig."""
    starts, ends, _ = result.prediction.reference_bins()
    predicted = Interval(result.prediction.interval.chrom, int(starts[0]), int(ends[-1]))
    return (wanted and predicted.intersection(wanted)) or predicted


def _title(result: Result) -> str:
    facts = result.prediction.provenance
    title = f"Enformer Browser: {one_line(result.subject)}"
    if result.edited is not None:
        title += f", with {len(result.window.edits)} edit{'s' * (len(result.window.edits) > 1)}"
    return title + (" (simulated)" if facts.simulated else "")
