"""Completion as the browser computes it, run by node on names that Python packed."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from enformer_core.app_files import app_folder
from pages._ui.search_names import Row, pack

NODE = shutil.which("node")
GENES = (
    # symbol, id, contig, position, codes for a protein
    ("TP53", "ENSG00000141510.18", 1, 7_687_490, True),
    ("TP53BP1", "ENSG00000067369.14", 0, 43_510_686, True),
    ("TP53I3", "ENSG00000115129.14", 0, 24_084_966, True),
    ("ATP5F1A", "ENSG00000152234.16", 0, 46_104_225, True),
    ("TP53-AS", "ENSG00000141519.1", 1, 7_687_600, False),
    ("tp5x", "ENSG00000141520.1", 1, 9, False),
    ("TWIN", "ENSG00000000001.1", 0, 5, True),
    ("twin", "ENSG00000000002.1", 1, 2_500_000_000, True),
    ("PAR", "ENSG00000000003.1", 0, 6, False),
    ("PAR", "ENSG00000000003.1", 1, 7, False),
    ("ENSG00000999999.1", "ENSG00000999999.1", 1, 8, False),
)
SCRIPT = """
import { readFile } from "node:fs/promises";
import { checksum } from "./parcel.js";
import { unpack } from "./search/names.js";
const bytes = new Uint8Array(await readFile("names.bin"));
const names = await unpack(bytes);
const texts = JSON.parse(await readFile("texts.json", "utf8"));
const answers = texts.map((text) => {
  const times = [];
  for (let run = 0; run < 3; run++) {
    const begun = performance.now();
    names.find(text, 12);
    times.push(performance.now() - begun);
  }
  return { ...names.find(text, 12), ms: Math.min(...times) };
});
console.log(JSON.stringify({ checksum: checksum(bytes), n: names.symbols.length, answers }));
"""


@pytest.fixture
def find(tmp_path: Path) -> Callable[..., dict]:
    """Ask node for the completions of texts."""
    if NODE is None:
        pytest.skip("node is not installed; the browser's tests cover the box all the same")
    (tmp_path / "search").mkdir()
    for name in ("parcel.js", "search/names.js"):
        shutil.copy(app_folder() / "assets" / "browser" / name, tmp_path / name)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "ask.js").write_text(SCRIPT)

    def ask(data: bytes, *texts: str) -> dict:
        (tmp_path / "names.bin").write_bytes(data)
        (tmp_path / "texts.json").write_text(json.dumps(texts))
        done = subprocess.run([str(NODE), "ask.js"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def row(symbol: str, gene: str, contig: int, position: int, coding: bool) -> Row:
    return Row(not coding, symbol.upper(), symbol, gene, contig, position)


@pytest.fixture
def packed() -> bytes:
    return pack([row(*gene) for gene in GENES], ["chr1", "chr2"])


def symbols(answer: dict) -> list[str]:
    return [hit["symbol"] for hit in answer["hits"]]


def test_beginnings_go_before_insides_and_coding_genes_before_others(find, packed):
    found = find(packed, "tp5", "TP53", " tp53 ", "P5", "t", "QQQ", "", "  ", "x" * 61)
    assert found["n"] == len(GENES)
    assert found["checksum"] == packed[:64].decode()
    tp5, exact, spaced, inside, letter, *nothing = found["answers"]
    assert symbols(tp5) == ["TP53", "TP53I3", "TP53BP1", "tp5x", "TP53-AS", "ATP5F1A"]
    assert symbols(exact) == symbols(spaced) == ["TP53", "TP53I3", "TP53BP1", "TP53-AS"]
    assert symbols(inside)[0] == "TP53"
    assert set(symbols(inside)) == set(symbols(tp5))
    assert set(symbols(letter)) == {"TP53", "TP53I3", "TP53BP1", "TP53-AS", "tp5x", "TWIN", "twin"}, "beginnings only"
    assert [answer["total"] for answer in nothing] == [0, 0, 0, 0]


def test_ids_are_found_with_the_part_that_matched_and_the_place(find, packed):
    begun, inside, own = find(packed, "ensg000001415", "41510", "ENSG00000999")["answers"]
    assert symbols(begun) == ["TP53", "tp5x", "TP53-AS"]
    (hit,) = inside["hits"]
    assert hit == {
        "question": "TP53",
        "symbol": "TP53",
        "id": "ENSG00000141510.18",
        "place": "chr2:7,687,490",
        "isId": True,
        "from": 10,
        "to": 15,
    }
    assert [(h["symbol"], h["isId"]) for h in own["hits"]] == [("ENSG00000999999.1", False)]


def test_what_is_asked_names_the_gene_alone(find, packed):
    twins, doubles = find(packed, "twin", "par")["answers"]
    assert [(h["question"], h["place"]) for h in twins["hits"]] == [
        ("ENSG00000000001.1", "chr1:5"),
        ("ENSG00000000002.1", "chr2:2,500,000,000"),
    ]
    assert [h["question"] for h in doubles["hits"]] == ["ENSG00000000003.1@chr1", "ENSG00000000003.1@chr2"]


def test_names_of_one_gene_and_of_none(find):
    (one,) = find(pack([row(*GENES[0])], ["chr1", "chr2"]), "ENSG00000141510.18")["answers"]
    assert symbols(one) == ["TP53"]
    none = find(pack([], ["chr1"]), "TP53")
    assert (none["n"], none["answers"][0]["total"]) == (0, 0)


def test_sixty_thousand_genes_are_searched_within_the_limit(find):
    rng = random.Random(0)
    rows = []
    for number in range(63_187):
        name = "".join(rng.choices("ABCDEFGHIKLMNPRSTVWYZ", k=rng.randrange(2, 6))) + str(number % 97)
        rows.append(
            row(name, f"ENSG{rng.randrange(10**6):011d}.{number % 20}", number % 25, number * 49_000, number % 3 == 0)
        )
    data = pack(rows, [f"chr{n}" for n in range(25)])
    assert len(data) < 1_000_000
    found = find(data, "A", "AB", "ENSG", "ENSG00000", "99", "0000", "NOSUCHGENE", "z")
    assert found["n"] == 63_187
    assert all(len(answer["hits"]) == 12 for answer in found["answers"] if answer["total"] >= 12)
    assert found["answers"][2]["total"] == 63_187
    # 150 ms from the key to the list; what is left of it is for drawing twelve lines.
    assert max(answer["ms"] for answer in found["answers"]) < 100
