"""The sites of a VCF: where each variant is and what it changes, without samples.

Positions are turned from 1-based to 0-based here. Runs in the limited process (``child_main``) only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import shown
from .feature_rows import MAX_LABEL, Feature, Lines, Stretch, bad, position

HEADER = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
NO_VARIANT = "sites without a variant"
_ALLELE_SHOWN = 12
_REF = re.compile(r"[ACGTRYSWKMBDHVN]+", re.IGNORECASE | re.ASCII)
# Bases, a missing or spanned allele, a symbol, or a breakend.
_ALT = re.compile(
    r"""[ACGTRYSWKMBDHVN]+ | [.*] | <[^<>,\s]+> | \.[ACGTN]+ | [ACGTN]+\.
    | [^\s,<>\[\]]* [\[\]] [^\s,<>\[\]]+ [\[\]] [^\s,<>\[\]]*""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_END = re.compile(r"(?:^|;)END=(\d{1,10})(?:;|$)", re.ASCII)
_SVLEN = re.compile(r"(?:^|;)SVLEN=([^;]*)", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,10}", re.ASCII)
_CONTIG = re.compile(r"[<,]ID=([^,>]+)")
_LENGTH = re.compile(r"[<,]length=(\d{1,10})[,>]", re.ASCII)
_NOTHING = frozenset({".", "<NON_REF>", "<*>"})


class VcfReader:
    """Reads the sites of a VCF.

    Attributes:
        kind: Always ``variants``.
        format: ``VCF`` with its version.
        lengths: Of the ``##contig`` lines.
        skipped: Sites that stand for no variant: gVCF blocks, and those without an ALT.
    """

    kind = "variants"

    def __init__(self) -> None:
        self.format = "VCF"
        self.lengths: dict[str, int] = {}
        self.skipped: dict[str, int] = {}
        self._n_columns = 0

    def rows(self, lines: Lines, only: Stretch | None) -> Iterator[Feature]:
        """Features of numbered lines. See ``feature_rows.RowReader``."""
        line = 0
        for line, text in lines:
            if text.startswith("#"):
                self._header(text, line)
            elif text.strip():
                columns = text.split("\t")
                if only is not None and (columns[0] not in only.names or int(columns[1]) > only.end):
                    continue
                found = self._feature(columns, line)
                if found is None:
                    self.skipped[NO_VARIANT] = self.skipped.get(NO_VARIANT, 0) + 1
                elif only is None or only.holds(found.start, found.end):
                    yield found
        if not self._n_columns:
            raise bad(line, f"the VCF ends without its line {HEADER[0]}", "Get it again")

    def _header(self, text: str, line: int) -> None:
        if text.startswith("##fileformat="):
            self.format = text.removeprefix("##fileformat=").strip()[:20] or "VCF"
        elif text.startswith("##contig="):
            if (contig := _CONTIG.search(text)) and (length := _LENGTH.search(text)):
                self.lengths[contig[1]] = int(length[1])
        elif text.startswith("#CHROM"):
            columns = text.split("\t")
            if tuple(columns[:8]) != HEADER:
                hint = f"It has at least the columns {' '.join(HEADER)}, separated by tabs"
                raise bad(line, f"the line of columns is {shown(text)}", hint)
            self._n_columns = len(columns)

    def _feature(self, columns: list[str], line: int) -> Feature | None:
        if not self._n_columns:
            raise bad(line, f"a site comes before the line {HEADER[0]}", "Put the header back")
        if len(columns) != self._n_columns:
            hint = "Columns are separated by tabs, not spaces; is the file complete?"
            raise bad(line, f"{len(columns)} columns, where the header has {self._n_columns}", hint)
        chrom, pos, name, ref, alts = columns[:5]
        start = position(pos, line, lowest=1) - 1
        if not chrom.strip():
            raise bad(line, "the chromosome's name is empty")
        if not _REF.fullmatch(ref):
            raise bad(line, f"REF {shown(ref)} is not made of bases")
        alleles = alts.split(",")
        for alt in alleles:
            if not _ALT.fullmatch(alt):
                raise bad(line, f"ALT {shown(alt)} is no allele")
        if _NOTHING.issuperset(alleles):
            return None
        end = start + len(ref)
        if any(alt.startswith("<") for alt in alleles):
            end = max(end, _symbolic_end(start, alleles, columns[7], line))
        return Feature(line, chrom, start, end, _label(name, ref, alleles))


def _symbolic_end(start: int, alleles: list[str], info: str, line: int) -> int:
    """The 0-based position after what symbolic alleles stand for: by END, or by SVLEN, which replaces it from 4.4 on.

    SVLEN has a number for each allele, of the bases after POS, which older versions write with a minus. That of an
    insertion is of bases that the reference does not have.
    """
    if last := _END.search(info):
        return position(last[1], line, lowest=1)
    found = _SVLEN.search(info)
    lengths = found[1].split(",") if found else []
    reach = [
        abs(int(length))
        for alt, length in zip(alleles, lengths, strict=False)
        if alt.startswith("<") and not alt.startswith("<INS") and _WHOLE.fullmatch(length)
    ]
    return position(str(start + 1 + max(reach, default=0)), line)


def _label(name: str, ref: str, alleles: list[str]) -> str:
    shown_alleles = [a if len(a) <= _ALLELE_SHOWN else f"{a[:_ALLELE_SHOWN]}…" for a in (ref, *alleles)]
    change = f"{shown_alleles[0]}>{','.join(shown_alleles[1:])}"
    return (change if name == "." else f"{name} {change}")[:MAX_LABEL]
