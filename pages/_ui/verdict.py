"""The true answer of a worked example beside the model's, which is computed from the predictions on view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from enformer_core.errors import EnformerError
from enformer_core.genome.examples import NO_CHANGE, Example, Expected
from enformer_core.genome.interval import Interval
from enformer_core.tracks.table import Track

from .picture import track_name
from .state import Result

if TYPE_CHECKING:
    from enformer_core.genome.assembly import Assembly
    from enformer_core.inference.prediction import Prediction

_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 10: "a tenth"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is true, and what the model says.

    Attributes:
        truth: The true answer, as a clause with its number.
        model: The model's number, or why there is none.
        is_right: Whether the model keeps to the rule; None where it gave no number.
        rule: What a right answer is.
        formula: How both numbers are defined.
    """

    truth: str
    model: str
    is_right: bool | None
    rule: str
    formula: str


def judge(
    example: Example, result: Result | None, tracks: Iterable[Track], assembly: Assembly | None
) -> Verdict | None:
    """Compare the truth of an example with the prediction on view.

    Args:
        example: The example.
        result: What is predicted for it; None as long as it is being predicted.
        tracks: Those of the model, for their names.
        assembly: Where the example lies.

    Returns:
        None where the truth is not known.
    """
    expected = example.expected
    if expected is None:
        return None
    by_name = {track.identifier: track for track in tracks}
    truth = _truth(expected, by_name, _place(example, expected, assembly))
    if result is None:
        return Verdict(truth, "predicting …", None, expected.rule, expected.formula)
    value = _predicted(expected, result)
    if isinstance(value, str):
        return Verdict(truth, value, None, expected.rule, expected.formula)
    return Verdict(truth, _number(expected, value), expected.is_right(value), expected.rule, expected.formula)


def _predicted(expected: Expected, result: Result) -> float | str:
    """The measure from the predictions, or why it cannot be had."""
    assembly = result.window.assembly
    if assembly is None:
        return "no number, for this is no window on the assembly"
    try:
        region = assembly.locate(expected.region)
    except EnformerError as error:
        return f"no number, for {error.what}"
    ours = _level(result.edited or result.prediction, expected.track, region)
    other = 0.0
    if expected.measure == "log2_fold_change":
        other = _level(result.prediction, expected.track, region)
    elif expected.measure == "log2_ratio":
        other = _level(result.edited or result.prediction, expected.against, region)
    for found in (ours, other):
        if isinstance(found, str):
            return found
    return expected.predicted(float(ours), float(other))


def _level(prediction: Prediction, identifier: str, region: Interval) -> float | str:
    """Mean of a track over the bins that overlap a region of the reference, or why there is none."""
    column = next((i for i, track in enumerate(prediction.tracks) if track.identifier == identifier), None)
    if column is None:
        return f"no number, for the track {identifier} is not on view"
    starts, ends, rows = prediction.reference_bins()
    inside = rows[(ends > region.start) & (starts < region.end)]
    if prediction.interval.chrom != region.chrom or not len(inside):
        return "no number, for the region lies outside the predicted window"
    return float(np.mean(prediction.values[inside, column], dtype=np.float64))


def _place(example: Example, expected: Expected, assembly: Assembly | None) -> str:
    """The gene that starts in the region, if there is one; else the region itself."""
    if assembly is not None and assembly.genes is not None:
        try:
            region = assembly.locate(expected.region)
        except EnformerError:
            return expected.region
        starting = [g.symbol for g in assembly.genes.overlapping(region) if region.start <= g.tss < region.end]
        if starting:
            return example.query if example.query in starting else starting[0]
    return expected.region


def _truth(expected: Expected, by_name: dict[str, Track], place: str) -> str:
    track, value = _name(expected.track, by_name), _number(expected, expected.value)
    if expected.measure == "level":
        return f"{track} at {place} is {value}"
    ratio = 2.0**expected.value
    if expected.measure == "log2_ratio":
        how = f"{_share(ratio)} of" if ratio < 1 else f"{ratio:.2g} times"
        how = "as high as" if abs(expected.value) < NO_CHANGE else how
        return f"{track} at {place} is {how} {_name(expected.against, by_name)} (log2 ratio {value})"
    how = f"falls to {_share(ratio)}" if ratio < 1 else f"rises {ratio:.2g}-fold"
    how = "stays as it is" if abs(expected.value) < NO_CHANGE else how
    return f"{track} at {place} {how} (log2 fold change {value})"


def _name(identifier: str, by_name: dict[str, Track]) -> str:
    track = by_name.get(identifier)
    return f"{track_name(track)} {track.biosample}".strip() if track else identifier


def _share(ratio: float) -> str:
    """A ratio below 1 in words: ``a third``, or else in per cent."""
    nearest = min(_PARTS, key=lambda n: abs(np.log2(ratio * n)))
    return _PARTS[nearest] if abs(np.log2(ratio * nearest)) < 0.15 else f"{ratio:.0%}".replace("%", " %")


def _number(expected: Expected, value: float) -> str:
    text = f"{value:.3g}" if expected.measure == "level" else f"{value:+.2f}"
    return text.replace("-", "−")
