"""The whole way on real input: hg38 sequence, real experiments, real genes, golden weights (random, so no biology).

Skips where the real data are not at hand.
"""

from __future__ import annotations

import csv
import gzip
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import bbi
import numpy as np
import pytest
import torch
from weights import GOLDEN_CONFIG, write_model

import enformer_core as ec
from enformer_core.inference.onehot import one_hot
from enformer_core.model import checkpoint
from enformer_core.settings import load_settings
from enformer_core.tracks.bigwig_read import BigWigReader
from enformer_core.tracks.compare import pearson
from enformer_core.tracks.transform import transform

LOCUS = "chr11:111,770,717-111,836,252"
EXPERIMENTS = {4: "track0004_ENCFF890OGQ.bw", 27: "track0027_ENCFF136DBS.bw", 4853: "track4853_CNhs11276.bw"}


@pytest.fixture(scope="module")
def predictor(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ec.Predictor]:
    folder = tmp_path_factory.mktemp("real")
    model = write_model(folder / "model", GOLDEN_CONFIG)
    for head in ("human", "mouse"):
        shutil.copy(shared_data / "enformer_targets" / f"targets_{head}.txt", model)
    genes = folder / "genes.gtf"
    write_gtf(shared_data / "annotation" / "hg38_gene_bounds.tsv.gz", genes)
    fasta = shared_data / "hg38_slices" / "hg38.slices.fa.gz"
    settings = load_settings({"data_dir": folder / "data", "cache_dir": folder / "cache"})
    predictor = ec.Predictor.from_pretrained(model, assembly=fasta, genes=genes, settings=settings)
    yield predictor
    predictor.close()


def write_gtf(bounds: Path, gtf: Path) -> None:
    """Gene bounds (1-based, both ends) as an annotation of one transcript a gene."""
    with gzip.open(bounds, "rt") as table, gtf.open("w") as out:
        for row in csv.DictReader(table, delimiter="\t"):
            if row["chr_hg38"] not in {*map(str, range(1, 23)), "X"}:
                continue
            place = f"{row['start_hg38']}\t{row['end_hg38']}\t.\t{row['strand_hg38']}\t."
            names = f'gene_id "{row["gene_id"]}"; gene_name "{row["gene_name"]}"; gene_type "gene";'
            more = f'{names} transcript_id "{row["gene_id"].replace("ENSG", "ENST")}"; transcript_type "gene";'
            for kind, text in (("gene", names), ("transcript", more), ("exon", more)):
                out.write(f"{row['chr_hg38']}\tbounds\t{kind}\t{place}\t{text}\n")


def samtools(fasta: Path, interval: ec.Interval) -> str:
    region = f"{interval.chrom}:{interval.start + 1}-{interval.end}"
    done = subprocess.run(["samtools", "faidx", fasta, region], capture_output=True, text=True, check=True)
    return "".join(done.stdout.splitlines()[1:]).upper()


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("samtools") is None, reason="samtools is not installed")
def test_predicted_over_experiments(predictor: ec.Predictor, shared_data: Path, tmp_path: Path) -> None:
    prediction = predictor.predict(LOCUS, tracks=list(EXPERIMENTS))
    assert prediction.interval == ec.Interval("chr11", 111_746_140, 111_860_828)
    assert [t.description for t in prediction.tracks] == [
        "DNASE:GM03348",
        "DNASE:HepG2",
        "CAGE:neuroblastoma cell line:CHP-134",
    ]
    # The bases are those of samtools, and the values those of the plain model on them.
    fasta = shared_data / "hg38_slices" / "hg38.slices.fa.gz"
    bases = samtools(fasta, prediction.input_interval)
    assert len(bases) == 196_608
    model = checkpoint.load(Path(predictor.name) / "model.safetensors", GOLDEN_CONFIG)
    with torch.inference_mode():
        plain = model.tracks(model.embed(one_hot(bases)[None]), "human")[0].numpy()
    # Both round in float32, in different orders: here each is within 2e-5 of float64.
    np.testing.assert_allclose(prediction.values, plain[:, list(EXPERIMENTS)], rtol=4e-5)
    # A second reader finds the same values at the same coordinates in the exported files.
    for column, path in enumerate(prediction.to_bigwig(tmp_path / "out")):
        stored = bbi.fetch(str(path), "chr11", prediction.interval.start, prediction.interval.end)
        assert np.array_equal(
            stored.reshape(-1, 128), np.repeat(prediction.values[:, column : column + 1], 128, axis=1)
        )
        assert bbi.chromsizes(str(path))["chr11"] == 135_086_622
    # The experiments are read at the model's own bins: signal on the central 512 of them, and nothing beside.
    folder = shared_data / "hg38_slices" / "bigwig128_enformer_targets"
    with BigWigReader(load_settings()) as reader:
        paths = [folder / name for name in EXPERIMENTS.values()]
        signals = reader.read(paths, prediction.interval, 128, "mean", prediction.contigs)
    for column, (signal, path) in enumerate(zip(signals, paths, strict=True)):
        values = transform("none").apply(signal.values, prediction.tracks[column])
        shifted = bbi.fetch(str(path), "chr11", 111_770_716, 111_836_252, bins=512)
        assert np.isfinite(values).sum() == 512
        assert np.allclose(values[192:704], shifted, atol=1e-6)
        found = pearson(prediction.values[:, column], values)
        assert found.n == 512
        assert found.r is not None
        assert found.r == pytest.approx(np.corrcoef(plain[192:704, list(EXPERIMENTS)[column]], shifted)[0, 1], abs=1e-5)


@pytest.mark.slow
def test_cd44_by_name_and_by_locus(predictor: ec.Predictor) -> None:
    by_locus = predictor.predict("chr11:35,082,743-35,197,430", tracks=[41, 42, 706, 4799])
    assert by_locus.interval == ec.Interval("chr11", 35_082_742, 35_197_430)
    assert [t.assay for t in by_locus.tracks] == ["DNASE", "DNASE", "CHIP", "CAGE"]
    by_name = predictor.predict("CD44", tracks=[41])
    assert predictor.assembly is not None
    assert predictor.assembly.genes is not None
    tss = predictor.assembly.genes.gene("CD44").canonical.tss
    assert by_name.interval.start + 448 * 128 == tss
    assert any("CD44" in note for note in by_name.notes)
