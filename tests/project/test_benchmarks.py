"""The benchmarks' front door; the measurements themselves are run by `make bench`."""

from __future__ import annotations

import ast
import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.__main__ import FOLDER, main, names


def test_an_unknown_name_is_refused_with_those_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gene_indx"]) == 2
    assert "gene_index" in capsys.readouterr().err


@pytest.mark.parametrize("name", names())
def test_each_benchmark_has_a_main_and_a_row_in_the_readme(name: str) -> None:
    # Read, not imported: some load two models.
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    assert "main" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    rows = re.findall(r"^\| `(\w+)` \|", Path(FOLDER, "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert name in rows
    assert set(rows) <= set(names())


@pytest.mark.parametrize(
    ("name", "table", "document"),
    [
        ("engine", "table", "explanations.md"),
        ("explanations", "table", "explanations.md"),
        ("why", "table", "explanations.md"),
        ("faults", "table", "reliability.md"),
        ("load", "table", "reliability.md"),
        ("view", "table", "view.md"),
        ("view", "traffic_table", "view.md"),
    ],
)
def test_the_documents_quote_the_result(name: str, table: str, document: str) -> None:
    result = json.loads((FOLDER / "results" / f"{name}.json").read_text(encoding="utf-8"))
    text = (FOLDER.parent / "docs" / document).read_text(encoding="utf-8")
    found = getattr(import_module(f"benchmarks.{name}"), table)(result)
    assert f"<!-- benchmarks.{name}.{table} -->\n{found}\n" in text
