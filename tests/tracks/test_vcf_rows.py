"""Rows 37 to 47 of the table of bad inputs, as far as a VCF is read: as an annotation, for its sites.

What they share with other annotations is in ``test_feature_read.py``.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from annotation_files import CONTIGS, bgzip

from enformer_core.errors import FileError, FileFormatError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks.feature_read import AnnotationReader
from enformer_core.tracks.features import Features

HEADER = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
CHR1 = Interval("chr1", 0, 60_000)


@pytest.fixture(scope="module")
def reader() -> Iterator[AnnotationReader]:
    with AnnotationReader(Settings(bigwig_timeout_s=20.0)) as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "given.vcf"


def site(pos: int, ref: str = "A", alt: str = "C", info: str = ".", chrom: str = "chr1") -> str:
    return f"{chrom}\t{pos}\t.\t{ref}\t{alt}\t.\t.\t{info}\n"


def read(reader: AnnotationReader, path: Path, content: str | bytes, interval: Interval = CHR1) -> Features:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (found,) = reader.read([path], interval, CONTIGS)
    assert isinstance(found, Features), found
    return found


def places(found: Features) -> list[tuple[int, int]]:
    return list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))


def refused(reader: AnnotationReader, path: Path, content: str | bytes) -> FileError:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(FileError) as caught:
        reader.describe(path)
    assert caught.value.where.startswith(str(path))
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "this is an empty file"),
        (b'{"variants": []}', "this is a JSON file"),
        (gzip.compress(b"BAM\x01" + bytes(40)), "this is a BAM file"),
        (b"PK\x03\x04" + bytes(40), "this is a zip archive"),
        (b"%PDF-1.7 \0", "this is a PDF document"),
        (b"<!DOCTYPE html><html>sign in</html>", "this is a web page (HTML)"),
    ],
)
def test_row_37_what_is_no_vcf_is_named(reader: AnnotationReader, path: Path, content: bytes, what: str) -> None:
    assert what in refused(reader, path, content).what


def test_row_37_a_header_alone_is_no_variant_and_no_error(reader: AnnotationReader, path: Path) -> None:
    path.write_text(HEADER)
    info = reader.describe(path)
    assert (info.kind, info.format, info.n_features) == ("variants", "VCFv4.3", 0)


def test_row_38_a_line_with_more_or_fewer_columns_is_named(reader: AnnotationReader, path: Path) -> None:
    good, wide = site(10), site(20).rstrip() + "\tGT\t0/1\n"
    for text, where, n in (
        (good + wide, "line 4", 10),
        (good + good + "chr1\t5\n", "line 5", 2),
        (good.replace("\t", "  "), "line 3", 1),
    ):
        error = refused(reader, path, HEADER + text)
        assert error.what == f"{n} columns, where the header has 8"
        assert error.where.endswith(where)
        assert "tabs, not spaces" in error.hint


def test_row_39_chromosomes_by_other_names_and_of_other_genomes(reader: AnnotationReader, path: Path) -> None:
    """Whether the header lists a contig plays no part; what the assembly lacks is counted by its name."""
    header = HEADER.replace("#CHROM", "##contig=<ID=1,length=60000>\n#CHROM")
    rows = [site(10, chrom="1"), site(20, chrom="CHR1"), site(30, chrom="chr2"), *[site(5, chrom="GL000192.1")] * 2]
    found = read(reader, path, header + "".join(rows))
    assert places(found) == [(9, 10), (19, 20)]
    assert found.notes == ("features on 'GL000192.1', which the assembly does not have, left out: 2",)


def test_row_40_lines_out_of_order_and_twice(reader: AnnotationReader, path: Path) -> None:
    rows = site(900, "G", "T"), site(100), site(500), site(100)
    path.write_text(HEADER + "".join(rows))
    assert reader.describe(path).n_features == 4
    assert places(read(reader, path, HEADER + "".join(rows))) == [(99, 100), (99, 100), (499, 500), (899, 900)]


def test_row_41_a_compressed_file_that_was_cut_says_after_which_line(reader: AnnotationReader, path: Path) -> None:
    text = (HEADER + "".join(site(i) for i in range(1, 20_001))).encode()
    assert reader.read([_written(path, gzip.compress(text))], CHR1, CONTIGS)
    packed = gzip.compress(text)
    error = refused(reader, path, packed[: len(packed) // 2])
    assert error.what == "the compressed file is cut short"
    line = int(error.where.rpartition("after line ")[2].replace(",", ""))
    assert 5_000 < line < 15_000
    error = refused(reader, path, bgzip(text[:20_000], with_end=False))
    assert error.what == "the bgzip file is cut short: its last block is missing"


def test_row_43_line_ends_marks_and_bytes_of_other_encodings(reader: AnnotationReader, path: Path) -> None:
    whole = HEADER + site(10, info="NOTE=caf\u00e9")
    for content in (
        whole.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + whole.encode(),
        whole.encode("latin-1"),
        whole.rstrip("\n"),
    ):
        assert places(read(reader, path, content)) == [(9, 10)]
    assert "UTF-16" in refused(reader, path, whole.encode("utf-16")).what
    assert "binary" in refused(reader, path, whole.replace("caf", "\0")).what


def test_row_44_one_wrong_line_at_the_end_of_many_is_found_and_named(reader: AnnotationReader, path: Path) -> None:
    lines = "".join(site(i) for i in range(1, 30_001))
    error = refused(reader, path, HEADER + lines + site(1).replace("A\tC", "A\tQ!") + site(2))
    assert isinstance(error, FileFormatError)
    assert error.what == "ALT 'Q!' is no allele"
    assert error.where == f"{path} line 30,003"


def test_row_46_blocks_symbols_and_breakends_of_newer_versions(reader: AnnotationReader, path: Path) -> None:
    rows = [
        site(100, alt="<NON_REF>", info="END=200"),
        site(300, alt="<*>", info="END=310"),
        site(400, alt="."),
        site(500, alt="<DEL>", info="SVTYPE=DEL;SVLEN=50"),
        site(600, alt="<CNV:TR>", info="SVLEN=30,;RN=1"),
        site(700, alt="<DUP:TANDEM>", info="SVLEN=-20;END=740"),
        site(800, alt="<INS>", info="SVLEN=90"),
        site(900, alt="A]chr2:321]"),
        site(1000, alt="C,*"),
        site(1100, alt="<DEL>,<INS>", info="SVLEN=.,12"),
        site(1200, alt="C,<DEL>", info="SVLEN=.,9"),
    ]
    found = read(reader, path, HEADER.replace("v4.3", "v4.5") + "".join(rows))
    assert places(found) == [
        (499, 550),  # SVLEN counts the bases after POS
        (599, 630),
        (699, 740),
        (799, 800),
        (899, 900),
        (999, 1000),
        (1099, 1100),
        (1199, 1209),
    ]
    assert found.notes == ("sites without a variant left out: 3",)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (gzip.compress(b"BCF\x02\x02" + bytes(40)), "this is a BCF file"),
        (b"\x28\xb5\x2f\xfd" + bytes(40), "this is a zstd file"),
        (b"BZh9" + bytes(40), "this is a bzip2 file"),
        (b"\xfd7zXZ\x00" + bytes(40), "this is an xz file"),
        (b"\x04\x22\x4d\x18" + bytes(40), "this is an lz4 file"),
    ],
)
def test_row_46_other_compressions_are_named(reader: AnnotationReader, path: Path, content: bytes, what: str) -> None:
    assert what in refused(reader, path, content).what


def test_row_47_strange_info_is_not_read(reader: AnnotationReader, path: Path) -> None:
    for info in ("DP=1;DP=2", "=;;=", ";", "DP", "a=b=c", "END=", "END=x;END=y", "XEND=7"):
        assert places(read(reader, path, HEADER + site(10, info=info))) == [(9, 10)], info
        found = read(reader, path, HEADER + site(10, alt="<DEL>", info=info + ";SVLEN=x"))
        assert places(found) == [(9, 10)], info


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
