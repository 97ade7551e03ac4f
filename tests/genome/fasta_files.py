"""FASTA files for tests, written byte for byte."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from Bio.bgzf import BgzfWriter

from enformer_core.genome.assembly import index_fasta

ODD = (  # name, length, line width, line end: whole lines, one short line, one line, one base on the last line
    ("chr1", 5_000, 61, "\n"),
    ("chr2", 610, 61, "\n"),
    ("one", 1, 60, "\n"),
    ("narrow", 97, 1, "\n"),
    ("chrX", 701, 7, "\r\n"),
    ("line", 140_000, 140_000, "\n"),
    ("chrM", 16_569, 70, "\n"),
    ("last", 121, 60, "\n"),
)
LETTERS = "ACGTacgt" * 8 + "NnRYKMswbdhv"


def fasta_text(seed: int = 1) -> tuple[str, dict[str, str]]:
    """The text of a FASTA file with the records of ``ODD``, and the bases as ``fetch`` must give them."""
    rng = random.Random(seed)
    text, bases = "", {}
    for name, length, width, end in ODD:
        letters = "".join(rng.choices(LETTERS, k=length))
        text += f">{name} a description{end}" + "".join(letters[i : i + width] + end for i in range(0, length, width))
        bases[name] = "".join(c if c in "ACGT" else "N" for c in letters.upper())
    return text.removesuffix("\n"), bases  # without the last line end, as some files come


def write_bgzip(path: Path, text: str, writer: str = "bgzip") -> Path:
    """Compress with bgzip (65,280-byte blocks) or Biopython (65,536-byte blocks)."""
    if writer == "biopython":
        with BgzfWriter(str(path)) as handle:
            handle.write(text.encode())
        return path
    tool("bgzip")
    path.write_bytes(subprocess.run(["bgzip", "-c"], input=text.encode(), capture_output=True, check=True).stdout)
    return path


def write_plain(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def indexed(path: Path) -> Path:
    index_fasta(path)
    return path


def tool(name: str) -> str:
    """The path of a program, or skip."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
