"""One wrong input, three doors: the page, the command line and Python say the same words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_driver import ask, errors
from streamlit.testing.v1 import AppTest
from worlds import World

import enformer_core as ec
from enformer_core.cli import cli
from enformer_core.cli.running import exit_with

WRONG = {
    "row 3": "chr1:200-100",
    "row 4": "chr1:0-100",
    "row 5": "chr2:29,990-30,010",
    "row 6": "chr23:1-10",
    "row 7": "chr1:1e6-2e6",
    "row 8": "chr1:99999999999999999999-99999999999999999999",
    "row 13": "ALFB1",
    "row 14": "TWIN",
    "row 15": "rs12345",
    "row 16": "<script>alert(1)</script>",
    "row 21": ">p\nMKVLLAAGEE",
    "row 26": "chr1:20001:{wrong}>{right}",
    "row 27": "chr1:20001:A><DEL>",
    "row 33": "chr1:0:A>C",
}


def given(row: str, world: World) -> str:
    right = world.bases["chr1"][20_000]
    return WRONG[row].format(right=right, wrong="ACGT"[("ACGT".index(right) + 1) % 4])


@pytest.mark.parametrize("row", WRONG)
def test_same_words_at_every_door(
    row: str, configured: World, opened: Callable[..., AppTest], capsys: pytest.CaptureFixture[str]
) -> None:
    text = given(row, configured)
    predictor = ec.Predictor.from_pretrained(configured.model, assembly=configured.fasta, genes=configured.genes)
    with pytest.raises(ec.EnformerError) as caught:
        predictor.predict(text)
    predictor.close()

    code = exit_with(lambda: cli(["predict", "--locus", text, "--out", "never.npz"], standalone_mode=False))
    assert code == caught.value.exit_code == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == f"Error: {caught.value}"

    shown = errors(ask(opened(), text)).lower()  # the page begins its sentences with a capital
    for part in (caught.value.what, caught.value.hint):
        assert part.lower() in shown
