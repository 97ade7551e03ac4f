"""Where edits are placed: on an assembly, or on a pasted sequence, which edits see as an assembly of one contig."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

from ..errors import LocusError, VariantError, shown
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..genome.normalise import check_ref
from ..genome.sequence import Sequence
from ..genome.variant import Variant
from ..genome.variant_text import read_variants
from ..genome.written import VariantText

Edit = Variant | VariantText | str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A pasted sequence, as edits see an assembly: one contig, whose coordinates are the sequence's own."""

    sequence: Sequence

    @property
    def name(self) -> str:
        """What the sequence is called."""
        return self.sequence.name

    @property
    def build(self) -> str:
        """None that anybody knows."""
        return ""

    @property
    def contigs(self) -> Mapping[str, int]:
        """Its name and length in bp."""
        return {self.sequence.name: len(self.sequence.bases)}

    def contig(self, text: str) -> str:
        """The sequence's name.

        Raises:
            LocusError: Another is meant.
        """
        if text != self.name:
            raise LocusError(
                f"{shown(text)} is not the pasted sequence, which is called {shown(self.name)}",
                hint=f"Write the edit as {self.name}:100:A>C",
            )
        return self.name

    def fetch(self, interval: Interval) -> str:
        """The bases of an interval, 0-based; N where it runs off an end."""
        inside = self.sequence.bases[max(interval.start, 0) : max(interval.end, 0)]
        left = "N" * min(max(-interval.start, 0), interval.width)
        return (left + inside).ljust(interval.width, "N")


def place_edits(edits: Items[Edit], assembly: Assembly | Pasted) -> tuple[Variant, ...]:
    """Edits as variants on the own contigs of an assembly or a pasted sequence, each reference allele checked.

    Raises:
        VariantError: One cannot be read, lies beyond its chromosome, or has another REF than the assembly.
    """
    placed, name = [], assembly.build or assembly.name
    for edit in edits:
        for written in read_variants(edit) if isinstance(edit, str) else [edit]:
            chrom = assembly.contig(written.chrom)
            if written.end > assembly.contigs[chrom]:
                raise VariantError(
                    f"position {written.start + 1:,} is beyond the end of {chrom}",
                    hint=f"{chrom} of {name} ends at {assembly.contigs[chrom]:,}",
                )
            if isinstance(written, VariantText):
                placed.append(written.resolve(assembly.fetch, chrom=chrom, assembly=name))
            else:
                placed.append(replace(written, chrom=chrom))
                check_ref(placed[-1], assembly.fetch, assembly=name)
    return tuple(placed)
