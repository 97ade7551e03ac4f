"""Enformer in plain PyTorch. Imports torch, numpy and safetensors only."""

from .config import EnformerConfig
from .enformer import Enformer

__all__ = ["Enformer", "EnformerConfig"]
