"""The motifs of the simulated genome: consensus sequences of real factors, and the whole-number scores made from them.

A capital letter is a position that the factor insists on, a small one a position that it prefers, ``n`` any base.
Scores are whole tenths of a bit, so that every machine adds them up to the same number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CELL_TYPES = ("ery", "hep", "neu")

# Tenths of a bit against a quarter each: p = 0.97 / 0.01 where the factor insists, 0.70 / 0.10 where it prefers.
_STRONG, _WEAK = (20, -46), (15, -13)


@dataclass(frozen=True, slots=True)
class Motif:
    """One factor and the sequence it binds.

    Attributes:
        name: The factor, or the element of a core promoter.
        consensus: Its sequence, 5' to 3'.
        drive: What a bound site adds to the activity of an element in each of ``CELL_TYPES``. A palindrome is bound
            on both strands, as two sites.
        source: Where the consensus is from.
    """

    name: str
    consensus: str
    drive: tuple[float, float, float]
    source: str

    @property
    def width(self) -> int:
        """Length in bp."""
        return len(self.consensus)

    def scores(self) -> np.ndarray:
        """int64 ``[width, 4]``: tenths of a bit of A, C, G, T at each position of the forward strand."""
        table = np.zeros((self.width, 4), np.int64)
        for place, letter in enumerate(self.consensus):
            base = "ACGT".find(letter.upper())
            if base >= 0:
                match, other = _STRONG if letter.isupper() else _WEAK
                table[place], table[place, base] = other, match
        return table

    @property
    def tolerance(self) -> int:
        """Tenths of a bit below the best score at which a site is bound half of the time; long motifs forgive more."""
        return 80 if self.width > 14 else 52


MOTIFS = (
    Motif("CTCF", "tgGCCACCAGGGGGCGCta", (0, 0, 0), "JASPAR MA0139; Kim et al. 2007, Cell 128:1231"),
    Motif(
        "SP1", "gGGGGCGGGgc", (0.3, 0.3, 0.3), "GC box; JASPAR MA0079; Kadonaga et al. 1986, Trends Biochem Sci 11:20"
    ),
    Motif("NFY", "agCCAATCAg", (0.3, 0.3, 0.3), "CCAAT box; JASPAR MA0060; Mantovani 1998, Nucleic Acids Res 26:1135"),
    Motif("TATA", "cTATAAAAGgc", (0, 0, 0), "TATA box; JASPAR POL012; Bucher 1990, J Mol Biol 212:563"),
    Motif("INR", "ctTCAGTCTtt", (0, 0, 0), "TCAGTY; JASPAR POL002; FitzGerald et al. 2006, Genome Biol 7:R53"),
    Motif("AP1", "gaTGACTCAtc", (1, 1, 1), "TPA response element; JASPAR MA0099; Angel et al. 1987, Cell 49:729"),
    Motif("ETS", "acCGGAAGTga", (0.7, 0.7, 0.7), "JASPAR MA0098; Wei et al. 2010, EMBO J 29:2147"),
    Motif("GATA1", "caGATAAGga", (1.2, 0, 0), "WGATAR; JASPAR MA0035; Merika and Orkin 1993, Mol Cell Biol 13:3999"),
    Motif("TAL1", "ggCAGATGgt", (0.7, 0, 0), "E box CAGATG; JASPAR MA0091; Hsu et al. 1994, Mol Cell Biol 14:1256"),
    Motif("HNF4A", "ggCAAAGTCCa", (0, 1.2, 0), "JASPAR MA0114; Fang et al. 2012, Nucleic Acids Res 40:5343"),
    Motif("CEBPA", "aTTGCGCAAt", (0.05, 0.55, 0), "JASPAR MA0102; Osada et al. 1996, J Biol Chem 271:3891"),
    Motif("ASCL1", "gaGCAGCTGct", (0, 0, 0.75), "E box CAGCTG; JASPAR MA1100; Castro et al. 2011, Genes Dev 25:930"),
    Motif("SOX2", "ccATTGTTatg", (0, 0.1, 0.9), "JASPAR MA0143; Reményi et al. 2003, Genes Dev 17:2048"),
    Motif("REST", "ttCAGCACCatGGACAGcg", (0, 0, 0), "RE1; JASPAR MA0138; Schoenherr et al. 1996, PNAS 93:9881"),
)
NAMES = tuple(motif.name for motif in MOTIFS)
INDEX = {name: place for place, name in enumerate(NAMES)}
