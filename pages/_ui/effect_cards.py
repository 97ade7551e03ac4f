"""What the edits do, in numbers: at a start site, to every track, and each edit alone; formulas stand beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st

from enformer_core.genome.locus import format_locus
from enformer_core.inference.effect_scores import PSEUDOCOUNT
from enformer_core.inference.track_effects import TrackEffect, TrackEffects, submit_each_alone, track_effects
from enformer_core.tracks.table import Track, TrackTable

from . import effect_jobs, effect_places, problems, work
from .edit_marks import label as edit_label
from .edit_marks import position
from .effect_places import Place
from .picture import track_name
from .state import Result, Session
from .words import cut, for_html, for_markdown, visible

if TYPE_CHECKING:
    from enformer_core.inference.prediction import Prediction
    from enformer_core.inference.predictor import Predictor

FOLD = (
    f"log2((edited + {PSEUDOCOUNT:g}) / (reference + {PSEUDOCOUNT:g})), each side the mean of the track over the bins; "
    f"{PSEUDOCOUNT:g} is the pseudocount, in coverage of a bin"
)
SAD = "SAD: mean over all compared bins of edited − reference, in coverage of a bin (Avsec et al. 2021)"
SAR = "SAR: log2(1 + sum of edited) − log2(1 + sum of reference), over all compared bins (Kelley et al. 2018)"
LARGEST = "edited − reference of the one bin that changes most, with its sign, in coverage of a bin"
_NUMBER = "%+.3g"


@problems.guarded
def draw(state: Session, predictor: Predictor, result: Result, table: TrackTable) -> None:
    """Draw the two cards below a picture with edits; nothing without edits.

    Args:
        state: The session's; while the page works on its next picture, nothing more is asked of the model here.
        predictor: Who is asked for all tracks, and for each edit alone.
        result: What is on view.
        table: All tracks of the head.
    """
    edited = result.edited
    if edited is None:
        effect_jobs.forget_all()
        return
    may_ask = state.job is None and predictor.weights_sha256 == result.prediction.provenance.weights_sha256
    if not may_ask:
        effect_jobs.give_way()
    left, right = st.columns([0.42, 0.58], gap="small")
    with left, st.container(border=True, key="effect-card"):
        place = _effect(predictor, result, edited, may_ask=may_ask)
    with right, st.container(border=True, key="tracks-card"):
        _most_changed(predictor, result, edited, place, table, may_ask=may_ask)


def _effect(predictor: Predictor, result: Result, edited: Prediction, *, may_ask: bool) -> Place:
    """The effect on a gene and a track that can be chosen, and below it that of each edit alone."""
    title = st.empty()
    track = _choose_track(result.prediction.tracks)
    place = _choose_place(result, edited)
    title.html(f'<div class="eb-locus"><b>Effect on {for_html(cut(place.title, 40))}</b></div>')
    effects = track_effects(result.prediction, edited, place.bins)
    _number(effects.of(track.target_index), place, is_simulated=edited.provenance.simulated)
    if effects.notes:
        st.html(f'<div class="eb-note">{for_html(" · ".join(effects.notes))}</div>')
    _each_alone(predictor, result, track, place, effects, may_ask=may_ask)
    return place


def _choose_track(tracks: Iterable[Track]) -> Track:
    by_index = {track.target_index: track for track in tracks}
    if len(by_index) == 1:
        (track,) = by_index.values()
        st.html(f'<div class="eb-note" style="text-align:right">{for_html(_label(track))}</div>')
        return track
    options = list(by_index)
    picked = st.selectbox(
        "Track",
        options,
        key=f"effect-track-{'-'.join(map(str, options))}",  # other tracks on view begin with the first again
        format_func=lambda index: _label(by_index[index]) if index in by_index else str(index),
        label_visibility="collapsed",
    )
    return by_index.get(picked, by_index[options[0]])


def _choose_place(result: Result, edited: Prediction) -> Place:
    """A start site of a gene that lies in the output, or else where the first track changes most, which is said."""
    prediction, assembly = result.prediction, result.window.assembly
    genes = assembly.genes.overlapping(prediction.interval) if assembly and assembly.genes else ()
    sites, first = effect_places.start_sites(prediction, genes)
    if not sites:
        row = track_effects(prediction, edited).rows[0]
        st.html('<div class="eb-note">No start site of a gene lies in the predicted window.</div>')
        return effect_places.largest_change(row, _label(row.track))
    options = list(sites)
    if len(options) == 1:
        return sites[first]
    picked = st.selectbox(
        "Start site",
        options,
        index=options.index(first),
        key=f"effect-site-{prediction.interval.chrom}-{prediction.starts[prediction.middle_bin]}",
        format_func=lambda name: visible(sites[name].label) if name in sites else name,
        label_visibility="collapsed",
    )
    return sites.get(picked, sites[first])


def _number(row: TrackEffect, place: Place, *, is_simulated: bool) -> None:
    said = signed(row.log2_fold_change)
    st.html(
        f'<div id="effect-number" title="{for_html(FOLD)}" style="font-size:28px;font-weight:600;line-height:1.2;'
        f'color:var(--eb-edited);font-variant-numeric:tabular-nums">{said}</div>'
    )
    st.caption(for_markdown(f"log2 fold change at {place.where}"), help=for_markdown(FOLD))
    if math.isnan(row.log2_fold_change):
        levels = "the edits delete these bins, or push them out of the predicted window"
    else:
        levels = f"{row.reference:.3g} → {row.alternative:.3g}, mean coverage of a bin"
    tail = " · simulated" if is_simulated else ""
    st.html(f'<div class="eb-note" id="effect-levels">{levels}{tail}</div>')


def _each_alone(
    predictor: Predictor, result: Result, track: Track, place: Place, together: TrackEffects, *, may_ask: bool
) -> None:
    """Every edit by itself, where there are several and this is asked for."""
    edits = result.window.edits
    if len(edits) < 2:
        return
    wanted = st.toggle(
        "Each edit alone",
        key=effect_jobs.toggle_key("alone"),
        help=f"Predicts {len(edits)} more windows, each with one edit",
        disabled=not may_ask,
    )
    if not wanted:
        effect_jobs.forget("alone")
        return
    prediction = result.prediction
    head, shown = prediction.provenance.head, tuple(prediction.tracks.target_index.tolist())
    key = (prediction.provenance, together.provenance, shown)
    found = effect_jobs.kept("alone", key)
    if found is None and may_ask:
        found = effect_jobs.collected(
            "alone",
            key,
            lambda: work.Work(submit_each_alone(predictor, result.window, tracks=shown, head=head)),
            tuple,
            f"{len(edits)} edits, each alone",
        )
    if found is not None:
        alone = [track_effects(prediction, one, place.bins).of(track.target_index) for one in found]
        _sum_and_whole(result, alone, together.of(track.target_index), place)


def _sum_and_whole(result: Result, alone: list[TrackEffect], together: TrackEffect, place: Place) -> None:
    edits = [
        f"{n} · {edit.chrom}:{position(edit):,} {edit_label(edit)}" for n, edit in enumerate(result.window.edits, 1)
    ]
    folds, sads = [row.log2_fold_change for row in alone], [row.sad for row in alone]
    columns = {
        "edit": [*map(visible, edits), "sum of each alone", "all together"],
        "log2 FC": [*folds, sum(folds), together.log2_fold_change],
        "SAD": [*sads, sum(sads), together.sad],
    }
    st.dataframe(
        columns,
        hide_index=True,
        key="alone-table",
        column_config={
            "log2 FC": st.column_config.NumberColumn(format=_NUMBER, help=_fold_help(place)),
            "SAD": st.column_config.NumberColumn(format=_NUMBER, help=for_markdown(SAD)),
        },
        alt=f"Log2 fold changes alone add up to {signed(sum(folds))}; together {signed(together.log2_fold_change)}",
    )


def _most_changed(
    predictor: Predictor, result: Result, edited: Prediction, place: Place, table: TrackTable, *, may_ask: bool
) -> None:
    """The tracks on view, or all of the head, those that change most first."""
    prediction = result.prediction
    n_shown = len(prediction.tracks)
    about = st.empty()
    wanted = n_shown < len(table) and st.toggle(
        f"All {len(table):,} tracks",
        key=effect_jobs.toggle_key("all"),
        help=f"Predicts all {len(table):,} tracks of the {for_markdown(prediction.provenance.head)} head",
        disabled=not may_ask,
    )
    key = (prediction.provenance, edited.provenance, place.bins)
    if not wanted:
        effect_jobs.forget("all")
    effects = effect_jobs.kept("all", key)
    if wanted and effects is None and may_ask:
        head, columns = prediction.provenance.head, tuple(table.target_index.tolist())
        effects = effect_jobs.collected(
            "all",
            key,
            lambda: work.begin(predictor, result.window, columns, head),
            lambda found: track_effects(found[0], found[1], place.bins),
            f"All {len(table):,} tracks",
        )
    if effects is None:
        effects = track_effects(prediction, edited, place.bins)
    tail = " · simulated" if edited.provenance.simulated else ""
    about.html(
        '<div class="eb-locus" id="most-changed"><b>Most changed tracks</b>'
        f"{len(effects.rows):,} of {len(table):,}{tail}</div>"
    )
    _table(effects, place)


def _table(effects: TrackEffects, place: Place) -> None:
    rows = sorted(effects.rows, key=lambda row: -abs(row.sad))
    columns = {
        "track": [visible(_label(row.track)) for row in rows],
        "SAD": [row.sad for row in rows],
        "SAR": [row.sar for row in rows],
        "log2 FC": [row.log2_fold_change for row in rows],
        "largest bin": [row.largest for row in rows],
        "at": [format_locus(row.largest_at) if row.largest else "" for row in rows],
        "no.": [row.track.target_index for row in rows],
    }
    numbers = {"SAD": for_markdown(SAD), "SAR": for_markdown(SAR), "largest bin": for_markdown(LARGEST)}
    numbers["log2 FC"] = _fold_help(place)
    config = {name: st.column_config.NumberColumn(format=_NUMBER, help=text) for name, text in numbers.items()}
    config["at"] = st.column_config.TextColumn(help="Where that bin lies on the reference; positions count from 1")
    config["no."] = st.column_config.NumberColumn(format="%d", help="The track's column in the head, from 0")
    most = "; ".join(f"{_label(row.track)} SAD {signed(row.sad)}" for row in rows[:3])
    st.dataframe(columns, hide_index=True, key="tracks-table", column_config=config, alt=f"Most changed: {most}")
    st.html(
        f'<div class="eb-note">{effects.n_paired:,} bins compared; ordered by the size of SAD, a click on a heading '
        "orders by it; formulas stand in the headings' tooltips</div>"
    )


def signed(value: float) -> str:
    """A number with its sign as a reader sees it: ``−1.32``, ``+0.0004``, ``0``; ``–`` for none."""
    if math.isnan(value):
        return "–"
    if not value:
        return "0"
    return (f"{value:+.2f}" if abs(value) >= 0.005 else f"{value:+.2g}").replace("-", "−")


def _fold_help(place: Place) -> str:
    return for_markdown(f"{FOLD}; at {place.where}")


def _label(track: Track) -> str:
    """A track in a few words: what was measured, and where."""
    return cut(f"{track_name(track)} {track.biosample or track.description}".strip(), 60)
