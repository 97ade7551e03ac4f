"""docs/reliability.md: every row of the table of bad inputs is there, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
DOCUMENT = TESTS.parent / "docs" / "reliability.md"
ROWS = range(1, 76)
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)(?:\[([\w-]+)\])?`")
# A row in a test's name, `row_07` or `rows_28_and_34`, or in the id of one of its cases, `row-07-units`.
SAYS_ROWS = re.compile(r"rows?[_-]((?:\d+(?:_and_|-)?)+)")


def table() -> dict[int, tuple[str, list[tuple[str, str, str]]]]:
    """By row, what is answered, and the tests: file below ``tests/``, function, id of the case."""
    rows = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = re.split(r"(?<!\\)\|", line)
        if len(cells) == 6 and cells[1].strip().isdigit():
            number = int(cells[1])
            assert number not in rows, f"row {number} is there twice"
            assert all(cell.strip() for cell in cells[2:4]), f"row {number} has an empty cell"
            rows[number] = cells[3].strip(), NAMED.findall(cells[4])
            assert len(rows[number][1]) == cells[4].count("::"), f"row {number} names a test that cannot be read"
    return rows


@cache
def functions(file: str) -> frozenset[str]:
    """The functions of a test file."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_row_is_there_in_order() -> None:
    assert list(table()) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_the_tests_of_a_row_exist_and_name_it(row: int) -> None:
    answer, tests = table()[row]
    assert tests or "Not yet" in answer, "a row has tests, or says what is missing"
    for file, function, case in tests:
        assert (TESTS / file).is_file(), file
        assert function in functions(file), f"{file} has no {function}"
        if case:
            assert f'"{case}"' in (TESTS / file).read_text(encoding="utf-8"), f"{file} has no case {case}"
    names = [f"{function} {case}" for _, function, case in tests]
    said = {int(n) for name in names for found in SAYS_ROWS.findall(name) for n in re.findall(r"\d+", found)}
    assert not tests or row in said, f"none of the tests says that it is of row {row}"


def test_the_tables_of_figures_have_their_place() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert re.findall(r"<!-- ([\w.]+) -->", text) == [
        "benchmarks.faults.table",
        "benchmarks.load.table",
    ]
