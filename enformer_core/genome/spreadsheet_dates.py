"""Gene names that spreadsheets turn into dates: SEPT2 became 2-Sep, and is called SEPTIN2 since."""

from __future__ import annotations

import re
from collections.abc import Callable

_MONTH = r"(?P<month>sep|mar|dec|oct)[a-z]*"
_DAY = r"(?P<day>[0-9]{1,2})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (rf"{_DAY}[-. /]+{_MONTH}(?:[-. /]+[0-9]{{2,4}})?", rf"{_MONTH}[-. /]+{_DAY}(?:[-. /,]+[0-9]{{4}})?")
)
# By month, what the genes of a day are called since they were renamed.
_GENES: dict[str, Callable[[int], tuple[str, ...]]] = {
    "sep": lambda day: (f"SEPTIN{day}",) if day <= 14 else (),
    "mar": lambda day: ((f"MARCHF{day}",) if day <= 11 else ()) + ((f"MTARC{day}",) if day <= 2 else ()),
    "dec": lambda day: ("DELEC1",) if day == 1 else (),
    "oct": lambda day: ("POU5F1",) if day == 4 else (),
}


def genes_of_date(text: str) -> tuple[str, ...] | None:
    """Today's names of the genes that a date may have been, the likeliest first; None if the text is no such date."""
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text.strip()))), None)
    return _GENES[found["month"].lower()](int(found["day"])) if found else None
