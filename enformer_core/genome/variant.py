"""A substitution, insertion or deletion, as in a VCF line."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UnsupportedAllele, VariantError, shown
from .interval import Interval

BASES = frozenset("ACGT")


@dataclass(frozen=True, slots=True, order=True)
class Variant:
    """One alternative allele. ``pos`` is 1-based, as in VCF; ``start`` and ``end`` are 0-based and half-open.

    Attributes:
        chrom: Contig name.
        pos: 1-based position of the first base of ``ref``.
        ref: Reference allele, one or more of ACGT.
        alt: Alternative allele, one or more of ACGT, unlike ``ref``. A deletion keeps its anchor base, as in VCF.
        id: A name such as an rsID; it plays no part in equality of effect.

    Raises:
        VariantError: ``pos`` is below 1 or not a whole number.
        UnsupportedAllele: An allele is empty or holds anything but ACGT, or both are the same.
    """

    chrom: str
    pos: int
    ref: str
    alt: str
    id: str = ""

    def __post_init__(self) -> None:
        if not self.chrom:
            raise VariantError("a variant needs a chromosome", hint="Write it as chr1:1000:A>C")
        if not isinstance(self.pos, int) or isinstance(self.pos, bool):
            raise VariantError(f"position {shown(self.pos)} is not a whole number")
        if self.pos < 1:
            raise VariantError(f"position {self.pos:,} is below 1", hint="Positions start at 1, as in VCF")
        for name, allele in (("REF", self.ref), ("ALT", self.alt)):
            if not allele or not BASES.issuperset(allele):
                raise UnsupportedAllele(
                    f"{name} {shown(allele)} is not made of A, C, G and T alone",
                    hint="Write both alleles in full, as in VCF",
                )
        if self.ref == self.alt:
            raise UnsupportedAllele(f"REF and ALT are both {shown(self.ref)}", hint="Nothing would change")

    @property
    def start(self) -> int:
        """0-based position of the first base of ``ref``."""
        return self.pos - 1

    @property
    def end(self) -> int:
        """0-based position after the last base of ``ref``."""
        return self.pos - 1 + len(self.ref)

    @property
    def interval(self) -> Interval:
        """The reference bases that ``ref`` covers."""
        return Interval(self.chrom, self.start, self.end)

    def __str__(self) -> str:
        return f"{self.chrom}:{self.pos}:{self.ref}>{self.alt}"
