from __future__ import annotations

import pytest
import torch

from enformer_core.errors import InputError, SettingsError
from enformer_core.inference import device as module
from enformer_core.inference.averaging import Averaging
from enformer_core.inference.device import available_devices, choose_device, choose_precision, effective_precision


@pytest.mark.parametrize("text", ["none", "strands", "shifts:3", "strands,shifts:1"])
def test_text_round_trip(text: str) -> None:
    assert str(Averaging.parse(text)) == text


def test_views() -> None:
    assert Averaging().views() == [(0, False)]
    assert Averaging(strands=True).views() == [(0, False), (0, True)]
    assert Averaging.parse("strands,shifts:1").views() == [(s, r) for s in (-1, 0, 1) for r in (False, True)]


@pytest.mark.parametrize("text", ["", "both", "shifts", "shifts:-1", "shifts:65", "shifts:999", "strands;shifts:1"])
def test_text_that_is_none_of_these(text: str) -> None:
    with pytest.raises(InputError):
        Averaging.parse(text)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "cpu:0", "float8", "cuda:-1"])
def test_row_74_unknown_device(name: str) -> None:
    with pytest.raises(SettingsError, match="not known. Choose auto, cpu") as caught:
        choose_device(name)
    assert caught.value.exit_code == 2


def test_row_74_a_device_that_is_not_here() -> None:
    with pytest.raises(SettingsError, match=r"'cuda:9' is not on this machine. Here are: .*cpu"):
        choose_device("cuda:9")


def test_auto() -> None:
    assert str(choose_device("auto")) == available_devices()[0]
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_precision("auto") == "float32"


def test_row_74_unknown_precision() -> None:
    with pytest.raises(SettingsError, match="'float8' is not known. Choose auto, float32 or bfloat16"):
        choose_precision("float8")


@pytest.mark.parametrize(
    ("wanted", "device", "pays", "used"),
    [
        ("float32", "cpu", True, "float32"),
        ("bfloat16", "cpu", True, "bfloat16"),
        ("bfloat16", "cpu", False, "float32"),
        ("bfloat16", "cuda:0", False, "bfloat16"),
        ("bfloat16", "mps", False, "bfloat16"),
    ],
)
def test_bfloat16_where_it_pays(
    wanted: str, device: str, pays: bool, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "bfloat16_pays", lambda: pays)
    assert effective_precision(wanted, torch.device(device)) == used


@pytest.mark.parametrize(("small", "large", "pays"), [(40.0, 0.1, False), (1.5, 0.3, True), (0.5, 0.9, False)])
def test_what_pays(small: float, large: float, pays: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_part_of_time", lambda rows, _: small if rows == 64 else large)
    assert module.bfloat16_pays.__wrapped__() is pays


def test_what_pays_is_measured_once() -> None:
    module.bfloat16_pays.cache_clear()
    assert module.bfloat16_pays() is module.bfloat16_pays()
    assert module.bfloat16_pays.cache_info().misses == 1
