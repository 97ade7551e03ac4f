"""Edits as VCF 4.3, every reference allele checked on the way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from ..errors import VariantError, shown
from .normalise import Fetch, check_ref
from .variant import Variant

COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
# The contig names and identifiers that VCF 4.3 allows.
_CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
_ID = re.compile(r"[!-:<-~]+")


def vcf_text(
    variants: Iterable[Variant],
    contigs: Mapping[str, int],
    fetch: Fetch,
    *,
    assembly: str,
    source: str,
    facts: Mapping[str, object] | None = None,
) -> str:
    """A VCF of variants that all lie on one haplotype, in the order of the contigs and positions.

    Args:
        variants: Each on one of the contigs, spelled as they are to be written.
        contigs: Name and length of every contig. One whose name VCF does not allow is left out of the header.
        fetch: Gives reference bases.
        assembly: The assembly's name.
        source: What made the file, with its version.
        facts: Where the variants come from, written as JSON in a header line.

    Returns:
        The file's text. Positions are 1-based.

    Raises:
        RefMismatch: A reference allele is not what ``fetch`` gives.
        VariantError: A variant lies on another contig, beyond its end, or on one whose name VCF does not allow.
    """
    order = {name: number for number, name in enumerate(contigs)}
    found = list(variants)
    for variant in found:
        _refuse_place(variant, contigs, assembly)
        check_ref(variant, fetch, assembly=assembly)
    found.sort(key=lambda v: (order[v.chrom], v.pos, v.ref, v.alt))
    lines = ["##fileformat=VCFv4.3", f"##source={_value(source)}", f"##reference={_value(assembly)}"]
    if facts:
        lines.append(f"##enformer_browser={json.dumps(dict(facts), sort_keys=True, allow_nan=False)}")
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs.items() if _CONTIG.fullmatch(name)]
    lines.append("\t".join(COLUMNS))
    lines += [f"{v.chrom}\t{v.pos}\t{_id(v)}\t{v.ref}\t{v.alt}\t.\t.\t." for v in found]
    return "\n".join(lines) + "\n"


def _refuse_place(variant: Variant, contigs: Mapping[str, int], assembly: str) -> None:
    if variant.chrom not in contigs:
        raise VariantError(f"{assembly} has no chromosome {shown(variant.chrom)}", hint="Name one that it has")
    if not _CONTIG.fullmatch(variant.chrom):
        raise VariantError(
            f"a VCF cannot name the chromosome {shown(variant.chrom)}", hint="Rename it in the FASTA file"
        )
    if variant.end > contigs[variant.chrom]:
        raise VariantError(
            f"position {variant.end:,} is beyond the end of {variant.chrom}",
            hint=f"{variant.chrom} of {assembly} ends at {contigs[variant.chrom]:,}",
        )


def _id(variant: Variant) -> str:
    return variant.id if _ID.fullmatch(variant.id) else "."


def _value(text: str) -> str:
    """A header's value: on one line, and not to be taken for one in angle brackets."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()).lstrip("<") or "."
