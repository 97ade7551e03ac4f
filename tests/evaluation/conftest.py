"""A small held-out chromosome, and who predicts it."""

from __future__ import annotations

import pytest

from enformer_core.evaluation.heldout import HeldOut
from tests.evaluation.predictors import SMALL, Constant, Perfect


@pytest.fixture(scope="session")
def held() -> HeldOut:
    return HeldOut.simulated(SMALL)


@pytest.fixture(scope="session")
def perfect(held: HeldOut) -> Perfect:
    return Perfect(held)


@pytest.fixture(scope="session")
def constant(held: HeldOut) -> Constant:
    return Constant(held)
