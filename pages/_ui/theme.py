"""The colours and sizes of the app, in one place. ``.streamlit/config.toml`` holds the same values; a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import streamlit as st

from enformer_core.tracks.table import Track

TEXT_PX, SECONDARY_PX, AXIS_PX = 14, 12, 11


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of the light or the dark theme, as ``#rrggbb``."""

    ground: str
    panel: str
    line: str
    text: str
    muted: str
    accent: str
    edited: str
    dnase: str
    h3k27ac: str
    ctcf: str
    experiment: str
    simulated: str
    simulated_ground: str
    base_a: str
    base_c: str
    base_g: str
    base_t: str


LIGHT = Palette(
    ground="#ffffff",
    panel="#f7f8fa",
    line="#e3e6eb",
    text="#1c2330",
    muted="#667085",
    accent="#0072B2",
    edited="#D55E00",
    dnase="#2a9d6f",
    h3k27ac="#c98a1b",
    ctcf="#7a5cc7",
    experiment="#39424f",
    simulated="#8a5a00",
    simulated_ground="#fff4e0",
    base_a="#00805c",
    base_c="#0072B2",
    base_g="#7d7000",
    base_t="#b85100",
)
DARK = Palette(
    ground="#10141b",
    panel="#171c25",
    line="#2a313d",
    text="#e7ebf2",
    muted="#9aa5b5",
    accent="#56b4e9",
    edited="#f2884b",
    dnase="#4cc596",
    h3k27ac="#e6b04a",
    ctcf="#a48ef0",
    experiment="#c6cfdb",
    simulated="#ffcf7a",
    simulated_ground="#3a2c10",
    base_a="#33c79b",
    base_c="#56b4e9",
    base_g="#F0E442",
    base_t="#f2884b",
)

#: What a lane's colour can be: its name in the palette, and what people call it.
LANE_COLOURS: Mapping[str, str] = MappingProxyType(
    {"accent": "blue", "dnase": "green", "h3k27ac": "amber", "ctcf": "violet", "muted": "grey"}
)


def palette() -> Palette:
    """The palette of the theme that the reader has chosen."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def track_colour_name(track: Track) -> str:
    """Which colour of the palette a lane has, by what was measured."""
    if track.assay in ("DNASE", "ATAC"):
        return "dnase"
    if track.assay == "CHIP":
        return "h3k27ac" if track.target.startswith("H") and "K" in track.target[1:4] else "ctcf"
    return "accent"


def track_colour(track: Track, colours: Palette) -> str:
    """A lane's colour, as ``#rrggbb``."""
    return getattr(colours, track_colour_name(track))


def faded(colour: str, share: float) -> str:
    """A ``#rrggbb`` colour with an opacity, as ``rgba(...)``."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"


_EDITS = """\
.eb-edit { display: flex; gap: 8px; align-items: center; font-size: 14px; line-height: 1.3; min-height: 2rem;
  font-variant-numeric: tabular-nums; }
.eb-edit i { flex: none; min-width: 18px; height: 18px; border-radius: 9px; font: 600 11px/18px inherit;
  font-style: normal; text-align: center; background: var(--eb-edited); color: var(--eb-ground); }
.eb-edit.off i { background: none; color: var(--eb-muted); box-shadow: inset 0 0 0 1px var(--eb-line); }
.eb-edit.off span { color: var(--eb-muted); }
.eb-edit span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.eb-edit small { display: block; font-size: 12px; color: var(--eb-muted); overflow: hidden; text-overflow: ellipsis; }
.st-key-edits [class*="st-key-edit-row-"] { flex-wrap: nowrap; border-bottom: 1px solid var(--eb-line); }
.st-key-edits [class*="st-key-edit-row-"] button { min-height: 1.6rem; min-width: 1.6rem; padding: 0; }
.st-key-edits [class*="st-key-edit-row-"] button [data-testid="stMarkdownContainer"] { position: absolute; width: 1px;
  height: 1px; overflow: hidden; clip-path: inset(50%); }
.st-key-edits-steps button { min-height: 1.4rem; padding: 0; }
.st-key-edits-steps button p { font-size: 13px; color: var(--eb-muted); }
.st-key-edits-steps button:disabled p { opacity: 0.45; }"""


def css(colours: Palette) -> str:
    """The style sheet of every page. It holds no data."""
    variables = " ".join(
        f"--eb-{field.name.replace('_', '-')}: {getattr(colours, field.name)};" for field in fields(colours)
    )
    return f"""<style>
:root {{ {variables} }}
[data-testid="stMainBlockContainer"] {{ padding: 4.1rem 1.2rem 2rem 1.2rem; max-width: 100%; }}
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] {{ gap: 0.45rem; }}
[data-testid="stSidebarContent"] [data-testid="stVerticalBlock"] {{ gap: 0.4rem; }}
[data-testid="stSidebarUserContent"] {{ padding: 0.4rem 0.9rem 2rem 0.9rem; }}
.eb-head {{ font-size: {SECONDARY_PX}px; font-weight: 600; letter-spacing: 0.05em; color: var(--eb-muted);
  text-transform: uppercase; margin-top: 0.55rem; }}
