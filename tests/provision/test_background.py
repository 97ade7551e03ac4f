"""A set-up beside a server: in a process of its own, one at a time, stopped and gone on with."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest
import worlds
from published_files import manifest, publish

from enformer_core.errors import ResourceError, UrlNotAllowed, WeightsCorrupt
from enformer_core.provision import background as module
from enformer_core.provision.background import Background, Standing
from enformer_core.provision.child import read_word
from enformer_core.provision.plan import make_plan
from enformer_core.provision.progress import Progress
from enformer_core.settings import load_settings

SAYS_ONE_WORD_AND_WAITS = """
import json, sys, time
print("what some library prints", json.dumps({"step": 1, "steps": 5, "what": "fetching"}), sep="\\n", flush=True)
time.sleep(600)
"""


def until(background: Background, what) -> Standing:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        standing = background.standing
        if standing is not None and what(standing):
            return standing
        time.sleep(0.01)
    raise AssertionError(f"it stays as it is: {background.standing}")


def over(background: Background) -> Standing:
    return until(background, lambda standing: standing.is_over)


def test_from_beginning_to_end_and_what_went_wrong(world: worlds.World, tmp_path: Path) -> None:
    published = publish(tmp_path / "files", world)
    background, settings = Background(), load_settings()
    assert background.standing is None
    sources = manifest(tmp_path / "s.toml", published, "http://127.0.0.1:9")  # which is no https
    assert background.start(make_plan("hg38", settings, sources=sources))
    assert isinstance(over(background).error, UrlNotAllowed)
    assert background.start(make_plan("hg38", settings, sources=sources, folder_from=published))
    assert over(background) == Standing("hg38", None, True)
    assert make_plan("hg38", settings, sources=sources).is_whole
    background.forget()
    assert background.standing is None


def test_one_at_a_time_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "command", lambda plan: [sys.executable, "-c", SAYS_ONE_WORD_AND_WAITS])
    background, settings = Background(), load_settings()
    assert background.start(make_plan("hg38", settings))
    until(background, lambda standing: standing.progress is not None)
    assert not background.start(make_plan("mm10", settings))
    background.forget()  # of what has not ended, nothing is forgotten
    assert background.standing == Standing("hg38", Progress(1, 5, "fetching"))
    background.cancel()
    assert over(background) == Standing("hg38", None, True, None, True)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], "ended by itself (exit code -9)"),
        (["/no/such/program"], "could not be started"),
    ],
)
def test_a_process_that_ends_without_a_word(command: list[str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "command", lambda plan: command)
    background = Background()
    background.start(make_plan("hg38", load_settings()))
    error = over(background).error
    assert isinstance(error, ResourceError)
    assert words in str(error)


def test_words_of_the_process() -> None:
    assert read_word('{"step": 2, "steps": 5, "what": "x", "fraction": 0.5}') == Progress(2, 5, "x", 0.5)
    error = read_word(json.dumps({"error": "WeightsCorrupt", "what": "w", "where": "f", "hint": "h"}))
    assert (type(error), str(error)) == (WeightsCorrupt, "f: w. h")
    assert type(read_word('{"error": "shown", "what": "w"}')) is ResourceError
    for line in ("", "hello", "3", '"error"', '{"step": 1}', '{"steps": 1, "boo": 2}'):
        with pytest.raises(ValueError, match="no word of a set-up"):
            read_word(line)
