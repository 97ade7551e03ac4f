"""What ``mutagenesis`` writes beside its map: a logo, and the motifs in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .asking import Beside

if TYPE_CHECKING:
    from ..genome.assembly import Assembly
    from ..inference.predictor import Predictor
    from ..interpret.mutagenesis_map import MutagenesisMap
    from ..interpret.target import Target

_FIGURES = (".svg", ".pdf", ".png")


@dataclass(slots=True)
class More:
    """The options ``--logo`` and ``--motifs``, with what is known once the model is loaded.

    Attributes:
        logo: Where the figure goes; None for none.
        motifs: Where the table goes; None for none.
        force: Whether files that are there are replaced.
        names: Of the target's columns.
        assembly: Whose library of motifs is read.
    """

    logo: Path | None
    motifs: Path | None
    force: bool
    names: list[str] = field(default_factory=list)
    assembly: Assembly | None = None

    def learn(self, predictor: Predictor, target: Target) -> None:
        """Keep what the files will say of the target."""
        table = predictor.tracks(target.head)
        self.names = [table[column].description for column in target.columns]
        self.assembly = predictor.assembly

    def files(self) -> list[Beside[MutagenesisMap]]:
        """Those that are asked for."""
        found = [Beside("--logo", self.logo, _FIGURES, self._draw)] if self.logo else []
        return found + ([Beside("--motifs", self.motifs, (".tsv",), self._name)] if self.motifs else [])

    def _draw(self, found: MutagenesisMap) -> None:
        from ..interpret.logo import write_logo

        if self.logo is not None:
            write_logo(found, self.logo, names=self.names, overwrite=self.force)

    def _name(self, found: MutagenesisMap) -> None:
        from ..genome.motifs.scan import Scanner
        from ..interpret.named_motifs import library_of, named_in, write_motifs
        from ..settings import load_settings

        library = library_of(self.assembly, load_settings())
        scanner = Scanner(library.motifs)
        if self.motifs is not None:
            write_motifs(named_in(found, scanner), found, library, scanner, self.motifs, overwrite=self.force)
