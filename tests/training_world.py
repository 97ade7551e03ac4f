"""A small genome whose tracks follow from a planted motif, and a configuration that trains on it in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyBigWig
from worlds import write_fasta

MOTIF = "TGACTCAGCA"
CONTIGS = {"chr1": 98_304, "chr2": 49_152}
HEADER = "index\tgenome\tidentifier\tfile\tclip\tscale\tsum_stat\tdescription\n"
CONFIG = """
seed = 3
averaging = 0.9
resolution = 4
checkpoint_every = 4

[model]
dim = 24
depth = 1
heads = 2
attn_dim_key = 8
filters = [16, 24]
num_downsamples = 2
input_length = 512
target_length = 64
dropout_rate = 0.1

[heads.toy]
assembly = "genome.fa"
targets = "targets.txt"
train = ["chr1"]
valid = ["chr2:1-24,576"]

[[stages]]
name = "local"
input_length = 256
target_length = 32
batch_size = 8
steps = 10
learning_rate = 5e-3
warmup = 3
decay_from = 0.5
peaks = 0.8
peak_quantile = 0.8
shift = 3
validate_every = 5
validate_windows = 12
"""


def build_world(folder: Path) -> Path:
    """Write genome, bigWigs, targets and ``training.toml``; returns the configuration's path."""
    rng = np.random.default_rng(7)
    bases, signals = {}, {}
    for chrom, length in CONTIGS.items():
        letters = rng.choice(np.frombuffer(b"ACGT", dtype=np.uint8), length)
        peak = np.full(length, 0.05)
        for place in np.cumsum(rng.integers(60, 500, length))[: length // 500].tolist():
            letters[place : place + len(MOTIF)] = np.frombuffer(MOTIF.encode(), dtype=np.uint8)
            peak[place - 16 : place + 26] += 5.0
        bases[chrom] = letters.tobytes().decode()
        signals[chrom] = peak.reshape(-1, 4).mean(axis=1)
    write_fasta(folder / "genome.fa", bases)
    write_bigwig(folder / "peaks.bw", signals)
    write_bigwig(folder / "weak.bw", {c: 0.3 * x for c, x in signals.items()})
    rows = ("0\t0\tPEAKS\tpeaks.bw\t1000\t1\tmean\tDNASE:cells", "1\t0\tWEAK\tweak.bw\t1000\t1\tsum\tCAGE:cells")
    (folder / "targets.txt").write_text(HEADER + "\n".join(rows) + "\n")
    config = folder / "training.toml"
    config.write_text(CONFIG)
    return config


def write_bigwig(path: Path, signals: dict[str, np.ndarray], step: int = 4) -> None:
    """One value per ``step`` bp of whole contigs."""
    with pyBigWig.open(str(path), "w") as file:
        file.addHeader(sorted((c, step * len(x)) for c, x in signals.items()))
        for chrom in sorted(signals):
            starts = np.arange(len(signals[chrom])) * step
            file.addEntries(
                [chrom] * len(starts), starts.tolist(), ends=(starts + step).tolist(), values=signals[chrom].tolist()
            )
