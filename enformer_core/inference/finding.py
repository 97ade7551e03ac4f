"""One fact about an installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "note", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact.

    Attributes:
        name: What was looked at.
        status: ``ok``; ``note`` for something worth knowing; ``missing`` for something that predictions need;
            ``broken`` for something without which the app cannot start.
        text: What was found.
        hint: What to do about it.
    """

    name: str
    status: Status
    text: str
    hint: str = ""
