"""Chromosome lengths and RefSeq accessions of hg19, hg38, mm10 and mm39.

Lengths are those of UCSC's ``chrom.sizes``; Ensembl's GRCh37, GRCh38, GRCm38 and GRCm39 have the same. Accessions are
those of NCBI's assembly reports. UCSC's hg19 came with another mitochondrion (16,571 bases) than GRCh37's (16,569), so
hg19 has none here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

_HUMAN = (*map(str, range(1, 23)), "X", "Y")
_MOUSE = (*map(str, range(1, 20)), "X", "Y")


def _table(chromosomes: Iterable[str], lengths: str, **more: int) -> Mapping[str, int]:
    numbers = [int(n) for n in lengths.split()]
    return MappingProxyType({f"chr{c}": n for c, n in zip(chromosomes, numbers, strict=True)} | more)


def _accessions(chromosomes: Iterable[str], first: int, versions: str, mitochondrion: str) -> Mapping[str, str]:
    names = {f"chr{c}": f"NC_{first + i:06d}" for i, c in enumerate(chromosomes)}
    versioned = {c: f"{a}.{v}" for (c, a), v in zip(names.items(), versions.split(), strict=True)}
    return MappingProxyType(versioned | {"chrM": mitochondrion})


#: Assembly name to chromosome name (UCSC's spelling) to length in bases.
KNOWN: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "hg38": _table(
            _HUMAN,
            """248956422 242193529 198295559 190214555 181538259 170805979 159345973 145138636 138394717 133797422
            135086622 133275309 114364328 107043718 101991189 90338345 83257441 80373285 58617616 64444167 46709983
            50818468 156040895 57227415""",
            chrM=16569,
        ),
        "hg19": _table(
            _HUMAN,
            """249250621 243199373 198022430 191154276 180915260 171115067 159138663 146364022 141213431 135534747
            135006516 133851895 115169878 107349540 102531392 90354753 81195210 78077248 59128983 63025520 48129895
            51304566 155270560 59373566""",
        ),
        "mm39": _table(
            _MOUSE,
            """195154279 181755017 159745316 156860686 151758149 149588044 144995196 130127694 124359700 130530862
            121973369 120092757 120883175 125139656 104073951 98008968 95294699 90720763 61420004 169476592 91455967""",
            chrM=16299,
        ),
        "mm10": _table(
            _MOUSE,
            """195471971 182113224 160039680 156508116 151834684 149736546 145441459 129401213 124595110 130694993
            122082543 120129022 120421639 124902244 104043685 98207768 94987271 90702639 61431566 171031299 91744698""",
            chrM=16299,
        ),
    }
)

#: Assembly name to chromosome name to RefSeq accession with version.
REFSEQ: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "hg38": _accessions(
            _HUMAN, 1, "11 12 12 12 10 12 14 11 12 11 10 12 11 9 10 10 11 10 10 11 9 11 11 10", "NC_012920.1"
        ),
        "hg19": _accessions(_HUMAN, 1, "10 11 11 11 9 11 13 10 11 10 9 11 10 8 9 9 10 9 9 10 8 10 10 9", "NC_012920.1"),
        "mm39": _accessions(_MOUSE, 67, "7 8 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 8", "NC_005089.1"),
        "mm10": _accessions(_MOUSE, 67, "6 7 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 6 7 7", "NC_005089.1"),
    }
)

#: Other names of the same assemblies, in lower case.
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "hg38": "hg38", "grch38": "hg38", "b38": "hg38",
        "hg19": "hg19", "grch37": "hg19", "b37": "hg19", "hs37d5": "hg19",
        "mm39": "mm39", "grcm39": "mm39",
        "mm10": "mm10", "grcm38": "mm10",
    }
)  # fmt: skip
