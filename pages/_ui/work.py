"""The one or two predictions that a picture needs: of the reference, and of the edited haplotype."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .attended import attend

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job, Progress
    from enformer_core.inference.prediction import Prediction
    from enformer_core.inference.predictor import Predictor
    from enformer_core.inference.window import Window

_ENDED_BADLY = ("failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Work:
    """Jobs that are watched, stopped and answered as one; the reference comes first."""

    jobs: tuple[Job[Prediction], ...]

    def done(self) -> bool:
        """Whether all have ended, or one has ended without a result."""
        return all(job.done() for job in self.jobs) or any(job.state in _ENDED_BADLY for job in self.jobs)

    def cancel(self) -> None:
        """Ask all to stop."""
        for job in self.jobs:
            job.cancel()

    @property
    def was_cancelled(self) -> bool:
        """Whether somebody stopped it."""
        return any(job.state == "cancelled" for job in self.jobs)

    def results(self, timeout: float) -> tuple[Prediction, Prediction | None]:
        """The prediction of the reference and, where there are edits, the edited one.

        Args:
            timeout: Seconds to wait at most for each.

        Raises:
            EnformerError: Whatever stopped one of them; the other is asked to stop too.
        """
        try:
            found = [job.result(timeout) for job in sorted(self.jobs, key=lambda job: job.state not in _ENDED_BADLY)]
        except BaseException:
            if self.done():
                self.cancel()
            raise
        return found[0], found[1] if len(found) > 1 else None

    def progress(self) -> Progress:
        """How far the whole is. What is waiting is taken to need as long as what runs now."""
        shares = [1.0 if job.done() else job.progress.fraction for job in self.jobs]
        place = next((i for i, job in enumerate(self.jobs) if not job.done()), len(self.jobs) - 1)
        now = self.jobs[place].progress
        left, n_after = now.seconds_left, len(self.jobs) - place - 1
        if left is not None and now.fraction < 1:
            left += n_after * left / (1 - now.fraction)
        message = now.message if len(self.jobs) == 1 else f"{now.message} ({'edited' if place else 'reference'})"
        return replace(now, fraction=sum(shares) / len(shares), message=message, seconds_left=left)


def begin(predictor: Predictor, window: Window, tracks: tuple[int, ...], head: str) -> Work:
    """Queue what a picture of this window needs.

    Raises:
        EnformerError: What is wrong with the request.
    """
    windows = [replace(window, haplotype=None), window] if window.haplotype else [window]
    found = Work(tuple(predictor.submit(each, tracks=tracks, head=head) for each in windows))
    attend(*found.jobs)
    return found
