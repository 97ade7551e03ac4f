"""What is said about the input window: its borders, which are read but not predicted, and its size."""

from __future__ import annotations

from .picture import Picture


def borders_sentence(picture: Picture) -> str:
    """What the greyed borders mean, with their width."""
    border = picture.output.start - picture.read.start
    width = f"{border / 1000:.0f} kb" if border >= 1000 else f"{border} bp"
    return f"input only: the model reads these {width} but does not predict here"


def sizes_sentence(picture: Picture) -> str:
    """How much is read, and how much of it is predicted."""
    n_bins, n = picture.output.width // picture.bin_size, len(picture.windows)
    windows = f" by {n} windows side by side" if n > 1 else ""
    return f"{picture.read.width:,} bp read{windows} · {n_bins:,} bins of {picture.bin_size} bp predicted"
