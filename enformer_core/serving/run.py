"""One piece of work on its way to a worker and back, and all who wait for it."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..inference.jobs import Job
from .spec import ModelSpec

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a worker.

    Attributes:
        spec: With which model.
        kind: What kind of work, in a word; such work takes about as long as the last of its kind.
        tree: The work as the codec has it; None to load the model and tell its facts.
        raw: The numbers that belong to it.
        is_patient: Whether other work goes first.
        read: Makes an answer of what the worker sends.
    """

    spec: ModelSpec
    kind: str
    tree: Any
    raw: bytes
    is_patient: bool
    read: Callable[[Any, bytes], Any]

    def key(self, *, partial: bool) -> str:
        """Equal for equal questions; those that want to see partial answers are others than those that do not."""
        text = json.dumps([self.spec.as_list(), self.tree, partial], sort_keys=True)
        return hashlib.sha256(text.encode() + self.raw).hexdigest()


@dataclass(eq=False, slots=True)
class Run:
    """A request that waits or is being worked on.

    Attributes:
        request: What is asked.
        owner: Who asked first.
        key: Equal for equal questions.
        wants_partial: Whether somebody wants to see what there is of the answer.
        jobs: Of all who asked, at least one.
        number: Tells it from all others.
        attempts: How many processes have been lost over it.
        begun: When it was handed to a worker; 0 while it waits.
        stage: How far it is, once it is handed over: ``sent``, ``loading`` the model, ``working``.
    """

    request: Request
    owner: str
    key: str
    wants_partial: bool
    jobs: list[Job] = field(default_factory=list)
    number: int = field(default_factory=lambda: next(_numbers))
    attempts: int = 0
    begun: float = 0.0
    stage: Literal["sent", "loading", "working"] = "sent"

    @property
    def is_patient(self) -> bool:
        """Whether other work goes first."""
        return self.request.is_patient

    def message(self) -> dict[str, Any]:
        """What is sent to the worker."""
        return {
            "id": self.number,
            "spec": self.request.spec.as_list(),
            "work": self.request.tree,
            "patient": self.is_patient,
            "partial": self.wants_partial,
        }
