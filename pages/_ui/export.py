"""A view as one zip: see ``take_away``. Equal results give equal bytes."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from enformer_core.files import refused
from enformer_core.genome.interval import Interval
from enformer_core.settings import load_settings

from .state import Result
from .take_away import bundle
from .take_away.signals import DIFFERENCE, EDITED, REFERENCE

if TYPE_CHECKING:
    from .take_away.explained import Explanation

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
_UNIX = 3
_FIRST = (REFERENCE, EDITED, DIFFERENCE)


def zip_name(result: Result) -> str:
    """The file's name, with the locus in it: ``enformer_chr11_111746141-111860828.zip``."""
    where, facts = result.prediction.interval, result.prediction.provenance
    chrom = re.sub(r"[^A-Za-z0-9_.-]+", "-", where.chrom)[:60]
    more = ("_edited" if result.edited else "") + ("_simulated" if facts.simulated else "")
    return f"enformer_{chrom}_{where.start + 1}-{where.end}{more}.zip"


def zipped(
    result: Result,
    *,
    with_bedgraph: bool = False,
    with_figure: bool = False,
    view: Interval | None = None,
    explanations: Sequence[Explanation] = (),
) -> bytes:
    """Everything that a person takes away, in one zip: bigWigs, sequences, edits, sessions, scripts, a README.

    Args:
        result: What was predicted.
        with_bedgraph: With the numbers as text too.
        with_figure: With the figure, which takes some seconds; see ``figure_ini.unavailable``.
        view: What sessions and the figure show; None for all that is predicted.
        explanations: Of the same window, with its edits or without; each as arrays, table and bigWig.

    Raises:
        OutOfDisk: The disk that holds temporary files is full.
        EnformerError: The files cannot be written, or the figure cannot be drawn.
    """
    wanted = bundle.Wanted(with_bedgraph, with_figure, view, tuple(explanations))
    try:
        with tempfile.TemporaryDirectory(prefix="enformer-download-") as folder:
            bundle.fill(Path(folder), result, wanted, load_settings())
            return _packed(Path(folder))
    except OSError as exc:
        raise refused(exc, Path(tempfile.gettempdir()) / zip_name(result)) from exc


def _packed(root: Path) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for path in sorted((path for path in root.rglob("*") if path.is_file()), key=lambda path: _place(path, root)):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _DATE)
            entry.create_system, entry.external_attr = _UNIX, 0o644 << 16
            # bigWigs are compressed inside.
            entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".bw" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return memory.getvalue()


def _place(path: Path, root: Path) -> tuple[int, str]:
    """The numbers first, in the order in which one reads them."""
    name = path.relative_to(root).as_posix()
    folder = name.split("/")[0]
    return (_FIRST.index(folder) if folder in _FIRST else len(_FIRST), name)
