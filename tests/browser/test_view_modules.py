"""The view's modules that need no page, run by node: pools of bins, old views, and what will be answered."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable

import numpy as np
import pytest
from browser_driver import REPOSITORY

NODE = shutil.which("node")
VIEW = REPOSITORY / "assets" / "browser" / "view"

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="module")
def told() -> Callable[[str], object]:
    """What an expression of JavaScript gives, with the modules' names at hand."""
    places = {name: json.dumps((VIEW / f"{name}.js").as_uri()) for name in ("acts", "keys", "numbers", "past", "pools")}
    imports = "".join(f"import * as {name} from {place};\n" for name, place in places.items())

    def run(expression: str) -> object:
        script = f"{imports}console.log(JSON.stringify((() => {{ {expression} }})()));"
        command = [str(NODE), "--input-type=module", "-e", script]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return run


BINS = """
const bins = { starts: Float64Array.from([100, 110, 120, 130, 140, 150, 160, 170]) };
bins.ends = bins.starts.map((start) => start + 10);
const values = Float32Array.of(1, 5, 2, 2, NaN, 3, -4, 9);
const drawn = (factor) => {
  const p = pools.pooled(bins, values, { start: 100, end: 180, factor });
  return { line: pools.line(p, 100), area: pools.area(p, p.highs, 100), count: p.count };
};
"""


def test_bins_that_are_not_pooled_are_drawn_as_they_are(told):
    found = told(BINS + "return drawn(1)")
    assert found["line"] == "M0 1H10V5H20V2H30V2H40M50 3H60V-4H70V9H80", "a missing value is a gap"
    assert found["area"] == "M0 0V1H10V5H20V2H30V2H40V0ZM50 0V3H60V-4H70V9H80V0Z"


def test_a_pool_keeps_its_highest_and_its_lowest_value(told):
    found = told(BINS + "return drawn(4)")
    assert found == {"line": "M0 5V1H40M50 9V-4H80", "area": "M0 0V5H40V0ZM50 0V9H80V0Z", "count": 2}


def test_pools_are_the_same_ones_while_the_view_moves(told):
    found = told(
        BINS + "const at = (start) => [...pools.pooled(bins, values, { start, end: start + 20, factor: 2 }).starts];"
        "return [at(104), at(109), at(111), at(121)]"
    )
    for starts in found:
        assert all((start - 100) % 20 == 0 or start == 150 for start in starts if start)


def test_a_stretch_is_drawn_anew_when_the_view_leaves_it_or_is_much_nearer(told):
    found = told(
        "const scene = { read: { start: 0, end: 1e6 }, output: { start: 0, end: 1e6 }, binSize: 128 };"
        "const at = (start, end) => ({ start, end }); const perBp = 1000 / 100000;"
        "const drawn = new pools.Stretch(at(400000, 500000), perBp, scene);"
        "return [drawn.factor, drawn.suits(at(410000, 510000), perBp), drawn.suits(at(430000, 530000), perBp),"
        " drawn.suits(at(440000, 450000), 0.1), drawn.suits(at(200000, 700000), 0.002),"
        " new pools.Stretch(at(0, 1e6), 0.001, scene).factor]"
    )
    assert found == [1, True, False, False, False, 8]


def test_a_robust_range_leaves_out_the_highest_hundredth(told):
    values = np.random.default_rng(3).gamma(1, 1, 950).astype(np.float32)
    values[[5, 70]] = np.nan, np.inf
    finite = np.sort(values[np.isfinite(values)])
    given = ",".join(str(float(value)).replace("inf", "Infinity").replace("nan", "NaN") for value in values)
    found = told(
        f"const values = Float32Array.of({given}); const few = values.slice(0, 4);"
        "return [...numbers.extent(values, 0, 950, true), ...numbers.extent(few, 0, 4, true)]"
    )
    expected = [finite[0], finite[int(np.ceil(0.99 * len(finite)))], values[:4].min(), values[:4].max()]
    assert found == pytest.approx([float(value) for value in expected])


def test_old_views_are_gone_through_and_forgotten_from_where_one_goes_on(told):
    found = told(
        "const old = new past.Past(); const v = (start) => ({ start, end: start + 100 });"
        "[1, 2, 2.2, 3].forEach((start) => old.rested(v(start * 1000)));"
        "const back = [old.go(-1), old.go(-1)].map((view) => view.start); old.rested(v(9000));"
        "const many = new past.Past(); for (let i = 0; i < 80; i++) many.rested(v(i * 10));"
        "return [back, old.can(1), old.go(1), old.go(-1).start, many.views.length, many.views[0].start]"
    )
    assert found == [[2200, 2000], False, None, 2000, 50, 300]


def test_what_is_pending_is_foreseen_in_its_order(told):
    drawn = {"height": "medium", "colour": "grey", "usual": "dnase"}
    lanes = json.dumps([{"track": track, **drawn} for track in (4, 7, 9)])
    pending = json.dumps(
        [
            {"kind": "order", "tracks": [9, 4, 7]},
            {"kind": "hide", "track": 4},
            {"kind": "look", "track": 7, "height": "", "colour": "ctcf"},
            {"kind": "look", "track": 9, "height": "", "colour": ""},
            {"kind": "undo"},
        ]
    )
    found = told(f"return acts.foreseen({lanes}, {pending})")
    assert [(lane["track"], lane["colour"]) for lane in found] == [(9, "dnase"), (7, "ctcf")]


def test_what_is_done_is_not_asked_for_again_and_an_answer_to_an_old_view_moves_nothing(told):
    found = told(
        "const asked = []; const ours = new acts.Acts((message) => asked.push(message)); const { client } = ours;"
        "const v = (start) => ({ start, end: start + 10 }); ours.knows(v(0));"
        "ours.add({ kind: 'hide', track: 1 }, v(5)); ours.add({ kind: 'extend', side: 'left' }, v(6));"
        "const answer = (serial, start) => ours.answered({ done: { client, serial }, first: v(start) });"
        "const told = [answer(1, 5), ours.pending.map((a) => a.kind), ours.side, answer(2, 6), ours.pending.length];"
        "told.push(answer(2, 99));"
        "return [asked.map((m) => m.acts.length), told]"
    )
    assert found == [[1, 2], [True, ["extend"], "left", True, 0, False]]


def test_alt_and_the_arrows_go_through_old_views(told):
    key = "{ key: 'ArrowLeft', altKey: true }"
    assert told(f"return keys.asked({key}, false)") == ["past", -1]
    assert told("return keys.asked({ key: 'ArrowUp', altKey: true }, false)") is None
    assert told("return keys.asked({ key: ']' }, false)") == ["edit", 1]
