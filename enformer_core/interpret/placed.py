"""What every explained stretch of a window needs: checks, reference positions, and the facts that go into files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..errors import InputError, LocusError, NumericalError, shown
from ..genome.coordinate_map import CoordinateMap
from ..genome.interval import Interval
from ..genome.locus import format_locus
from ..provenance import Provenance
from .target import Target


class Placed(Protocol):
    """Something about the bases of ``interval``, which lies in the input window.

    Both are 0-based and half-open. In an edited window ``interval`` counts the window's own bases from
    ``input_interval.start`` on, and ``coordinates`` leads from an index in the window to the reference.
    """

    @property
    def interval(self) -> Interval:
        """The bases it is about."""
        ...

    @property
    def input_interval(self) -> Interval:
        """What the model read."""
        ...

    @property
    def contigs(self) -> Mapping[str, int]:
        """Length of each contig."""
        ...

    @property
    def coordinates(self) -> CoordinateMap | None:
        """Where the bases of the edited window lie on the reference; None without edits."""
        ...


class Explained(Placed, Protocol):
    """Something that explains the value of a target."""

    @property
    def target(self) -> Target:
        """What is explained."""
        ...

    @property
    def value(self) -> float:
        """Its value."""
        ...

    @property
    def method(self) -> str:
        """How it is explained."""
        ...

    @property
    def provenance(self) -> Provenance:
        """How to make it again."""
        ...


def check_place(placed: Placed) -> None:
    """Refuse an interval that lies outside its window, or on an unknown contig.

    Raises:
        LocusError: It does.
    """
    if not placed.input_interval.contains(placed.interval):
        raise LocusError(
            f"{format_locus(placed.interval)} lies outside the input window, which is "
            f"{format_locus(placed.input_interval)}",
            hint="Choose bases inside it, or move the window",
        )
    if placed.interval.chrom not in placed.contigs:
        raise LocusError(f"there is no chromosome {shown(placed.interval.chrom)} among the contigs")


def check_value(value: float) -> None:
    """Refuse a target's value that is not finite.

    Raises:
        NumericalError: It is NaN or infinite.
    """
    if not math.isfinite(value):
        raise NumericalError(f"the value of the target is {value}", hint="The weights may be damaged; check them")


def check_bases(bases: str, interval: Interval) -> None:
    """Refuse bases that are not one upper-case letter of ACGTN for each base of the interval.

    Raises:
        InputError: They are not.
    """
    if len(bases) != interval.width:
        raise InputError(f"{len(bases):,} bases are given for {format_locus(interval)}, which has {interval.width:,}")
    if wrong := sorted(set(bases) - set("ACGTN")):
        raise InputError(f"{shown(wrong[0])} is not one of A, C, G, T and N")


def frozen(name: str, array: np.ndarray, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> None:
    """Check an array's type and shape, and make it read-only.

    Raises:
        InputError: It has another type or shape.
    """
    if array.shape != shape or array.dtype != dtype:
        raise InputError(f"{name}: {array.dtype} {array.shape}, expected {np.dtype(dtype)} {shape}")
    array.setflags(write=False)


def base_places(placed: Placed) -> np.ndarray:
    """0-based reference position of each base of ``interval``, int64 ``[L]``; -1 where it has none on the contig.

    An inserted base has none. A substituted base has that of the base that it replaces. No base has the position of
    one that is deleted.
    """
    edges = np.arange(placed.interval.start, placed.interval.end + 1, dtype=np.int64)
    if placed.coordinates is not None:
        edges = np.asarray(placed.coordinates.to_ref(edges - placed.input_interval.start))
    places, length = edges[:-1], placed.contigs[placed.interval.chrom]
    # Inserted bases lead to the place where the next base stands, so the map does not rise there.
    return np.where((edges[1:] > places) & (places >= 0) & (places < length), places, -1)


def reference_ranges(placed: Placed, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranges of window positions on the reference, 0-based and half-open, int64; empty inside an insertion."""
    if placed.coordinates is None:
        return starts, ends
    offset = placed.input_interval.start
    to_ref = placed.coordinates.to_ref
    return np.asarray(to_ref(starts - offset)), np.asarray(to_ref(ends - offset))


def target_facts(kind: str, explained: Explained) -> dict[str, object]:
    """What stands beside the numbers in a file, ready for JSON. ``interval`` is 1-based with both ends."""
    return {
        "kind": kind,
        "method": explained.method,
        "target": asdict(explained.target),
        "value": float(explained.value),
        "interval": written(explained.interval),
        "provenance": explained.provenance.facts(),
    }


def target_arrays(explained: Explained) -> dict[str, np.ndarray]:
    """The same facts as arrays without a dimension, for an ``.npz``; ``start`` is 0-based."""
    return {
        "chrom": np.array(explained.interval.chrom),
        "start": np.array(explained.interval.start),
        "value": np.array(float(explained.value)),
        "method": np.array(explained.method),
        "target": np.array(explained.target.to_json()),
        "provenance": np.array(explained.provenance.to_json()),
    }


def written(interval: Interval) -> str:
    """Locus text as ``Provenance.window`` has it: ``chr1:1-1000``."""
    return f"{interval.chrom}:{interval.start + 1}-{interval.end}"
