"""Running the model on encoded windows: no gradients, progress, cancellation, and memory that can run out.

Needs torch and numpy alone, so that a bare GPU machine can import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import NumericalError, OutOfDeviceMemory
from ..model import Enformer
from .device import PRECISIONS

# Called with the part of the work that is done, 0 to 1. It may raise to stop the run.
OnProgress = Callable[[float], None]


def embed_window(model: Enformer, encoded: Tensor, precision: str, on_progress: OnProgress | None = None) -> Tensor:
    """Run everything before the heads on one window.

    Args:
        model: In evaluation mode, on the device to use.
        encoded: ``[L, 4]`` on any device.
        precision: ``float32`` or ``bfloat16`` (matrix products only; sums and norms stay float32).
        on_progress: Called after each layer.

    Returns:
        float32 ``[bins, channels]`` on the CPU.

    Raises:
        OutOfDeviceMemory: One window does not fit.
    """
    device = next(model.parameters()).device
    out_of_memory = ""
    try:
        with torch.inference_mode(), autocast(device, precision), _reporting(model, encoded.shape[0], on_progress):
            return model.embed(encoded[None].to(device))[0].float().cpu()
    except torch.OutOfMemoryError as exc:
        out_of_memory = str(exc).splitlines()[0]
    except RuntimeError as exc:  # the CPU allocator has no class of its own
        if "can't allocate memory" not in str(exc) and "not enough memory" not in str(exc):
            raise
        out_of_memory = str(exc).splitlines()[0]
    # Outside the handler: its traceback would keep every tensor of the failed run alive.
    if device.type == "cuda":
        torch.cuda.empty_cache()
    raise OutOfDeviceMemory(
        f"{device} has too little memory for one window of {encoded.shape[0]:,} bp: {out_of_memory}",
        hint="Close other programs that use it, choose precision bfloat16, or choose device cpu",
    )


def head_values(model: Enformer, embedding: Tensor, head: str, indices: np.ndarray, precision: str) -> np.ndarray:
    """Apply the chosen rows of a head: ``[bins, channels]`` -> float32 ``[bins, tracks]``, on the CPU.

    Raises:
        NumericalError: A value is NaN or infinite.
    """
    device = next(model.parameters()).device
    everything = len(indices) == model.config.output_heads[head] and bool(np.all(indices == np.arange(len(indices))))
    rows = None if everything else torch.tensor(indices, dtype=torch.int64).to(device)
    with torch.inference_mode(), autocast(device, precision):
        values = model.tracks(embedding.to(device), head, rows).float().cpu().numpy()
    if not np.isfinite(values).all():
        raise NumericalError(
            "the model gave NaN or infinity",
            hint="Try precision float32; if it stays, the weights do not suit this model",
        )
    return values


@contextmanager
def autocast(device: torch.device, precision: str) -> Iterator[None]:
    """Matrix products in ``precision``, all else as it was."""
    with torch.autocast(device.type, dtype=PRECISIONS[precision], enabled=precision != "float32"):
        yield


@contextmanager
def _reporting(model: Enformer, length: int, on_progress: OnProgress | None) -> Iterator[None]:
    """Report after each convolution and linear layer, in proportion to their arithmetic."""
    if on_progress is None:
        yield
        return
    total, done = sum(_cost(layer, per_base * length) for layer, per_base in _layers(model)), 0.0

    def report(layer: nn.Module, _inputs: object, output: Tensor) -> None:
        nonlocal done
        done += _cost(layer, output.numel() / _weight(layer).shape[0])
        on_progress(min(done / total, 1.0))

    with ExitStack() as hooks:
        for layer, _ in _layers(model):
            hooks.callback(layer.register_forward_hook(report).remove)
        yield


def _layers(model: Enformer) -> Iterator[tuple[nn.Module, float]]:
    """Each layer with a matrix product, and its positions per input base."""
    parts: list[tuple[nn.Module, float]] = [(model.stem, 1.0)]
    parts += [(block, 0.5 ** (i + 1)) for i, block in enumerate(model.tower)]
    parts += [(block, 1 / model.config.bin_size) for block in model.transformer]
    parts += [(model.final, model.config.target_length / model.config.input_length)]
    for part, per_base in parts:
        for layer in part.modules():
            if isinstance(layer, nn.Conv2d):  # a pool's, which sees pairs
                yield layer, per_base / 2
            elif isinstance(layer, (nn.Conv1d, nn.Linear)):
                yield layer, per_base


def _cost(layer: nn.Module, positions: float) -> float:
    """Multiplications of a layer over a number of output positions."""
    return _weight(layer).numel() * positions


def _weight(layer: nn.Module) -> Tensor:
    return layer.get_parameter("weight")
