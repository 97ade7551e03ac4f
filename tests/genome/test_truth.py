"""The truth of an assembly: what is read of its three files, how it is found again, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from enformer_core.errors import FileError, FileFormatError, FileTooLarge, PathNotAllowed
from enformer_core.genome import truth_files
from enformer_core.genome.interval import Interval
from enformer_core.genome.registry import Registered, find
from enformer_core.genome.truth import Truth, read_truth
from enformer_core.genome.truth_files import KnownElement, KnownLink
from enformer_core.genome.variant import Variant
from enformer_core.settings import Settings

MANIFEST: dict[str, Any] = {
    "elements": "e.bed",
    "links": "l.tsv",
    "variants": "v.vcf",
    "cell_types": {"ery": "erythroid", "t": "T cell"},
}
ELEMENTS = (
    "#chrom\tstart\tend\tname\tscore\tkind",
    "chr1\t5000\t5400\tsecond\t9\tery",
    "chr1\t1000\t1400\tfirst\t9\tpromoter",
    "chr2\t1000\t1400\tother\t9\tctcf",
)
LINKS = (
    "element\tgene\tgene_id\tdistance\tcell_type\tlog2_fold_change",
    "first\tAAA\tG1\t0\tery\t-1.5",
    "second\tAAA\tG1\t4000\tery\t-0.25",
    "second\tAAA\tG1\t4000\tt\t1e-3",
    "second\tBBB\tG2\t90\tery\t0.000",
    "first\tG2\tG3\t90\tt\t-3",
)
VARIANTS = (
    "##fileformat=VCFv4.3",
    '##INFO=<ID=TRUTH_CAGE,Number=2,Type=Float,Description="True change of TRUTH_GENE: ery, t">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    "chr1\t1001\trs1\tA\tC\t.\t.\tCLASS=motif;TRUTH_GENE=AAA;TRUTH_CAGE=-0.5,0.25",
    "chr1\t2001\t.\tACG\tA\t.\t.\tTRUTH_CAGE=0.000,0.000",
    "chr1\t3001\t.\tA\tT\t.\t.\tCLASS=x",
)


def entry(folder: Path, **changed: object) -> Registered:
    """An assembly whose files are the lines above, or those that are given by the file's name without its ending."""
    for name, lines in (("e.bed", ELEMENTS), ("l.tsv", LINKS), ("v.vcf", VARIANTS)):
        content = changed.pop(name[0], lines)
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        elif content is not None:
            assert isinstance(content, tuple)
            (folder / name).write_text("\n".join(content) + "\n")
    return Registered("toy", folder, {"truth": changed.pop("truth", MANIFEST | changed)})


def truth(folder: Path, **changed: object) -> Truth:
    found = read_truth(entry(folder, **changed))
    assert found is not None
    return found


FIRST = KnownElement("first", Interval("chr1", 1_000, 1_400), "promoter")
SECOND = KnownElement("second", Interval("chr1", 5_000, 5_400), "ery")


def test_elements_of_a_stretch(tmp_path: Path) -> None:
    known = truth(tmp_path)
    assert known.elements_in(Interval("chr1", 0, 9_000)) == (FIRST, SECOND)
    assert known.elements_in(Interval("chr1", 1_399, 5_000)) == (FIRST,)
    assert known.elements_in(Interval("chr1", 1_400, 5_001)) == (SECOND,)
    assert known.elements_in(Interval("chr3", 0, 9_000)) == ()


def test_links_of_a_gene_by_id_and_by_symbol(tmp_path: Path) -> None:
    known = truth(tmp_path)
    expected = (
        KnownLink(FIRST, "AAA", "G1", "erythroid", -1.5),
        KnownLink(SECOND, "AAA", "G1", "erythroid", -0.25),
        KnownLink(SECOND, "AAA", "G1", "T cell", 0.001),
    )
    assert known.links_of("G1") == known.links_of("AAA") == expected
    assert [link.gene for link in known.links_of("G2")] == ["BBB"]  # the id goes before another gene's symbol
    assert known.links_of("CCC") == ()


def test_variants_of_a_stretch(tmp_path: Path) -> None:
    known = truth(tmp_path)
    one, deletion, untold = known.variants_in(Interval("chr1", 0, 9_000))
    assert (one.variant, one.kind, one.gene) == (Variant("chr1", 1_001, "A", "C", "rs1"), "motif", "AAA")
    assert one.effects == {"erythroid": -0.5, "T cell": 0.25}
    assert (one.effect_on("AAA", "T cell"), deletion.effect_on("AAA", "T cell")) == (0.25, 0.0)
    assert all(math.isnan(x) for x in (one.effect_on("BBB", "T cell"), untold.effect_on("AAA", "T cell")))
    assert known.variants_in(Interval("chr1", 1_001, 2_000)) == ()
    assert known.variants_in(Interval("chr1", 2_002, 2_003)) == (deletion,)


def test_cell_types_are_words_of_biosamples(tmp_path: Path) -> None:
    known = truth(tmp_path)
    assert known.cell_types == ("erythroid", "T cell")
    assert known.cell_type(["Erythroid", "erythroid, day 3"]) == "erythroid"
    for none in (["erythroid", "T cell"], ["erythroids"], ["erythroid", "K562"], ["erythroid T cell"], []):
        assert known.cell_type(none) is None


