"""From a model's name to a model in memory: find the folder, check the files, convert a pickle once, load.

Weights of a registered model must have the checksum that its manifest states. Weights from Hugging Face must have the
checksum that the hub itself states for them. A folder of the user's own is taken as it is, and its checksum recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import EnformerError, FileFormatError, WeightsCorrupt, WeightsMissing, shown
from ..files import sha256_of, written_aside
from ..genome.registry import Registered, registered
from ..model import Enformer, checkpoint
from ..settings import Settings

WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
# Says what is being done; weights take seconds to check and minutes to fetch.
OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A folder in the published layout.

    Attributes:
        name: As asked for.
        folder: Where ``config.json``, the weights and perhaps ``targets_<head>.txt`` are.
        sha256: Checksums that are known beforehand, by file name.
        ours: Whether this software put the files there, so that it may set damaged ones aside.
        simulated: Whether the model was trained on a simulation.
    """

    name: str
    folder: Path
    sha256: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model on the CPU, where it came from, and the checksum of the file that held its weights."""

    model: Enformer
    source: ModelSource
    weights_sha256: str


def find_model(
    name: str | Path, settings: Settings, *, revision: str | None = None, on_step: OnStep | None = None
) -> ModelSource:
    """Find a model by registered name, folder, or Hugging Face repository id (fetched if it is not there yet).

    Raises:
        WeightsMissing: Nothing is there.
        WeightsCorrupt: What the hub sent does not have the checksum that the hub states.
    """
    known = registered("model", settings)
    if str(name) in known:
        entry = known[str(name)]
        return ModelSource(entry.name, entry.folder, _checksums(entry), ours=True, simulated=entry.simulated)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return ModelSource(str(name), folder)
    if is_repository(name):
        return _from_hub(str(name), revision, settings, on_step or (lambda _: None))
    raise WeightsMissing(
        f"there is no model {shown(name)}",
        hint="Give a folder that holds config.json and model.safetensors, or a Hugging Face repository id such as "
        "EleutherAI/enformer-official-rough" + (f". Registered here: {', '.join(sorted(known))}" if known else ""),
    )


def is_repository(name: str | Path) -> bool:
    """Whether a name is a Hugging Face repository id rather than a path that is there."""
    return bool(_REPOSITORY.fullmatch(str(name))) and not Path(name).expanduser().exists()


def load_model(source: ModelSource, settings: Settings, *, on_step: OnStep | None = None) -> LoadedModel:
    """Check a model's files and load them.

    Raises:
        WeightsMissing: The folder holds no weights.
        WeightsCorrupt: A file is damaged, or does not have the checksum that is stated for it.
        WeightsMismatch: The weights are of another model.
    """
    step = on_step or (lambda _: None)
    file = _weights_file(source)
    config = checkpoint.read_config(source.folder)
    step(f"checking {file.name}")
    digest = _checked_sha256(file, source)
    safe = file if file.suffix == ".safetensors" else _converted(file, digest, settings, step)
    step("loading the weights")
    try:
        return LoadedModel(checkpoint.load(safe, config), source, digest)
    except WeightsCorrupt as exc:
        raise _set_aside(file, exc.what, source) from exc


def _checksums(entry: Registered) -> Mapping[str, str]:
    stated = entry.manifest.get("sha256", {})
    if not isinstance(stated, Mapping) or not all(isinstance(v, str) for v in stated.values()):
        raise FileFormatError("sha256 in the manifest is not a checksum by file name", where=str(entry.folder))
    return stated


def _weights_file(source: ModelSource) -> Path:
    for name in WEIGHT_FILES:
        if (source.folder / name).is_file():
            return source.folder / name
    raise WeightsMissing(
        f"the model {shown(source.name)} has no weights",
        where=str(source.folder),
        hint=f"Put {' or '.join(WEIGHT_FILES)} there",
    )


def _checked_sha256(file: Path, source: ModelSource) -> str:
    if what := checkpoint.what_it_is(file):
        raise _set_aside(file, f"the weights cannot be read ({what})", source)
    digest, expected = sha256_of(file), source.sha256.get(file.name)
    if expected and digest != expected:
        raise _set_aside(file, f"the weights have checksum {digest[:12]}..., expected {expected[:12]}...", source)
    return digest


def _set_aside(file: Path, what: str, source: ModelSource) -> WeightsCorrupt:
    """The error for a damaged file; one that this software had fetched is renamed to ``.bad``, out of the way."""
    if not source.ours:
        return WeightsCorrupt(what, where=str(file), hint="Fetch the file again")
    stored = file.resolve()  # the hub's cache links to its files by checksum; the link alone would be made again
    bad = stored.with_name(stored.name + ".bad")
    try:
        stored.replace(bad)
        file.unlink(missing_ok=True)
    except OSError:
        return WeightsCorrupt(what, where=str(file), hint="Delete the file and fetch it again")
    return WeightsCorrupt(what, where=str(file), hint=f"It was set aside as {bad.name}; fetch the file again")


def _converted(file: Path, digest: str, settings: Settings, step: OnStep) -> Path:
    """The safetensors copy of a pickle, made once and kept by checksum."""
    target = settings.converted_dir / f"{digest}.safetensors"
    if not target.is_file():
        step(f"converting {file.name} to safetensors, once")
        tensors = checkpoint.read_pickle(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(target, overwrite=True) as aside:
            checkpoint.save_tensors(tensors, aside, source_sha256=digest)
    return target


def _from_hub(repository: str, revision: str | None, settings: Settings, step: OnStep) -> ModelSource:
    """A repository's config and weights: as fetched before, or else fetched now, into the data folder."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    where: dict[str, Any] = {"repo_id": repository, "revision": revision, "cache_dir": settings.data_dir / "hub"}
    try:
        try:
            weights = _hub_file(where | {"local_files_only": True})
        except LocalEntryNotFoundError:
            step(f"fetching {repository} from Hugging Face")
            weights = _hub_file(where)
    except RepositoryNotFoundError as exc:
        raise WeightsMissing(f"Hugging Face has no repository {shown(repository)}", hint="Check the spelling") from exc
    except LocalEntryNotFoundError as exc:
        raise _unreachable(repository, exc, settings) from exc
    except EntryNotFoundError as exc:
        raise WeightsMissing(
            f"the repository {shown(repository)} has neither {' nor '.join(WEIGHT_FILES)}", hint="Choose another model"
        ) from exc
    except (HfHubHTTPError, OSError, ValueError) as exc:
        raise _unreachable(repository, exc, settings) from exc
    # The hub names large files by their SHA-256, and its cache keeps that name.
    stored = weights.resolve().name
    checksums = {weights.name: stored} if re.fullmatch(r"[0-9a-f]{64}", stored) else {}
    return ModelSource(repository, weights.parent, checksums, ours=True)


def _hub_file(where: dict[str, Any]) -> Path:
    """The first kind of weights that a repository has, with its ``config.json`` beside it."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    hf_hub_download(filename="config.json", **where)
    for name in WEIGHT_FILES[:-1]:
        with suppress(EntryNotFoundError):
            return Path(hf_hub_download(filename=name, **where))
    return Path(hf_hub_download(filename=WEIGHT_FILES[-1], **where))


def _unreachable(repository: str, exc: Exception, settings: Settings) -> EnformerError:
    reason = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
    return WeightsMissing(
        f"the model {shown(repository)} is not on this machine and could not be fetched: {shown(reason)}",
        where=str(settings.data_dir / "hub"),
        hint="Connect to the network, or copy the model's folder here and give its path",
    )
