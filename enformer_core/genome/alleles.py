"""Which alleles we take: plain bases. What else VCF allows is refused by name."""

from __future__ import annotations

import re

from ..errors import UnsupportedAllele, shown
from .variant import BASES

_WRITE_BOTH = "Write both alleles in full in A, C, G and T, with the base before an insertion or deletion, as in VCF"

# The first pattern that an allele matches names its class.
_CLASSES = (
    (re.compile(r""), "an empty allele", _WRITE_BOTH),
    (re.compile(r"[.-]"), "a missing allele", _WRITE_BOTH),
    (re.compile(r"\*"), "a spanning deletion", "Give the deletion itself as a variant"),
    (re.compile(r"<(NON_REF|\*)>"), "a gVCF reference block", "Leave it out: it stands for no particular allele"),
    (re.compile(r"<.*>?"), "a symbolic structural variant", _WRITE_BOTH),
    (
        re.compile(r".*[\[\]].*|\.[A-Za-z]+|[A-Za-z]+\."),
        "a breakend",
        "Only changes within one window can be predicted",
    ),
    (re.compile(r"[ACGTU]+"), "RNA", "Write T for U"),
    (re.compile(r"[ACGTURYSWKMBDHVN]+"), "an allele with ambiguity codes", "Choose A, C, G or T for each of them"),
)


def plain_allele(name: str, text: str) -> str:
    """An allele in upper case.

    Args:
        name: ``REF`` or ``ALT``, for the message.
        text: The allele as it was written.

    Raises:
        UnsupportedAllele: It is anything but one or more of ACGT in either case; the message names its class.
    """
    allele = text.upper()
    if allele and BASES.issuperset(allele):
        return allele
    for pattern, kind, hint in _CLASSES:
        if pattern.fullmatch(allele):
            raise UnsupportedAllele(f"{name} {shown(text)} is {kind}, which is not supported", hint=hint)
    raise UnsupportedAllele(f"{name} {shown(text)} is not made of A, C, G and T alone", hint=_WRITE_BOTH)
