"""Messages between this process and the ones that handle files: JSON after its length, and raw numbers.

Neither side trusts the other: sizes are bounded before memory is taken, and every wait has a deadline.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from typing import Any

MAX_MESSAGE = 16 * 1024**2
_LENGTH = struct.Struct(">I")
_PIECE = 1 << 20


class WireError(Exception):
    """The other end is gone, or does not keep to the protocol."""


def encode(message: dict[str, Any]) -> bytes:
    """A message as its length in 4 bytes and JSON.

    Raises:
        WireError: It is longer than ``MAX_MESSAGE``.
    """
    text = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(text) > MAX_MESSAGE:
        raise WireError(f"a message of {len(text):,} bytes is too long")
    return _LENGTH.pack(len(text)) + text


def send(descriptor: int, data: bytes, deadline: float | None = None) -> None:
    """Write everything.

    Args:
        descriptor: A pipe; non-blocking where there is a deadline.
        data: Bytes to write.
        deadline: ``time.monotonic()`` value after which to give up, or None to wait.

    Raises:
        WireError: The other end is gone.
        TimeoutError: The deadline passed.
    """
    rest = memoryview(data)
    while rest:
        _wait(descriptor, select.POLLOUT, deadline)
        try:
            rest = rest[os.write(descriptor, rest[:_PIECE]) :]
        except BlockingIOError:
            continue
        except OSError as exc:
            raise WireError("the other end is gone") from exc


def receive(descriptor: int, deadline: float | None = None) -> dict[str, Any]:
    """Read one message.

    Raises:
        WireError: The other end is gone or sent something else.
        TimeoutError: The deadline passed.
    """
    (size,) = _LENGTH.unpack(receive_bytes(descriptor, _LENGTH.size, deadline))
    if size > MAX_MESSAGE:
        raise WireError(f"a message of {size:,} bytes is too long")
    try:
        message = json.loads(receive_bytes(descriptor, size, deadline))
    except (ValueError, RecursionError) as exc:
        raise WireError("a message is not JSON") from exc
    if not isinstance(message, dict):
        raise WireError("a message is not a JSON object")
    return message


def receive_bytes(descriptor: int, size: int, deadline: float | None = None) -> bytes:
    """Read exactly ``size`` bytes; memory is taken as they arrive.

    Raises:
        WireError: The other end closed first.
        TimeoutError: The deadline passed.
    """
    found = bytearray()
    while len(found) < size:
        _wait(descriptor, select.POLLIN, deadline)
        try:
            part = os.read(descriptor, min(size - len(found), _PIECE))
        except BlockingIOError:
            continue
        except OSError as exc:
            raise WireError("the other end is gone") from exc
        if not part:
            raise WireError("the other end is gone")
        found += part
    return bytes(found)


def _wait(descriptor: int, event: int, deadline: float | None) -> None:
    if deadline is None:
        return
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError
