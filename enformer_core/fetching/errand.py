"""What all steps of one download share: the file, the rules, and whom to tell."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from .answers import total_of
from .pace import OnProgress, Pace
from .partial import Partial
from .policy import Policy
from .remote_file import RemoteFile


@dataclass(frozen=True, slots=True)
class Errand:
    """One file to fetch.

    Attributes:
        file: The file.
        folder: Where it is to lie.
        policy: The rules.
        on_progress: Told how far it is; may raise to stop.
    """

    file: RemoteFile
    folder: Path
    policy: Policy
    on_progress: OnProgress | None

    @property
    def read_only(self) -> bool:
        """Whether the folder is there and nothing can be put into it: a file in it may still be the right one."""
        effective = os.access in os.supports_effective_ids
        return self.folder.is_dir() and not os.access(self.folder, os.W_OK, effective_ids=effective)

    def pace(self, url: str) -> Pace:
        """A new measure of the speed, for one answer."""
        return Pace(url, self.policy, self.on_progress)

    def disk_pace(self) -> Pace:
        """The same for what is read from a disk, which may be slow."""
        return Pace("", replace(self.policy, slowest=0.0), self.on_progress)

    def wait_for_another(self) -> None:
        """Tell how far the process is that fetches the same file."""
        try:
            size = (self.folder / f"{self.file.name}.partial").stat().st_size
        except OSError:
            size = 0
        self.disk_pace().report(size, self.file.size)

    def rest(self, seconds: float, url: str, partial: Partial) -> None:
        """Wait before the next try, in steps that can be stopped."""
        pace = self.pace(url)
        while seconds > 0:
            self.policy.sleep(min(seconds, self.policy.tick_s))
            seconds -= self.policy.tick_s
            pace.report(partial.size, total_of(partial.origin, self.file))
