"""What ``doctor`` says about a precision that is not the one that will be used."""

from __future__ import annotations

import pytest

from enformer_core.inference import device
from enformer_core.inference.health import examine
from enformer_core.settings import load_settings


def found(precision: str, pays: bool, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(device, "bfloat16_pays", lambda: pays)
    settings = load_settings({"device": "cpu", "precision": precision})
    return [f"{finding.status}: {finding.text}" for finding in examine(settings) if finding.name == "precision"]


def test_bfloat16_where_float32_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "note: float32 is used: bfloat16 is set, but is slower on this processor and less exact"
    assert found("bfloat16", False, monkeypatch) == [said]


@pytest.mark.parametrize(("precision", "pays"), [("bfloat16", True), ("float32", False), ("auto", False)])
def test_nothing_to_say(precision: str, pays: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(precision, pays, monkeypatch) == []
