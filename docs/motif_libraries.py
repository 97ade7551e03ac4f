"""Makes the shipped libraries of motifs anew: ``PYTHONPATH=. python docs/motif_libraries.py JASPAR2026.sqlite``.

The database is JASPAR's own release, which the package pyjaspar 4.0.0 carries as ``pyjaspar/data/JASPAR2026.sqlite``;
its wheel has 57 MB and is therefore no dependency. The text of the files in ``assets/motifs`` is the same each time.
Those of the simulated genome come from ``enformer_core/demo/motifs.py``, and are written without a database too.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from enformer_core.demo.motifs import MOTIFS
from enformer_core.files import written_aside
from enformer_core.genome.motifs.shipped import USUAL

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "motifs"
SIMULATED = "sim1.jaspar"
_JASPAR = """\
# JASPAR 2026 CORE vertebrates
# The latest version of each matrix, without redundancy; changed in nothing but the file's layout.
# Ovek Baydar D, Rauluseviciute I, Aronsen DR, et al. Nucleic Acids Res 2026;54(D1):D184-D193, doi:10.1093/nar/gkaf1209.
# https://jaspar.elixir.no, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)
"""
_SIM1 = """\
# Motifs of the simulated genome sim1
# Of each 100 sites, 97 have the base that a factor insists on, and 70 the one that it prefers.
# See docs/simulated-genome.md
"""
_LATEST = """
    SELECT m.ID, m.BASE_ID || '.' || MAX(m.VERSION), m.NAME FROM MATRIX m
    JOIN MATRIX_ANNOTATION a ON a.ID = m.ID AND a.TAG = 'tax_group' AND a.VAL = 'vertebrates'
    WHERE m.COLLECTION = 'CORE' GROUP BY m.BASE_ID ORDER BY m.BASE_ID
"""


def motif_text(name: str, title: str, counts: np.ndarray) -> str:
    """One motif in JASPAR's format, from counts ``[width, 4]``; at most three decimals, as in the database."""
    rows = (" ".join(f"{count:.3f}".rstrip("0").rstrip(".") for count in column) for column in counts.T.tolist())
    return f">{name} {title}\n" + "".join(f"{base} [ {row} ]\n" for base, row in zip("ACGT", rows, strict=True))


def jaspar(database: Path) -> Iterable[str]:
    """The motifs of JASPAR's CORE collection of vertebrates, each in its latest version."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for number, name, title in connection.execute(_LATEST).fetchall():
            found = connection.execute("SELECT col, row, val FROM MATRIX_DATA WHERE ID = ?", (number,)).fetchall()
            counts = np.full((len(found) // 4, 4), np.nan)
            for place, base, value in found:
                counts[place - 1, "ACGT".index(base)] = value
            yield motif_text(name, title, counts)


def simulated() -> Iterable[str]:
    """The motifs of the simulated genome, as counts in 100 sites."""
    for motif in MOTIFS:
        counts = np.full((motif.width, 4), 25.0)
        for place, letter in enumerate(motif.consensus):
            if (base := "ACGT".find(letter.upper())) >= 0:
                match, other = (97, 1) if letter.isupper() else (70, 10)
                counts[place], counts[place, base] = other, match
        yield motif_text(motif.name, motif.name, counts)


def simulated_text() -> str:
    """The whole file of the simulated genome's motifs."""
    return _SIM1 + "".join(simulated())


def main(databases: list[str]) -> None:
    """Write the libraries: JASPAR's where its database is given."""
    contents = {SIMULATED: simulated_text().encode()}
    for database in databases:
        text = (_JASPAR + "".join(jaspar(Path(database)))).encode()
        contents[USUAL] = gzip.compress(text, compresslevel=9, mtime=0)
    for name, content in contents.items():
        with written_aside(FOLDER / name, overwrite=True) as aside:
            aside.write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
