"""Driving the app without a browser, through Streamlit's AppTest."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path

import numpy as np
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from pages._ui.search_box import KEY
from pages._ui.track_chooser import KEY as TRACKS
from pages._ui.view import KEY as VIEW

APP = Path(__file__).resolve().parents[1] / "app.py"
PATIENCE_S = 60.0


def open_app(**parameters: str) -> AppTest:
    """Open the app with query parameters, and wait for what it does."""
    app = AppTest.from_file(str(APP), default_timeout=PATIENCE_S)
    for name, value in parameters.items():
        app.query_params[name] = value
    return settled(app.run())


def settled(app: AppTest) -> AppTest:
    """Run until no progress bar shows. A browser does this by itself: the fragments poll."""
    end = time.monotonic() + PATIENCE_S
    while app.get("progress") and time.monotonic() < end:
        time.sleep(0.05)
        app.run()
    assert not app.get("progress"), "the work does not end"
    assert not app.exception, app.exception
    return app


def ask(app: AppTest, text: str) -> AppTest:
    """Type or paste into the search box, and press Enter."""
    return settled(send(app, "asked", text))


def send(app: AppTest, event: str, value: object, key: str = KEY) -> AppTest:
    """Run the page with what the search box sends, or the component with another key.

    AppTest has no method for the events of components, so the message that the browser would send is made here; all
    that follows, the callback above all, is Streamlit's and the app's.
    """
    name = _make_trigger_id(component(app, key).id, "events")
    value = json.dumps([{"event": event, "value": value}])
    return app._run(_with_widgets(app, WidgetState(id=name, json_trigger_value=value)))


def chooser(app: AppTest) -> dict:
    """What the chooser of tracks is told to show."""
    return json.loads(component(app, TRACKS).json)


def choose_tracks(app: AppTest, *tracks: object, **other: object) -> AppTest:
    """Put these tracks on view, as the chooser asks for them."""
    told = chooser(app)
    asked = {"client": 7, "serial": told["done"]["serial"] + 1, "table": told["table"], "tracks": list(tracks)}
    return settled(send(app, "chosen", asked | other, TRACKS))


def _with_widgets(app: AppTest, more: WidgetState) -> WidgetStates:
    states = app._tree.get_widget_states()
    states.widgets.append(more)
    return states


def component(app: AppTest, key: str) -> BidiComponent:
    """A component as the browser is told to draw it."""
    return next(element.proto for element in app.get("bidi_component") if element.key == key)


def search_box(app: AppTest) -> BidiComponent:
    """The search box as the browser is told to draw it."""
    return component(app, KEY)


def box_shows(app: AppTest) -> str:
    """The text in the search box."""
    return json.loads(search_box(app).json)["text"]


def plain(text: str) -> str:
    """Markdown as a reader sees it."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace("**", "")


def errors(app: AppTest) -> str:
    return "\n".join(plain(e.value) for e in app.error)


def html(app: AppTest) -> str:
    """All pieces of HTML of the page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def question(app: AppTest) -> str:
    found = re.search(r'id="question">(.*?)</div>', html(app))
    return re.sub(r"<[^>]+>", "", found[1]) if found else ""


def charts(app: AppTest) -> list:
    """The picture, in a list; an empty one where there is none."""
    return [element for element in app.get("bidi_component") if element.key == VIEW]


def view(app: AppTest) -> dict:
    """What the picture is told to show."""
    return json.loads(charts(app)[0].proto.json)


def upload(app: AppTest, content: bytes, name: str) -> AppTest:
    """Upload an experiment or an annotation; the page empties the widget afterwards, and so does this."""
    field = next(field for field in app.file_uploader if field.label.startswith("bigWig"))
    field.upload(name, content, "application/octet-stream")
    return settled(app.run())


def address(app: AppTest, name: str) -> str:
    """One query parameter as the address bar has it."""
    value = app.query_params.get(name, "")
    return value[0] if isinstance(value, list) else value


def live(app: AppTest, kind: str) -> dict:
    """What the browser has been sent of an explanation."""
    return json.loads(component(app, f"part-{kind}").json)


def explained(app: AppTest, *kinds: str) -> AppTest:
    """Run until the explanations of the kinds have ended, one way or another."""
    end = time.monotonic() + PATIENCE_S
    while any(live(app, kind)["progress"] for kind in kinds) and time.monotonic() < end:
        time.sleep(0.05)
        app.run()
    for kind in kinds:
        assert not live(app, kind)["progress"], f"{kind} does not end"
    return settled(app)


def numbers(field: dict) -> np.ndarray:
    """An array as the browser is sent it."""
    return np.frombuffer(base64.b64decode(field["b64"]), dtype=np.dtype(field["type"]).newbyteorder("<"))


def act(app: AppTest, kind: str, **what: object) -> AppTest:
    """Ask for something in the picture."""
    told = view(app)
    acts = [{"serial": told["done"]["serial"] + 1, "kind": kind, **what}]
    asked = {"client": told["done"]["client"] or 7, "acts": acts, "view": told["first"]}
    return settled(send(app, "asked", asked, VIEW))
