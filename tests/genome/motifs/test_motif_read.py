"""Libraries of motifs: what is read, and what is refused with its line."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from Bio import motifs as biopython

from docs.motif_libraries import FOLDER, SIMULATED, simulated_text
from enformer_core.errors import EnformerError, FileError, FileFormatError, FileTooLarge, InputError
from enformer_core.genome.motifs import read
from enformer_core.genome.motifs.motif import Motif
from enformer_core.genome.motifs.read import read_motifs
from enformer_core.genome.motifs.shipped import USUAL, library_file
from enformer_core.genome.registry import find
from enformer_core.settings import load_settings

GOOD = """# Ours, version 3
#  Smith 2026
# CC BY 4.0
>M1.1 GATA1 and TAL1
A [ 9 0 1.5 ]
C [1 0 2]
G  0 12  3

T [ 0 0 4 ]
>M2
A 5
C 5
G 5
T 5
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "library.jaspar"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_library_is_read(tmp_path: Path, pack, end: str) -> None:
    library = read_motifs(written(tmp_path, pack(GOOD.replace("\n", end).encode())))
    assert (library.name, library.about) == ("Ours, version 3", "Smith 2026 CC BY 4.0")
    assert [(m.id, m.name, m.width) for m in library.motifs] == [("M1.1", "GATA1 and TAL1", 3), ("M2", "M2", 1)]
    assert library.motifs[0].counts.tolist() == [[9, 1, 0, 0], [0, 0, 12, 0], [1.5, 2, 3, 4]]
    assert not library.motifs[0].counts.flags.writeable


def test_a_library_without_comments_is_called_as_its_file(tmp_path: Path) -> None:
    library = read_motifs(written(tmp_path, GOOD[GOOD.index(">") :]))
    assert (library.name, library.about) == ("library.jaspar", "")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        (">M1.1 GATA1 and TAL1", ">", 4, "'>' does not begin a motif"),
        (">M1.1 GATA1 and TAL1", "M1.1", 4, "'M1.1' does not begin a motif"),
        ("A [ 9 0 1.5 ]\n", "", 5, "'C [1 0 2]' is not the row of A"),
        ("C [1 0 2]", "C [1 x 2]", 6, "'C [1 x 2]' has something that is no number"),
        ("C [1 0 2]", "C [1 0 2", 6, "'C [1 0 2' is not the row of C"),
        ("C [1 0 2]", "C [1 0]", 4, "the rows of 'M1.1' have 2 to 3 counts"),
        ("C [1 0 2]", "C []", 6, "the row has 0 counts"),
        ("C [1 0 2]", "C" + " 1" * 65, 6, "the row has 65 counts"),
        ("C [1 0 2]", "C" + " " * 200_000 + "[ 1 [", 6, "is not the row of C"),  # and not after seconds
        ("C [1 0 2]", "C [1 -1 2]", 4, "motif 'M1.1': -1 is no count"),
        ("C [1 0 2]", "C [1 nan 2]", 4, "motif 'M1.1': nan is no count"),
        ("C [1 0 2]", "C [1 inf 2]", 4, "motif 'M1.1': inf is no count"),
        ("C [1 0 2]", "C [1 2e9 2]", 4, "motif 'M1.1': 2e+09 is no count"),
        ("G  0 12  3", "G 0 1 3", 4, "position 2 has 1 counts in all, and at least 4 are wanted"),
        (">M2", ">M1.1 again", 10, "there is a motif 'M1.1' already"),
        (">M2", f">{'x' * 81}", 10, "the id 'xxxxx"),
        (">M2", ">M2 a\u202eb", 10, "the name 'a\\u202eb'"),
        ("T 5\n", "", 10, "the motif has no row of T"),
        ("# Ours", "MEME version 4\n# Ours", 1, "the file is in MEME's format"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    path = written(tmp_path, GOOD.replace(old, new, 1) if old != "T 5\n" else GOOD.removesuffix(old))
    with pytest.raises(FileFormatError) as caught:
        read_motifs(path)
    assert caught.value.where == f"{path} line {line}"
    assert what in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it holds no motif"),
        (b"# nothing but a comment\n", "it holds no motif"),
        (gzip.compress(GOOD.encode())[:-9], "it is damaged or cut short"),
        (b"\x1f\x8b and no more", "it is damaged or cut short"),
        (">M \xe9".encode("latin-1"), "it is not UTF-8 text"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(FileFormatError, match=what) as caught:
        read_motifs(path)
    assert caught.value.where == str(path)


def test_too_much_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = written(tmp_path, gzip.compress(b"#" * (read.MAX_TEXT + 1)))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(FileTooLarge, match="more than 16,777,216 bytes"):
        read_motifs(bomb)
    monkeypatch.setattr(read, "MAX_MOTIFS", 1)
    with pytest.raises(FileTooLarge, match="more than 1 motifs"):
        read_motifs(written(tmp_path, GOOD))


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        read_motifs(tmp_path / "none")
    with pytest.raises(FileError, match="cannot be read: Is a directory"):
        read_motifs(tmp_path)


@pytest.mark.parametrize("counts", [np.ones((0, 4)), np.full((65, 4), 9.0), np.full((5, 3), 9.0), np.full(4, 9.0)])
def test_a_motif_of_a_wrong_shape_is_refused(counts: np.ndarray) -> None:
    with pytest.raises(InputError, match="motif 'M'"):
        Motif("M", "M", counts)


def test_the_shipped_matrices_are_those_that_biopython_reads() -> None:
    library = read_motifs(FOLDER / USUAL)
    assert library.name == "JASPAR 2026 CORE vertebrates"
    assert "gkaf1209" in library.about
    assert "CC BY 4.0" in library.about
    text = gzip.decompress((FOLDER / USUAL).read_bytes()).decode()
    theirs = biopython.parse(io.StringIO(text[text.index(">") :]), "jaspar")
    assert [(m.id, m.name) for m in library.motifs] == [(m.matrix_id, m.name) for m in theirs]
    assert len(theirs) == 1019
    for mine, other in zip(library.motifs, theirs, strict=True):
        np.testing.assert_array_equal(mine.counts, np.array([other.counts[base] for base in "ACGT"]).T)


def test_the_shipped_files_are_small_and_licensed() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 400_000
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(path.name in readme for path in FOLDER.iterdir() if path.name != "README.md")
    text = (FOLDER / "LICENSE.CC-BY-4.0.txt").read_text(encoding="utf-8")
    assert text.startswith("Attribution 4.0 International\n")
    assert "Section 8 -- Interpretation." in text


def test_the_simulated_genome_s_library_is_that_of_its_grammar() -> None:
    assert (FOLDER / SIMULATED).read_text(encoding="utf-8") == simulated_text()
    assert len(read_motifs(FOLDER / SIMULATED).motifs) == 14


def test_an_assembly_may_bring_its_own(tmp_path: Path) -> None:
    settings = load_settings()

    def entry(name: str, **more: object):
        folder = settings.assemblies_dir / name
        folder.mkdir(parents=True)
        keys = {"kind": "assembly", "schema": 1, "name": name, "fasta": "x.fa", **more}
        (folder / "manifest.json").write_text(json.dumps(keys))
        return find("assembly", name, settings)

    own = entry("lab", motifs="ours.jaspar")
    assert library_file(own) == own.folder / "ours.jaspar"
    assert library_file(entry("sim1")) == FOLDER / SIMULATED
    assert library_file(entry("other")) == library_file() == FOLDER / USUAL
    with pytest.raises(EnformerError, match="not a plain file name"):
        entry("bad", motifs="../secret")
