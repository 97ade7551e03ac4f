"""Indexes of FASTA files: making them, and refusing those that cannot be trusted."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
from pathlib import Path

import pytest

from enformer_core.errors import FastaError, FileError, FileTooLarge, OutputExists
from enformer_core.genome.assembly import Assembly, index_fasta
from enformer_core.genome.interval import Interval
from tests.genome.fasta_files import fasta_text, indexed, tool, write_bgzip, write_plain

TWO = ">a\nACGTA\nCGTAC\nGT\n>b text\nGGGGG\nCC\n"


def refused(path: Path) -> str:
    with pytest.raises(FastaError) as caught:
        Assembly(path)
    return str(caught.value)


# --- making an index -------------------------------------------------------------------------------------------------


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["plain", "bgzip", "biopython", "joined", "tiny"])
def test_index_is_that_of_samtools_byte_for_byte(tmp_path: Path, kind: str) -> None:
    samtools = tool("samtools")
    text, _ = fasta_text()
    if kind == "plain":
        path = write_plain(tmp_path / "x.fa", text)
    elif kind == "joined":  # two bgzip files joined: an empty block lies in the middle
        path = write_bgzip(tmp_path / "x.fa.gz", text + "\n")
        path.write_bytes(path.read_bytes() + write_bgzip(tmp_path / "y.gz", ">z\nACGT\n").read_bytes())
    else:
        path = write_bgzip(tmp_path / "x.fa.gz", TWO if kind == "tiny" else text, kind)
    index_fasta(path)
    endings = [".fai"] if kind == "plain" else [".fai", ".gzi"]
    ours = [Path(f"{path}{e}").read_bytes() for e in endings]
    for ending in endings:
        Path(f"{path}{ending}").unlink()
    subprocess.run([samtools, "faidx", str(path)], check=True)
    assert ours == [Path(f"{path}{e}").read_bytes() for e in endings]
    Assembly(path).close()


@pytest.mark.oracle
@pytest.mark.parametrize(
    "text", [">a\nACGT", ">a\nACGT\n\n\n>b\nACGT\n\n", "\n>a\nACGT\n", "> a\nAC\n", ">a\tb\nAC\n", ">a\nACGT\r\n>b\nA"]
)
def test_odd_but_right_files_are_indexed_as_samtools_does(tmp_path: Path, text: str) -> None:
    path = indexed(write_plain(tmp_path / "x.fa", text))
    ours = Path(f"{path}.fai").read_bytes()
    Assembly(path).close()
    Path(f"{path}.fai").unlink()
    subprocess.run([tool("samtools"), "faidx", str(path)], check=True)
    assert ours == Path(f"{path}.fai").read_bytes()


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (">a\nACG\nACGT\n", 3, "unlike length"),
        (">a\nACGT\nAC\nACGT\n", 3, "unlike length"),
        (">a\nACGT\nACGT\r\n", 3, "unlike length"),
        (">a\nACGT\n\nACGT\n", 3, "blank line"),
        ("ACGT\nACGT\n", 1, "before any header"),
        (">a\nACGT\n>b\nAC\n>a\nAC\n", 5, "'a' is used twice"),
        (">a\n>b\nACGT\n", 1, "'a' is empty"),
        (">a\nACGT\n>b\n", 3, "'b' is empty"),
        (">a\nACGT\nAC*T\n", 3, "'*' in column 3"),
        (">a\nACGT\nA-CT\n", 3, "'-' in column 2"),
        (">a\nAC GT\n", 2, "' ' in column 3"),
        (">a\nACGT\n>\nAC\n", 3, "no name"),
        ("\n\n", 2, "no sequence"),
    ],
)
def test_row_57_index_refuses_with_the_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    path = write_plain(tmp_path / "x.fa", text)
    with pytest.raises(FastaError) as caught:
        index_fasta(path)
    assert f"{path} line {line}: " in str(caught.value)
    assert word in str(caught.value)
    assert os.listdir(tmp_path) == ["x.fa"]


def test_row_57_same_lines_are_refused_in_bgzip(tmp_path: Path) -> None:
    path = write_bgzip(tmp_path / "x.fa.gz", ">a\nACGT\n\nACGT\n", "biopython")
    with pytest.raises(FastaError, match="line 3: there is a blank line"):
        index_fasta(path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"BZh91AY", "bzip2"),
        (b"PK\x03\x04rest", "zip"),
        (b"\x43\x27\x41\x1a" + bytes(40), "2bit"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b">a\nAC\x00GT\n", "binary"),
        (bytes(range(256)), "binary"),
    ],
)
def test_row_57_other_kinds_of_file_are_named(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "x.fa"
    path.write_bytes(content)
    with pytest.raises(FastaError, match=word):
        index_fasta(path)
    assert word in refused(path)


def test_row_59_plain_gzip_is_named_with_the_bgzip_command(tmp_path: Path) -> None:
    path = tmp_path / "x.fa.gz"
    path.write_bytes(gzip.compress(TWO.encode()))
    assert "gunzip -c x.fa.gz | bgzip > " in refused(path)
    with pytest.raises(FastaError, match="compressed with gzip"):
        index_fasta(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no FASTA file"):
        index_fasta(tmp_path / "none.fa")
    with pytest.raises(FileError, match="is not a file"):
        Assembly(tmp_path)


def test_index_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", TWO)
    index_fasta(path)
    Path(f"{path}.fai").write_text("old")
    with pytest.raises(OutputExists, match="--force"):
        index_fasta(path)
    index_fasta(path, overwrite=True)
    assert Path(f"{path}.fai").read_text() == "a\t12\t3\t5\t6\nb\t7\t26\t5\t6\n"


def test_progress_is_reported(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", ">a\n" + "A\n" * 600_000)
    seen: list[tuple[float, str]] = []
    index_fasta(path, progress=lambda done, what: seen.append((done, what)))
    assert [what for _, what in seen] == ["Indexing a", "Indexing a"]
    assert 0 < seen[0][0] < seen[1][0] <= 1


def test_bgzip_cut_at_any_place_is_refused(tmp_path: Path) -> None:
    whole = write_bgzip(tmp_path / "x.fa.gz", fasta_text()[0], "biopython").read_bytes()
    for length in (len(whole) - 1, len(whole) - 28, len(whole) // 2, 40):
        cut = tmp_path / "cut.fa.gz"
        cut.write_bytes(whole[:length])
        with pytest.raises(FastaError, match="cut short"):
            index_fasta(cut)


# --- trusting an index -----------------------------------------------------------------------------------------------


def test_row_58_missing_index_names_the_command(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", TWO)
    assert refused(path).endswith(f"Make it with: enformer-browser setup index {path}")
    assert os.listdir(tmp_path) == ["x.fa"]


def test_row_59_missing_gzi_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    path = indexed(write_bgzip(tmp_path / "x.fa.gz", TWO, "biopython"))
    before = Path(f"{path}.fai").stat().st_mtime_ns
    Path(f"{path}.gzi").unlink()
    assert "no block index x.fa.gz.gzi" in refused(path)
    assert sorted(os.listdir(tmp_path)) == ["x.fa.gz", "x.fa.gz.fai"]
    assert Path(f"{path}.fai").stat().st_mtime_ns == before


STALE = [
    ("one base more in a", TWO.replace("GT\n>b", "GTA\n>b")),
    ("one base less in a", TWO.replace("GT\n>b", "G\n>b")),
    ("header longer", TWO.replace(">b text", ">b a longer text")),
    ("renamed", TWO.replace(">b text", ">c text")),
    ("a contig between", TWO.replace(">b", ">new\nACGT\n>b")),
    ("a contig at the end", TWO + ">c\nACGTACGT\n"),
    ("a contig at the start", ">c\nACGTACGT\n" + TWO),
    ("wrapped otherwise", TWO.replace("ACGTA\nCGTAC\nGT", "ACGTAC\nGTACGT")),
    ("wrapped otherwise, same size", TWO.replace("ACGTA\nCGTAC\n", "ACGTAC\nGTAC\n")),
    ("other line ends", TWO.replace("\n", "\r\n")),
    ("cut short", TWO[:-3]),
    ("cut at a contig", TWO[: TWO.index(">b")]),
    ("order changed", ">b text\nGGGGG\nCC\n>a\nACGTA\nCGTAC\nGT\n"),
]


@pytest.mark.parametrize(("what", "text"), STALE, ids=[w for w, _ in STALE])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "bgzip"])
def test_row_58_index_of_another_text_is_refused(tmp_path: Path, what: str, text: str, packed: bool) -> None:
    """The FASTA file was edited and its time set back, as rsync -t does: times say nothing."""
    name = "x.fa.gz" if packed else "x.fa"
    write = write_bgzip if packed else write_plain
    arguments = ("biopython",) if packed else ()
    path = indexed(write(tmp_path / name, TWO, *arguments))
    write(path, text, *arguments)
    os.utime(path, (1, 1))
    message = refused(path)
    assert "x.fa" in message
    assert "setup index" in message


def test_an_older_index_that_still_fits_is_accepted(tmp_path: Path) -> None:
    path = indexed(write_plain(tmp_path / "x.fa", TWO))
    os.utime(f"{path}.fai", (1, 1))
    with Assembly(path) as assembly:
        assert dict(assembly.contigs) == {"a": 12, "b": 7}


FAI = "a\t12\t3\t5\t6\nb\t7\t26\t5\t6\n"


@pytest.mark.parametrize(
    "fai",
    [
        "",
        "a\t12\t3\t5\t6\n",
        "b\t7\t26\t5\t6\n",
        FAI[:-1],
        FAI[:-4],
        FAI + "garbage\n",
        FAI + "\n",
        FAI.replace("12", "-12"),
        FAI.replace("12", "1e1"),
        FAI.replace("12", "9" * 30),
        FAI.replace("12", "999999999"),
        FAI.replace("12", "11"),
        FAI.replace("12", "13"),
        FAI.replace("12", "0"),
        FAI.replace("26", "25"),
        FAI.replace("26", "3"),
        FAI.replace("26", "2600"),
        FAI.replace("5\t6", "0\t1"),
        FAI.replace("5\t6", "5\t5"),
        FAI.replace("5\t6", "5\t9"),
        FAI.replace("5\t6", "4\t5"),
        FAI.replace("b\t", "a\t"),
        FAI.replace("a\t12", "A\t12"),
        FAI.replace("\t", " "),
        "\x00\xff" * 50,
        "a\t12\t3\t5\t6\t7\n",
    ],
)
def test_row_58_truncated_and_garbage_fai(tmp_path: Path, fai: str) -> None:
    path = write_plain(tmp_path / "x.fa", TWO)
    Path(f"{path}.fai").write_bytes(fai.encode("latin-1"))
    assert "x.fa" in refused(path)
    assert sorted(os.listdir(tmp_path)) == ["x.fa", "x.fa.fai"]


def test_row_57_duplicate_names_in_an_index_made_elsewhere(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", ">a\nAC\n>a\nGT\n")
    Path(f"{path}.fai").write_text("a\t2\t3\t2\t3\na\t2\t9\t2\t3\n")
    assert "'a' stands for two sequences" in refused(path)


@pytest.mark.oracle
def test_row_57_samtools_hides_a_repeated_name_and_we_do_not(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", ">a\nAC\n>a\nGT\n")
    subprocess.run([tool("samtools"), "faidx", str(path)], check=True, capture_output=True)
    assert "the text goes on after 'a'" in refused(path)


@pytest.mark.oracle
def test_row_57_samtools_hides_an_empty_record_and_we_do_not(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", ">a\n>b\nACGT\n")
    subprocess.run([tool("samtools"), "faidx", str(path)], check=True, capture_output=True)
    assert "not its header line" in refused(path)


def test_a_huge_fai_is_refused_by_size(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "x.fa", TWO)
    with open(f"{path}.fai", "wb") as handle:
        handle.truncate(65 * 1024**2)
    with pytest.raises(FileTooLarge):
        Assembly(path)


def gzi(*numbers: int, count: int | None = None) -> bytes:
    return struct.pack("<Q", len(numbers) // 2 if count is None else count) + struct.pack(f"<{len(numbers)}Q", *numbers)


def test_row_58_gzi_with_huge_or_false_counts_is_refused_before_allocating(tmp_path: Path) -> None:
    """As CVE-2026-31970: a count near 2^64 must not become an allocation."""
    path = indexed(write_bgzip(tmp_path / "x.fa.gz", fasta_text()[0], "biopython"))
    good = Path(f"{path}.gzi").read_bytes()
    first, second = struct.unpack("<QQ", good[8:24])
    size = path.stat().st_size
    bad = [
        b"",
        b"\x01\x00",
        gzi(count=2**64 - 1),
        gzi(count=2**60),
        gzi(first, second, count=2),
        good[:-1],
        good + b"x",
        gzi(first, second, count=0),
        gzi(first, 0),
        gzi(first, 10**15),
        gzi(0, second),
        gzi(size, second),
        gzi(2**63, second),
        gzi(first, second + 1),
        gzi(first, second - 1),
        gzi(first + 1, second),
        gzi(*[n for i in range(10**5) for n in (i + 1, i + 1)]),
    ]
    for content in bad:
        Path(f"{path}.gzi").write_bytes(content)
        message = refused(path)
        assert "x.fa.gz" in message, content[:40]
    Path(f"{path}.gzi").write_bytes(good)
    Assembly(path).close()


def test_row_58_gzi_of_another_file_is_refused(tmp_path: Path) -> None:
    path = indexed(write_bgzip(tmp_path / "x.fa.gz", fasta_text(1)[0], "biopython"))
    other = indexed(write_bgzip(tmp_path / "y.fa.gz", fasta_text(2)[0], "biopython"))
    Path(f"{path}.gzi").write_bytes(Path(f"{other}.gzi").read_bytes())
    assert "setup index" in refused(path)


def test_row_41_bgzip_without_its_end_marker_is_refused(tmp_path: Path) -> None:
    path = indexed(write_bgzip(tmp_path / "x.fa.gz", TWO, "biopython"))
    path.write_bytes(path.read_bytes()[:-28])
    assert "cut short" in refused(path)


def test_row_58_damaged_block_is_found_where_it_is_read(tmp_path: Path) -> None:
    path = indexed(write_bgzip(tmp_path / "x.fa.gz", fasta_text()[0], "biopython"))
    content = bytearray(path.read_bytes())
    middle = struct.unpack("<Q", Path(f"{path}.gzi").read_bytes()[8:16])[0] + 5_000
    content[middle] ^= 0xFF  # in the second block, which holds the middle of `line`
    path.write_bytes(bytes(content))
    with Assembly(path) as assembly, pytest.raises(FastaError, match="a block cannot be read: near byte"):
        assembly.fetch(Interval("line", 0, 140_000))


def test_row_60_read_only_folder_works_without_writing(tmp_path: Path) -> None:
    folder = tmp_path / "ro"
    folder.mkdir()
    path = indexed(write_bgzip(folder / "x.fa.gz", TWO, "biopython"))
    os.utime(path, (2_000_000_000, 2_000_000_000))  # newer than its index: others would make it again here
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    folder.chmod(0o555)
    try:
        with Assembly(path) as assembly:
            assert dict(assembly.contigs) == {"a": 12, "b": 7}
            assert len(assembly.identity) == 64
    finally:
        folder.chmod(0o755)
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before
