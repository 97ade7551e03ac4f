"""What many visitors do at once: each function is one scene, and gives back what every wait took, in seconds.

An answer counts only if it is of the place that was asked for, with the numbers of that place where they are known.
"""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np

from benchmarks._load_tab import Tab, TabError, opened
from enformer_core.genome.interval import Interval
from enformer_core.genome.locus import format_locus

WIDTH = 114_688  # of the demo model's output: a locus as wide is shown whole, under its own name
PATIENCE_S = 600.0
TRACKS = (0, 1, 2, 3, 4)
BASES = 200  # of a mutagenesis that runs meanwhile
Truths = Mapping[str, np.ndarray]
_HEALTH_S = 0.05


@dataclass(slots=True)
class Waits:
    """What was waited for, and what went wrong.

    Attributes:
        seconds: From the message that asks to the end of the run that answers.
        first: From the same to the first message that comes back.
        errors: In words; each is a wait without an answer.
        checked: Answers whose numbers were compared with known ones.
    """

    seconds: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    checked: int = 0


def places(chrom: str, start: int, count: int, step: int, width: int = WIDTH) -> list[str]:
    """Places as wide as an output window, one every ``step`` bp from ``start`` (0-based) on."""
    starts = range(start, start + count * step, step)
    return [format_locus(Interval(chrom, at, at + width)) for at in starts]


def query(place: str) -> str:
    """The address of a place."""
    return urlencode({"q": place, "tracks": ",".join(map(str, TRACKS))})


def searched(tab: Tab, place: str) -> Awaitable[None]:
    """Type a place into the search box and press Enter."""
    return tab.send(tab.happened("search-box", "asked", place))


async def answered(tab: Tab, place: str, waits: Waits, truths: Truths) -> None:
    """Wait for the picture of a place, note what it took, and look at it."""
    try:
        end = await tab.until(lambda: (tab.told("view") or {}).get("place") == place, PATIENCE_S)
        waits.seconds.append(end - tab.asked_at)
        waits.first.append(tab.first_answer - tab.asked_at)
        waits.checked += _look(tab, place, truths)
    except TabError as error:
        waits.errors.append(f"{place}: {error}")
        tab.errors.clear()


def _look(tab: Tab, place: str, truths: Truths) -> bool:
    """Whether the numbers on screen could be compared.

    Raises:
        TabError: What is on screen is not of this place.
    """
    view, window = tab.told("view") or {}, tab.told("part-window0") or {}
    lanes = [tab.told(f"part-lane0-{track}") or {} for track in TRACKS]
    if view["tiles"][0] != {"window": window.get("id"), "lanes": [lane.get("id") for lane in lanes]}:
        raise TabError("the picture names parts that are not there")
    output = Interval(window["chrom"], window["output"]["start"], window["output"]["end"])
    if format_locus(output) != place:
        raise TabError(f"the window is {format_locus(output)}")
    if place not in truths:
        return False
    found = np.stack([_numbers(lane["predicted"]) for lane in lanes], axis=1)
    if found.shape != truths[place].shape or not np.allclose(found, truths[place], rtol=1e-3, atol=1e-4):
        raise TabError("the numbers are not those of this place")
    return True


def _numbers(field: Mapping[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(field["b64"]), dtype=np.dtype(field["type"]).newbyteorder("<"))


async def browsing(
    address: str, known: Sequence[str], truths: Truths, visits: int, each: int, think_s: tuple[float, float]
) -> tuple[Waits, Waits]:
    """Visitors who look at places that somebody has seen before.

    Args:
        address: Of the server.
        known: The places.
        truths: Their numbers.
        visits: How many visitors.
        each: How many places each looks at, after the first.
        think_s: The shortest and the longest pause between two.

    Returns:
        Opening the page, all at about the same time; and each further place.
    """
    opening, looking = Waits(), Waits()

    async def visit(number: int) -> None:
        chance = random.Random(number)
        await asyncio.sleep(chance.uniform(0, think_s[1]))
        order = chance.sample(list(known), each + 1)
        async with opened(address, query(order[0])) as tab:
            await answered(tab, order[0], opening, truths)
            for place in order[1:]:
                await asyncio.sleep(chance.uniform(*think_s))
                await searched(tab, place)
                await answered(tab, place, looking, truths)

    await asyncio.gather(*(visit(number) for number in range(visits)))
    return opening, looking


async def alone(address: str, begin: str, new: Sequence[str], truths: Truths) -> tuple[Waits, float]:
    """One visitor who asks for new places one after another, and how long that took in all."""
    waits = Waits()
    async with opened(address, query(begin)) as tab:
        await answered(tab, begin, Waits(), {})
        begun = time.perf_counter()
        for place in new:
            await searched(tab, place)
            await answered(tab, place, waits, truths)
        return waits, time.perf_counter() - begun


async def together(address: str, begin: str, new: Sequence[str], truths: Truths) -> tuple[Waits, float]:
    """As many visitors as there are new places, who all ask for theirs at once; and how long until all had theirs."""
    waits = Waits()
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(opened(address, query(begin))) for _ in new]
        for tab in tabs:
            await answered(tab, begin, Waits(), {})
        begun = time.perf_counter()
        await asyncio.gather(*(searched(tab, place) for tab, place in zip(tabs, new, strict=True)))
        await asyncio.gather(*(answered(tab, place, waits, truths) for tab, place in zip(tabs, new, strict=True)))
        return waits, time.perf_counter() - begun


