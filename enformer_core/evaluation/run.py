"""Making the model card: load the model, measure it, write the tables, the figures and the text."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ..errors import FileError, OutputExists, WeightsMissing
from ..files import written_aside
from ..genome.assembly import Assembly
from ..genome.interval import Interval
from ..inference.device import choose_device, describe_device
from ..inference.weights import LoadedModel, find_model, load_model
from ..provenance import Provenance, own_version
from ..settings import Settings
from ..tracks.table import TrackTable
from .card import NAME, render
from .cost import measured_cost
from .crispri_pool import pooled
from .effects import OnStep
from .heldout import HeldOut
from .measure import SCHEMA, Measured, columns_of, measure, storable
from .pictures import FOLDER, write_pictures
from .samples import Sizes
from .windows import ChromosomeWindows

THREADS = 2
#: Beside the card: the runs of ``evaluate crispri`` that it quotes, a folder for each.
LINKS = "demo-links"


def write_card(
    model: str,
    assembly: Assembly,
    out: Path,
    settings: Settings,
    *,
    limit: int | None = None,
    cost: bool = True,
    overwrite: bool = False,
    on_step: OnStep,
) -> list[Path]:
    """Measure a model on the held-out chromosome of the simulated genome and write its card.

    Runs of ``evaluate crispri`` in ``out / "demo-links"`` become a part of the card.

    Args:
        model: Registered name or folder.
        assembly: The simulated genome.
        out: Folder for ``demo-model-card.md``, ``demo-model-card.json`` and ``images/card-*.svg``.
        settings: Where models are, and the device.
        limit: Look at so many of each kind only; the card says so.
        cost: Whether to measure seconds and memory, in a process of its own.
        overwrite: Replace a card that is there.
        on_step: Told how far it is.

    Returns:
        The files that were written, the card first.

    Raises:
        AssemblyMismatch: The assembly is another genome.
        TrackError: The model predicts other tracks.
        OutputExists: There is a card, and ``overwrite`` is False.
        InputError: The runs beside the card are of other weights, or do not belong together.
        FileError: The folder cannot be written to, or a run beside the card cannot be read.
    """
    files = [out / f"{NAME}.md", out / f"{NAME}.json"]
    check_output(files, overwrite=overwrite)
    loaded = load_model(find_model(model, settings), settings)
    head, table = head_of(loaded)
    columns = columns_of(table)
    links = pooled(out / LINKS, loaded.weights_sha256)
    on_step(0.0, "making the truth")
    world = HeldOut.simulated()
    world.check(assembly)
    _make_folder(out / FOLDER)
    told = measured_cost(loaded.source.folder, THREADS) if cost else {}
    device = choose_device(settings.device)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    windows = ChromosomeWindows(loaded.model.to(device), world.codes, head, columns)
    sizes = Sizes() if limit is None else Sizes.limited(limit)
    measured = measure(windows, world, sizes, on_step, _names(assembly, world))
    facts = {
        "schema": SCHEMA,
        "kind": "model-card",
        "provenance": _provenance(loaded, assembly, world, head, device),
        "sample": {"limited": limit is not None, "limit": limit},
        "cost": told,
        "pairs": links,
    }
    return _write(files, facts, measured)


def head_of(loaded: LoadedModel) -> tuple[str, TrackTable]:
    """The first head that has a targets file, and what its columns are.

    Raises:
        WeightsMissing: No head has one.
    """
    for head in loaded.model.config.output_heads:
        file = loaded.source.folder / f"targets_{head}.txt"
        if file.is_file():
            return head, TrackTable.read(file)
    raise WeightsMissing(
        f"the model has no targets file for any of its heads ({', '.join(loaded.model.config.output_heads)})",
        where=str(loaded.source.folder),
        hint="Put targets_<head>.txt beside the weights: it names the tracks",
    )


def check_output(files: list[Path], *, overwrite: bool) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        OutputExists: A file is there and ``overwrite`` is False.
        FileError: The folder does not exist.
    """
    folder = files[0].parent
    if not folder.is_dir():
        raise FileError(f"the folder {folder} does not exist", hint="Make it first, or choose another")
    there = [str(file) for file in files if file.exists()]
    if there and not overwrite:
        raise OutputExists(f"{there[0]} already exists", hint="Choose another folder, or add --force")


def read_card(path: Path) -> dict[str, Any]:
    """A stored card.

    Raises:
        FileError: It cannot be read.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise FileError(f"the stored card cannot be read: {exc}", where=str(path)) from exc


def _model_name(loaded: LoadedModel) -> str:
    """As registered; of a folder its name alone, since its place says nothing to others."""
    return Path(loaded.source.name).name


def _names(assembly: Assembly, world: HeldOut) -> dict[int, str]:
    """Gene symbols by start site; none where the assembly has no annotation."""
    if assembly.genes is None:
        return {}
    return {gene.tss: gene.symbol for gene in assembly.genes.overlapping(Interval(world.chrom, 0, len(world.codes)))}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as exc:
        raise FileError(
            f"the folder {folder} cannot be made: {exc.strerror}", hint="Choose a folder that you may write to"
        ) from exc


def _write(files: list[Path], facts: dict[str, Any], measured: Measured) -> list[Path]:
    provenance, out = facts["provenance"], files[0].parent
    footer = f"Simulated genome {provenance['assembly']}, {provenance['window']}, held out; model {provenance['model']}"
    card = storable({**facts, "pictures": write_pictures(measured, out, footer), **measured.card})
    for file, text in zip(files, (render(card), json.dumps(card, indent=1) + "\n"), strict=True):
        with written_aside(file, overwrite=True) as aside:
            aside.write_text(text, encoding="utf-8")
    return [*files, *(out / picture["file"] for picture in card["pictures"].values())]


def _provenance(
    loaded: LoadedModel, assembly: Assembly, world: HeldOut, head: str, device: torch.device
) -> dict[str, Any]:
    facts = Provenance(
        model=_model_name(loaded),
        weights_sha256=loaded.weights_sha256,
        head=head,
        assembly=assembly.name,
        assembly_id=assembly.identity,
        window=world.chrom,
        sequence_sha256="",
        edits=(),
        averaging="none",
        precision="float32",
        device=describe_device(device),
        version=own_version(),
        simulated=True,
    )
    # What holds for one window has no place here.
    return {name: value for name, value in asdict(facts).items() if name not in ("sequence_sha256", "edits")}
