"""VCF text: checked against the reference, in order, and read by our parser and by bcftools."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from enformer_core.errors import RefMismatch, VariantError
from enformer_core.genome.haplotype import Haplotype
from enformer_core.genome.interval import Interval
from enformer_core.genome.variant import Variant
from enformer_core.genome.variant_text import parse_variants
from enformer_core.genome.vcf_write import vcf_text

from .bcftools import (
    bcftools,
    bcftools_consensus,
    fetcher,
    needs_bcftools,
    random_variant,
    repetitive,
    write_fasta,
)

CONTIGS = {"chr2": "ACGTACGTAC", "chr1": "TTTTTGGGGG", "bad<name": "ACGT"}
LENGTHS = {name: len(bases) for name, bases in CONTIGS.items()}
VARIANTS = (
    Variant("chr1", 6, "GG", "G", "rs1"),
    Variant("chr2", 4, "T", "TAA", "two words"),
    Variant("chr2", 1, "A", "C", "a;b"),
)


def written(variants=VARIANTS, **changed) -> str:
    given = {"assembly": "toy", "source": "Enformer Browser 1.0"} | changed
    return vcf_text(variants, LENGTHS, fetcher(CONTIGS), **given)


def test_a_file_as_it_is_written():
    facts = {"model": "a\nb <c>", "simulated": True}
    lines = written(facts=facts).splitlines()
    assert lines[:3] == ["##fileformat=VCFv4.3", "##source=Enformer Browser 1.0", "##reference=toy"]
    assert json.loads(lines[3].removeprefix("##enformer_browser=")) == facts
    assert lines[4:6] == ["##contig=<ID=chr2,length=10>", "##contig=<ID=chr1,length=10>"]
    assert lines[6] == "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    assert lines[7:] == [
        "chr2\t1\t.\tA\tC\t.\t.\t.",
        "chr2\t4\t.\tT\tTAA\t.\t.\t.",
        "chr1\t6\trs1\tGG\tG\t.\t.\t.",
    ]


def test_our_own_parser_reads_it_back():
    again = parse_variants(written())
    assert [(v.chrom, v.pos, v.ref, v.alt) for v in again] == [
        (v.chrom, v.pos, v.ref, v.alt) for v in (VARIANTS[2], VARIANTS[1], VARIANTS[0])
    ]


def test_a_header_value_stays_one_line():
    lines = written(assembly="<a>\n##evil=1", source="x\ty").splitlines()
    assert lines[1:3] == ["##source=x y", "##reference=a> ##evil=1"]


@pytest.mark.parametrize(
    ("variant", "kind", "message"),
    [
        (Variant("chr2", 1, "C", "A"), RefMismatch, "REF is C but toy chr2:1 is A"),
        (Variant("chr3", 1, "C", "A"), VariantError, "no chromosome 'chr3'"),
        (Variant("chr2", 10, "CA", "C"), VariantError, "position 11 is beyond the end of chr2"),
        (Variant("bad<name", 1, "A", "C"), VariantError, "a VCF cannot name the chromosome 'bad<name'"),
    ],
)
def test_what_would_be_wrong_is_refused(variant: Variant, kind: type, message: str):
    with pytest.raises(kind) as caught:
        written([variant])
    assert message in str(caught.value)


@pytest.mark.oracle
@needs_bcftools
def test_bcftools_reads_it_and_makes_the_same_haplotype(tmp_path: Path):
    rng = random.Random(20261124)
    contigs = {f"chr{i}": repetitive(rng, 300) for i in range(1, 9)}
    variants = [random_variant(rng, name, bases, at) for name, bases in contigs.items() for at in (240, 40, 140)]
    path, fasta = tmp_path / "edits.vcf", write_fasta(tmp_path / "genome.fa", contigs)
    facts = {"model": 'a "model" <of> mine', "simulated": True}
    lengths = {name: len(bases) for name, bases in contigs.items()}
    path.write_text(
        vcf_text(variants, lengths, fetcher(contigs), assembly="toy", source="Enformer Browser", facts=facts)
    )
    seen = bcftools("view", "-H", path).stdout.splitlines()
    assert len(seen) == len(variants)
    assert bcftools("norm", "-c", "e", "-f", fasta, path).stderr.count("REF_MISMATCH") == 0
    found = bcftools_consensus(fasta, path).stdout.split(">")[1:]
    made = {head: "".join(lines) for head, *lines in (record.split("\n") for record in found)}
    for name, bases in contigs.items():
        ours = Haplotype(Interval(name, 0, len(bases)), tuple(v for v in variants if v.chrom == name))
        assert made[name] == ours.consensus(fetcher(contigs))
