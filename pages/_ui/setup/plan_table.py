"""A plan as a table: what is fetched, how large, from where, and who vouches for it."""

from __future__ import annotations

from enformer_core.genome.origins import Origin
from enformer_core.provision.plan import Download, Plan, megabytes

from ..words import for_html

# Narrow screens: a row becomes a block, its cells named by their headings.
STYLE = """<style>
.eb-plan { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.45; color: var(--eb-text);
  font-variant-numeric: tabular-nums; table-layout: fixed; }
.eb-plan caption { text-align: left; color: var(--eb-muted); font-size: 12px; padding: 0 0 4px 0; }
.eb-plan th { text-align: left; font-size: 12px; font-weight: 600; color: var(--eb-muted); padding: 2px 12px 2px 0;
  border-bottom: 1px solid var(--eb-line); }
.eb-plan td { vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--eb-line);
  overflow-wrap: anywhere; }
.eb-plan small { display: block; color: var(--eb-muted); font-size: 12px; }
.eb-plan :is(th, td):first-child { width: 40%; }
.eb-plan :is(th, td):nth-child(2) { width: 16%; }
@media (max-width: 640px) {
  .eb-plan thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .eb-plan tr { display: block; border-bottom: 1px solid var(--eb-line); padding: 4px 0; }
  .eb-plan td, .eb-plan :is(th, td):first-child, .eb-plan :is(th, td):nth-child(2) { display: block; width: auto;
    border: none; padding: 1px 0; }
  .eb-plan td[data-of]::before { content: attr(data-of) ": "; color: var(--eb-muted); }
}
</style>"""


def planned(plan: Plan) -> str:
    """What would be fetched, as HTML."""
    rows = [_row(download) for download in plan.downloads]
    return _table(f"What {plan.name} takes", ("file", "size", "from", "checked against"), rows)


def fetched(name: str, origins: tuple[Origin, ...]) -> str:
    """What was fetched, as HTML, without where it lies."""
    rows = [
        _cells(
            ("", f"{for_html(o.file)}<small>{for_html(o.terms)}</small>"),
            ("size", megabytes(o.bytes)),
            ("from", for_html(_host(o.url))),
            ("checked", f"{for_html(o.words)}<small>sha256 {for_html(o.sha256[:16])}…</small>"),
        )
        for o in origins
    ]
    return _table(f"What {name} was made of", ("file", "size", "from", "checked"), rows)


def total(plan: Plan) -> str:
    """How much there is to fetch and how much room it needs, as text."""
    room, free = megabytes(plan.room), megabytes(plan.free)
    return f"To fetch: {plan.amount}. It needs about {room} on the disk, and {free} are free."


def _row(download: Download) -> str:
    source = download.source
    here = {"here": "here already", "begun": f"{megabytes(download.here)} here already"}.get(download.state, "")
    terms = f"; terms: {source.terms}" if source.terms else ""
    return _cells(
        ("", f"{for_html(source.name)}<small>{for_html(source.what + terms)}</small>"),
        ("size", f"{megabytes(source.size) if source.size else 'unknown'}<small>{here}</small>"),
        ("from", for_html(download.place)),
        ("checked against", for_html(download.check)),
    )


def _cells(*cells: tuple[str, str]) -> str:
    marked = (f'<td data-of="{of}">{content}</td>' if of else f"<td>{content}</td>" for of, content in cells)
    return f"<tr>{''.join(marked)}</tr>"


def _table(caption: str, headings: tuple[str, ...], rows: list[str]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    return (
        f'<table class="eb-plan"><caption>{for_html(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _host(url: str) -> str:
    """The server of an address; a folder of this machine is nobody's business."""
    return url.split("/")[2] if url.startswith("https://") else "a folder" if url else "here before"
