"""A small model with reactive weights, as the published architecture and as it runs."""

from __future__ import annotations

import pytest
from weights import tiny_model

from enformer_core.inference.trunk import Trunk
from enformer_core.model import Enformer


@pytest.fixture(scope="session")
def plain() -> Enformer:
    return tiny_model()


@pytest.fixture(scope="session")
def trunk(plain: Enformer) -> Trunk:
    return Trunk(plain)
