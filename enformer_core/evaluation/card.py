"""The model card's text, from the stored tables alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import prose

Card = Mapping[str, Any]
Row = Mapping[str, Any]
NAME = "demo-model-card"
NO_SCORE = "no score"
_SPANS = {"all": "all pairs", "beyond": "long pairs"}
_METHODS = {
    "distance": "distance alone",
    "gradient_x_input": "gradient x input",
    "deletion": "loss of the element",
    "deletion_drop": "loss of the element, drop",
    "attention": "attention",
    "abc": "ABC-like",
}


def render(card: Card) -> str:
    """The card in Markdown.

    Args:
        card: As stored in ``demo-model-card.json``.
    """
    parts = (_head, _bars, _weak, _positions, _genes, _variants, _links, _distance, _pairs, _cost, _provenance)
    return "\n\n".join(part(card) for part in parts) + "\n"


def _head(card: Card) -> str:
    facts = card["definitions"] | {"model": card["provenance"]["model"], "assembly": card["provenance"]["assembly"]}
    text = prose.HEAD.format(**facts)
    if card["sample"]["limited"]:
        text += "\n\n" + prose.LIMITED.format(limit=card["sample"]["limit"], **card["definitions"])
    return text


def _bars(card: Card) -> str:
    columns = {
        "figure": lambda r: r["what"],
        "reached": lambda r: _ranged(r["value"], r["low"], r["high"]),
        "floor": lambda r: _number(r["floor"]),
        "reach": lambda r: _number(r["reach"]),
        "": lambda r: r["verdict"],
        "against noise": lambda r: _number(r["noisy"], ""),
        "noise ceiling": lambda r: _number(r["ceiling"], ""),
    }
    return f"{prose.BARS.format(**card['definitions'])}\n\n{_table(columns, card['bars'])}"


def _weak(card: Card) -> str:
    columns = {
        "gene": lambda r: r["gene"],
        "start site": lambda r: r["locus"],
        "cell type": lambda r: r["cell_type"],
        "true CAGE": lambda r: _number(r["truth"], digits=1),
        "predicted": lambda r: _number(r["predicted"], digits=1),
        "log2 ratio": lambda r: _signed(r["log2"]),
    }
    sentences = "\n".join(f"- {_SENTENCES[row['kind']](row)}" for row in card["weak"])
    worst = f"The promoters that are predicted worst:\n\n{_table(columns, card['promoters'])}"
    return f"{prose.WEAK}\n\n{sentences}\n\n{worst}"


_SENTENCES: Mapping[str, Callable[[Row], str]] = {
    "bar": lambda r: f"**{r['what']}**: {_number(r['value'])}, where the floor is {_number(r['floor'])}.",
    "track": lambda r: f"`{r['track']}` is among the tracks told worst: r = {_number(r['truth'])} over positions.",
    "expressed": lambda r: (
        "Telling silent genes from expressed ones is the easy part: across all genes "
        f"r = {_number(r['all'])}, across the {r['n']} expressed ones {_number(r['expressed'])}."
    ),
    "spread": lambda r: f"Effects are predicted too small, {r['what']}: {_number(r['spread'])} of the true spread.",
    "alarm": lambda r: (
        f"False alarms, {r['what']}: where the truth is no change at all, the largest predicted one is "
        f"{_number(r['largest_without_truth'])} log2."
    ),
    "slope": lambda r: (
        f"Elements {_span(r)} from a gene are believed least: their predicted effect grows by {_number(r['slope'])} "
        "for each unit of the true one."
    ),
    "distance": lambda r: (
        f"Which of the elements {_span(r)} from a gene matter is told worst of all distances: r = {_number(r['r'])}."
    ),
    "abc": lambda r: (
        f"Links, {_SPANS[r['span']]}: the ABC-like score ({_number(r['abc'])}) is better than the model "
        f"({_number(r['model'])})."
    ),
    "gain": lambda r: (
        f"Links, {_SPANS[r['span']]}: an advantage over distance alone ({_number(r['distance'])}) is not certain: "
        f"{_signed(r['gain'])} ({_signed(r['gain_low'])} to {_signed(r['gain_high'])})."
    ),
    "few": lambda r: f"Links, {_SPANS[r['span']]}: only {r['positives']:,} of {r['pairs']:,} are positive.",
}


def _positions(card: Card) -> str:
    scores = {
        "truth": lambda r: _number(r["truth"]),
        "noisy experiment": lambda r: _number(r["noisy"]),
        "noise ceiling": lambda r: _number(r["ceiling"]),
    }
    assays = _table({"assay": lambda r: r["assay"], "tracks": lambda r: r["tracks"]} | scores, card["assays"])
    tracks = _table({"track": lambda r: f"`{r['track']}`"} | scores, card["tracks"])
    text = prose.POSITIONS.format(**card["definitions"])
    return f"{text}\n\n{assays}\n\n{_picture(card, 'positions')}\n\n{tracks}"


def _genes(card: Card) -> str:
    columns = {
        "": lambda r: r["what"],
        "genes": lambda r: f"{r['n']:,}",
        "truth": lambda r: _number(r["truth"]),
        "noisy experiment": lambda r: _number(r["noisy"]),
        "noise ceiling": lambda r: _number(r["ceiling"]),
    }
    return _section(card, prose.GENES, columns, "genes")


def _variants(card: Card) -> str:
    columns = {
        "": lambda r: r["what"],
        "effects per sample": lambda r: ", ".join(f"{n:,}" for n in r["n"]),
        "r": lambda r: _ranged(r["r"], r["r_low"], r["r_high"]),
        "sign": lambda r: _ranged(r["sign"], r["sign_low"], r["sign_high"]),
        "of changes above": lambda r: r["least"],
        "spread": lambda r: _ranged(r["spread"], r["spread_low"], r["spread_high"]),
        "true sd": lambda r: _number(r["true_sd"]),
        "largest where truth is nil": lambda r: _number(r["largest_without_truth"]),
    }
    return _section(card, prose.VARIANTS, columns, "variants")


def _links(card: Card) -> str:
    columns = {
        "": lambda r: _SPANS[r["span"]],
        "method": lambda r: r["method"],
        "AUPRC": lambda r: _ranged(r["auprc"], r["low"], r["high"]),
        "more than distance": _gain,
        "AUROC": lambda r: _number(r["auroc"]),
        "positive": lambda r: f"{r['positives']:,} of {r['pairs']:,}",
        "elements": lambda r: f"{r['elements']:,}",
    }
    return _section(card, prose.LINKS, columns, "links")


def _pairs(card: Card) -> str:
    found = card.get("pairs")
    if found is None:
        return prose.NO_PAIRS
    whole = next(row for row in found["rows"] if row["distance_bin"] == "all")
    counts = sorted({cell["start_sites"] for cell in found["cell_types"]})
    sites = f"{counts[0]:,}" + (f" to {counts[-1]:,}" if len(counts) > 1 else "")
    sample = prose.SAMPLED if any(cell["sampled"] for cell in found["cell_types"]) else prose.ALL_SITES
    facts = found["facts"] | {name: whole[name] for name in ("pairs", "positives")}
    facts |= {"linked": card["definitions"]["linked"], "sample": sample.format(sites=sites)}
    columns = {
        "distance": lambda r: "all pairs" if r["distance_bin"] == "all" else r["distance_bin"],
        "method": lambda r: _METHODS[r["score"]],
        "AUPRC": lambda r: _ranged(r["auprc"], r["low"], r["high"]),
        "more than distance": _gain,
        "AUROC": lambda r: _number(r["auroc"]),
        "linked": lambda r: f"{r['positives']:,} of {r['pairs']:,}",
        "elements": lambda r: f"{r['elements']:,}",
    }
    # The order of the methods, within the order of distances.
    order = {span: i for i, span in enumerate(dict.fromkeys(row["distance_bin"] for row in found["rows"]))}
    rows = sorted(found["rows"], key=lambda r: (order[r["distance_bin"]], list(_METHODS).index(r["score"])))
    return f"{prose.PAIRS.format(**facts)}\n\n{_table(columns, rows)}"


def _distance(card: Card) -> str:
    columns = {
        "distance": _span,
        "pairs": lambda r: f"{r['n']:,}",
        "mean true": lambda r: _signed(r["true"]),
        "mean predicted": lambda r: _signed(r["predicted"]),
        "slope": lambda r: _number(r["slope"]),
        "r": lambda r: _number(r["r"]),
    }
    return _section(card, prose.DISTANCE, columns, "distance")


def _cost(card: Card) -> str:
    return prose.COST.format(**card["cost"]) if card["cost"] else prose.NO_COST


def _provenance(card: Card) -> str:
    rows = [(name.replace("_", " "), value) for name, value in card["provenance"].items()]
    return f"## Provenance\n\n{_table({'what': lambda r: r[0], '': lambda r: f'`{r[1]}`'}, rows)}"


def _section(card: Card, text: str, columns: Mapping[str, Callable[[Any], object]], name: str) -> str:
    """Words, the table of this name, the figure of this name."""
    return f"{text.format(**card['definitions'])}\n\n{_table(columns, card[name])}\n\n{_picture(card, name)}"


def _picture(card: Card, name: str) -> str:
    picture = card["pictures"][name]
    return f"![{picture['says']}]({picture['file']})"


def _table(columns: Mapping[str, Callable[[Any], object]], rows: Sequence[Any]) -> str:
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [f"| {' | '.join(str(tell(row)) for tell in columns.values())} |" for row in rows]
    return "\n".join(lines)


def _span(row: Row) -> str:
    return f"{row['from_kb']:g} to {row['to_kb']:g} kb"


def _number(value: float | None, nothing: str = NO_SCORE, digits: int = 3) -> str:
    return nothing if value is None else f"{value:.{digits}f}"


def _gain(row: Row) -> str:
    if row["gain"] is None:
        return NO_SCORE
    return f"{_signed(row['gain'])} ({_signed(row['gain_low'])} to {_signed(row['gain_high'])})"


def _signed(value: float | None) -> str:
    return NO_SCORE if value is None else f"{value:+.3f}"


def _ranged(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return _number(value)
    return f"{value:.3f} ({low:.3f} to {high:.3f})"
