"""A small world on disk: an indexed genome, genes, a model with reactive weights, and experiments.

Everything is drawn from fixed seeds. Coordinates in comments are 0-based.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyBigWig
from weights import TINY_CONFIG, write_model

LINE = 60
CONTIGS = {"chr1": 60_000, "chr2": 30_000}
# symbol, gene id, chrom, start, end, strand, exons
GENES = (
    ("ALFA1", "ENSG00000000001", "chr1", 20_000, 26_000, "+", ((20_000, 20_400), (23_000, 23_300), (25_500, 26_000))),
    ("BETA2", "ENSG00000000002", "chr1", 28_000, 33_000, "-", ((28_000, 28_500), (32_600, 33_000))),
    ("GIANT", "ENSG00000000003", "chr1", 36_000, 58_000, "+", ((36_000, 36_200), (57_500, 58_000))),
    ("TWIN", "ENSG00000000004", "chr1", 12_000, 13_000, "+", ((12_000, 13_000),)),
    ("TWIN", "ENSG00000000005", "chr2", 12_000, 13_000, "+", ((12_000, 13_000),)),
)
TARGETS = (
    ("CAGE", "CAGE:erythroid", 384, 1, "sum"),
    ("CAGE", "CAGE:hepatocyte", 384, 1, "sum"),
    ("DNASE", "DNASE:erythroid", 32, 2, "mean"),
    ("DNASE", "DNASE:hepatocyte", 32, 2, "mean"),
    ("CHIP", "CHIP:H3K27ac:erythroid", 32, 2, "mean"),
    ("CHIP", "CHIP:H3K27ac:hepatocyte", 32, 2, "mean"),
    ("CHIP", "CHIP:CTCF:erythroid", 32, 2, "mean"),
    ("CHIP", "CHIP:CTCF:hepatocyte", 32, 2, "mean"),
    ("ATAC", "ATAC:erythroid", 64, 1, "sum"),
    ("ATAC", "ATAC:hepatocyte", 64, 1, "sum"),
    ("CHIP", "CHIP:GATA1:erythroid", 32, 2, "mean"),
    ("CHIP", "CHIP:HNF4A:hepatocyte", 32, 2, "mean"),
)


@dataclass(frozen=True)
class World:
    """Where everything is."""

    folder: Path
    fasta: Path
    genes: Path
    model: Path
    experiment: Path
    bases: dict[str, str]


def build(folder: Path) -> World:
    """Write the world into a folder."""
    rng = np.random.default_rng(42)
    bases = {name: "".join(rng.choice(list("ACGT"), length)) for name, length in CONTIGS.items()}
    bases["chr1"] = bases["chr1"][:5_000] + "N" * 500 + bases["chr1"][5_500:8_000].lower() + bases["chr1"][8_000:]
    fasta = folder / "genome.fa"
    write_fasta(fasta, bases)
    genes = folder / "genes.gtf"
    genes.write_text("".join(_gtf_lines()))
    model = write_model(folder / "model")
    rows = (f"{i}\t0\tID{i:04d}\tnone\t{c}\t{s}\t{p}\t{d}\n" for i, (_, d, c, s, p) in enumerate(TARGETS))
    header = "index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription\n"
    (model / "targets_human.txt").write_text(header + "".join(rows))
    experiment = folder / "track0000_ID0000.bw"
    write_experiment(experiment, rng)
    return World(folder, fasta, genes, model, experiment, {n: b.upper() for n, b in bases.items()})


def register(
    world: World, data: Path, *, assembly: str = "toy", model: str = "toy-model", simulated: bool = True
) -> None:
    """Register the world in a data folder, with an experiment and three examples of the assembly.

    The truths are invented: whether the model, which was never trained, is right about them is nobody's business.
    """
    home = data / "assemblies" / assembly
    home.mkdir(parents=True)
    for source, name in ((world.fasta, "genome.fa"), (Path(f"{world.fasta}.fai"), "genome.fa.fai")):
        shutil.copy(source, home / name)
    shutil.copy(world.genes, home / "genes.gtf")
    shutil.copy(world.experiment, home / "cage.bw")
    (home / "experiments.tsv").write_text("identifier\tfile\nID0000\tcage.bw\n")
    (home / "examples.json").write_text(json.dumps({"schema": 1, "examples": examples(world)}))
    manifest = {"schema": 1, "kind": "assembly", "name": assembly, "fasta": "genome.fa", "genes": "genes.gtf"}
    manifest |= {"experiments": "experiments.tsv", "examples": "examples.json", "simulated": simulated}
    (home / "manifest.json").write_text(json.dumps(manifest))
    folder = data / "models" / model
    shutil.copytree(world.model, folder)
    manifest = {"schema": 1, "kind": "model", "name": model, "assembly": assembly, "simulated": simulated}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def examples(world: World) -> list[dict]:
    """A gene as it is, the gene with a deletion of 300 bp 1 kb downstream, and a gene in two cell types."""
    start = 21_000
    deleted = {"chrom": "chr1", "pos": start, "ref": world.bases["chr1"][start - 1 : start + 300]}
    deleted["alt"] = deleted["ref"][0]
    region = "chr1:20,001-20,384"
    level = {"measure": "level", "track": "ID0000", "against": None, "region": region, "value": 1e9}
    change = {"measure": "log2_fold_change", "track": "ID0000", "against": None, "region": region, "value": -1.58}
    ratio = {"measure": "log2_ratio", "track": "ID0000", "against": "ID0001", "region": "chr1:32,900-33,000"}
    common = {"query": "ALFA1", "view": None, "edits": []}
    return [
        common
        | {"id": "gene", "title": "A gene", "sentence": "A gene as it is.", "tracks": ["ID0000", "ID0002"]}
        | {"view": "chr1:19,001-21,500", "expected": level},
        common
        | {"id": "deletion", "title": "A deletion", "sentence": "300 bp are gone.", "tracks": ["ID0000"]}
        | {"edits": [deleted], "expected": change},
        common
        | {"id": "cells", "title": "Two cell types", "sentence": "One gene, two cell types.", "query": "BETA2"}
        | {"tracks": ["ID0000"], "expected": ratio | {"value": 2.3}},
    ]


def write_fasta(path: Path, bases: dict[str, str]) -> None:
    """A FASTA file with its .fai."""
    offset, rows, lines = 0, [], []
    for name, letters in bases.items():
        head = f">{name}\n"
        body = "".join(letters[i : i + LINE] + "\n" for i in range(0, len(letters), LINE))
        rows.append(f"{name}\t{len(letters)}\t{offset + len(head)}\t{LINE}\t{LINE + 1}\n")
        offset += len(head) + len(body)
        lines += [head, body]
    path.write_text("".join(lines))
    Path(f"{path}.fai").write_text("".join(rows))


def write_experiment(path: Path, rng: np.random.Generator, contigs: dict[str, int] = CONTIGS) -> None:
    """A bigWig with signal on most of chr1, in steps of 32 bp."""
    chrom, length = next(iter(contigs.items()))
    starts = np.arange(0, length - 64, 32, dtype=np.int64)
    starts = starts[rng.random(len(starts)) > 0.1]
    with pyBigWig.open(str(path), "w") as file:
        file.addHeader(list(contigs.items()))
        values = rng.gamma(0.7, 2.0, len(starts))
        file.addEntries([chrom] * len(starts), starts.tolist(), ends=(starts + 32).tolist(), values=values.tolist())


def _gtf_lines() -> list[str]:
    lines = []
    for symbol, gene, chrom, start, end, strand, exons in GENES:
        transcript = gene.replace("ENSG", "ENST")
        shared = f'gene_id "{gene}.1"; gene_name "{symbol}"; gene_type "protein_coding";'
        more = f'{shared} transcript_id "{transcript}.1"; transcript_type "protein_coding"; tag "MANE_Select";'
        lines.append(_gtf(chrom, "gene", start, end, strand, shared))
        lines.append(_gtf(chrom, "transcript", start, end, strand, more))
        lines += [_gtf(chrom, "exon", a, b, strand, more) for a, b in exons]
        lines += [_gtf(chrom, "CDS", a + 50, b - 50, strand, more) for a, b in exons]
    return lines


def _gtf(chrom: str, kind: str, start: int, end: int, strand: str, attributes: str) -> str:
    return f"{chrom}\ttest\t{kind}\t{start + 1}\t{end}\t.\t{strand}\t.\t{attributes}\n"


assert len(TARGETS) == TINY_CONFIG.output_heads["human"]


def with_second_start(world: World, folder: Path) -> Path:
    """The world's genes as a file in which ALFA1 has a second start site, 1,000 bp downstream."""
    text = world.genes.read_text()
    more = [line for line in text.splitlines() if "ENST00000000001" in line]
    second = "\n".join(more).replace("ENST00000000001", "ENST00000000099").replace(' tag "MANE_Select";', "")
    second = second.replace("\t20001\t", "\t21001\t").replace("\t20400\t", "\t21400\t")
    second = second.replace("\t20051\t", "\t21051\t").replace("\t20350\t", "\t21350\t")
    genes = folder / "genes.gtf"
    genes.write_text(f"{text}{second}\n")
    return genes