def test_what_is_not_there_is_not_known(tmp_path: Path) -> None:
    assert read_truth(Registered("toy", tmp_path, {})) is None
    bare = read_truth(Registered("toy", tmp_path, {"truth": {"cell_types": {"ery": "erythroid"}}}))
    assert bare is not None
    assert (bare.elements_in(Interval("chr1", 0, 9)), bare.links_of("AAA")) == ((), ())
    assert bare.variants_in(Interval("chr1", 0, 9)) == ()


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    known = truth(tmp_path, l=b"\xff")
    assert len(known.elements_in(Interval("chr1", 0, 9_000))) == 2
    with pytest.raises(FileFormatError, match="not UTF-8"):
        known.links_of("AAA")
    (tmp_path / "v.vcf").unlink()
    with pytest.raises(FileError, match=r"v\.vcf cannot be read: No such file"):
        known.variants_in(Interval("chr1", 0, 9))


def test_a_file_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth_files, "MAX_BYTES", 20)
    with pytest.raises(FileTooLarge, match="above the limit of 20"):
        truth(tmp_path).elements_in(Interval("chr1", 0, 9))


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (MANIFEST | {"genes": "x"}, "'genes' is not a key of truth"),
        (MANIFEST | {"cell_types": {}}, "not an object of names"),
        (MANIFEST | {"cell_types": {"a": 5}}, "'5', which is no name"),
        (MANIFEST | {"cell_types": {"a": "x", "b": "x"}}, "two cell types one name"),
        ({key: value for key, value in MANIFEST.items() if key != "elements"}, "names links and no elements"),
        ("e.bed", "not an object"),
    ],
)
def test_a_manifest_that_is_refused(tmp_path: Path, about: object, said: str) -> None:
    with pytest.raises(FileFormatError, match=said) as caught:
        read_truth(entry(tmp_path, truth=about))
    assert str(caught.value.where).endswith("manifest.json")


def test_a_manifest_names_files_in_its_own_folder(tmp_path: Path) -> None:
    with pytest.raises(PathNotAllowed, match="links of truth is '../l.tsv'"):
        read_truth(entry(tmp_path, links="../l.tsv"))


def test_a_registered_assembly_may_bring_truth(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, cache_dir=tmp_path)
    folder = settings.assemblies_dir / "toy"
    folder.mkdir(parents=True)
    about = {"schema": 1, "kind": "assembly", "name": "toy", "fasta": "x.fa"}
    entry(folder)
    (folder / "manifest.json").write_text(json.dumps(about | {"truth": MANIFEST}))
    known = read_truth(find("assembly", "toy", settings))
    assert known is not None
    assert len(known.links_of("AAA")) == 3
    (folder / "manifest.json").write_text(json.dumps(about | {"truth": 5}))
    with pytest.raises(FileFormatError, match="truth is '5'"):
        find("assembly", "toy", settings)


def with_line(lines: tuple[str, ...], number: int, line: str) -> tuple[str, ...]:
    return (*lines[: number - 1], line, *lines[number:])


def elements(known: Truth) -> object:
    return known.elements_in(Interval("chr1", 0, 9))


def variants(known: Truth) -> object:
    return known.variants_in(Interval("chr1", 0, 9))


def links(known: Truth) -> object:
    return known.links_of("AAA")


@pytest.mark.parametrize(
    ("ask", "lines", "number", "line", "said"),
    [
        (elements, ELEMENTS, 1, "chrom\tstart\tend\tname", "without #chrom start end name"),
        (elements, ELEMENTS, 2, "chr1\t5\t5\tsecond\t9\tery", "no element with chromosome"),
        (elements, ELEMENTS, 2, "chr1\t-5\t5\tsecond\t9\tery", "'-5' is not a position"),
        (elements, ELEMENTS, 3, "chr1\t5\t9\tsecond\t9\tery", "'second' already"),
        (elements, ELEMENTS, 3, "chr1\t5\t9", "3 columns, the header 6"),
        (links, LINKS, 1, "element\tgene\tgene_id\tcell_type", "without element gene gene_id"),
        (links, LINKS, 3, "third\tAAA\tG1\t0\tery\t-1.5", "no element 'third'"),
        (links, LINKS, 3, "first\t\tG1\t0\tery\t-1.5", "no symbol"),
        (links, LINKS, 3, "first\tAAA\tG1\t0\tneu\t-1.5", "'neu' is none of the manifest's cell types: ery, t"),
        (links, LINKS, 4, "first\tAAA\tG1\t0\tery\tnan", "'nan' is not a number"),
        (links, LINKS, 4, "first\tAAA\tG1\t0\tery\t1e999", "is not a number"),
        (variants, VARIANTS, 2, VARIANTS[1].replace(", t", ", neu"), "'neu' is none"),
        (variants, VARIANTS, 3, "##x", "does not stand before the first variant"),
        (variants, VARIANTS, 4, "chr1\t1001\trs1\tA\tC", "5 columns"),
        (variants, VARIANTS, 4, "chr1\t0\trs1\tA\tC\t.\t.\t.", "below 1"),
        (variants, VARIANTS, 5, "chr1\t9\trs1\tA\tC,G\t.\t.\t.", "'C,G' is not made of"),
        (variants, VARIANTS, 5, "chr1\t9\t.\tA\tC\t.\t.\tTRUTH_CAGE=1", "1 numbers, and the header names 2"),
        (variants, VARIANTS, 6, "chr1\t9\t.\tA\tC\t.\t.\tTRUTH_CAGE=1,x", "'x' is not a number"),
    ],
)
def test_what_is_refused_is_named_with_its_line(
    tmp_path: Path, ask: Callable[[Truth], object], lines: tuple[str, ...], number: int, line: str, said: str
) -> None:
    key = {ELEMENTS: "e", LINKS: "l", VARIANTS: "v"}[lines]
    known = truth(tmp_path, **{key: with_line(lines, number, line)})
    with pytest.raises(FileFormatError, match=said) as caught:
        ask(known)
    expected = number + 1 if said.startswith("does not stand") else number
    assert str(caught.value.where).endswith(f", line {expected}")
