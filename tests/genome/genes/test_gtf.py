"""Reading GTF: the dialects, and row 61."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enformer_core.errors import FileError, FileTooLarge, GtfError
from enformer_core.genome.genes import gtf
from enformer_core.genome.genes.gtf import Row, parse_attributes, read_gtf

GENCODE = (
    'chr22\tHAVANA\ttranscript\t29883155\t30027880\t.\t+\t.\tgene_id "ENSG00000100330.15"; '
    'transcript_id "ENST00000401950.6"; gene_type "protein_coding"; gene_name "MTMR3"; '
    'transcript_type "protein_coding"; level 2; tag "basic"; tag "CCDS"; havana_gene "OTTHUMG00000151278.3";\n'
)
ENSEMBL = (
    '17\thavana\texon\t7661779\t7668402\t.\t-\t.\tgene_id "ENSG00000141510"; gene_version "18"; '
    'transcript_id "ENST00000269305"; transcript_version "9"; exon_number "1"; gene_name "TP53";\n'
)
EXON = 'chr1\tx\texon\t{start}\t{end}\t.\t+\t.\tgene_id "G"; transcript_id "T";\n'


def rows(folder: Path, text: str | bytes) -> list[Row]:
    path = folder / "x.gtf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_gtf(path))


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(GtfError) as caught:
        rows(folder, text)
    return str(caught.value)


def test_gencode_line(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, GENCODE)
    assert (row.chrom, row.start, row.end, row.strand) == ("chr22", 29_883_154, 30_027_880, "+")
    assert (row.gene_id, row.transcript_id) == ("ENSG00000100330.15", "ENST00000401950.6")
    assert row.attributes is not None
    assert row.attributes["tag"] == ["basic", "CCDS"]
    assert row.attributes["level"] == ["2"]


def test_ensembl_version_is_joined_to_the_id(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, ENSEMBL)
    assert (row.gene_id, row.transcript_id) == ("ENSG00000141510.18", "ENST00000269305.9")
    gene = ENSEMBL.replace("\texon\t", "\tgene\t")
    (row,) = rows(tmp_path, gene)
    assert (row.gene_id, row.transcript_id) == ("ENSG00000141510.18", "")


def test_attributes_in_another_order_are_read_too(tmp_path: Path) -> None:
    line = 'chr1\tx\texon\t1\t9\t.\t+\t.\tnote "gene_id \\"no\\"; x"; transcript_id "T"; gene_id "G"\n'
    (row,) = rows(tmp_path, line)
    assert (row.gene_id, row.transcript_id) == ("G", "T")


def test_comments_blank_lines_and_other_features_are_passed_over(tmp_path: Path) -> None:
    text = "#!genome-build GRCh38\n\n" + GENCODE.replace("transcript\t", "UTR\t", 1) + GENCODE
    assert [row.number for row in rows(tmp_path, text)] == [4]


def test_gzip_bom_and_no_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + GENCODE.strip().encode()))
    assert [row.gene_id for row in read_gtf(path)] == ["ENSG00000100330.15"]


def test_row_61_crlf(tmp_path: Path) -> None:
    assert rows(tmp_path, GENCODE.replace("\n", "\r\n")) == rows(tmp_path, GENCODE)


def test_row_61_quotes_and_semicolons_in_values(tmp_path: Path) -> None:
    line = 'chr1\tx\tgene\t1\t9\t.\t+\t.\tgene_id "a;b \\"c\\""; gene_name "x; y"; note "";\n'
    (row,) = rows(tmp_path, line)
    assert row.gene_id == 'a;b "c"'
    assert row.attributes == {"gene_id": ['a;b "c"'], "gene_name": ["x; y"], "note": [""]}


@given(st.lists(st.tuples(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(st.characters(codec="ascii")))))
def test_any_quoted_value_comes_back(pairs: list[tuple[str, str]]) -> None:
    pairs = [(k, "".join(c for c in v if c.isprintable() and c != "\\")) for k, v in pairs]
    expected: dict[str, list[str]] = {}
    for key, value in pairs:
        expected.setdefault(key, []).append(value)
    text = " ".join('{} "{}";'.format(k, v.replace('"', '\\"')) for k, v in pairs)
    assert parse_attributes(text) == expected


def test_row_61_gff3_is_named_by_header_and_by_attributes(tmp_path: Path) -> None:
    assert "line 1: this is GFF3, not GTF. Convert it: gffread x.gtf -T" in refused(tmp_path, "##gff-version 3\n")
    line = "chr1\tx\tgene\t1\t9\t.\t+\t.\tID=gene:ENSG1;Name=TP53\n"
    assert "line 2: this is GFF3" in refused(tmp_path, "#!x\n" + line)


def test_row_61_start_after_end(tmp_path: Path) -> None:
    assert "line 2: start 200 is after end 100" in refused(
        tmp_path, EXON.format(start=1, end=1) + EXON.format(start=200, end=100)
    )


def test_row_61_zero_based_export(tmp_path: Path) -> None:
    message = refused(tmp_path, EXON.format(start=0, end=100))
    assert "line 1: start is 0" in message
    assert "was it exported 0-based" in message


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (EXON.format(start="1e6", end=9), "'1e6' to '9' is no range"),
        (EXON.format(start=-5, end=9), "'-5' to '9'"),
        (EXON.format(start=1, end="9" * 13), "is no range"),
        (EXON.format(start=1, end="٣"), "is no range"),
        (EXON.format(start=1, end=9).replace("\t+", "\tplus"), "strand 'plus'"),
        (EXON.format(start=1, end=9).replace("\t", " "), "Columns are separated by tabs"),
        ("chr1\t1\t2\n", "3 columns instead of 9"),
        ('{"a": 1}\n', "1 columns instead of 9"),
        (EXON.format(start=1, end=9).replace('gene_id "G"; ', ""), "exon without gene_id"),
        (EXON.format(start=1, end=9).replace(' transcript_id "T";', ""), "exon without transcript_id"),
        (EXON.format(start=1, end=9).replace('"G"', '"G'), "attributes cannot be read"),
        (EXON.format(start=1, end=9).replace('gene_id "G"', "gene_id"), "attributes cannot be read"),
        ("chr1\x00\tx\n", "binary"),
        ("chr1\n".encode("utf-16"), "binary, or UTF-16"),
    ],
)
def test_row_61_other_bad_lines_are_refused_with_their_number(tmp_path: Path, text: str | bytes, word: str) -> None:
    good = b"#!comment\n" if isinstance(text, bytes) else "#!comment\n"
    message = refused(tmp_path, good + text)
    assert f"{tmp_path / 'x.gtf'} line 2" in message
    assert word in message


def test_a_gzip_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.gtf.gz"
    whole = gzip.compress((GENCODE * 2_000).encode())
    for length in (len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:length])
        with pytest.raises(GtfError, match="damaged or cut short after line"):
            list(read_gtf(path))


def test_too_long_a_line_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gtf.gz"
    path.write_bytes(gzip.compress(b"#" * 3_000_000))
    with pytest.raises(FileTooLarge, match="line 1"):
        list(read_gtf(path))


def test_too_long_a_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtf, "MAX_TEXT", 1_000)
    with pytest.raises(FileTooLarge):
        rows(tmp_path, GENCODE * 10)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        list(read_gtf(tmp_path / "none.gtf"))
    with pytest.raises(FileError, match="cannot be read"):
        list(read_gtf(tmp_path))


def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtf, "REPORT_EVERY_LINES", 100)
    seen: list[float] = []
    path = tmp_path / "x.gtf"
    path.write_text(GENCODE * 1_000)
    list(read_gtf(path, lambda done, what: seen.append(done)))
    assert len(seen) == 10
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= 1
