"""A variant as it was written, which may name bases that only the reference knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import VariantError, shown
from .edit import Edit
from .interval import Interval
from .normalise import Fetch, anchored, check_bases, check_ref, normalise
from .sequence import reverse_complement
from .variant import BASES, Variant

MAX_SPAN = 1_000_000
"""Reference bases that a variant may cover; no model looks at so many."""

# Names that an assembly goes by, by the suffix that a variant may have.
_BUILDS = {
    "36": re.compile(r"hg18|(grch|ncbi|b)36"),
    "37": re.compile(r"hg19|(grch|hs|b)37"),
    "38": re.compile(r"hg38|(grch|hs|b)38"),
    "not human": re.compile(r"mm\d+|grcm\d+|rn\d+"),
}


@dataclass(frozen=True, slots=True)
class VariantText:
    """What a variant text says, before an assembly has been asked.

    Attributes:
        text: As it was written, for display.
        chrom: The contig's name as it was written: ``1`` stays ``1``, ``NC_000001.11`` stays.
        start: 0-based position of the first reference base that is replaced.
        end: 0-based position after the last; ``start`` for an insertion.
        deleted: The reference bases it states, upper-case ACGT; None if it leaves them to the reference.
        inserted: What stands there instead, upper-case ACGT; None if that follows from the reference, by ``change``.
        change: ``replace`` with ``inserted``, ``duplicate`` (bases are inserted once more) or ``invert``.
        id: A name, as a VCF line has it.
        build: Assembly that the text names, as ``b38``; empty if it names none.
        notes: How the text was read, where the reader could not know it.
    """

    text: str
    chrom: str
    start: int
    end: int
    deleted: str | None
    inserted: str | None
    change: Literal["replace", "duplicate", "invert"] = "replace"
    id: str = ""
    build: str = ""
    notes: tuple[str, ...] = ()

    @property
    def variant(self) -> Variant | None:
        """The variant as it is written, or None where ``resolve`` has to ask the reference for bases."""
        if not (self.change == "replace" and self.deleted and self.inserted):
            return None
        return Variant(self.chrom, self.start + 1, self.deleted, self.inserted, self.id)

    def resolve(self, fetch: Fetch, *, chrom: str | None = None, assembly: str = "") -> Variant:
        """The variant on an assembly, its reference allele checked, spelled as it was written.

        Args:
            fetch: Gives reference bases.
            chrom: The contig's name on the assembly, where ``self.chrom`` is an alias of it.
            assembly: The assembly's name, for messages and to be compared with ``build``.

        Raises:
            RefMismatch: The bases it states are not what the assembly has there.
            UnsupportedAllele: The reference is N there, or nothing would change.
            VariantError: It was written for another assembly.
        """
        self.refuse_other_build(assembly)
        chrom = chrom or self.chrom
        if (written := self.variant) is not None:
            variant = Variant(chrom, written.pos, written.ref, written.alt, written.id)
            check_ref(variant, fetch, assembly=assembly)
            return variant
        return anchored(chrom, self._edit(fetch, chrom, assembly), fetch, id=self.id)

    def refuse_other_build(self, assembly: str) -> None:
        """Check that the text does not name another assembly. One that we do not know by name is taken on trust.

        Raises:
            VariantError: It does.
        """
        wanted, present = _build_of(self.build), _build_of(assembly)
        if wanted and present and wanted != present:
            raise VariantError(
                f"{shown(self.text)} is given for {self.build}, but the assembly is {assembly}",
                hint="Choose that assembly, or lift the position over first",
            )

    def _edit(self, fetch: Fetch, chrom: str, assembly: str) -> Edit:
        found = fetch(Interval(chrom, self.start, self.end)) if self.start < self.end else ""
        if self.deleted:
            check_bases(chrom, self.start, self.deleted, fetch, assembly)
        if not BASES.issuperset(found):
            raise VariantError(
                f"{shown(self.text)} covers bases that are N in {assembly or 'the assembly'}",
                hint="They are unknown, or lie beyond the end of the chromosome",
            )
        if self.change == "duplicate":
            return Edit(self.end, self.end, found)
        return Edit(self.start, self.end, reverse_complement(found) if self.inserted is None else self.inserted)


def remarks(texts: Iterable[VariantText], placed: Iterable[Variant], fetch: Fetch) -> tuple[str, ...]:
    """What a reader should be told of variants: how their texts were read, and how they are usually spelled.

    Args:
        texts: As they were written.
        placed: The variant of each, on its own contig, with its REF checked.
        fetch: Gives reference bases.

    Returns:
        Clauses, each once. The usual spelling is that of ``normalise``; it is given where a text states other alleles.
    """
    found: list[str] = []
    for text, variant in zip(texts, placed, strict=True):
        found += text.notes
        usual = normalise(variant, fetch)
        if text.variant is not None and (usual.pos, usual.ref, usual.alt) != (variant.pos, variant.ref, variant.alt):
            found.append(f"{shown(variant)} is {shown(usual)}, as bcftools norm spells it")
    return tuple(dict.fromkeys(found))


def _build_of(name: str) -> str:
    lowered = name.lower()
    return next((build for build, pattern in _BUILDS.items() if pattern.search(lowered)), "")
