"""How lanes are drawn: what a person chose for all of them, and for one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from enformer_core.errors import InputError, shown

from .theme import LANE_COLOURS

#: What a lane's height can be; the usual one is in the middle.
HEIGHTS = ("small", "medium", "large")
USUAL_HEIGHT = "medium"
#: What people call the colours that a lane can have, and their names in the palette.
COLOURS: Mapping[str, str] = MappingProxyType({label: name for name, label in LANE_COLOURS.items()})
#: What the y axis can show: all that is in view, all but its highest hundredth, or the whole window.
SCALES = ("view", "robust", "window")
#: Highest value that a lane's y axis can be held at; below the lowest one it follows.
MAX_TOP, _MIN_TOP = 1e9, 1e-9


@dataclass(frozen=True, slots=True)
class Show:
    """How all lanes are drawn.

    Attributes:
        residual: With a lane of experiment less prediction.
        difference: With a lane of edited less reference.
        ratio: With a lane of log2((edited + 0.01) / (reference + 0.01)).
        together: Lanes of one assay or ChIP target share their range.
        log: As log10(1 + x).
        scale: Range of the y axis, one of ``SCALES``: of what is in the ``view``, of the whole ``window``, or
            ``robust``: the view's without its highest hundredth.
    """

    residual: bool = False
    difference: bool = True
    ratio: bool = False
    together: bool = True
    log: bool = False
    scale: str = "view"


@dataclass(frozen=True, slots=True)
class Look:
    """How one lane is drawn.

    Attributes:
        height: One of ``HEIGHTS``; the usual one becomes an empty text.
        colour: One of ``theme.LANE_COLOURS``; empty for the colour of the assay.
        top: Value, of four digits, that its y axis is held at, from 0 up; 0 for an axis that follows ``Show.scale``.
    """

    height: str = ""
    colour: str = ""
    top: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "top", float(f"{self.top:.4g}") if self.top >= _MIN_TOP else 0.0)
        if self.height == USUAL_HEIGHT:  # so that a lane that is as usual equals one that nobody has touched
            object.__setattr__(self, "height", "")


def checked(height: object, colour: object, top: object = 0) -> Look:
    """A look of what a browser asked for.

    Raises:
        InputError: A height, a colour or a range that lanes cannot have.
    """
    if not isinstance(height, str) or height not in ("", *HEIGHTS):
        raise InputError(f"{shown(height)} is no height of a lane", hint=f"Choose {', '.join(HEIGHTS)}")
    if not isinstance(colour, str) or colour not in ("", *LANE_COLOURS):
        raise InputError(f"{shown(colour)} is no colour of a lane", hint=f"Choose {', '.join(COLOURS)}")
    if isinstance(top, bool) or not isinstance(top, int | float) or not (math.isfinite(top) and 0 <= top <= MAX_TOP):
        raise InputError(f"{shown(top)} is no value to hold a y axis at", hint=f"Choose 0 to {MAX_TOP:g}")
    return Look(height, colour, top)
