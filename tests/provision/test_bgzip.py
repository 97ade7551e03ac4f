"""bgzip as Biopython and htslib read it."""

from __future__ import annotations

import gzip
import random
import subprocess
from pathlib import Path
from shutil import which

import pytest
from Bio import bgzf

from enformer_core.errors import FastaError
from enformer_core.genome.fasta_bytes import BGZF_EOF
from enformer_core.provision.bgzip import BLOCK, to_bgzip

RANDOM = random.Random(3)
TEXTS = {
    "empty": b"",
    "one letter": b"A",
    "one block": b"ACGT" * (BLOCK // 4),
    "a letter more": b"ACGT" * (BLOCK // 4) + b"G",
    "many": RANDOM.randbytes(300_000) + b"ACGT\n" * 1_200_000,  # what cannot be compressed, and more than one batch
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_the_same_from_plain_and_from_gzip(name: str, tmp_path: Path) -> None:
    text = TEXTS[name]
    (tmp_path / "plain").write_bytes(text)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(text[: len(text) // 2]) + gzip.compress(text[len(text) // 2 :]))
    seen: list[float] = []
    to_bgzip(tmp_path / "plain", tmp_path / "a.gz", lambda fraction, _: seen.append(fraction))
    to_bgzip(tmp_path / "packed.gz", tmp_path / "b.gz")
    made = (tmp_path / "a.gz").read_bytes()
    assert made == (tmp_path / "b.gz").read_bytes()
    assert made.endswith(BGZF_EOF)
    assert gzip.decompress(made) == text
    assert seen == sorted(seen)
    with (tmp_path / "a.gz").open("rb") as handle:
        sizes = [length for _, _, _, length in bgzf.BgzfBlocks(handle)]
    assert sum(sizes) == len(text)
    assert max(sizes) <= BLOCK


@pytest.mark.oracle
@pytest.mark.skipif(not which("bgzip"), reason="bgzip is not installed")
def test_htslib_reads_it(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(TEXTS["many"])
    to_bgzip(tmp_path / "plain", tmp_path / "a.gz")
    done = subprocess.run(["bgzip", "-dc", str(tmp_path / "a.gz")], capture_output=True, check=True)
    assert done.stdout == TEXTS["many"]


def test_bgzip_is_kept_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"ACGT" * 100)
    to_bgzip(tmp_path / "plain", tmp_path / "a.gz")
    to_bgzip(tmp_path / "a.gz", tmp_path / "b.gz")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize("keep", [0.5, 0.999])
def test_damaged_gzip_leaves_what_was_there(keep: float, tmp_path: Path) -> None:
    packed = gzip.compress(RANDOM.randbytes(50_000))
    (tmp_path / "cut.gz").write_bytes(packed[: int(len(packed) * keep)])
    (tmp_path / "a.gz").write_bytes(b"old")
    with pytest.raises(FastaError, match=r"cut\.gz is damaged"):
        to_bgzip(tmp_path / "cut.gz", tmp_path / "a.gz")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()}["a.gz"] == b"old"
    assert len(list(tmp_path.iterdir())) == 2
