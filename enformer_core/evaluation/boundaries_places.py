"""Where attention at boundaries is measured: the boundaries of a BED file, and for each a place that is like it.

A null place lies on the same chromosome, away from every boundary of the file, and at a like distance from the nearest
start site of a gene. Nothing else is matched. Positions are 0-based; a window is centred on one, so that it is the
first base of the window's right half.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..demo.chromosomes import SIM1
from ..errors import FileError, FileTooLarge, InputError
from ..files import sha256_of
from ..genome.assembly import Assembly
from ..genome.contigs import alias_table, resolve
from ..genome.interval import Interval
from ..settings import Settings
from ..tracks.feature_read import AnnotationReader
from ..tracks.features import Features

DEMO = "demo"
#: Features of one chromosome; boundaries are hundreds.
MAX_BOUNDARIES = 100_000
#: Part of a window that may be unknown bases.
MAX_UNKNOWN = 0.1
#: Null places lie no more than this factor nearer to, or farther from, a start site (with ``NEAR`` bp added to both).
FACTOR, NEAR = 2.0, 1_000
_DRAWS = 400
_TRUTH, _PREFIX = "elements.bed", "boundary_"


@dataclass(frozen=True, slots=True)
class Boundaries:
    """All boundaries that are known.

    Attributes:
        middles: By contig, int64, ascending, each once: 0-based middles.
        file: Name of the file, without its folder.
        sha256: Its checksum.
        notes: What a reader should be told.
    """

    middles: Mapping[str, np.ndarray]
    file: str
    sha256: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The centre of a window.

    Attributes:
        position: 0-based.
        tss_distance: bp to the nearest start site of a gene on the chromosome; NaN where none is known.
        gc: Part of the window's known bases that are G or C.
    """

    position: int
    tss_distance: float
    gc: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A boundary and its null place, on one contig."""

    chrom: str
    boundary: Place
    null: Place


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is looked at.

    Attributes:
        pairs: In random order, so that the first ones are a fair sample too.
        left_out: Boundaries that were drawn but cannot be used, by reason.
    """

    pairs: tuple[Pair, ...]
    left_out: Mapping[str, int]


def read_boundaries(source: str, assembly: Assembly, settings: Settings) -> Boundaries:
    """Read the middles of boundaries.

    Args:
        source: A BED file, or ``demo`` for the true boundaries of the simulated genome, on the chromosome that the
            demo model never saw.
        assembly: What they lie on.
        settings: Limits of reading.

    Raises:
        FileFormatError: A line is wrong; its number is said.
        AssemblyMismatch: The file is of another assembly.
        FileError: The file is missing, or holds genes or variants.
        FileTooLarge: There are too many.
        InputError: There are none, or ``demo`` was asked for of another genome.
    """
    is_demo = source == DEMO
    path = _truth_of(assembly) if is_demo else Path(source)
    found: dict[str, np.ndarray] = {}
    notes: dict[str, None] = {}
    with AnnotationReader(settings) as reader:
        for contig in [SIM1.tested] if is_demo else _contigs_of(reader, path, assembly):
            features = _features(reader, path, contig, assembly)
            notes |= dict.fromkeys(features.notes)
            middles = (features.starts + features.ends) // 2
            if is_demo:
                middles = middles[[label.startswith(_PREFIX) for label in features.labels]]
            if len(middles):
                found[contig] = np.unique(middles)
    if not found:
        raise InputError(
            f"{path.name} has no boundary on {assembly.name}", where=str(path), hint="Give another BED file"
        )
    return Boundaries(found, path.name, sha256_of(path), tuple(notes))


def choose_pairs(boundaries: Boundaries, assembly: Assembly, read: int, *, n: int, seed: int, away: int) -> Chosen:
    """Draw boundaries, and for each a null place.

    Args:
        boundaries: All of them: null places keep away from every one.
        assembly: Bases, and genes where there are any.
        read: bp of a window, which must lie on its contig whole.
        n: How many pairs at most.
        seed: Of the drawing. A boundary's null place depends on nothing else that is drawn.
        away: Least distance in bp from a null place to any boundary.

    Raises:
        InputError: Fewer than two boundaries can be used.
    """
    if n < 2:
        raise InputError(f"{n} boundaries are too few", hint="Ask for 2 or more")
    tss = _start_sites(assembly)
    everything = [(contig, int(m)) for contig, middles in boundaries.middles.items() for m in middles]
    pairs: list[Pair] = []
    left_out: Counter[str] = Counter()
    for i in np.random.default_rng([seed, 0]).permutation(len(everything)):
        if len(pairs) == n:
            break
        contig, middle = everything[i]
        found = _pair(contig, middle, boundaries.middles[contig], assembly, tss.get(contig), read, seed, away)
        if isinstance(found, Pair):
            pairs.append(found)
        else:
            left_out[found] += 1
    if len(pairs) < 2:
        why = "; ".join(f"{count:,} {reason}" for reason, count in left_out.items())
        raise InputError(
            f"of {len(everything):,} boundaries in {boundaries.file} {len(pairs)} can be used ({why})",
            hint=f"Give more boundaries, or a smaller --away than {away:,}",
        )
    return Chosen(tuple(pairs), dict(left_out))


