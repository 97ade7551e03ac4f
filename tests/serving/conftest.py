"""A pool with one worker and a small model, shared by the tests of a file; and the same model in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from worlds import World

import enformer_core as ec
from enformer_core.inference.local import LocalPredictor
from enformer_core.serving.pool import WorkerPool
from enformer_core.serving.remote import RemotePredictor
from enformer_core.serving.spec import ModelSpec
from enformer_core.settings import Settings

SettingsIn = Callable[..., Settings]


@pytest.fixture(scope="session")
def settings_in() -> SettingsIn:
    """Settings of a small machine, with a cache of their own."""

    def make(folder: Path, **changed: object) -> Settings:
        facts = {"data_dir": folder / "data", "cache_dir": folder / "cache", "device": "cpu", "threads": 1}
        return Settings(**facts | changed)

    return make


@pytest.fixture(scope="session")
def spec(world: World) -> ModelSpec:
    return ModelSpec(str(world.model), str(world.fasta), str(world.genes))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, settings_in: SettingsIn) -> Settings:
    return settings_in(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def pool(settings: Settings) -> Iterator[WorkerPool]:
    with WorkerPool(settings) as pool:
        yield pool


@pytest.fixture(scope="module")
def remote(pool: WorkerPool, spec: ModelSpec, settings: Settings) -> Iterator[RemotePredictor]:
    predictor = RemotePredictor.load(pool, spec, settings)
    yield predictor
    predictor.close()


@pytest.fixture(scope="module")
def local(world: World, tmp_path_factory: pytest.TempPathFactory, settings_in: SettingsIn) -> Iterator[LocalPredictor]:
    """The same model here, with another cache, so that nothing it says has been said by a worker."""
    settings = settings_in(tmp_path_factory.mktemp("here"))
    predictor = ec.Predictor.from_pretrained(world.model, assembly=world.fasta, genes=world.genes, settings=settings)
    yield predictor
    predictor.close()
