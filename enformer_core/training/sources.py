"""From a head's table in the configuration to opened things: assembly, tracks, their bigWigs, and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import EnformerError, FileError, SettingsError, shown
from ..genome.assembly import Assembly
from ..genome.examples import read_experiments
from ..genome.interval import Interval
from ..genome.registry import registered
from ..settings import Settings
from ..tracks.table import Track, TrackTable
from .config import Head, TrainingConfig

_MOST_LABELS = 12
_NO_FILE = frozenset({"", ".", "none", "-"})


@dataclass(frozen=True)
class Source:
    """What a head is trained on.

    Attributes:
        name: The head's name.
        assembly: Where the sequence comes from.
        tracks: One per output.
        targets: The targets table.
        files: One bigWig per track, in the same order.
        transform: ``soft``, ``hard`` or ``none``.
        train: 0-based intervals for training.
        valid: 0-based intervals for validation.
    """

    name: str
    assembly: Assembly
    tracks: TrackTable
    targets: Path
    files: tuple[Path, ...]
    transform: str
    train: tuple[Interval, ...]
    valid: tuple[Interval, ...]

    @property
    def contigs(self) -> list[str]:
        """The contigs that intervals lie on."""
        return sorted({interval.chrom for interval in (*self.train, *self.valid)})


def open_source(name: str, head: Head, folder: Path, settings: Settings) -> Source:
    """Open what a head names; relative paths are looked for below ``folder``.

    Raises:
        SettingsError: Training and validation overlap, or an interval cannot be read.
        FileError: A file is missing or cannot be used.
    """
    where = f"head {name}"
    assembly = _open_assembly(head.assembly, folder, settings)
    targets = folder / head.targets
    tracks = TrackTable.read(targets)
    files = _bigwigs(targets, tracks, head, folder, settings)
    train = _intervals(head.train, assembly, folder, f"{where}, train")
    valid = _intervals(head.valid, assembly, folder, f"{where}, valid")
    for one in train:
        for other in valid:
            if one.overlaps(other):
                raise SettingsError(
                    f"training and validation share bases of {one.chrom}",
                    where=where,
                    hint="Keep them apart, or the validation says nothing",
                )
    return Source(name, assembly, tracks, targets, files, head.transform, train, valid)


def labels_by_head(sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """Per head what each track is counted under: its assay and, where few differ, its ChIP target.

    The head is named where there are several.
    """
    found = {name: _labels(source.tracks) for name, source in sources.items()}
    return found if len(found) == 1 else {name: [f"{name}:{x}" for x in own] for name, own in found.items()}


def check_names(config: TrainingConfig, sources: Mapping[str, Source], labels: Mapping[str, list[str]]) -> None:
    """Every name of a track that a configuration uses must mean one.

    Raises:
        SettingsError: One does not.
    """
    assays = sorted({label for own in labels.values() for label in own})
    for stage in config.stages:
        for key, names in (("peak_tracks", stage.peak_tracks), ("track_weights", tuple(stage.track_weights))):
            for name in names:
                if not any(rows_named(source.tracks, name) for source in sources.values()):
                    raise SettingsError(
                        f"{key} names {shown(name)}, and no track has that identifier or assay",
                        where=f"stage {stage.name}",
                        hint=f"Assays are: {', '.join(assays)}",
                    )
    if config.select not in ("mean", *assays):
        raise SettingsError(
            f"select names {shown(config.select)}, which is no assay", hint=f"Write mean, or one of {', '.join(assays)}"
        )


def rows_named(tracks: TrackTable, name: str) -> list[int]:
    """The rows that a name in the configuration means: an identifier, an assay, a ChIP target or ``CHIP:target``."""
    wanted = name.casefold()
    return [row for row, track in enumerate(tracks) if wanted in _names(track)]


def _labels(tracks: TrackTable) -> list[str]:
    full = [f"{t.assay}:{t.target}" if t.target else t.assay or t.identifier for t in tracks]
    return full if len(set(full)) <= _MOST_LABELS else [t.assay or "other" for t in tracks]


def _names(track: Track) -> set[str]:
    names = (track.identifier, track.assay, track.target, f"{track.assay}:{track.target}")
    return {name.casefold() for name in names if name}


def _open_assembly(name: str, folder: Path, settings: Settings) -> Assembly:
    if name not in registered("assembly", settings) and (folder / name).is_file():
        return Assembly.open(folder / name, settings=settings)
    return Assembly.open(name, settings=settings)


def _bigwigs(targets: Path, tracks: TrackTable, head: Head, folder: Path, settings: Settings) -> tuple[Path, ...]:
    """One file per track: from the table's column ``file``, else from the registered assembly's experiments."""
    root = folder / head.bigwigs
    named = _column(targets, "file")
    known = _experiments(head.assembly, settings)
    files: list[Path] = []
    for row, track in enumerate(tracks):
        text = named[row] if named else ""
        file = None if text.casefold() in _NO_FILE else root / text
        if (file is None or not file.is_file()) and track.identifier in known:
            file = known[track.identifier]
        if file is None or not file.is_file():
            raise FileError(
                f"track {track.identifier} has no bigWig" + (f": {file} does not exist" if file else ""),
                where=str(targets),
                hint="Name one in the column file, below the configuration's folder or the folder bigwigs",
            )
        files.append(file)
    return tuple(files)


def _column(table: Path, name: str) -> list[str]:
    """One column of a table that was read before; empty where it has none of that name."""
    lines = [line for line in table.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("\t")]
    if name not in header:
        return []
    place = header.index(name)
    return [line.split("\t")[place].strip() for line in lines[1:]]


def _experiments(assembly: str, settings: Settings) -> Mapping[str, Path]:
    """Identifier to bigWig, as the manifest of a registered assembly lists them."""
    entry = registered("assembly", settings).get(assembly)
    return read_experiments(entry) if entry else {}


def _intervals(given: str | tuple[str, ...], assembly: Assembly, folder: Path, where: str) -> tuple[Interval, ...]:
    texts = list(given) if isinstance(given, tuple) else _bed_lines(folder / given)
    if not texts:
        raise SettingsError("no interval is named", where=where, hint="Name contigs or loci, or a BED file with lines")
    found = []
    for text in texts:
        try:
            found.append(assembly.locate(text))
        except EnformerError as exc:
            raise SettingsError(f"{shown(text)} cannot be used: {exc.what}", where=where, hint=exc.hint) from exc
    return tuple(found)


def _bed_lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise FileError(f"{path} cannot be read: {exc}", hint="Give a list of loci, or the name of a BED file") from exc
    return ["\t".join(x.split()[:3]) for x in lines if x.strip() and not x.startswith(("#", "track", "browser"))]
