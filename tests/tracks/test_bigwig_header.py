from __future__ import annotations

import gzip
import os
import struct
import zipfile
from pathlib import Path

import pyBigWig
import pytest

from enformer_core.errors import BigWigError
from enformer_core.tracks.bigwig_header import read_header
from enformer_core.tracks.file_kind import kind_of

HG38_SIZES = {"chr1": 248_956_422, "chr2": 242_193_529, "chrX": 156_040_895}


def problem(path: Path) -> str:
    with pytest.raises(BigWigError) as caught:
        read_header(path)
    return caught.value.what


def changed(path: Path, *edits: tuple[int, bytes]) -> Path:
    content = bytearray(path.read_bytes())
    for offset, piece in edits:
        content[offset : offset + len(piece)] = piece
    path.write_bytes(content)
    return path


def test_a_good_file(make_bigwig) -> None:
    path = make_bigwig(contigs=HG38_SIZES)
    header = read_header(path)
    with pyBigWig.open(str(path)) as file:
        assert header.contigs == file.chroms() == HG38_SIZES
    assert (header.version, header.has_entries) == (4, True)
    assert header.identity.size == path.stat().st_size


def test_many_chromosomes_in_a_tree_of_three_levels(make_bigwig) -> None:
    """The tree goes to the end of the file: 100 leaves of 100 chromosomes below 10 nodes below the root."""
    path = make_bigwig()
    contigs = {f"scaffold_{i:05d}": 1000 + i for i in range(10_000)}
    rows = [struct.pack("<14sII", name.encode(), i, size) for i, (name, size) in enumerate(contigs.items())]
    leaves = [struct.pack("<BBH", 1, 0, 100) + b"".join(rows[i : i + 100]) for i in range(0, 10_000, 100)]
    start = path.stat().st_size
    root = start + 32
    nodes = root + 4 + 10 * 22
    first_leaf = nodes + 10 * (4 + 10 * 22)
    tree = struct.pack("<IIIIQQ", 0x78CA8C91, 100, 14, 8, 10_000, 0) + struct.pack("<BBH", 0, 0, 10)
    tree += b"".join(rows[i * 1000][:14] + struct.pack("<Q", nodes + i * 224) for i in range(10))
    for i in range(10):
        tree += struct.pack("<BBH", 0, 0, 10)
        for j in range(i * 10, i * 10 + 10):
            tree += rows[j * 100][:14] + struct.pack("<Q", first_leaf + j * len(leaves[0]))
    path.write_bytes(path.read_bytes() + tree + b"".join(leaves))
    assert read_header(changed(path, (8, struct.pack("<Q", start)))).contigs == contigs


def test_real_files(shared_data: Path) -> None:
    sizes = (shared_data / "hg38_slices" / "hg38.chrom.sizes").read_text().split()
    expected = dict(zip(sizes[::2], map(int, sizes[1::2]), strict=True))
    files = sorted((shared_data / "hg38_slices").glob("bigwig*/*.bw"))
    assert len(files) == 29
    for path in files:
        contigs = read_header(path).contigs
        assert contigs
        assert dict(contigs).items() <= expected.items()


def test_row_49_other_files_are_named(tmp_path: Path) -> None:
    zipped = tmp_path / "z"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a", "b")
    bam = gzip.compress(b"BAM\x01" + bytes(100))
    contents = {
        b"": "an empty file",
        bam: "a BAM file",
        gzip.compress(b"##fileformat=VCFv4.2\n"): "a gzipped VCF",
        gzip.compress(b"text"): "a gzip file",
        b"\x1f\x8b": "a gzip file",
        struct.pack("<I", 0x8789F2EB) + bytes(80): "a bigBed file",
        struct.pack(">I", 0x8789F2EB) + bytes(80): "a bigBed file",
        zipped.read_bytes(): "a zip archive",
        b"<!DOCTYPE html><html><body>404 Not Found</body></html>": "a web page (HTML), perhaps an error message",
        b"\n<HTML><head>": "a web page (HTML), perhaps an error message",
        b'{"error": "not found"}': "a JSON file",
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>': "an XML file",
        b"track type=wiggle_0\nfixedStep": "a wiggle or bedGraph text file",
        b">chr1\nACGT\n": "a FASTA file",
        b"chr1\t0\t100\t1.5\n": "a text file",
        "Größe".encode(): "a text file",
        b"\x89HDF\r\n\x1a\n" + bytes(100): "an HDF5 file",
        bytes(1000): "a file of zeros",
        bytes(range(1, 200)): "a file of an unknown kind",
    }
    for content, kind in contents.items():
        path = tmp_path / "a.bw"
        path.write_bytes(content)
        text = problem(path)
        assert text.startswith(f"this is {kind}"), content
        assert text.endswith(", not a bigWig")


