"""What the whole process shares: loaded models and the bigWig reader. The model's code is imported only when needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from enformer_core.app_files import app_folder
from enformer_core.errors import EnformerError, FileError
from enformer_core.genome.examples import Example, read_examples, read_experiments
from enformer_core.genome.registry import Registered, assets_dir, registered
from enformer_core.inference.finding import Finding
from enformer_core.settings import Settings, load_settings
from enformer_core.tracks.bigwig_read import BigWigReader

from .matching import first_choice
from .state import Choice, Session

if TYPE_CHECKING:
    from enformer_core.inference.jobs import Job
    from enformer_core.inference.predictor import Predictor
    from enformer_core.serving.pool import WorkerPool

Found = TypeVar("Found")
_LOOKED_S, _LOOKING_S = 20.0, 60.0


def settings() -> Settings:
    """The settings in force."""
    return load_settings()


def current_choice(state: Session, settings: Settings) -> Choice:
    """What the session has chosen, or what it starts with."""
    return state.choice or first_choice(settings)


def loading(choice: Choice, settings: Settings) -> Job[Predictor]:
    """The job that loads a model, begun at most once per process; its result is the predictor."""
    return _loading(*_key(choice, settings))


def load_again(choice: Choice, settings: Settings) -> None:
    """Forget a model, so that the next call of ``loading`` begins anew."""
    _loading.clear(*_key(choice, settings))


def _key(choice: Choice, settings: Settings) -> tuple[str, ...]:
    return (*astuple(choice), settings.device, settings.precision, str(settings.data_dir))


def _release(job: Job[Predictor]) -> None:
    if job.state == "done":
        job.result(0).close()


@st.cache_resource(max_entries=3, show_spinner=False, on_release=_release)
def _loading(model: str, assembly: str, genes: str, device: str, precision: str, data_dir: str) -> Job[Predictor]:
    from enformer_core.inference.jobs import JobQueue

    def load(job: Job[Predictor]) -> Predictor:
        settings = load_settings()
        if settings.worker:
            return _remote(model, assembly, genes, settings, job)
        from enformer_core.inference.predictor import Predictor

        return Predictor.from_pretrained(
            model,
            assembly=assembly or None,
            genes=Path(genes) if genes else None,
            settings=settings,
            on_step=lambda step: job.report(0.0, step),
        )

    queue = JobQueue()
    job = queue.submit(load)
    queue.close()  # its thread ends with this job
    return job


def _remote(model: str, assembly: str, genes: str, settings: Settings, job: Job[Predictor]) -> Predictor:
    from enformer_core.serving.remote import RemotePredictor
    from enformer_core.serving.spec import ModelSpec

    spec = ModelSpec(model, assembly, genes)
    return RemotePredictor.load(workers(), spec, settings, lambda step: job.report(0.0, step))


@st.cache_resource(show_spinner=False, on_release=lambda pool: pool.close())
def workers() -> WorkerPool:
    """The processes that run models, one per device."""
    from enformer_core.serving.pool import WorkerPool

    return WorkerPool(load_settings())


@dataclass(frozen=True, slots=True)
class Companions:
    """What comes with a registered assembly.

    Attributes:
        experiments: BigWigs by a track's identifier.
        examples: Worked examples by id, in order.
        simulated: Whether the assembly is a simulation.
        problems: What of it cannot be read, and why.
    """

    experiments: Mapping[str, Path]
    examples: Mapping[str, Example]
    simulated: bool = False
    problems: tuple[FileError, ...] = ()


def companions(choice: Choice, settings: Settings) -> Companions:
    """What comes with the chosen assembly; nothing where it is a file. The files are small, and read anew each time."""
    entry = registered("assembly", settings).get(choice.assembly)
    if entry is None:
        return Companions({}, {})
    problems: list[FileError] = []
    experiments = _tried(read_experiments, entry, problems) or {}
    examples = {example.id: example for example in _tried(read_examples, entry, problems) or ()}
    return Companions(experiments, examples, entry.simulated, tuple(problems))


def _tried(read: Callable[[Registered], Found], entry: Registered, problems: list[FileError]) -> Found | None:
    try:
        return read(entry)
    except FileError as error:
        problems.append(error)
        return None


@dataclass(frozen=True, slots=True)
class Pair:
    """A registered model with the assembly that it was trained on, whether or not that is here.

    Attributes:
        model: Its name.
        assembly: The name that its manifest gives.
        simulated: Whether the model is a simulation's.
        packaged: Whether the model comes with this software.
        is_ready: Whether the assembly is registered.
        n_examples: Worked examples of the assembly.
        n_experiments: Experiments that come with it.
    """

    model: str
    assembly: str
    simulated: bool
    packaged: bool
    is_ready: bool
    n_examples: int = 0
    n_experiments: int = 0


def pairs(settings: Settings) -> list[Pair]:
    """Registered models that were trained on an assembly of their own."""
    assemblies, found = registered("assembly", settings), []
    for name, model in registered("model", settings).items():
        if not model.trained_on:
            continue
        around = companions(Choice(name, model.trained_on), settings)
        packaged, is_ready = model.folder.parent == assets_dir(), model.trained_on in assemblies
        counts = (len(around.examples), len(around.experiments))
        found.append(Pair(name, model.trained_on, model.simulated, packaged, is_ready, *counts))
    return found


def is_simulated_model(name: str, settings: Settings) -> bool:
    """Whether a registered model is a simulation's."""
    entry = registered("model", settings).get(name)
    return bool(entry and entry.simulated)


@st.cache_resource(show_spinner=False, on_release=lambda reader: reader.close())
def reader() -> BigWigReader:
    """The reader of experiments, with its few child processes."""
    return BigWigReader(load_settings())


def findings(settings: Settings) -> list[Finding]:
    """The facts that ``enformer-browser doctor`` prints, at most a little old.

    They are asked of it, in a process that ends: looking for devices takes PyTorch, which has no place in this one.

    Raises:
        EnformerError: It does not answer.
    """
    return _findings(settings.model_dump_json())


@st.cache_resource(ttl=_LOOKED_S, max_entries=4, show_spinner=False)
def _findings(settings: str) -> list[Finding]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "enformer_core", "doctor", "--json"],
            capture_output=True,
            check=False,
            cwd=app_folder(),
            timeout=_LOOKING_S,
        )
        return [Finding(**fact) for fact in json.loads(done.stdout)["findings"]]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as exc:
        raise EnformerError(
            f"looking around failed ({type(exc).__name__})", hint="Run enformer-browser doctor, which says more"
        ) from exc


def predictor_of(job: Job[Predictor]) -> Predictor | Exception | None:
    """The predictor, the reason why there is none, or None while it is being loaded."""
    if not job.done():
        return None
    try:
        return job.result(0)
    except Exception as error:  # of any kind: the page says it and offers to try again
        return error
