"""Attention at boundaries of domains, against places like them: the paper's comparison, with any model and boundaries.

For each boundary one window is centred on it and one on its null place. The mean of attention over layers and heads is
averaged over all windows of a kind; the figure is their difference. Two numbers of each window are compared: attention
paid to the centre, and attention across it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..inference.predictor import Predictor
from ..interpret.explain_attention import attention_picture
from ..provenance import Provenance, own_version
from ..settings import Settings
from .boundaries_measure import Zones, pooled
from .boundaries_places import Boundaries, Chosen, Place, choose_pairs, read_boundaries
from .boundaries_report import FILES, Facts, write_report
from .boundaries_store import FILE, Measurements, check_free

OnStep = Callable[[float, str], None]
#: Groups to a side of a map, at most: three bins of 128 bp each in the published window.
GROUPS = 512
#: The same of the maps that are kept and drawn, for each layer and head.
DRAWN = 128
_SAVE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the boundaries.

    Attributes:
        source: A BED file, or ``demo``.
        n: Boundaries to look at, at most.
        seed: Of all that is drawn.
        away: Least distance in bp from a null place to any boundary of the file.
    """

    source: str
    n: int
    seed: int
    away: int


def evaluate_boundaries(
    predictor: Predictor,
    asked: Asked,
    out: Path,
    settings: Settings,
    *,
    overwrite: bool = False,
    on_step: OnStep,
) -> tuple[list[Path], tuple[str, ...]]:
    """Measure attention at boundaries and write what was found.

    What was measured is kept in ``out``, at least every five seconds and when the run is stopped; the same question
    goes on from there.

    Args:
        predictor: A model with an assembly.
        asked: The boundaries.
        out: Folder, made if it is not there.
        settings: Limits of reading.
        overwrite: Replace results of another question.
        on_step: Told how far it is.

    Returns:
        The files that were written, the figure first, and what was found, in sentences.

    Raises:
        InputError: There is no assembly, or too few boundaries can be used.
        FileError: The boundaries cannot be read, or the folder cannot be written to.
        OutputExists: The folder holds other results, and ``overwrite`` is False.
        NumericalError: A weight is NaN.
    """
    assembly = predictor.assembly
    if assembly is None:
        raise InputError("boundaries lie on an assembly, and none was given", hint="Add --assembly")
    on_step(0.0, "choosing boundaries and places like them")
    known = read_boundaries(asked.source, assembly, settings)
    read = predictor.geometry.input_length
    chosen = choose_pairs(known, assembly, read, n=asked.n, seed=asked.seed, away=asked.away)
    check_free(out, FILES, overwrite=overwrite)
    facts = _facts(predictor, assembly, known, chosen, asked)
    found = _measured(predictor, facts, out, overwrite=overwrite, on_step=on_step)
    written, sentences = write_report(found, facts, out)
    return [*written, out / FILE], sentences


def _measured(predictor: Predictor, facts: Facts, out: Path, *, overwrite: bool, on_step: OnStep) -> Measurements:
    """Every pair, those that are done already included; what is done is saved even where the run is stopped."""
    pairs, question = facts.pairs, facts.provenance["question"]
    groups = -(-predictor.geometry.input_length // _width(predictor))
    drawn = -(-groups // -(-groups // DRAWN))
    found = Measurements.none(question, drawn, predictor.facts.layers, predictor.facts.attention_heads).resumed(
        out, overwrite=overwrite
    )
    saved, at = found.done, time.monotonic()
    try:
        for i in range(found.done, len(pairs)):
            on_step(i / len(pairs), f"boundary {i + 1:,} of {len(pairs):,}")
            two = [_looked(predictor, pairs[i].chrom, place) for place in (pairs[i].boundary, pairs[i].null)]
            # A new object at once: an interruption finds whole pairs only.
            found = found.plus(*(np.stack(of_both) for of_both in zip(*two, strict=True)))
            if time.monotonic() - at > _SAVE_EVERY_S:
                found.save(out)
                saved, at = found.done, time.monotonic()
    finally:
        if saved < found.done:
            found.save(out)
    return found


def _looked(predictor: Predictor, chrom: str, place: Place) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A window's maps to be drawn ``[layers, heads, G, G]``, and attention to and across its centre."""
    picture = attention_picture(predictor, Interval(chrom, place.position, place.position + 1), size=GROUPS)
    zones = _zones(predictor, picture.interval)
    maps = pooled(picture.weights / zones.share, DRAWN)
    return maps, zones.stripe(picture.weights), zones.across(picture.weights)


def _width(predictor: Predictor) -> int:
    """bp of a group of a map; as ``attention_picture`` makes them."""
    return -(-(predictor.geometry.input_length // predictor.geometry.bin_size) // GROUPS) * predictor.geometry.bin_size


def _zones(predictor: Predictor, window: Interval) -> Zones:
    return Zones.of(window, _width(predictor))


def _facts(predictor: Predictor, assembly: Assembly, known: Boundaries, chosen: Chosen, asked: Asked) -> Facts:
    read = predictor.geometry.input_length
    question = _question(predictor, assembly, known, chosen, asked)
    return Facts(
        pairs=chosen.pairs,
        left_out=chosen.left_out,
        seed=asked.seed,
        away=asked.away,
        read=read,
        zones=_zones(predictor, Interval(chosen.pairs[0].chrom, 0, read)),
        notes=known.notes,
        is_matched=assembly.genes is not None,
        provenance=_provenance(predictor, assembly, known, chosen) | {"question": question},
    )


def _question(
    predictor: Predictor, assembly: Assembly, known: Boundaries, chosen: Chosen, asked: Asked
) -> dict[str, Any]:
    """What decides the numbers: a stored run with another is not gone on with."""
    places = "".join(f"{p.chrom}\t{p.boundary.position}\t{p.null.position}\n" for p in chosen.pairs)
    return {
        "weights_sha256": predictor.weights_sha256,
        "precision": predictor.precision,
        "assembly_id": assembly.identity,
        "boundaries_sha256": known.sha256,
        "n": asked.n,
        "seed": asked.seed,
        "away": asked.away,
        "groups": GROUPS,
        "drawn": DRAWN,
        "places_sha256": hashlib.sha256(places.encode()).hexdigest(),
    }


def _provenance(predictor: Predictor, assembly: Assembly, known: Boundaries, chosen: Chosen) -> dict[str, Any]:
    facts = Provenance(
        model=Path(predictor.name).name,
        weights_sha256=predictor.weights_sha256,
        head="",  # attention comes before the heads
        assembly=assembly.name,
        assembly_id=assembly.identity,
        window=f"{2 * len(chosen.pairs):,} windows of {predictor.geometry.input_length:,} bp: see boundaries.tsv",
        sequence_sha256="",
        edits=(),
        averaging="none",
        precision=predictor.precision,
        device=predictor.facts.device_name,
        version=own_version(),
        simulated=predictor.simulated,
    )
    # What holds for one window alone has no place here.
    one_window = ("sequence_sha256", "edits", "tiles", "tiling")
    kept = {name: value for name, value in asdict(facts).items() if name not in one_window}
    return kept | {"boundaries": known.file, "boundaries_sha256": known.sha256}
