"""Reading BED, narrowPeak, broadPeak, GTF and VCF through the limited process, and what is refused."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pysam
import pytest
from annotation_files import ALL, BED, BROAD, CONTIGS, GTF, NARROW, VCF, bgzip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enformer_core.errors import AssemblyMismatch, FileError, FileFormatError, FileTooLarge, GtfError
from enformer_core.genome.interval import Interval
from enformer_core.settings import Settings
from enformer_core.tracks import child_pool
from enformer_core.tracks.feature_read import AnnotationReader
from enformer_core.tracks.features import Features

CHR1 = Interval("chr1", 0, 60_000)
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def annotations() -> Iterator[AnnotationReader]:
    with AnnotationReader(Settings(bigwig_timeout_s=20.0)) as made:
        yield made


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes, name: str = "file.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def read(reader: AnnotationReader, path: Path, interval: Interval = CHR1, **more) -> Features:
    (found,) = reader.read([path], interval, more.pop("contigs", CONTIGS), **more)
    assert isinstance(found, Features), found
    return found


def places(found: Features) -> list[tuple[int, int]]:
    return list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))


def refused(reader: AnnotationReader, path: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        reader.describe(path)
    return caught.value


def test_bed_keeps_names_strands_and_scores(annotations, write) -> None:
    info = annotations.describe(write(BED))
    assert (info.kind, info.format, info.n_features) == ("regions", "BED6", 3)
    found = read(annotations, write(BED))
    assert places(found) == [(100, 200), (300, 300)]
    assert (found.labels, found.strands) == (("alpha", "beta"), "+-")
    np.testing.assert_array_equal(found.scores, np.array([0.5, 0], np.float32))
    assert found.summits is None


def test_only_what_shares_a_base_with_the_interval_is_given(annotations, write) -> None:
    path = write("".join(f"chr1\t{start}\t{start + 10}\n" for start in (80, 90, 91, 150, 199, 200)))
    assert places(read(annotations, path, Interval("chr1", 100, 200))) == [(91, 101), (150, 160), (199, 209)]


def test_narrow_peaks_have_summits_and_signal_of_the_strongest_in_the_file(annotations, write) -> None:
    path = write(NARROW)
    found = read(annotations, path)
    assert (found.kind, annotations.describe(path).format) == ("peaks", "narrowPeak")
    np.testing.assert_array_equal(found.summits, [1150.0, np.nan])
    np.testing.assert_array_equal(found.scores, np.array([0.5, 0.25], np.float32))
    assert found.labels == ("peak_a", "peak_b")
    assert read(annotations, path, Interval("chr2", 0, 1000)).labels == ("",)


def test_broad_peaks_are_peaks_without_summits(annotations, write) -> None:
    path = write(BROAD)
    assert annotations.describe(path).format == "broadPeak"
    found = read(annotations, path)
    assert (found.kind, found.summits) == ("peaks", None)
    np.testing.assert_array_equal(found.scores, np.array([1, 0.4], np.float32))


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ("chr1 1 2", "BED3"),
        ("chr1 1 2 a", "BED4"),
        ("chr1 1 2 a 7", "BED5"),
        ("chr1 1 9 a 0 + 2 8 255,0,0", "BED9"),
        ("chr1 1 9 a 0 + 2 8 0 1 8, 0,", "BED12"),
        ("chr1 1 9 EH38D1 EH38E1 pELS", "BED4+2"),
        ("chr1 1 9 a 5 . chance 0.4 0.1 0.2", "BED6+4"),
    ],
)
def test_columns_beyond_the_sixth_are_allowed_and_named(annotations, write, columns, name) -> None:
    for text in (columns, columns.replace(" ", "\t")):
        info = annotations.describe(write(f"{text}\n"))
        assert (info.format, info.kind) == (name, "regions")


def test_sites_of_a_vcf_are_placed_from_0_and_blocks_are_counted(annotations, write) -> None:
    path = write(VCF)
    found = read(annotations, path)
    assert found.kind == "variants"
    assert places(found) == [(999, 1000), (1999, 2002), (2999, 3500)]
    assert found.labels == ("rs7 A>G,T", "ACG>A", "N><DEL>")
    assert found.notes == ("sites without a variant left out: 1",)


def test_a_vcf_of_nothing_but_its_header_is_no_variant(annotations, write) -> None:
    assert annotations.describe(write("".join(VCF.splitlines(keepends=True)[:3]))).n_features == 0


def test_genes_of_a_gtf(annotations, write) -> None:
    (gene,) = read(annotations, write(GTF)).genes
    assert (gene.symbol, gene.chrom, gene.start, gene.end, gene.tss) == ("ONE", "chr1", 1000, 3000, 2999)
    assert gene.canonical.exons == ((1000, 1200), (2800, 3000))
    assert gene.canonical.cds == (1100, 1200)
    assert read(annotations, write(GTF), Interval("chr1", 3000, 4000)).genes == ()


@pytest.mark.parametrize("name", ALL)
def test_every_format_is_told_by_its_content_plain_or_compressed(annotations, write, name) -> None:
    text = ALL[name].encode()
    for number, content in enumerate((text, gzip.compress(text), bgzip(text), b"\xef\xbb\xbf" + text)):
        assert annotations.describe(write(content, f"{number}.pdf")).format == name
    comments = f"# a comment\n\n{ALL[name]}" if name != "VCFv4.2" else ALL[name]
    assert annotations.describe(write(comments.replace("\n", "\r\n"), "crlf")).format == name


def test_lines_for_browsers_are_passed_over(annotations, write) -> None:
    text = f'browser position chr1:1-100\ntrack name="x" description="y"\n#chrom\tstart\n\n{BED}track name=z\n'
    assert annotations.describe(write(text)).n_features == 3


def test_chromosomes_go_by_the_names_of_the_assembly(annotations, write) -> None:
    path = write("1\t10\t20\ta\nCHR1\t30\t40\tb\nMT\t1\t2\tc\nscaffold_9\t5\t6\td\n")
    found = read(annotations, path)
    assert found.labels == ("a", "b")
    assert found.notes == ("features on 'scaffold_9', which the assembly does not have, left out: 1",)
    assert read(annotations, path, Interval("chrM", 0, 10)).labels == ("c",)


def test_more_than_can_be_drawn_keeps_the_strongest_and_counts_the_rest(annotations, write) -> None:
    peaks = "".join(f"chr1\t{i * 10}\t{i * 10 + 5}\tp{i}\t0\t.\t{(i * 7) % 100}\t-1\t-1\t-1\n" for i in range(100))
    found = read(annotations, write(peaks), limit=10)
    assert found.dropped == 90
    strongest = sorted(i for i in range(100) if (i * 7) % 100 >= 90)
    assert found.labels == tuple(f"p{i}" for i in strongest)
    plain = "".join(f"chr1\t{i * 10}\t{i * 10 + 5}\n" for i in range(100))
    starts = read(annotations, write(plain), limit=10).starts
    assert (starts[0], starts[-1], len(starts)) == (0, 990, 10), "evenly spread"


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=12)
rows = st.tuples(
    st.sampled_from(["chr1", "chr2"]), st.integers(0, 20_000), st.integers(0, 9_000), names, st.integers(0, 1000)
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=30), st.integers(0, 25_000), st.integers(1, 9_000), st.booleans())
def test_what_was_written_is_read_back(annotations, write, lines, start, width, is_packed) -> None:
    text = "".join(f"{c}\t{s}\t{s + w}\t{n or '.'}\t{score}\t+\n" for c, s, w, n, score in lines)
    path = write(bgzip(text.encode()) if is_packed else text)
    found = read(annotations, path, Interval("chr1", start, start + width))
    expected = [
        (s, s + w, n)
        for c, s, w, n, _ in lines
        if c == "chr1" and s < start + width and (s + w > start or (w == 0 and s == start))
    ]
    assert sorted((*place, name) for place, name in zip(places(found), found.labels, strict=True)) == sorted(expected)
    assert found.starts.tolist() == sorted(found.starts.tolist())


def test_bed_and_vcf_positions_are_those_of_tabix_and_bcftools(annotations, write, tmp_path) -> None:
    rng = np.random.default_rng(5)
    starts = np.sort(rng.integers(0, 58_000, 300))
    bed = "".join(f"chr1\t{s}\t{s + rng.integers(1, 900)}\tn{i}\n" for i, s in enumerate(starts))
    path = write(bed, "a.bed")
    indexed = pysam.tabix_index(str(path), preset="bed", keep_original=True)
    with pysam.TabixFile(indexed) as oracle:
        expected = [line.split("\t")[3] for line in oracle.fetch("chr1", 20_000, 30_000)]
    assert list(read(annotations, Path(indexed), Interval("chr1", 20_000, 30_000)).labels) == expected
    end = '##INFO=<ID=END,Number=1,Type=Integer,Description="Last base">\n#CHROM'
    vcf = write(VCF.replace("#CHROM", end), "a.vcf")
    with pysam.VariantFile(str(vcf)) as oracle:
        sites = [(site.start, site.stop) for site in oracle if site.alts != ("<NON_REF>",)]
    assert places(read(annotations, vcf)) == sites


def test_real_files_read_as_pandas_and_our_own_index_read_them(annotations, shared_data: Path, tmp_path) -> None:
    import pandas

    from enformer_core.genome.genes.collect import Collection
    from enformer_core.genome.genes.gtf import read_gtf

    folder = shared_data / "hg38_slices"
    sizes = pandas.read_csv(folder / "hg38.chrom.sizes", sep="\t", header=None).set_index(0)[1].to_dict()
    table = pandas.read_csv(folder / "regions.bed", sep="\t", header=None)
    chr11 = Interval("chr11", 0, sizes["chr11"])
    expected = table[table[0] == "chr11"].sort_values([1, 2])
    assert places(read(annotations, folder / "regions.bed", chr11, contigs=sizes)) == list(
        zip(expected[1], expected[2], strict=True)
    )
    gtf = shared_data / "annotation" / "gencode_v25_chr22_30-34Mb.gtf.gz"
    stretch = Interval("chr22", 30_000_000, 30_500_000)
    ours = read(annotations, gtf, stretch, contigs=sizes).genes
    theirs = [g for g in Collection(read_gtf(gtf)).genes() if g.start < stretch.end and g.end > stretch.start]
    assert [(g.gene_id, g.start, g.end, g.canonical.exons) for g in ours] == [
        (g.gene_id, g.start, g.end, g.canonical.exons) for g in sorted(theirs, key=lambda g: (g.start, g.end))
    ]
    assert len(ours) > 5


GOOD = "chr1\t10\t20\ta\t0\t+\n"
SITE = VCF.splitlines(keepends=True)
HEADER = "".join(SITE[:3])


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        pytest.param(GOOD + "chr1\t30\n", "line 2", "2 columns, where the first line has 6", id="cut-short"),
        pytest.param(GOOD + "chr1\t40\t30\tb\t0\t+\n", "line 2", "start 40 is after end 30", id="start-after-end"),
        pytest.param(GOOD + "chr1\t-5\t30\tb\t0\t+\n", "line 2", "'-5' is before the first, which is 0", id="negative"),
        pytest.param(GOOD + "chr1\t1e3\t2e3\tb\t0\t+\n", "line 2", "'1e3' is not a position", id="scientific"),
        pytest.param(GOOD + "chr1\t1\t9999999999\tb\t0\t+\n", "line 2", "'9999999999' is above", id="beyond-2-31"),
        pytest.param(GOOD + "chr1\t1\t²\tb\t0\t+\n", "line 2", "is not a position", id="digit-of-another-script"),
        pytest.param(GOOD + "chr1\t1\t5\tb\tnan\t+\n", "line 2", "score 'nan' is not a number", id="nan-score"),
        pytest.param(GOOD + "chr1\t1\t5\tb\t0\t?\n", "line 2", "strand '?'", id="strand"),
        pytest.param(GOOD + "\t1\t5\tb\t0\t+\n", "line 2", "name is empty", id="no-chromosome"),
        pytest.param(NARROW + NARROW.splitlines()[0][:-3] + "400\n", "line 4", "summit 400 lies outside", id="summit"),
        pytest.param("chrom\tstart\tend\nchr1\t1\t5\n", "line 1", "this is a text file, not a bigWig, BED", id="head"),
        pytest.param("##gff-version 3\n", "line 1", "this is GFF3", id="gff3"),
        pytest.param(GTF + GTF.replace("1001", "0", 1), "line 6", "start is 0", id="gtf-from-0"),
        pytest.param(GTF.replace("\t", " "), "line 1", "1 columns instead of 9", id="gtf-spaces"),
        pytest.param("track type=bedGraph\nchr1\t1\t5\t2.5\n", "line 1", "wiggle or bedGraph", id="bedgraph"),
        pytest.param("variableStep chrom=chr1\n5 1\n", "line 1", "wiggle or bedGraph", id="wiggle"),
        pytest.param("", "", "this is an empty file", id="empty"),
        pytest.param("# nothing\ntrack name=x\n", "", "none of its 2 lines is a feature", id="comments-only"),
        pytest.param(">chr1\nACGT\n", "", "this is a FASTA file", id="fasta"),
        pytest.param(gzip.compress(b">chr1\nACGT\n"), "line 1", "this is a FASTA file", id="gzipped-fasta"),
        pytest.param('{"a": 1}', "", "this is a JSON file", id="json"),
        pytest.param("".join(SITE[1:]), "line 2", "does not begin with ##fileformat", id="row-37-no-fileformat"),
        pytest.param("".join(SITE[3:]), "line 1", "looks like a VCF without its header", id="row-37-no-header"),
        pytest.param(SITE[0] + SITE[3], "line 2", "before the line #CHROM", id="row-37-no-columns"),
        pytest.param(b"%PDF-1.7 \0", "", "this is a PDF document", id="row-37-pdf"),
        pytest.param(gzip.compress(b"BCF\x02\x02"), "", "this is a BCF file", id="row-37-bcf"),
        pytest.param(b"PK\x03\x04" + bytes(50), "", "this is a zip archive", id="row-37-xlsx"),
        pytest.param(HEADER + SITE[3].replace("\t", " "), "line 4", "1 columns, where the header has 10", id="row-38"),
        pytest.param(HEADER + "chr1\t5\t.\tA\tC\n", "line 4", "5 columns", id="row-38-five-columns"),
        pytest.param(HEADER + SITE[3].replace("1000", "0"), "line 4", "'0' is before the first", id="row-33-pos-0"),
        pytest.param(HEADER + SITE[3].replace("1000", "x"), "line 4", "'x' is not a position", id="row-33-word"),
        pytest.param(HEADER + SITE[3].replace("A\tG,T", "Z\tG"), "line 4", "REF 'Z'", id="row-29-ref"),
        pytest.param(HEADER + SITE[3].replace("G,T", "G,,T"), "line 4", "ALT ''", id="row-27-empty-alt"),
        pytest.param(BED.encode("utf-16"), "", "UTF-16", id="row-43-utf-16"),
        pytest.param(BED.encode("utf-16-le"), "", "the file is binary, or text in UTF-16", id="row-43-utf-16-bare"),
        pytest.param(GOOD.encode() + b"chr1\t1\t2\t\0\t0\t+\n", "", "binary", id="row-43-nul"),
        pytest.param(gzip.compress(BED.encode())[:-9], "", "cut short", id="row-41-truncated-gzip"),
        pytest.param(gzip.compress(BED.encode() * 50)[:60] + bytes(40), "", "damaged", id="row-41-damaged-gzip"),
        pytest.param(bgzip(BED.encode())[:20], "", "last block is missing", id="row-41-bgzip-of-20-bytes"),
        pytest.param(bgzip(BED.encode(), with_end=False), "", "last block is missing", id="row-41-bgzip-without-end"),
    ],
)
def test_a_bad_file_is_refused_with_its_line_and_why(annotations, write, content, where, what) -> None:
    path = write(content)
    error = refused(annotations, path)
    assert isinstance(error, FileFormatError)
    assert what in error.what
    assert error.where.startswith(str(path))
    assert error.where.endswith(where)
    assert error.hint


def test_rows_42_and_45_bombs_endless_lines_and_too_many_features_are_refused_in_little_time(
    annotations, write
) -> None:
    start = time.monotonic()
    bomb = refused(annotations, write(gzip.compress((b"#" * 1000 + b"\n") * 20_000)))
    assert isinstance(bomb, FileTooLarge)
    assert "more than 100 times its size" in bomb.what
    endless = refused(annotations, write(GOOD + "chr1\t1\t2\t" + "A" * (1 << 20) + "\t0\t+\n"))
    assert isinstance(endless, FileTooLarge)
    assert endless.where.endswith("line 2")
    many = refused(annotations, write(b"chr1\t1\t2\n" * 200_001))
    assert isinstance(many, FileTooLarge)
    assert many.what == "the file has more than 200,000 features"
    assert many.where.endswith("line 200,001")
    assert "Keep the chromosomes that you need, for example with tabix or awk" in many.hint
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("place", ["missing", "folder", "pipe"])
def test_what_is_no_regular_file_is_never_waited_for(annotations, tmp_path, place) -> None:
    path = tmp_path / place
    if place == "folder":
        path.mkdir()
    elif place == "pipe":
        os.mkfifo(path)
    (found,) = annotations.read([path], CHR1, CONTIGS)
    assert isinstance(found, FileError)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(BED + "chr1\t59000\t60001\tx\t0\t+\n", "line 4: chr1:60,001 is beyond the end of chr1", id="end"),
        pytest.param("chrA\t1\t2\nchrB\t1\t2\n", "none of its chromosomes, such as 'chrA'", id="no-chromosome-known"),
        pytest.param(VCF.replace("length=60000", "length=50000"), "chr1 length 50,000, expected", id="vcf-header"),
        pytest.param(GTF.replace("3000", "70000"), "chr1:70,000 is beyond the end", id="gtf"),
    ],
)
def test_row_51_a_file_of_another_assembly_says_so(annotations, write, content, what) -> None:
    path = write(content)
    (found,) = annotations.read([path], CHR1, CONTIGS)
    assert isinstance(found, AssemblyMismatch)
    assert what in str(found)
    assert str(path) in str(found)


def test_row_51_the_assembly_that_would_fit_is_named(annotations, write) -> None:
    hg38 = {"chr1": 248_956_422, "chr2": 242_193_529}
    path = write("chr1\t249000000\t249100000\n")
    (found,) = annotations.read([path], Interval("chr1", 0, 1000), hg38)
    assert isinstance(found, AssemblyMismatch)
    assert found.what.endswith("which has 248,956,422 bp; it would fit hg19")


def test_one_bad_file_does_not_cost_the_others(annotations, write) -> None:
    paths = [write(BED, "a"), write("chr1\tx\t5\n", "b"), write(b"\x89PNG", "c"), write(NARROW, "d")]
    first, second, third, last = annotations.read(paths, CHR1, CONTIGS)
    assert isinstance(first, Features)
    assert isinstance(last, Features)
    assert isinstance(second, FileFormatError)
    assert isinstance(third, FileFormatError)


def test_row_54_a_file_that_was_replaced_is_read_anew(annotations, write) -> None:
    assert read(annotations, write(BED, "same")).labels == ("alpha", "beta")
    assert read(annotations, write("chr1\t1\t2\tother\n", "same")).labels == ("other",)
    error = refused(annotations, write("chr1\t1\n", "same"))
    assert "not a bigWig" in error.what


def test_a_child_that_dies_or_hangs_costs_one_answer_and_not_the_server(write, monkeypatch) -> None:
    path, pid = write(BED), os.getpid()
    hello = "import os, time\nos.write(1, b'\\x00\\x00\\x00\\x02{}')\nos.read(0, 100000)\n"
    for then, what in (("os.abort()", "crashed the reader (SIGABRT)"), ("time.sleep(60)", "took more than 1.8 s")):
        with monkeypatch.context() as patch, AnnotationReader(Settings(bigwig_timeout_s=0.3)) as reader:
            patch.setattr(child_pool, "_BOOT", hello + then)
            (found,) = reader.read([path], CHR1, CONTIGS)
            assert isinstance(found, FileFormatError)
            assert what in found.what
            patch.undo()
            (found,) = reader.read([path], CHR1, CONTIGS)
            assert isinstance(found, Features), "the next child answers"
    assert os.getpid() == pid


SOUND = {"kind": "regions", "format": "", "n_features": 1, "highest": None, "contigs": {}, "lengths": {}, "skipped": {}}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        SOUND | {"kind": "drawings"},
        SOUND | {"n_features": -1},
        SOUND | {"highest": "x"},
        SOUND | {"contigs": []},
    ],
)
def test_lying_children_are_not_believed(write, monkeypatch, facts) -> None:
    """A file that took its child over could answer anything."""
    message = json.dumps(facts | {"n_bytes": 0}).encode()
    answer = len(message).to_bytes(4, "big") + message
    monkeypatch.setattr(
        child_pool,
        "_BOOT",
        f"import os, time\nos.write(1, b'\\x00\\x00\\x00\\x02{{}}')\nos.read(0, 100000)\nos.write(1, {answer!r})\n"
        "time.sleep(60)\n",
    )
    with AnnotationReader(Settings(bigwig_timeout_s=0.5)) as reader:
        (found,) = reader.read([write(BED)], CHR1, CONTIGS)
    assert isinstance(found, FileFormatError)


def test_gtf_errors_keep_their_class(annotations, write) -> None:
    assert isinstance(refused(annotations, write(GTF.replace('gene_id "G1.1"', "gene_id=G1", 1))), GtfError)
