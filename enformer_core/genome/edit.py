"""The smallest change that a variant makes, and how far it can slide through a repeat. Strings only, no assembly."""

from __future__ import annotations

from dataclasses import dataclass

from .variant import Variant


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Reference bases ``start`` to ``end`` (0-based, half-open) become ``alt``; an insertion has ``start == end``."""

    start: int
    end: int
    alt: str

    @staticmethod
    def of(variant: Variant) -> Edit:
        """The edit without the bases that both alleles share: first those at the left, as the anchor of VCF."""
        ref, alt = variant.ref, variant.alt
        left = _shared(ref, alt)
        ref, alt = ref[left:], alt[left:]
        right = _shared(ref[::-1], alt[::-1])
        return Edit(variant.start + left, variant.end - right, alt[: len(alt) - right])

    @property
    def width(self) -> int:
        """Number of reference bases that go."""
        return self.end - self.start

    @property
    def is_indel(self) -> bool:
        """Whether bases only go or only come: such an edit can have several spellings."""
        return not self.alt or self.start == self.end

    def shifted_left(self, n: int) -> Edit:
        """The same edit of the same haplotype, spelled ``n`` bases further left; see ``slack``."""
        if not self.alt or not n:
            return Edit(self.start - n, self.end - n, self.alt)
        turn = n % len(self.alt)
        return Edit(self.start - n, self.end - n, self.alt[len(self.alt) - turn :] + self.alt[: len(self.alt) - turn])


def slack(unit: str, before: str) -> int:
    """How far an insertion or deletion of ``unit`` can move left through ``before`` and leave the haplotype the same.

    Args:
        unit: The inserted or deleted bases.
        before: The reference bases right before them, at least one base.

    Returns:
        A number of bases from 0 to ``len(before)``.
    """
    n = 0
    while n < len(before) and before[-1 - n] == unit[-1 - n % len(unit)]:
        n += 1
    return n


def _shared(a: str, b: str) -> int:
    """Length of the common beginning."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n
