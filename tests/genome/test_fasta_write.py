"""FASTA text: what was written is what our reader, and samtools, find in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enformer_core.errors import SequenceError
from enformer_core.genome.assembly import Assembly, index_fasta
from enformer_core.genome.fasta_write import FastaRecord, fai_text, fasta_text
from enformer_core.genome.interval import Interval
from enformer_core.genome.sequence import parse_sequence
from tests.genome.fasta_files import tool

BASES = st.text("ACGTN", min_size=1, max_size=200)


def test_a_file_as_it_is_written():
    records = [FastaRecord("a_1", "ACGTN" * 13, "chr1:1-65 (1-based)\n simulated"), FastaRecord("b", "A" * 60)]
    assert fasta_text(records) == (
        ">a_1 chr1:1-65 (1-based) simulated\n" + "ACGTN" * 12 + "\nACGTN\n>b\n" + "A" * 60 + "\n"
    )
    assert fasta_text([]) == fai_text([]) == ""


@settings(deadline=None, max_examples=40)
@given(st.lists(BASES, min_size=1, max_size=4))
def test_our_own_reader_finds_what_was_written(tmp_path_factory, sequences: list[str]):
    records = [FastaRecord(f"s{i}", bases, "about \u00e9") for i, bases in enumerate(sequences)]
    path = tmp_path_factory.mktemp("fasta") / "x.fa"
    path.write_text(fasta_text(records), encoding="utf-8")
    index_fasta(path)
    assert Path(f"{path}.fai").read_text() == fai_text(records)
    with Assembly(path) as assembly:
        for record in records:
            assert assembly.fetch(Interval(record.name, 0, len(record.bases))) == record.bases
    pasted = parse_sequence(fasta_text(records[:1]))
    assert (pasted.name, pasted.bases) == ("s0", sequences[0])


@pytest.mark.oracle
def test_the_index_is_that_of_samtools(tmp_path: Path):
    records = [
        FastaRecord("chr1_-5_90_reference", "ACGTN" * 19),
        FastaRecord("short", "A"),
        FastaRecord("c", "T" * 120),
    ]
    path = tmp_path / "x.fa"
    path.write_text(fasta_text(records))
    subprocess.run([tool("samtools"), "faidx", str(path)], check=True)
    assert Path(f"{path}.fai").read_text() == fai_text(records)


@pytest.mark.parametrize(
    ("name", "bases", "message"),
    [
        ("", "A", "cannot be called"),
        ("a b", "A", "cannot be called"),
        (" a", "A", "cannot be called"),
        ("a\nb", "A", "cannot be called"),
        ("a", "", "has no bases"),
        ("a", "ACX", "'X' in 'a' is not one of"),
        ("a", "ac", "'a' in 'a' is not one of"),
        ("a", "AC\n", "is not one of"),
    ],
)
def test_what_no_reader_would_take_is_refused(name: str, bases: str, message: str):
    with pytest.raises(SequenceError, match=message):
        FastaRecord(name, bases)


def test_a_name_stands_for_one_sequence():
    with pytest.raises(SequenceError, match="two sequences are called 'a'"):
        fasta_text([FastaRecord("a", "A"), FastaRecord("a", "C")])