async def growing(address: str, begin: str, new: Sequence[str], visits: int, look: Callable[[int], None]) -> Waits:
    """Visitors who take turns in asking for new places; ``look`` is told after each how many were answered."""
    waits = Waits()
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(opened(address, query(begin))) for _ in range(visits)]
        for tab in tabs:
            await answered(tab, begin, Waits(), {})
        for number, place in enumerate(new):
            tab = tabs[number % visits]
            await searched(tab, place)
            await answered(tab, place, waits, {})
            look(number + 1)
    return waits


async def beside(address: str, place: str, other: str, rounds: int, *, busy: bool) -> dict[str, Waits]:
    """What a visitor does in the page, and the server's health, while another one's mutagenesis runs, or nothing does.

    Args:
        address: Of the server.
        place: On screen of the visitor; it is known.
        other: On screen of the other one.
        rounds: How often each thing is done, as long as the mutagenesis runs.
        busy: Whether it runs.
    """
    found = {what: Waits() for what in ("lane", "track", "guide", "back", "health")}
    async with opened(address, query(other)) as one, opened(address, query(place)) as two:
        await answered(one, other, Waits(), {})
        await answered(two, place, Waits(), {})
        if busy:
            await _mutate(one, other)
        asking = asyncio.create_task(_ask_health(address, found["health"]))
        try:
            for number in range(rounds):
                if busy and not _mutating(one):
                    break
                await _once(two, number, found)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
    return found


async def _once(tab: Tab, number: int, found: Mapping[str, Waits]) -> None:
    """Each thing that can be done, once. The page's answer is its next whole run, whether or not work goes on."""
    chooser: dict[str, Any] = tab.told("tracks") or {}
    tracks = list(TRACKS[: len(TRACKS) - 1 + number % 2])
    asked = {"client": 7, "serial": chooser["done"]["serial"] + 1, "table": chooser["table"], "tracks": tracks}
    doing: dict[str, Callable[[], Awaitable[None]]] = {
        "lane": lambda: tab.send(tab.ticked("Residual", on=number % 2 == 0)),
        "track": lambda: tab.send(tab.happened("tracks", "chosen", asked)),
        "guide": lambda: tab.send(page="guide"),
        "back": lambda: tab.send(page=""),
    }
    for what, do in doing.items():
        await do()
        try:
            end = await tab.until(lambda: True, PATIENCE_S)
        except TabError as error:
            found[what].errors.append(str(error))
            tab.errors.clear()
            continue
        found[what].seconds.append(end - tab.asked_at)
        found[what].first.append(tab.first_answer - tab.asked_at)
        await asyncio.sleep(0.1)


async def _mutate(tab: Tab, place: str) -> None:
    output = (tab.told("part-window0") or {})["output"]
    start = (output["start"] + output["end"]) // 2
    act = {"serial": 1, "kind": "mutate", "start": start, "end": start + BASES}
    await tab.send(tab.happened("view", "asked", {"client": 7, "acts": [act], "view": output}))
    await tab.until(lambda: "part-mutagenesis" in tab.keys and _mutating(tab), PATIENCE_S)


def _mutating(tab: Tab) -> bool:
    return bool((tab.told("part-mutagenesis") or {}).get("progress"))


async def _ask_health(address: str, waits: Waits) -> None:
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        while True:
            begun = time.perf_counter()
            answer = await client.get("/_stcore/health", timeout=30)
            waits.seconds.append(time.perf_counter() - begun)
            if answer.status_code != 200:
                waits.errors.append(f"health: {answer.status_code}")
            await asyncio.sleep(_HEALTH_S)
