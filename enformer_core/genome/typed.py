"""What typed and pasted text needs before anything can be read from it: plain characters, whole numbers, a limit."""

from __future__ import annotations

import re

from ..errors import InputError, shown

MAX_TEXT = 200
"""Characters that a locus or a variant may have."""

MAX_POSITION = 2**31 - 1
"""The largest 1-based position; BAM, BCF and bigWig end there too."""

MAX_DIGITS = 15

# Contig names of UCSC, Ensembl, RefSeq, GenBank and pangenomes. A colon ends a name, so HLA-A*01:01 cannot be typed.
CHROM = r"[A-Za-z0-9_][A-Za-z0-9_.*|#-]*"

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_EMPTY = "\u200b\u2060\ufeff"  # zero-width characters that come along from web pages and office files
_TO_PLAIN = str.maketrans(dict.fromkeys(_SPACES, " ") | dict.fromkeys(_DASHES, "-") | dict.fromkeys(_EMPTY, ""))

_STRANGE = re.compile(r"[^\t\n\r\x20-\x7e±]")
_GROUPED = re.compile(r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+")


def plain(text: str) -> str:
    """``text`` with its dashes, spaces and zero-width characters as a keyboard has them, and no space around it."""
    return text.translate(_TO_PLAIN).strip()


def refuse_strange(text: str, error: type[InputError]) -> None:
    """Refuse control characters, direction marks, emoji and other letters than English ones.

    Raises:
        InputError: Of the class ``error``, naming the first such character and where it stands.
    """
    if strange := _STRANGE.search(text):
        raise error(
            f"the character {shown(strange[0])} does not belong here",
            where=f"character {strange.start() + 1} of {shown(text)}",
            hint="Type the text again with letters, digits and : - , only",
        )


def refuse_digits(token: str, error: type[InputError]) -> None:
    """Refuse a number by its length, before anybody makes an integer of it.

    Raises:
        InputError: Of the class ``error``, when ``token`` has more digits than any position.
    """
    n_digits = sum(c.isdigit() for c in token)
    if n_digits > MAX_DIGITS:
        raise error(
            f"{shown(token)} has {n_digits} digits",
            hint=f"Positions end at {MAX_POSITION:,}; the longest human chromosome has 248,956,422 bases",
        )


def whole_number(token: str, error: type[InputError], *, lowest: int = 1) -> int:
    """Read a position: digits, with commas between groups of three or without.

    Args:
        token: The text of the number, nothing around it.
        error: The class of the error to raise.
        lowest: The first position there is: 1, or 0 where positions are counted from 0.

    Raises:
        InputError: Of the class ``error``: not a whole number, below ``lowest`` or above 2,147,483,647.
    """
    refuse_digits(token, error)
    digits = token.removeprefix("-").removeprefix("+")
    if not _GROUPED.fullmatch(digits):
        raise error(
            f"position {shown(token)} is not a whole number", hint="Write it in digits, as 1000000 or 1,000,000"
        )
    value = int(digits.replace(",", "")) * (-1 if token.startswith("-") else 1)
    return in_range(value, error, lowest=lowest)


def in_range(value: int, error: type[InputError], *, lowest: int = 1) -> int:
    """``value`` if a chromosome can have such a position.

    Raises:
        InputError: Of the class ``error``: below ``lowest`` or above 2,147,483,647.
    """
    if value < lowest:
        raise error(f"positions start at {lowest}, not at {value:,}", hint=f"Count the first base as {lowest}")
    if value > MAX_POSITION:
        raise error(f"position {value:,} is above {MAX_POSITION:,}", hint="No chromosome that we can read is that long")
    return value
