"""Processes that do the steps of a build, and end with it, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ..errors import ResourceError

COUNT = 2


@dataclass(frozen=True, slots=True)
class Task:
    """A step of the build.

    Attributes:
        name: For the record of what is done.
        files: What it leaves, relative to the work folder.
        run: A function of a module, with its arguments.
        weight: How long it takes, against other tasks.
    """

    name: str
    files: tuple[str, ...]
    run: tuple[Callable[..., None], tuple[Any, ...]]
    weight: float = 1.0


class Workers:
    """Runs tasks in ``COUNT`` processes; made by ``workers``."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def finish(self, tasks: Sequence[Task]) -> Iterator[Task]:
        """Run tasks, the first ones first, and give each when it is done.

        Raises:
            ResourceError: A process was ended from outside.
            EnformerError: As the task raises it.
        """
        try:
            futures = {self._executor.submit(task.run[0], *task.run[1]): task for task in tasks}
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except BrokenProcessPool as exc:
            raise ResourceError(
                "a process that builds the simulated genome was ended from outside",
                hint="About 2 GB of memory and a disk with room are needed; run the same command again, it goes on "
                "where it stopped",
            ) from exc


@contextmanager
def workers() -> Iterator[Workers]:
    """Processes for the time of a build. On any error, and when this process is killed, they end at once."""
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(COUNT, mp_context=context, initializer=_serve, initargs=(theirs,))
    try:
        yield Workers(executor)
    except BaseException:
        ours.close()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


def _serve(builder: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the builder is told, and ends the others
    threading.Thread(target=_end_with, args=(builder,), daemon=True).start()


def _end_with(builder: Connection) -> None:
    with suppress(EOFError, OSError):
        builder.recv_bytes()  # nothing is ever sent: this returns when the other end is closed
    os._exit(1)