.eb-headline {{ display: flex; flex-wrap: wrap; align-items: center; gap: 0 16px; }}
.eb-question {{ flex: 1 1 24rem; font-size: 16px; color: var(--eb-muted); line-height: 1.45; }}
.eb-question b {{ color: var(--eb-text); font-weight: 600; }}
.eb-legend {{ font-size: 13px; color: var(--eb-muted); display: flex; flex-wrap: wrap; gap: 0 16px;
  justify-content: flex-end; align-items: center; white-space: nowrap; line-height: 1.75; }}
.eb-legend i {{ display: inline-block; width: 14px; margin-right: 5px; vertical-align: middle; }}
.eb-locus {{ font-size: {TEXT_PX}px; line-height: 2.3; white-space: nowrap; color: var(--eb-muted);
  font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; }}
.eb-locus b {{ font-size: 15px; color: var(--eb-text); font-weight: 600; margin-right: 10px; }}
.eb-chips {{ display: flex; gap: 8px; justify-content: flex-end; flex-wrap: nowrap; }}
.eb-chip {{ font-size: 13px; border: 1px solid var(--eb-line); border-radius: 14px; padding: 2px 11px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; color: var(--eb-text); line-height: 1.5; }}
.eb-chip.simulated {{ color: var(--eb-simulated); background: var(--eb-simulated-ground);
  border-color: transparent; font-weight: 600; }}
.eb-note {{ font-size: {SECONDARY_PX}px; color: var(--eb-muted); line-height: 1.5; }}
.eb-example {{ font-size: {TEXT_PX}px; color: var(--eb-text); line-height: 1.5; background: var(--eb-panel);
  border-radius: 8px; padding: 6px 12px; }}
.eb-truth {{ font-size: {TEXT_PX}px; color: var(--eb-muted); line-height: 1.5; cursor: help;
  font-variant-numeric: tabular-nums; }}
.eb-truth b {{ color: var(--eb-text); font-weight: 600; }}
.eb-right, .eb-wrong {{ font-weight: 600; }}
.eb-right {{ color: var(--eb-base-a); }}
.eb-wrong {{ color: color-mix(in srgb, var(--eb-edited) 80%, var(--eb-text)); }}
button[kind="primary"] :is(p, span) {{ color: var(--eb-ground); }}
[data-testid="stElementContainer"]:has([data-testid="stImage"]), [data-testid="stFullScreenFrame"],
[data-testid="stImage"], [data-testid="stImageContainer"] {{ max-width: 100%; }}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {{ color: var(--eb-muted); opacity: 1; }}
[data-testid="stMarkdownContainer"] td:nth-child(n+3) {{ overflow-wrap: anywhere; }}
[data-testid="stLayoutWrapper"]:has(> .st-key-view-parts) {{ display: none; }}
[data-testid="stLayoutWrapper"]:has(> .st-key-progress) {{ height: 0; flex: none; margin-bottom: -0.45rem;
  position: relative; z-index: 2; }}
.st-key-progress {{ flex: none; background: {colours.ground}; }}
.st-key-tour button {{ min-height: 1.8rem; padding: 0.1rem 0.65rem; }}
.st-key-tour button p {{ font-size: 13px; }}
.st-key-tour button[kind="primary"] {{ background: {faded(colours.accent, 0.08)}; border-color: transparent; }}
.st-key-tour button[kind="primary"] p {{ font-weight: 600; color: var(--eb-accent); }}
.st-key-tour button[kind="tertiary"] p {{ color: var(--eb-muted); }}
.eb-track {{ display: flex; gap: 8px; align-items: center; font-size: {TEXT_PX}px; line-height: 1.25;
  min-height: 2rem; }}
.eb-track i {{ flex: none; width: 11px; height: 11px; border-radius: 3px; }}
.eb-track span {{ overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.eb-track small {{ display: block; color: var(--eb-muted); font-size: {AXIS_PX}px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }}
.eb-table {{ border-collapse: collapse; font-size: {TEXT_PX}px; font-variant-numeric: tabular-nums; width: 100%; }}
.eb-table :is(th, td) {{ text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--eb-line); }}
.eb-table :is(th, td):nth-child(n+3) {{ text-align: right; }}
.eb-table th {{ font-size: {SECONDARY_PX}px; font-weight: 600; color: var(--eb-muted); }}
.eb-foot {{ font-size: {AXIS_PX}px; color: var(--eb-muted); line-height: 1.5; }}
[data-testid="stSidebar"] button p, .st-key-view button p {{ font-size: 13px; }}
[data-testid="stPopoverBody"] {{ min-width: 26rem; }}
.st-key-view button {{ min-height: 2rem; padding: 0.15rem 0.6rem; }}
{_EDITS}
[data-testid="stSidebar"] [class*="st-key-row-"] button {{ min-height: 1.6rem; padding: 0; border: none;
  background: none; }}
</style>"""
