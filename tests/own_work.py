"""Work that a test queues itself, to watch the thread of the device or to hold it up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from enformer_core.inference.jobs import Job
from enformer_core.inference.local import LocalPredictor

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class OwnWork(Generic[Result]):
    """A function as work, for a predictor in this process.

    Attributes:
        call: Called with the job in the device's thread.
    """

    call: Callable[[Job[Result]], Result]

    is_patient: ClassVar[bool] = False

    def run(self, predictor: LocalPredictor, job: Job[Result]) -> Result:
        """See ``enformer_core.inference.work.Work``."""
        return self.call(job)


@dataclass(frozen=True, slots=True)
class PatientOwnWork(OwnWork[Result]):
    """The same, where other work goes first."""

    is_patient: ClassVar[bool] = True