def test_row_49_big_endian_is_named(make_bigwig) -> None:
    path = changed(make_bigwig(), (0, struct.pack(">I", 0x888FFC26)))
    assert "big-endian" in problem(path)


def test_row_48_cut_at_every_byte(make_bigwig) -> None:
    path = make_bigwig(contigs=HG38_SIZES, entries={"chr1": [(i * 10, i * 10 + 10, float(i)) for i in range(3000)]})
    content = path.read_bytes()
    assert len(content) > 5000
    for size in [*range(1025), *range(1025, len(content) - 100, 500)]:
        path.write_bytes(content[:size])
        assert problem(path).startswith(("the bigWig is damaged", "this is"))


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (((4, struct.pack("<H", 9)),), "format version 9 is unknown"),
        (((6, struct.pack("<H", 65_535)),), "it claims 65,535 zoom levels; at most 64 are read"),
        (((8, struct.pack("<Q", 2**63)),), "the chromosome list should be at byte 9,223,372,036,854,775,808"),
        (((8, struct.pack("<Q", 0)),), "the chromosome list should be at byte 0"),
        (((8, struct.pack("<Q", 64)),), "the chromosome list is not where the header says"),
        (((16, struct.pack("<Q", 2**40)),), "the data should be at byte"),
        (((24, struct.pack("<Q", 2**40)),), "the index should be at byte"),
        (((24, struct.pack("<Q", 64)),), "the index is not where the header says"),
        (((44, struct.pack("<Q", 2**40)),), "the summary should be at byte"),
        (((64 + 8, struct.pack("<Q", 2**40)),), "a zoom level should be at byte"),
        (((64 + 16, struct.pack("<Q", 2**40)),), "the index of a zoom level should be at byte"),
    ],
)
def test_row_53_counts_and_offsets_are_bounded(make_bigwig, edits: tuple[tuple[int, bytes], ...], message: str) -> None:
    assert f"the bigWig is damaged: {message}" in problem(changed(make_bigwig(), *edits))


@pytest.mark.parametrize(
    ("offset", "piece", "message"),
    [
        (16, struct.pack("<Q", 2_000_000), "it claims 2,000,000 chromosomes; 1 to 100,000 are read"),
        (16, struct.pack("<Q", 0), "it claims 0 chromosomes"),
        (16, struct.pack("<Q", 2), "contradicts itself"),
        (8, struct.pack("<I", 5000), "an impossible layout"),
        (8, struct.pack("<I", 0), "an impossible layout"),
        (12, struct.pack("<I", 4), "an impossible layout"),
        (32, b"\x07", "contradicts itself"),
        (34, struct.pack("<H", 0), "contradicts itself"),
        (34, struct.pack("<H", 65_535), "should be at byte"),
        (36, b"\xff\xfe\xff\xff", "a chromosome's name is not text"),
        (36, b"\x00\x00\x00\x00", "a chromosome is named ''"),
        (36, b"ch\x1b1", "a chromosome is named 'ch\\x1b1'"),
        (40, struct.pack("<I", 77), "contradicts itself"),  # the number that libBigWig writes at
    ],
)
def test_row_53_the_chromosome_list_is_checked(make_bigwig, offset: int, piece: bytes, message: str) -> None:
    path = make_bigwig()
    (tree,) = struct.unpack_from("<Q", path.read_bytes(), 8)
    assert message in problem(changed(path, (tree + offset, piece)))


def test_a_chromosome_list_that_leads_to_itself(make_bigwig) -> None:
    path = make_bigwig()
    (tree,) = struct.unpack_from("<Q", path.read_bytes(), 8)
    node = struct.pack("<BBH4sQ", 0, 0, 1, b"chr1", tree + 32)
    assert "runs in circles" in problem(changed(path, (tree + 32, node)))


def test_row_56_only_regular_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        assert problem(path) == "this is no regular file"
    assert "NUL" in problem(Path("a\0b"))
    assert problem(tmp_path / "missing.bw") == "the file is not there (any more)"
    assert "cannot be opened" in problem(tmp_path / ("x" * 300))


def test_a_character_cut_in_two_is_still_text() -> None:
    assert kind_of(b"abcd\xc3") == "a text file"
