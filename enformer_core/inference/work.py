"""Work as data: what is computed of a window, in a form that can be kept, compared and sent to another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from .averaging import Averaging
from .jobs import Job
from .prediction import Prediction
from .window import Window

if TYPE_CHECKING:
    from .local import LocalPredictor

Answer = TypeVar("Answer", covariant=True)


class Work(Protocol[Answer]):
    """A frozen dataclass of plain data that says what to compute, and computes it where the model is.

    Everything that is wrong with a question is found before there is work; ``run`` meets only what the machine, the
    model or the files do.
    """

    is_patient: ClassVar[bool]
    """Whether predictions and other short work go first; such work calls ``Job.give_way`` now and then."""

    def run(self, predictor: LocalPredictor, job: Job) -> Answer:
        """Compute it, in the thread of the device.

        Args:
            predictor: Has the model, the assembly and the caches.
            job: To report progress to, which is also where it is cancelled.
        """
        ...


@dataclass(frozen=True, slots=True)
class Predict:
    """Tracks of a window, or of several edge to edge.

    Attributes:
        window: What is read.
        head: Whose tracks.
        tracks: Rows of the head, in the order wanted.
        averaging: Over which views of a window.
    """

    window: Window
    head: str
    tracks: tuple[int, ...]
    averaging: Averaging

    is_patient: ClassVar[bool] = False

    def run(self, predictor: LocalPredictor, job: Job) -> Prediction:
        """See ``Work``.

        Raises:
            NumericalError: The model gives NaN or infinity.
            OutOfDeviceMemory: A window or its tracks do not fit.
        """
        job.report(0.0, "reading the sequence")
        return predictor.prediction(self, predictor.runs.run(self, job))