def _pair(
    contig: str,
    middle: int,
    middles: np.ndarray,
    assembly: Assembly,
    tss: np.ndarray | None,
    read: int,
    seed: int,
    away: int,
) -> Pair | str:
    """A pair, or why there is none."""
    low, high = read // 2, assembly.contigs[contig] - (read - read // 2)
    if not low <= middle <= high:
        return "whose window runs off its chromosome"
    distance = float(_distance(tss, np.array([middle]))[0])
    gc = _gc(assembly, contig, middle, read)
    if gc is None:
        return "whose window has too many unknown bases"
    # A stream of its own for each boundary: how many others are drawn changes nothing.
    random = np.random.default_rng([seed, 1, zlib.crc32(contig.encode()), middle])
    drawn = random.integers(low, high + 1, _DRAWS)
    drawn = drawn[_distance(middles, drawn) >= away]
    distances = _distance(tss, drawn)
    if tss is not None:
        unlike = np.abs(np.log2((distances + NEAR) / (distance + NEAR)))
        order = np.argsort(unlike, kind="stable")
        order = order[unlike[order] <= np.log2(FACTOR)]
    else:
        order = np.arange(len(drawn))
    for i in order:
        null_gc = _gc(assembly, contig, int(drawn[i]), read)
        if null_gc is not None:
            return Pair(contig, Place(middle, distance, gc), Place(int(drawn[i]), float(distances[i]), null_gc))
    return "without a like place away from boundaries"


def _contigs_of(reader: AnnotationReader, path: Path, assembly: Assembly) -> list[str]:
    """The contigs that a file of regions has something on; any one where it has none that is known.

    Raises:
        FileError: It holds something else.
    """
    info = reader.describe(path)
    if info.kind not in ("regions", "peaks"):
        raise FileError(f"the file holds {info.kind}, not regions", where=str(path), hint="Give a BED file")
    table = alias_table(assembly.contigs)
    named = {resolve(name, assembly.contigs, table) for name in info.contigs}
    # Asked about any contig, the reader says which names are strange.
    return [contig for contig in assembly.contigs if contig in named] or list(assembly.contigs)[:1]


def _features(reader: AnnotationReader, path: Path, contig: str, assembly: Assembly) -> Features:
    """All features of a contig.

    Raises:
        FileError: A line is wrong, or there are too many.
    """
    whole = Interval(contig, 0, assembly.contigs[contig])
    (features,) = reader.read([path], whole, assembly.contigs, MAX_BOUNDARIES)
    if isinstance(features, FileError):
        raise features
    if features.dropped:
        raise FileTooLarge(
            f"{contig} has more than {MAX_BOUNDARIES:,} features",
            where=str(path),
            hint="Give boundaries of domains, of which a chromosome has hundreds",
        )
    return features


def _distance(places: np.ndarray | None, positions: np.ndarray) -> np.ndarray:
    """float64 ``[n]``: bp to the nearest of some ascending places; NaN where there are none."""
    if places is None or not len(places):
        return np.full(len(positions), np.nan)
    right = np.clip(np.searchsorted(places, positions), 0, len(places) - 1)
    left = np.maximum(right - 1, 0)
    return np.minimum(np.abs(places[left] - positions), np.abs(places[right] - positions)).astype(np.float64)


def _gc(assembly: Assembly, contig: str, position: int, read: int) -> float | None:
    """Part of the known bases of a window that are G or C; None where too many are unknown."""
    bases = assembly.fetch(Interval.centered(contig, position, read))
    known = read - bases.count("N")
    if known < (1 - MAX_UNKNOWN) * read:
        return None
    return (bases.count("G") + bases.count("C")) / known


def _start_sites(assembly: Assembly) -> dict[str, np.ndarray]:
    """int64 by contig, ascending: start sites of genes; empty without an annotation."""
    found: dict[str, list[int]] = {}
    for gene in assembly.genes.listed() if assembly.genes is not None else ():
        found.setdefault(gene.chrom, []).append(gene.tss)
    return {contig: np.unique(np.array(sites, np.int64)) for contig, sites in found.items()}


def _truth_of(assembly: Assembly) -> Path:
    path = assembly.path.parent / _TRUTH
    if not assembly.simulated or SIM1.tested not in assembly.contigs or not path.is_file():
        raise InputError(
            f"{DEMO} means the true boundaries of the simulated genome {SIM1.name}, and {assembly.name} has none",
            hint=f"Give --boundaries a BED file, or --assembly {SIM1.name}",
        )
    return path
