"""Setting up an assembly or a model: fetch, make, register. Whole or not at all, and never from the beginning twice.

    fetch all files -> make what the app reads of them -> manifest -> one rename

What is done is recorded with checksums, so that a set-up that was killed or cancelled goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputExists
from ..fetching.policy import DEFAULT, Policy
from ..folders import folder_errors
from ..genome.origins import Origin, origins
from ..genome.registry import MANIFEST, registered
from ..settings import Settings
from .downloads import fetch_all
from .genome import make_assembly
from .plan import Plan
from .progress import Progress, Report, begin
from .standing import is_ours, trouble, write_manifest
from .weights import make_model
from .workplace import Workplace, locked


@dataclass(frozen=True, slots=True)
class Provided:
    """What a set-up did.

    Attributes:
        folder: The registered folder.
        was_there: Whether it was whole already, and nothing was done.
        origins: Where its files came from.
    """

    folder: Path
    was_there: bool
    origins: tuple[Origin, ...]


def provide(
    plan: Plan, settings: Settings, report: Report, *, force: bool = False, policy: Policy = DEFAULT
) -> Provided:
    """Do what a plan says.

    Args:
        plan: From ``make_plan``.
        settings: The same.
        report: Called now and then by this thread. An exception that it raises stops the set-up, which then goes on
            the next time.
        force: Set up even what is whole, and replace a folder that no set-up made.
        policy: Rules of the downloads.

    Raises:
        OutOfDisk: The disk is full, or too full to start.
        OutputExists: There is a folder of this name that no set-up made.
        DownloadError: A file cannot be had.
        FileError: A file cannot be used or written.
        ModelError: The weights cannot be used.
    """
    target = plan.target
    with folder_errors(target.parent, "it cannot be written"):
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = Progress(1, 1 + len(plan.makes), f"waiting for another set-up of {target.name}")
        with locked(target, lambda: report(waiting)):
            if not force and _is_whole(target):
                Workplace(target).remove()  # of one that was killed at its very end
                return Provided(target, True, _origins(target, settings))
            plan.check_room()
            place = Workplace(target)
            place.begin({"recipe": plan.recipe.model_dump(mode="json")})
            found = fetch_all(plan, place, report, mirror=settings.mirror, policy=policy)
            _make(plan, place, found, settings, report)
            place.put_in_place()
    return Provided(target, False, found)


def _is_whole(target: Path) -> bool:
    if (target / MANIFEST).exists() and not is_ours(target):
        raise OutputExists(
            f"there is {target.name} already, and no set-up made it",
            where=str(target),
            hint="Move it away, or replace it with --force",
        )
    return trouble(target, thorough=True) is None


def _make(plan: Plan, place: Workplace, found: tuple[Origin, ...], settings: Settings, report: Report) -> None:
    """Fill the product's folder, its manifest last."""
    steps = 1 + len(plan.makes)
    numbered = enumerate(plan.makes, start=2)
    by_name = {origin.file: origin for origin in found}

    def next_step() -> Callable[[float, str], None]:
        step, what = next(numbered)
        return begin(report, step, steps, what)

    if plan.recipe.kind == "model":
        more = make_model(plan.recipe, place, by_name, next_step())
    else:
        more = make_assembly(plan.recipe, place, by_name, settings, next_step)
    next_step()
    write_manifest(place.product, plan.recipe, found, more)


def _origins(target: Path, settings: Settings) -> tuple[Origin, ...]:
    kind = "assembly" if target.parent == settings.assemblies_dir else "model"
    entry = registered(kind, settings).get(target.name)
    return origins(entry.manifest) if entry else ()
