"""What a published track description says: the assay, the ChIP target and the biosample."""

from __future__ import annotations

import re
from typing import NamedTuple

UNKNOWN = "."
_ASSAY = re.compile(r"([A-Za-z][\w-]*):(.*)", re.DOTALL)
_EMPTY_FIELDS = frozenset({"", "biol_", "tech_"})


class Description(NamedTuple):
    """The parts of a description; ``""`` where it does not say."""

    assay: str
    target: str
    biosample: str


def parse_description(text: str) -> Description:
    """Split ``CHIP:H3K27ac:liver`` into ``("CHIP", "H3K27ac", "liver")``; only ChIP has a middle part.

    The published tables come from three archives, and their quirks are undone in the biosample alone (the whole text
    stays in ``Track.description``):

    * FANTOM's replicate labels left empty fields behind: ``CD14+ Monocytes,`` and ``putamen, adult, , tech_``.
    * GEO's three-part titles, ``sample title / source / characteristics``, lose the title and a part that is ``.``.
    * A ChIP target ``.`` is unknown.

    A text without an assay is all biosample.
    """
    text = text.strip()
    found = _ASSAY.fullmatch(text)
    if not found:
        return Description("", "", _biosample(text))
    assay, rest = found[1].upper(), found[2].strip()
    if assay != "CHIP":
        return Description(assay, "", _biosample(rest))
    target, _, rest = rest.partition(":")
    target = target.strip()
    return Description(assay, "" if target == UNKNOWN else target, _biosample(rest))


def _biosample(text: str) -> str:
    parts = text.split(" / ")
    if len(parts) == 3:
        text = " / ".join(part for part in map(str.strip, parts[1:]) if part not in ("", UNKNOWN))
    # A comma without a space belongs to a name, as in 17-methylestra-4,9,11-trien-3-one.
    fields = (field.strip() for field in re.split(r",\s+|,$", text))
    return ", ".join(field for field in fields if field not in _EMPTY_FIELDS)
