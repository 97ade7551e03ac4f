"""The picture that the app opens on, made ready before anybody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enformer_core.tracks.bigwig_read import BigWigReader
from enformer_core.tracks.transform import transform

from . import experiments, tour, track_inputs, work
from .services import Companions
from .state import Session

if TYPE_CHECKING:
    from enformer_core.inference.predictor import Predictor


def prepare(predictor: Predictor, around: Companions, reader: BigWigReader) -> work.Work | None:
    """Ask for the first worked example as the page will, and read its experiments.

    When somebody comes, the page asks the same and finds the prediction in the cache, and the reader's child processes
    started. Whoever asks something else first waits for at most this one prediction.

    Args:
        predictor: The model that the app starts with.
        around: What comes with its assembly.
        reader: The reader that the pages use.

    Returns:
        The prediction, under way; None where the app opens on no example.

    Raises:
        EnformerError: The example cannot be asked of this model and assembly.
    """
    example = next(iter(around.examples.values()), None)
    if example is None or predictor.assembly is None:
        return None
    head = predictor.head()
    table, state = predictor.tracks(head), Session(wanted=example.tracks)
    tour.put_on_view(state, table)
    chosen = track_inputs.usable(state, table)
    window = predictor.window(example.query, example.edits)
    begun = work.begin(predictor, window, chosen, head)
    tracks = [track for track in table if track.target_index in chosen]
    files = experiments.paired(state, tracks, around.experiments)
    bin_size, scale = predictor.geometry.bin_size, transform(state.transform)
    experiments.signals(state, files, tracks, window.output, bin_size, scale, predictor.assembly.contigs, reader)
    return begun
