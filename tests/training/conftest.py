"""A small genome to train on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from training_world import build_world

from enformer_core.settings import Settings, load_settings
from enformer_core.training.config import TrainingConfig, read_config
from enformer_core.training.coverage import read_coverage
from enformer_core.training.head_data import HeadData, Sequences
from enformer_core.training.sources import open_source


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small genome, its bigWigs and ``training.toml``."""
    return build_world(tmp_path_factory.mktemp("toy")).parent


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def config(toy: Path) -> TrainingConfig:
    return read_config(toy / "training.toml")[0]


@pytest.fixture(scope="session")
def data(toy: Path, config: TrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> HeadData:
    """The toy's only head, read."""
    own = Settings(data_dir=tmp_path_factory.mktemp("data"), cache_dir=tmp_path_factory.mktemp("cache"))
    source = open_source("toy", config.heads["toy"], toy, own)
    coverage = read_coverage(source, config.resolution, tmp_path_factory.mktemp("cells"), own)
    return HeadData(source, Sequences(source.assembly, source.contigs), coverage, 4)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Tiny models lose more by sharing than they win, and bits are compared."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
