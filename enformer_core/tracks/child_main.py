"""The process that handles files, so that a damaged one or a full disk ends it and not the application.

Nothing here runs in the application: ``child_pool`` starts it with a pipe on either side. It takes away its own
means first (memory, processor time, open files and, unless it is there to write, writing), then answers requests until
its input ends. It imports numpy, a bigWig library and our own readers of text, and little else.

A request is ``{"lanes": [...], "cpu_s": seconds, "n_bytes": n}`` and n raw bytes; each lane is answered, in order, by
one message, which ``n_bytes`` raw bytes follow. After a lane that failed inside the library this process ends, because
its memory can no longer be trusted; the rest of the request is then put to another. A file that our own readers refuse
in so many words does no such harm.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import Any

from ..errors import EnformerError
from . import bigwig_child, feature_child
from .child_wire import WireError, encode, receive, receive_bytes, send

MAX_OPEN_FILES = 24
MAX_REASON = 300
_READS = {"bins": bigwig_child.bins, "entries": bigwig_child.entries, "features": feature_child.features}


def main(memory_bytes: int, may_write: bool) -> None:
    """Serve requests from standard input on standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the application's to answer; it closes the pipe
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what a C library prints must not get between the messages
        os.dup2(nowhere, descriptor)
    send(answers, encode({"ready": True, "unlimited": _limit(memory_bytes, may_write)}))
    while True:
        try:
            request = receive(requests)
            raw = receive_bytes(requests, request["n_bytes"])
        except WireError:
            return
        _allow_cpu(request["cpu_s"])
        for lane in request["lanes"]:
            facts, numbers = _answer(lane, raw)
            send(answers, encode(facts | {"n_bytes": len(numbers)}) + numbers)
            if facts.get("error") in ("memory", "damaged"):
                return


def _limit(memory_bytes: int, may_write: bool) -> list[str]:
    """Take away what the work needs not; the names of limits that this system does not know or keep."""
    wanted = {"RLIMIT_AS": memory_bytes, "RLIMIT_NOFILE": MAX_OPEN_FILES, "RLIMIT_CORE": 0}
    if not may_write:
        wanted["RLIMIT_FSIZE"] = 0
    missing = []
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            missing.append(name)
    if sys.platform == "darwin" and "RLIMIT_AS" not in missing:  # macOS accepts this limit and does not keep it
        missing.append("RLIMIT_AS")
    return missing


def _allow_cpu(seconds: float) -> None:
    """Let the kernel end this process after so much more processor time; the asking side keeps the wall clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _answer(lane: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if lane["kind"] == "write":
            return bigwig_child.write(lane, raw), b""
        if _identity(lane["path"]) != lane["identity"]:
            return {"error": "changed"}, b""
        facts, numbers = _READS[lane["kind"]](lane)
        if _identity(lane["path"]) != lane["identity"]:
            return {"error": "changed"}, b""
    except EnformerError as exc:
        where = exc.where.removeprefix(lane["path"]).strip()  # a path may be long, and the asking side knows it
        parts = {"code": exc.code, "what": exc.what[:MAX_REASON], "where": where[:MAX_REASON]}
        return {"error": "refused", **parts, "hint": exc.hint[:MAX_REASON]}, b""
    except MemoryError:
        return {"error": "memory"}, b""
    except BaseException as exc:
        # pybigtools raises PanicException, which is no Exception; anything else here comes out of a damaged file too.
        return {"error": "damaged", "reason": f"{type(exc).__name__}: {exc}"[:MAX_REASON]}, b""
    return facts, numbers


def _identity(path: str) -> list[int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]
