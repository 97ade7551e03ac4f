"""Which model, with which assembly: what a worker loads before it answers."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Names as ``Predictor.from_pretrained`` takes them.

    Attributes:
        model: A registered name, a folder, or a Hugging Face repository id.
        assembly: A registered name or a FASTA file; empty for none.
        genes: Gene annotation (GTF) for an assembly given as a file; empty for none.
    """

    model: str
    assembly: str = ""
    genes: str = ""

    def as_list(self) -> list[str]:
        """For a message."""
        return list(astuple(self))
