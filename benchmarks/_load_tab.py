"""A tab of a browser without the browser: it speaks Streamlit's own websocket protocol, as the page in a tab does.

It runs fragments when the server asks for it, at the stated interval, tells which large messages it still has, and
follows the address that the page writes. It draws nothing: so many of them fit beside a server on a small machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

_KEPT_RUNS = 2  # a browser forgets a large message that two runs did not name
_WHOLE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class TabError(RuntimeError):
    """The page did what it never should: the connection ended, an error came, or nothing at all."""


class Tab:
    """One visit. Make one with ``opened``.

    Attributes:
        query: The address behind ``?``, as the page wrote it last.
        n_received: Bytes received so far.
        first_answer: When the first message came after the last ``send``, by ``perf_counter``; 0 while none came.
        errors: What errors were shown or met, in words.
        asked_at: When the last ``send`` was, by ``perf_counter``.
        finished_at: When a run that was asked for ended last.
        was_part: Whether that run drew a part of the page and not the whole.
    """

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self.query, self.n_received, self.errors = query, 0, list[str]()
        self.first_answer = self.asked_at = self.finished_at = 0.0
        self.was_part = False
        self._socket, self._page = socket, ""
        self._pages: dict[str, str] = {}
        self._kept: dict[str, tuple[ForwardMsg, int]] = {}
        self._fragments: dict[str, str] = {}  # by the id of what is done in a widget: the fragment that it belongs to
        self._asked_fragment = ""
        self._parts: dict[str, tuple[str, str]] = {}  # by key: the id and the JSON of a component
        self._boxes: dict[str, str] = {}  # by label: the id of a checkbox
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._run, self._is_running = 0, False
        self._changed = asyncio.Event()

    async def send(self, *widgets: WidgetState, fragment: str = "", page: str | None = None) -> None:
        """Ask for a run of the page, or of one of its fragments, as the browser does.

        Args:
            widgets: What was done in the page.
            fragment: Which fragment runs because its time has come; else it is the one that the widgets belong to.
            page: Last part of the address of another page to go to.
        """
        message = BackMsg()
        asked = message.rerun_script
        if page is not None:
            self._page, self.query = self._pages[page], ""
        asked.query_string, asked.page_script_hash = self.query, self._page
        asked.widget_states.widgets.extend(widgets)
        asked.cached_message_hashes.extend(self._kept)
        own = next((self._fragments.get(widget.id, "") for widget in widgets), "")
        asked.fragment_id, asked.is_auto_rerun = fragment or own, bool(fragment)
        asked.context_info.timezone, asked.context_info.locale = "UTC", "en-GB"
        asked.context_info.color_scheme = "light"
        if not fragment:
            self._asked_fragment = own
            self._is_running, self.first_answer, self.asked_at = True, 0.0, time.perf_counter()
        await self._socket.send(message.SerializeToString())

    def happened(self, key: str, event: str, value: object) -> WidgetState:
        """What a component of ours sends: something that happened in it.

        Args:
            key: Of the component.
            event: Its name.
            value: What belongs to it.
        """
        told = json.dumps([{"event": event, "value": value}])
        return WidgetState(id=_make_trigger_id(self._parts[key][0], "events"), json_trigger_value=told)

    def ticked(self, label: str, *, on: bool) -> WidgetState:
        """A checkbox with this label, set."""
        return WidgetState(id=self._boxes[label], bool_value=on)

    def told(self, key: str) -> dict[str, Any] | None:
        """What a component of ours was told last; None before it is there."""
        return json.loads(self._parts[key][1]) if key in self._parts else None

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the components of ours that have been drawn."""
        return frozenset(self._parts)

    async def until(self, holds: Callable[[], bool], patience_s: float) -> float:
        """Wait until no run of the page is under way and a condition holds.

        Returns:
            When that was, by ``perf_counter``: the end of the run that made it so.

        Raises:
            TabError: An error came, or the time is over.
        """
        end = time.monotonic() + patience_s
        while self._is_running or not holds():
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), max(0.0, end - time.monotonic()))
            if self.errors:
                raise TabError("; ".join(self.errors))
            if time.monotonic() >= end:
                raise TabError(f"waited {patience_s:g} s in vain")
        if self.errors:
            raise TabError("; ".join(self.errors))
        return self.finished_at

    async def listen(self) -> None:
        """Take what the server sends, until the connection ends."""
        try:
            async for data in self._socket:
                self.n_received += len(data)
                self.first_answer = self.first_answer or time.perf_counter()
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._take(message)
                self._changed.set()
        except ConnectionClosed as exc:
            self.errors.append(f"the connection ended: {exc}")
        finally:
            self._changed.set()
            self.stop_timers()

    def stop_timers(self) -> None:
        """Run no fragment by itself any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            kept = self._kept.get(message.ref_hash)
            if kept is None:
                self.errors.append("the server named a message that was never sent")
                return
            self._kept[message.ref_hash] = (kept[0], self._run)
            message, kind = kept[0], "delta"
        elif message.metadata.cacheable:
            self._kept[message.hash] = (message, self._run)
        if kind == "delta":
            self._draw(message.delta)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._end(message)
        elif kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                if timer := self._timers.pop(fragment, None):
                    timer.cancel()
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self.errors.append(message.session_event.script_compilation_exception.message)

    def _begin(self, message: ForwardMsg) -> None:
        if message.metadata.run.fragment_ids:
            return
        self._is_running = True
        self.stop_timers()

    def _end(self, message: ForwardMsg) -> None:
        ran = message.metadata.run.fragment_ids
        is_part = message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        if message.script_finished not in _WHOLE and not (is_part and self._asked_fragment in ran):
            return  # a fragment whose time had come, or the page is run again at once
        self._is_running, self.finished_at, self.was_part = False, time.perf_counter(), is_part
        self._run += 1
        oldest = self._run - 1 - _KEPT_RUNS
        self._kept = {
            name: (kept, last)
            for name, (kept, last) in self._kept.items()
            if last > oldest or (is_part and kept.delta.fragment_id not in ran)
        }

    def _draw(self, delta: Delta) -> None:
        if not delta.HasField("new_element"):
            return
        element = delta.new_element
        if element.HasField("bidi_component"):
            part = element.bidi_component
            self._parts[part.id.split("-", 2)[2].removeprefix("None-")] = (part.id, part.json)
            self._fragments[_make_trigger_id(part.id, "events")] = delta.fragment_id
        elif element.HasField("checkbox"):
            self._boxes[element.checkbox.label] = element.checkbox.id
            self._fragments[element.checkbox.id] = delta.fragment_id
        elif element.HasField("exception"):
            self.errors.append(f"{element.exception.type}: {element.exception.message}")
        elif element.HasField("alert") and element.alert.format == Alert.ERROR:
            self.errors.append(element.alert.body)

    def _repeat(self, fragment: str, interval_s: float) -> None:
        if timer := self._timers.pop(fragment, None):
            timer.cancel()
        self._timers[fragment] = asyncio.create_task(self._repeated(fragment, interval_s))

    async def _repeated(self, fragment: str, interval_s: float) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(interval_s)
                await self.send(fragment=fragment)


@asynccontextmanager
async def opened(address: str, query: str = "") -> AsyncIterator[Tab]:
    """A tab that is open on an address while the block runs. Its first run is asked for and not waited for.

    Args:
        address: Of the server, such as ``http://127.0.0.1:8501``.
        query: What stands behind ``?``.
    """
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    as_browser = {"subprotocols": [Subprotocol("streamlit")], "origin": Origin(address), "compression": None}
    async with connect(stream, **as_browser, max_size=None, open_timeout=60) as socket:
        tab = Tab(socket, query)
        listening = asyncio.create_task(tab.listen())
        try:
            await tab.send()
            yield tab
        finally:
            tab.stop_timers()
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
