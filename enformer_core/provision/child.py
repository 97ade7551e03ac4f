"""A set-up in a process of its own: ``python -m enformer_core.provision.child REQUEST``, with one line of JSON a word.

A server starts it, so that neither the packing of a genome nor PyTorch, which converts weights, slows its pages. Its
settings are those of the environment. When nobody listens any more it ends, and the next one goes on from there.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import errors
from ..errors import EnformerError, ResourceError
from ..settings import load_settings
from .plan import Plan, make_plan
from .progress import Progress
from .provide import provide


def command(plan: Plan) -> list[str]:
    """What to start for a plan."""
    where = str(plan.folder_from.resolve()) if plan.folder_from else None
    request = json.dumps({"name": plan.name, "sources": str(plan.sources.resolve()), "folder_from": where})
    return [sys.executable, "-m", "enformer_core.provision.child", request]


def read_word(line: str) -> Progress | EnformerError:
    """What a line of the child says: how far it is, or why it ended.

    Raises:
        ValueError: It is no line of the child's.
    """
    try:
        word = json.loads(line)
        if not isinstance(word, dict):
            raise TypeError(type(word).__name__)
        if "error" not in word:
            return Progress(**word)
    except (ValueError, TypeError) as exc:
        raise ValueError(f"no word of a set-up: {line[:80]}") from exc
    found = getattr(errors, str(word["error"]), None)
    kind = found if isinstance(found, type) and issubclass(found, EnformerError) else ResourceError
    return kind(str(word.get("what")), where=str(word.get("where", "")), hint=str(word.get("hint", "")))


def main() -> int:
    """Do what the request says; the exit code is the error's."""
    request = json.loads(sys.argv[1])
    where = Path(request["folder_from"]) if request["folder_from"] else None
    try:
        settings = load_settings()
        plan = make_plan(request["name"], settings, sources=Path(request["sources"]), folder_from=where)
        provide(plan, settings, lambda progress: _say(asdict(progress)))
    except EnformerError as exc:
        _say({"error": exc.code, "what": exc.what, "where": exc.where, "hint": exc.hint})
        return exc.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception:
        traceback.print_exc()  # into the server's log
        return 1
    return 0


def _say(word: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
