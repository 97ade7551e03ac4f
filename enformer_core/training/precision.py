"""The type of matrix products while a model is trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..inference.device import PRECISIONS


@contextmanager
def autocast(device: torch.device, precision: str) -> Iterator[None]:
    """Matrix products in ``precision``, all else as it was."""
    with torch.autocast(device.type, dtype=PRECISIONS[precision], enabled=precision != "float32"):
        yield
