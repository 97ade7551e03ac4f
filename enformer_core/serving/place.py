"""Where work is done: a device with its process, how all of them stand, and the words for those that are lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import WorkerLost
from .process import WorkerProcess
from .run import Run


@dataclass(eq=False, slots=True)
class Place:
    """A device, and the process that works there.

    Attributes:
        device: As in ``settings.device``.
        process: None while there is none.
        is_ready: Whether the process has said that it can work.
        busy: What it was given, by number: at most one that others wait for, and one that is patient.
        heard: When something was last heard of it.
        lost: Processes that were lost in a row, without an answer.
        failed: Those of them that were lost before they could work, since the last that could.
        not_before: When the next one may be started.
        hung: Whether it is being ended for its silence.
    """

    device: str
    process: WorkerProcess | None = None
    is_ready: bool = False
    busy: dict[int, Run] = field(default_factory=dict)
    heard: float = 0.0
    lost: int = 0
    failed: int = 0
    not_before: float = 0.0
    hung: bool = False

    def has_room(self, *, patient: bool) -> bool:
        """Whether it may be given such work now."""
        return self.is_ready and not any(run.is_patient == patient for run in self.busy.values())


@dataclass(frozen=True, slots=True)
class State:
    """How the workers stand, for whoever looks after the server.

    Attributes:
        devices: Where they run.
        pids: Numbers of their processes; 0 where there is none.
        n_running: Pieces of work under way.
        n_waiting: Pieces that wait.
        n_lost: Processes that were lost since the start.
        n_ready: Processes that can work.
    """

    devices: tuple[str, ...]
    pids: tuple[int, ...]
    n_running: int
    n_waiting: int
    n_lost: int
    n_ready: int


def given_up(ending: str) -> WorkerLost:
    """The error of work over which too many processes were lost; ``ending`` is how the last one ended."""
    return WorkerLost(
        f"the process that runs the model was lost ({ending}), and lost again when it was asked once more",
        hint="It has been started anew: ask again. If it goes on, the log of the server has the reason",
    )


def not_started(ending: str, starts: int) -> WorkerLost:
    """The error of all who wait where no process can be started, which was tried so many times."""
    return WorkerLost(
        f"the process that runs the model cannot be started ({ending}), though that was tried {starts} times",
        hint="enformer-browser doctor says what is missing; the log of the server has the reason",
    )
