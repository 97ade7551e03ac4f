"""What the whole process shares: loaded models and the bigWig reader. The model's code is imported only when needed."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.registry import registered
from enformer_core.settings import Settings, load_settings
from enformer_core.tracks.bigwig_read import BigWigReader

from .state import Choice, Session

if TYPE_CHECKING:
    from enformer_core.inference.health import Finding
    from enformer_core.inference.jobs import Job
    from enformer_core.inference.predictor import Predictor


def settings() -> Settings:
    """The settings in force."""
    return load_settings()


def first_choice(settings: Settings) -> Choice:
    """The model and assembly to start with: those of the settings, else the only registered ones."""
    models, assemblies = registered("model", settings), registered("assembly", settings)
    model = settings.model or (next(iter(models)) if len(models) == 1 else "")
    assembly = settings.assembly or (next(iter(assemblies)) if len(assemblies) == 1 else "")
    return Choice(model, assembly, str(settings.genes or "") if settings.assembly else "")


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
        job.report(0.0, "starting PyTorch")
        from enformer_core.inference.predictor import Predictor

        job.report(0.0, "opening the assembly")
        return Predictor.from_pretrained(
            model,
            assembly=assembly or None,
            genes=Path(genes) if genes else None,
            settings=load_settings(),
            on_step=lambda step: job.report(0.0, step),
        )

    queue = JobQueue()
    job = queue.submit(load)
    queue.close()  # its thread ends with this job
    return job


@st.cache_resource(show_spinner=False, on_release=lambda reader: reader.close())
def reader() -> BigWigReader:
    """The reader of experiments, with its few child processes."""
    return BigWigReader(load_settings())


def findings(settings: Settings) -> list[Finding]:
    """The facts that ``enformer-browser doctor`` prints."""
    from enformer_core.inference.health import examine

    return examine(settings)


def predictor_of(job: Job[Predictor]) -> Predictor | Exception | None:
    """The predictor, the reason why there is none, or None while it is being loaded."""
    if not job.done():
        return None
    try:
        return job.result(0)
    except Exception as error:  # of any kind: the page says it and offers to try again
        return error
