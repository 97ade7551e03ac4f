"""What pairs are scored by without a model: distance alone, and activity by contact from measured signal.

The ABC-like score of an element e and a gene is ``A(e) C(e) / sum over the gene's elements of A C`` (Fulco et al.
2019, doi:10.1038/s41588-019-0538-0). Activity A is the geometric mean of the DNase and the H3K27ac signal, each summed
over the element's bases, or the DNase signal alone. Contact C is the power law of distance that the authors' software
(broadinstitute/ABC-Enhancer-Gene-Prediction) takes where there is no Hi-C: ``(max(d, 5 kb) + 1) ** -1.024``. Unlike
there, the sum goes over the elements of the table that lie in the window, not over all open places within 5 Mb.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import FileError
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..settings import Settings
from ..tracks.bigwig_read import BigWigReader
from .crispri_pairs import Pair
from .crispri_scores import GeneElements

GAMMA, LEAST_DISTANCE = 1.024238616787792, 5_000


def by_distance(pairs: Sequence[Pair]) -> np.ndarray:
    """float64 ``[pairs]``: one over the distance in bp, which is at least 1."""
    return 1.0 / np.maximum([pair.distance for pair in pairs], 1)


def contact(distance: np.ndarray) -> np.ndarray:
    """Expected contact at distances in bp, without a scale."""
    return (np.maximum(distance, LEAST_DISTANCE) + 1.0) ** -GAMMA


def abc_scores(
    genes: Sequence[GeneElements], files: Sequence[Path], assembly: Assembly, settings: Settings
) -> list[list[float]]:
    """ABC-like scores: for each gene one for each of its elements; they sum to 1, or are all 0 where nothing is open.

    Args:
        genes: With their elements.
        files: bigWigs: DNase, and H3K27ac if there is a second one.
        assembly: What they are to belong to.
        settings: Limits of the processes that read them.

    Raises:
        BigWigError: A file cannot be read.
        AssemblyMismatch: It belongs to another assembly.
    """
    with BigWigReader(settings) as reader:
        return [_of_gene(gene, _activity(reader, gene, files, assembly)) for gene in genes]


def _of_gene(gene: GeneElements, activity: np.ndarray) -> list[float]:
    distance = np.abs(np.array([element.center for element in gene.elements], np.float64) - gene.tss)
    product = activity * contact(distance)
    total = float(product.sum())
    return (product / total if total > 0 else np.zeros(len(product))).tolist()


def _activity(reader: BigWigReader, gene: GeneElements, files: Sequence[Path], assembly: Assembly) -> np.ndarray:
    """float64 ``[elements]``: the geometric mean of the files' sums over each element; no data are no signal."""
    first = gene.elements[0].start
    span = Interval(gene.chrom, first, max(element.end for element in gene.elements))
    product = np.ones(len(gene.elements))
    for signal in reader.read(files, span, 1, "sum", assembly.contigs):
        if isinstance(signal, FileError):
            raise signal
        values = np.nan_to_num(signal.values.astype(np.float64))
        sums = [values[e.start - first : e.end - first].sum() for e in gene.elements]
        product *= np.maximum(sums, 0.0)
    return product ** (1.0 / len(files))
