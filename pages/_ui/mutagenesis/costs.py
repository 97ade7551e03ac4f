"""How long a map or a scan takes, before anything is begun; and how to ask for it on the command line. No page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from enformer_core.genome.interval import Interval
from enformer_core.genome.registry import registered
from enformer_core.interpret.bins import format_bins
from enformer_core.settings import Settings

if TYPE_CHECKING:
    from ..explain.subject import Subject

MAX_STRETCHES = 2_000
AT_ONCE_S = 10.0
"""What takes longer than this is begun by a button."""
_SUBSTITUTIONS = 3
# An edited window takes 0.2 to 0.3 of a whole one on a processor; see docs/explanations.md.
_EDITED = 0.25


def seconds(window_seconds: float | None, n_edited: int) -> float | None:
    """About how long so many edited windows take; None where no window was predicted yet.

    Args:
        window_seconds: What one whole window took.
        n_edited: Windows with one substitution, or one stretch replaced.
    """
    return None if window_seconds is None else window_seconds * (1 + _EDITED * n_edited)


def of_map(window_seconds: float | None, width: int) -> float | None:
    """About how long a map of so many bases takes, in seconds."""
    return seconds(window_seconds, _SUBSTITUTIONS * width)


def of_scan(window_seconds: float | None, width: int, stretch: int) -> float | None:
    """About how long a scan of so many bases takes, in stretches of ``stretch`` bp."""
    return seconds(window_seconds, width // stretch)


def in_words(estimate: float | None) -> str:
    """``about 40 s``."""
    if estimate is None:
        return "how long it takes is not measured yet"
    for size, unit, above in ((3_600, "h", 5_400), (60, "min", 90)):
        if estimate >= above:
            return f"about {estimate / size:.0f} {unit}"
    return f"about {max(estimate, 1):.0f} s"


def command(subject: Subject, interval: Interval, settings: Settings, stretch: int = 0) -> str:
    """The command line that asks the same.

    Args:
        subject: What is explained.
        interval: The bases, on the reference.
        settings: Where registered models are; on a hosted server folders are left out of paths.
        stretch: Bases of a stretch of a scan; 0 for a map.
    """
    window, target = subject.window, subject.target
    words = ["enformer-browser", "mutagenesis", "--model", _named(subject.predictor.name, "model", settings)]
    if window.assembly is None:
        words += ["--sequence", "FILE"]
    else:
        known = registered("assembly", settings).get(window.assembly.name)
        is_known = known is not None and known.file("fasta") == window.assembly.path
        path = window.assembly.name if is_known else str(window.assembly.path)
        words += ["--assembly", _named(path, "assembly", settings)]
        words += ["--locus", f"{window.interval.chrom}:{window.interval.center + 1}"]
    for edit in window.edits:
        words += ["--edit", str(edit)]
    words += ["--interval", f"{interval.chrom}:{interval.start + 1}-{interval.end}"]
    words += ["--bins", format_bins(target.bins).replace(" ", ""), "--tracks", ",".join(map(str, target.tracks))]
    words += ["--minus-tracks", ",".join(map(str, target.minus_tracks))] if target.minus_tracks else []
    words += ["--reduce", target.reduction, "--head", subject.head]
    words += ["--deletions", str(stretch)] if stretch else []
    return shlex.join([*words, "--out", "scan.tsv" if stretch else "map.npz"])


def _named(name: str, kind: str, settings: Settings) -> str:
    """A registered name or a repository as it is; of a path, where others reach the app, the last part alone."""
    is_path = name not in registered("model" if kind == "model" else "assembly", settings) and Path(name).exists()
    return Path(name).name if is_path and settings.hosted else name
