"""Assemblies: the bases that they give, where loci lie on them, and what they refuse."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyfaidx import Faidx

from enformer_core.errors import (
    AssemblyMismatch,
    FastaError,
    FileError,
    FileFormatError,
    LocusError,
)
from enformer_core.genome.assembly import Assembly
from enformer_core.genome.interval import Interval
from enformer_core.genome.known_assemblies import KNOWN
from enformer_core.genome.locus import Locus
from enformer_core.settings import load_settings
from tests.genome.fasta_files import fasta_text, indexed, tool, write_bgzip, write_plain

KINDS = ["plain", "bgzip", "biopython"]
N_INTERVALS = 10_000


def odd(folder: Path, kind: str) -> tuple[Path, dict[str, str]]:
    text, bases = fasta_text()
    path = write_plain(folder / "x.fa", text) if kind == "plain" else write_bgzip(folder / "x.fa.gz", text, kind)
    return indexed(path), bases


def sparse(folder: Path, lengths: dict[str, int], name: str = "big.fa") -> Path:
    """A FASTA file of contigs of any length that takes no disk: all bases but the first are holes in one line."""
    path = folder / name
    rows, offset = [], 0
    with path.open("wb") as handle:
        for contig, length in lengths.items():
            header = f">{contig}\n".encode()
            handle.seek(offset)
            handle.write(header + b"A" * min(length, 70_000))  # holes read as zero bytes, which look binary
            rows.append(f"{contig}\t{length}\t{offset + len(header)}\t{length}\t{length + 1}\n")
            offset += len(header) + length
            handle.seek(offset - 1)
            handle.write(b"A\n")
            offset += 1
    path.with_name(f"{name}.fai").write_text("".join(rows))
    return path


def some_intervals(lengths: dict[str, int], n: int, longest: int, seed: int = 3) -> list[Interval]:
    """Random intervals, with both ends of each contig and whole contigs among them."""
    rng = random.Random(seed)
    found = [Interval(c, *ends) for c, n in lengths.items() for ends in ((0, 1), (n - 1, n), (0, n))]
    names = list(lengths)
    while len(found) < n:
        contig = rng.choice(names)
        start = rng.randrange(lengths[contig])
        found.append(Interval(contig, start, min(lengths[contig], start + rng.randint(1, longest))))
    return found


def by_samtools(path: Path, intervals: list[Interval], folder: Path) -> list[str]:
    regions = folder / "regions.txt"
    regions.write_text("".join(f"{i.chrom}:{i.start + 1}-{i.end}\n" for i in intervals))
    run = subprocess.run([tool("samtools"), "faidx", "-r", regions, path], capture_output=True, check=True, text=True)
    return ["".join(record.splitlines()[1:]) for record in run.stdout.split(">")[1:]]


def as_fetched(letters: str) -> str:
    return "".join(c if c in "ACGT" else "N" for c in letters.upper())


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
def test_fetch_gives_what_samtools_gives_for_10000_intervals(tmp_path: Path, kind: str) -> None:
    path, _ = odd(tmp_path, kind)
    with Assembly(path) as assembly:
        intervals = some_intervals(dict(assembly.contigs), N_INTERVALS, 400)
        got = [assembly.fetch(i) for i in intervals]
    expected = [as_fetched(letters) for letters in by_samtools(path, intervals, tmp_path)]
    assert len(expected) == N_INTERVALS
    assert got == expected


@pytest.mark.parametrize("kind", KINDS)
def test_fetch_at_every_edge_of_every_contig(tmp_path: Path, kind: str) -> None:
    path, bases = odd(tmp_path, kind)
    with Assembly(path) as assembly:
        for contig, whole in bases.items():
            n = len(whole)
            assert assembly.contigs[contig] == n
            padded = "N" * 70 + whole + "N" * 70
            for start, end in (
                (-70, n + 70),
                (-1, 1),
                (0, n),
                (n - 1, n + 1),
                (n, n + 3),
                (-5, 0),
                (n // 2, n // 2 + 1),
            ):
                assert assembly.fetch(Interval(contig, start, end)) == padded[start + 70 : end + 70]


def test_pyfaidx_gives_the_same_from_a_plain_file(tmp_path: Path) -> None:
    path, _ = odd(tmp_path, "plain")
    peer = Faidx(str(path), as_raw=True, build_index=False, rebuild=False)
    try:
        with Assembly(path) as assembly:
            for i in some_intervals(dict(assembly.contigs), 500, 3_000, seed=5):
                assert assembly.fetch(i) == as_fetched(peer.fetch(i.chrom, i.start + 1, i.end))
    finally:
        peer.close()


@pytest.mark.oracle
def test_real_slices_of_hg38_open_fast_and_match_samtools(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "hg38_slices" / "hg38.slices.fa.gz"
    with Assembly(path) as assembly:
        assert assembly.build == "hg38"
        assert len(assembly.contigs) == 23
        intervals = some_intervals(dict(assembly.contigs), 80, 3_000)[69:]  # without the whole chromosomes
        for line in (path.parent / "regions.bed").read_text().splitlines()[:40]:
            chrom, start, end = line.split("\t")[:3]
            intervals += [Interval(chrom, max(0, int(start) + d), int(start) + d + 3_000) for d in (-1_500, 60_000)]
            intervals.append(Interval(chrom, int(end) - 100, int(end) + 100))
        got = [assembly.fetch(i) for i in intervals]
    assert got == [as_fetched(letters) for letters in by_samtools(path, intervals, tmp_path)]
    assert sum(set(bases) > {"N"} for bases in got) > 70


# --- one assembly, many threads and processes -------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("kind", ["plain", "bgzip"])
def test_forked_children_read_the_right_bases(tmp_path: Path, kind: str) -> None:
    """Shared file handles gave 50 to 98 wrong answers of 3,000 in four forks."""
    path, bases = odd(tmp_path, kind)
    with Assembly(path) as assembly:
        assembly.fetch(Interval("chr1", 0, 10))
        children = []
        for seed in range(4):
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    intervals = some_intervals(dict(assembly.contigs), 1_000, 300, seed)
                    code = int(any(assembly.fetch(i) != bases[i.chrom][i.start : i.end] for i in intervals))
                finally:
                    os._exit(code)
            children.append(child)
        for i in some_intervals(dict(assembly.contigs), 1_000, 300, 9):
            assert assembly.fetch(i) == bases[i.chrom][i.start : i.end]
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_forked_while_a_thread_reads_does_not_hang(tmp_path: Path) -> None:
    path, bases = odd(tmp_path, "plain")
    with Assembly(path) as assembly:
        with assembly._text.use():  # as another thread would hold it at the moment of the fork
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    code = int(assembly.fetch(Interval("chr1", 5, 50)) != bases["chr1"][5:50])
                finally:
                    os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("kind", ["plain", "bgzip"])
def test_eight_threads_read_the_right_bases(tmp_path: Path, kind: str) -> None:
    path, bases = odd(tmp_path, kind)
    wrong: list[Interval] = []
    with Assembly(path) as assembly:

        def read(seed: int) -> None:
            for i in some_intervals(dict(assembly.contigs), 300, 300, seed):
                if assembly.fetch(i) != bases[i.chrom][i.start : i.end]:
                    wrong.append(i)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_closed_assembly_opens_its_file_again(tmp_path: Path) -> None:
    path, bases = odd(tmp_path, "plain")
    assembly = Assembly(path)
    for _ in range(2):
        assert assembly.fetch(Interval("chr2", 0, 9)) == bases["chr2"][:9]
        assembly.close()


def test_row_54_a_file_that_changes_under_us_is_refused(tmp_path: Path) -> None:
    path = indexed(write_plain(tmp_path / "x.fa", ">a\nACGT\n"))
    with Assembly(path) as assembly:
        assert assembly.fetch(Interval("a", 0, 4)) == "ACGT"
        with path.open("r+b") as handle:
            handle.write(b">a\nTTTT\n")
        os.utime(path, (5, 5))
        with pytest.raises(FastaError, match="was changed while it was open"):
            assembly.fetch(Interval("a", 0, 4))
        assembly.close()
        with pytest.raises(FastaError, match="was changed after it was opened"):
            assembly.fetch(Interval("a", 0, 4))
        path.unlink()
        with pytest.raises(FileError, match="cannot be opened any more"):
            assembly.fetch(Interval("a", 0, 4))


# --- letters ---------------------------------------------------------------------------------------------------------


def test_soft_masked_iupac_and_u(tmp_path: Path) -> None:
    path = indexed(write_plain(tmp_path / "x.fa", ">a\nacgtnACGTN\nRYSWKMBDHV\nryswkmbdhv\nUu\n"))
    with Assembly(path) as assembly:
        assert assembly.fetch(Interval("a", 0, 32)) == "ACGTNACGTN" + "N" * 20 + "TT"


FILLER = "ACGTA\n" * 20_000  # so that the bad letter is not in what is looked at when the file is opened


@pytest.mark.parametrize("letter", ["*", "-", "X", "E", "0", " ", "\x00", "\xff", ">"])
def test_row_57_a_letter_that_is_no_nucleotide_code_is_named_with_its_position(tmp_path: Path, letter: str) -> None:
    """Such a file may come with an index, as samtools and pyfaidx take it."""
    path = tmp_path / "x.fa"
    path.write_bytes(f">a\n{FILLER}ACG{letter}A\n{FILLER}".encode("latin-1"))
    path.with_name("x.fa.fai").write_text("a\t200005\t3\t5\t6\n")
    with Assembly(path) as assembly:
        assert assembly.fetch(Interval("a", 0, 100_003)) == "ACGTA" * 20_000 + "ACG"
        with pytest.raises(FastaError, match=r"at a:100,004 is no nucleotide code"):
            assembly.fetch(Interval("a", 99_990, 100_010))


@pytest.mark.oracle
def test_row_57_the_same_in_a_bgzip_file_that_samtools_indexed(tmp_path: Path) -> None:
    path = write_bgzip(tmp_path / "x.fa.gz", f">a\n{FILLER}ACG*A\n{FILLER}")
    subprocess.run([tool("samtools"), "faidx", path], check=True)
    with Assembly(path) as assembly, pytest.raises(FastaError, match=r"'\*' at a:100,004 is no nucleotide code"):
        assembly.fetch(Interval("a", 0, 200_005))


def test_row_58_a_line_end_in_the_wrong_place_is_noticed_at_fetch(tmp_path: Path) -> None:
    text = ">a\n" + "ACGTA\n" * 1_000
    path = indexed(write_plain(tmp_path / "x.fa", text))
    at = 3 + 6 * 100
    path.write_text(text[:at] + "ACG\nTA" + text[at + 6 :])
    with Assembly(path) as assembly, pytest.raises(FastaError, match=r"3 letters stand where 4 should, at a:501"):
        assembly.fetch(Interval("a", 500, 504))


# --- loci ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hg38(tmp_path: Path) -> Iterator[Assembly]:
    with Assembly(sparse(tmp_path, dict(KNOWN["hg38"]), "hg38.fa")) as assembly:
        yield assembly


def test_row_02_locus_in_each_spelling(hg38: Assembly) -> None:
    for text in ("chr1:1,000,001-1,200,000", "1:1000001-1200000", "CHR1:1,000,001-1,200,000 "):
        assert hg38.locate(text) == Interval("chr1", 1_000_000, 1_200_000)
    assert hg38.resolve("1:1-10") == (Interval("chr1", 0, 10), ("1 is chr1 here",))
    assert hg38.resolve("chr1:1-10")[1] == ()
    assert hg38.locate("chrY") == Interval("chrY", 0, 57_227_415)


def test_row_05_past_the_end_offers_the_clipped_locus(hg38: Assembly) -> None:
    with pytest.raises(LocusError, match=r"chr1 ends at 248,956,422") as caught:
        hg38.locate("chr1:248956422-248956430")
    assert caught.value.clipped == "chr1:248,956,422-248,956,422"
    assert hg38.locate(caught.value.clipped) == Interval("chr1", 248_956_421, 248_956_422)
    with pytest.raises(LocusError) as caught:
        hg38.locate("1:248,000,001-249,000,000")
    assert caught.value.clipped == "chr1:248,000,001-248,956,422"
    with pytest.raises(LocusError, match="chr1 starts at 1") as caught:
        hg38.locate(Locus("chr1", -10, 100))
    assert caught.value.clipped == "chr1:1-100"


def test_row_05_wholly_past_the_end_has_nothing_to_clip_to(hg38: Assembly) -> None:
    with pytest.raises(LocusError, match="Choose positions from 1 to 248,956,422") as caught:
        hg38.locate("chr1:249000000-249100000")
    assert caught.value.clipped is None
    assert "in hg19 chr1 has 249,250,621 bases" in str(caught.value)


def test_row_06_unknown_chromosome_lists_the_nearest(hg38: Assembly) -> None:
    with pytest.raises(LocusError) as caught:
        hg38.locate("chr23:1-10")
    assert str(caught.value) == "hg38 has no chromosome 'chr23'. Nearest names: chrX, chr22, chr21, chr20"


def test_row_15_accession_of_hg19_on_hg38(hg38: Assembly) -> None:
    with pytest.raises(LocusError, match=r"NC_000001\.10 is chr1 of hg19"):
        hg38.contig("NC_000001.10")
    assert hg38.contig("NC_000001.11") == "chr1"


def test_row_17_mitochondrion_is_flagged_as_circular(hg38: Assembly) -> None:
    assert hg38.resolve("MT:1-100")[1] == (
        "MT is chrM here",
        "chrM is circular; windows are cut at its ends all the same",
    )


def test_fetch_bounds_its_memory(hg38: Assembly) -> None:
    with pytest.raises(LocusError, match="are more than chrM has"):
        hg38.fetch(Interval("chrM", 0, 10**12))
    with pytest.raises(LocusError, match="no chromosome"):
        hg38.fetch(Interval("chrZ", 0, 10))
    assert hg38.fetch(Interval("1", 248_956_421, 248_956_424)) == "ANN"


def test_a_plain_file_of_500_contigs_opens_in_well_under_a_second(tmp_path: Path) -> None:
    path = sparse(tmp_path, {f"c{i}": 6_000_000 for i in range(500)})
    begun = time.perf_counter()
    Assembly(path).close()
    assert time.perf_counter() - begun < 0.8


# --- identity --------------------------------------------------------------------------------------------------------


def test_identity_changes_with_a_single_base_and_not_with_a_copy(tmp_path: Path) -> None:
    def identity(folder: str, text: str) -> str:
        (tmp_path / folder).mkdir()
        with Assembly(indexed(write_plain(tmp_path / folder / "x.fa", text))) as assembly:
            return assembly.identity

    first = identity("a", ">a\nACGT\n")
    assert len(first) == len(hashlib.sha256().hexdigest())
    assert identity("copy", ">a\nACGT\n") == first
    others = [identity("base", ">a\nACGA\n"), identity("name", ">b\nACGT\n"), identity("wrap", ">a\nAC\nGT\n")]
    assert len({first, *others}) == 4


def test_identity_of_a_large_file_changes_when_it_is_replaced(tmp_path: Path) -> None:
    path = sparse(tmp_path, {"a": 80 * 1024**2, "b": 1_000})
    before = Assembly(path).identity
    with path.open("r+b") as handle:
        handle.seek(40 * 1024**2)
        handle.write(b"C" * 400_000)
    assert Assembly(path).identity != before


# --- opening ---------------------------------------------------------------------------------------------------------


def register(name: str, **manifest: object) -> Path:
    folder = load_settings().assemblies_dir / name
    folder.mkdir(parents=True)
    facts = {"kind": "assembly", "schema": 1, "name": name, "fasta": "genome.fa", **manifest}
    (folder / "manifest.json").write_text(json.dumps(facts))
    return folder


GTF = 'chr1\tx\tgene\t101\t200\t.\t+\t.\tgene_id "G1"; gene_name "Abc";\n'


def test_open_a_registered_assembly(tmp_path: Path) -> None:
    folder = register("mine", simulated=True, genes="genes.gtf")
    indexed(write_plain(folder / "genome.fa", ">chr1\n" + "ACGT" * 100 + "\n"))
    (folder / "genes.gtf").write_text(GTF)
    with Assembly.open("mine") as assembly:
        assert (assembly.name, assembly.simulated, assembly.build) == ("mine", True, None)
        assert assembly.path == folder / "genome.fa"
        assert assembly.genes is not None
        assert assembly.genes.gene("abc").interval == Interval("chr1", 100, 200, "+")


def test_open_a_file_with_genes_in_other_contig_names(tmp_path: Path) -> None:
    path = indexed(write_plain(tmp_path / "my.genome.fa", ">1\n" + "ACGT" * 100 + "\n"))
    gtf = tmp_path / "g.gtf.gz"
    gtf.write_bytes(gzip.compress((GTF + GTF.replace("chr1", "chrUn").replace("Abc", "Elsewhere")).encode()))
    with Assembly.open(path, genes=gtf) as assembly:
        assert assembly.name == "my.genome"
        assert assembly.genes is not None
        assert assembly.genes.gene("Abc").chrom == "1"
        assert [g.symbol for g in assembly.genes.overlapping(Interval("1", 0, 400))] == ["Abc"]
        assert assembly.genes.search("Elsewhere")[0].note == "chrUn is not in this assembly"


def test_genes_of_the_settings_belong_to_an_assembly_given_as_a_file(tmp_path: Path) -> None:
    path = indexed(write_plain(tmp_path / "x.fa", ">chr1\n" + "ACGT" * 100 + "\n"))
    (tmp_path / "g.gtf").write_text(GTF)
    settings = load_settings({"genes": tmp_path / "g.gtf"})
    with Assembly.open(str(path), settings=settings) as assembly:
        assert assembly.genes is not None


@pytest.mark.parametrize(
    ("gtf", "word"),
    [(GTF.replace("chr1", "chr7"), "genes on chr7, none of which"), (GTF.replace("200", "500"), "ends at chr1:500")],
)
def test_row_61_annotation_of_another_assembly(tmp_path: Path, gtf: str, word: str) -> None:
    path = indexed(write_plain(tmp_path / "x.fa", ">chr1\n" + "ACGT" * 100 + "\n"))
    (tmp_path / "g.gtf").write_text(gtf)
    with pytest.raises(AssemblyMismatch, match=word):
        Assembly.open(path, genes=tmp_path / "g.gtf")


def test_row_51_hg19_registered_as_hg38_is_refused() -> None:
    folder = register("hg38")
    sparse(folder, {"chr1": 249_250_621}, "genome.fa")
    with pytest.raises(AssemblyMismatch, match=r"chr1 length 249,250,621 = hg19, expected hg38"):
        Assembly.open("hg38")


def test_unknown_names_and_missing_files(tmp_path: Path) -> None:
    register("mm39")
    with pytest.raises(FileError, match="there is no assembly 'mm3'. Did you mean mm39"):
        Assembly.open("mm3")
    with pytest.raises(FileError, match="Registered: mm39"):
        Assembly.open("hg38")
    with pytest.raises(FileError, match="there is no FASTA file"):
        Assembly.open(tmp_path / "none.fa")
    with pytest.raises(FileError, match="there is no FASTA file 'none.fa'"):
        Assembly.open("none.fa")
    with pytest.raises(FileError, match="there is no FASTA file"):
        Assembly.open("mm39")  # registered, but its file is gone
    (register("broken") / "manifest.json").write_text("{")
    with pytest.raises(FileFormatError, match="not JSON"):
        Assembly.open("broken")
