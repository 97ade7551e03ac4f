"""From fetched files to a model: the weights as safetensors, the shape, and the tables that name its tracks.

Whatever opens weights is imported here when it is needed, after their checksum has been seen to be right.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..files import sha256_of, written_aside
from ..genome.origins import Origin
from .sources import Recipe
from .workplace import Workplace

WEIGHTS = "model.safetensors"


def make_model(
    recipe: Recipe, place: Workplace, origins: Mapping[str, Origin], tell: Callable[[float, str], None]
) -> dict[str, Any]:
    """Make a model's folder of what was fetched; what was made before a kill is not made again.

    Args:
        recipe: What the files are.
        place: Where they are, and where the folder is made.
        origins: By file name, where each came from.
        tell: Called with the fraction done and what is being done.

    Returns:
        What the model's manifest says besides.

    Raises:
        WeightsCorrupt: The weights cannot be read.
        WeightsMismatch: They are of another model than ``config.json`` says.
        TargetsError: A table of tracks cannot be read, or is of another model.
        OutOfDisk: The disk filled up.
    """
    (weights,), (config,) = recipe.of("weights"), recipe.of("config")
    for name, source in (("config.json", config), *((table.name, table) for table in recipe.of("tracks"))):
        with written_aside(place.product / name, overwrite=True) as aside:
            shutil.copyfile(place.downloads / source.name, aside)
    made_of = {name: origins[name].sha256 for name in sorted(origins)}
    if place.finished("convert", made_of) is None:
        _convert(place.downloads / weights.name, origins[weights.name].sha256, place.product, tell)
        place.record("convert", made_of, [place.product / WEIGHTS])
    tell(0.9, "Checking the weights")
    digest = sha256_of(place.product / WEIGHTS)
    return {"sha256": {WEIGHTS: digest}} | ({"assembly": recipe.trained_on} if recipe.trained_on else {})


def _convert(file: Path, digest: str, folder: Path, tell: Callable[[float, str], None]) -> None:
    from ..inference.head_tables import HeadTables
    from ..model import checkpoint

    tell(0.1, "Reading the weights")
    shape = checkpoint.read_config(folder)
    tables = HeadTables(folder, shape.output_heads)
    for head in shape.output_heads:
        tables.table(head)
    with written_aside(folder / WEIGHTS, overwrite=True) as aside:
        if file.suffix == ".safetensors":
            shutil.copyfile(file, aside)
        else:
            tensors = checkpoint.read_pickle(file)
            tell(0.4, "Writing them as safetensors")
            checkpoint.save_tensors(tensors, aside, source_sha256=digest)
            del tensors
        tell(0.7, "Checking them against the model's shape")
        checkpoint.load(aside, shape)
