"""Messages over a pipe: JSON with its raw numbers behind it, both of bounded length."""

from __future__ import annotations

from typing import Any

from ..tracks.child_wire import WireError, receive, receive_bytes, send
from ..tracks.child_wire import encode as framed

MAX_RAW = 4 * 1024**3  # ten windows of all published tracks are 0.2 GB


def put(descriptor: int, message: dict[str, Any], raw: bytes = b"") -> None:
    """Write one message. Raises as ``child_wire.send``."""
    send(descriptor, framed(message | {"n_bytes": len(raw)}) + raw)


def take(descriptor: int) -> tuple[dict[str, Any], bytes]:
    """Wait for one message.

    Raises:
        WireError: The other end is gone, or sent something else.
    """
    message = receive(descriptor)
    size = message.get("n_bytes")
    if not isinstance(size, int) or not 0 <= size <= MAX_RAW:
        raise WireError(f"a message claims {size} bytes")
    return message, receive_bytes(descriptor, size)
