"""Symbols for the genes of the simulated genome: two syllables and a digit, such as ``KOVAR2``."""

from __future__ import annotations

from itertools import product

from .chance import Chance

_ONSETS, _VOWELS, _INNER, _CODAS = "BDGKLMNRSTVZ", "AEIOU", "VZDM", "RNLX"
# Stems that name real genes or proteins, months, or words that nobody wants in a figure.
_AVOIDED = ("RAVER", "LIVIN", "LAMIN", "NOV", "NAZI", "NUDE", "SODOM")


def invented_symbols(chance: Chance, count: int) -> list[str]:
    """``count`` symbols, no two of one stem, so that a misspelt one has one nearest name.

    Raises:
        ValueError: There are not that many stems.
    """
    stems = ["".join(letters) for letters in product(_ONSETS, _VOWELS, _INNER, _VOWELS, _CODAS)]
    stems = chance.shuffled([stem for stem in stems if not stem.startswith(_AVOIDED)])
    if count > len(stems):
        raise ValueError(f"{count} symbols were asked for, and there are {len(stems)} stems")
    return [f"{stem}{chance.whole(1, 10)}" for stem in stems[:count]]
