"""What tests need of bcftools: the reference implementation of normalisation and of haplotypes."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant

needs_bcftools = pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not installed")


def repetitive(rng: random.Random, length: int) -> str:
    """Bases with homopolymers and repeats of two and three letters, through which an indel can move far."""
    pieces: list[str] = []
    while sum(map(len, pieces)) < length:
        if rng.random() < 0.5:
            pieces.append("".join(rng.choices("ACGT", k=rng.randint(1, 12))))
        else:
            pieces.append("".join(rng.choices("ACGT", k=rng.randint(1, 3))) * rng.randint(2, 15))
    return "".join(pieces)[:length]


def random_variant(rng: random.Random, chrom: str, bases: str, start: int, spread: int = 12) -> Variant:
    """A substitution, insertion, deletion or both, less than ``spread`` bases after ``start``."""
    while True:
        first = start + rng.randrange(spread)
        ref = bases[first : first + rng.choice([1, 1, 1, 2, 3, 4, 8])]
        alt = rng.choice(
            [
                "".join(rng.choices("ACGT", k=len(ref))),
                "".join(rng.choices("ACGT", k=rng.randint(1, 6))),
                ref[0],
                ref + ref[-1] * rng.randint(1, 4),
                ref + ref,
            ]
        )
        if ref != alt:
            return Variant(chrom, first + 1, ref, alt)


def fetcher(contigs: Mapping[str, str]) -> Callable[[Interval], str]:
    """A ``fetch`` over bases in memory."""

    def fetch(interval: Interval) -> str:
        bases = contigs[interval.chrom]
        left = "N" * min(interval.width, max(0, -interval.start))
        return (left + bases[max(0, interval.start) : max(0, interval.end)]).ljust(interval.width, "N")

    return fetch


def write_fasta(path: Path, contigs: Mapping[str, str]) -> Path:
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    return path


def write_vcf(path: Path, contigs: Mapping[str, str], variants: Iterable[Variant]) -> Path:
    header = ["##fileformat=VCFv4.2", *(f"##contig=<ID={name},length={len(b)}>" for name, b in contigs.items())]
    rows = [f"{v.chrom}\t{v.pos}\t{v.id or '.'}\t{v.ref}\t{v.alt}\t.\t.\t." for v in variants]
    path.write_text("\n".join([*header, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", *rows]) + "\n")
    return path


def bcftools(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bcftools", *map(str, arguments)], check=True, capture_output=True, text=True)


def bcftools_consensus(fasta: Path, vcf: Path) -> subprocess.CompletedProcess[str]:
    compressed = vcf.with_suffix(".vcf.gz")
    bcftools("view", "--no-version", "-Oz", "-o", compressed, vcf)
    bcftools("index", compressed)
    return bcftools("consensus", "-f", fasta, compressed)
