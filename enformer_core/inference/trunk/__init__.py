"""The model as it runs: the published architecture's numbers with less arithmetic and far less memory moved."""

from .trunk import Trunk

__all__ = ["Trunk"]
