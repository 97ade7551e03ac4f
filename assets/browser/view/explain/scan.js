// A deletion scan: bars of what the target loses when a stretch of bases is blanked. Up supports the target; the limits
// are symmetric about 0.

import { locus } from "../axis.js";
import { coloured } from "../lane.js";
import { ends as numbers } from "../names.js";
import { overlapping, rowAt, said } from "../numbers.js";
import { area, pooled } from "../pools.js";
import { element, say, set, text } from "../svg.js";
import { plus } from "./words.js";

const ABOVE = -3; // the line above the row: its unit
const CARD_APART_PX = 4;

export class Scan {
  constructor(scene, entry, { top, height }, frame) {
    [this.scene, this.entry, this.frame, this.height] = [scene, entry, frame, height];
    this.own = apart(entry);
    this.support = entry.effect.map((value) => 0 - value);
    const limit = entry.effect.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
    this.limit = limit || 1;
    this.pending = element("path", { class: "pending" });
    this.bars = element("path", { class: "body" });
    this.moving = element("g", {}, [this.pending, this.bars]);
    const zero = element("line", { class: "zero", x1: frame.gutter, x2: frame.right, y1: height / 2, y2: height / 2 });
    const [high, low] = numbers(frame, height + 1);
    say(high, limit ? `+${said(limit)}` : "");
    say(low, limit ? `−${said(limit)}` : "");
    const unit = text(frame.gutter + 2, ABOVE, `minus the effect of blanking ${bp(entry.width)}, ${entry.unit}`, { class: "unit" });
    const plot = element("g", { "clip-path": "url(#eb-plot)" }, [zero, this.moving]);
    this.group = coloured(element("g", { class: "lane scanned", transform: `translate(0 ${top})` }, [high, low, unit, plot]), "ctcf");
  }

  update(sight, stretch) {
    const step = (this.own.ends.at(-1) - this.own.starts[0]) / this.own.starts.length;
    const factor = Math.max(2 ** Math.ceil(Math.log2(1 / (sight.perBp * step))), 1); // bars narrower than a pixel share one
    if (this.stretch !== stretch || this.factor !== factor) this.#draw(stretch, factor);
    const { limit, height } = this;
    set(this.moving, { transform: `matrix(${sight.perBp} 0 0 ${-height / 2 / limit} ${sight.x(this.entry.starts[0])} ${height / 2})` });
  }

  #draw(stretch, factor) {
    [this.stretch, this.factor] = [stretch, factor];
    const { own, support, limit } = this;
    const origin = this.entry.starts[0];
    const pools = pooled(own, support, { start: stretch.start, end: stretch.end, factor });
    const sides = [pools.highs.map((value) => Math.max(value, 0)), pools.lows.map((value) => Math.min(value, 0))];
    set(this.bars, { d: sides.map((edge) => area(pools, edge, origin)).join("") });
    const pending = [];
    const [first, last] = overlapping(own.starts, own.ends, stretch);
    for (let i = first; i < last; i++) {
      if (Number.isNaN(support[i])) pending.push(`M${own.starts[i] - origin} ${-limit}V${limit}H${own.ends[i] - origin}V${-limit}z`);
    }
    set(this.pending, { d: pending.join("") });
  }

  /** What is under the pointer, in words. */
  at(sight, x) {
    const i = rowAt(this.own.starts, this.own.ends, sight.position(x));
    return i < 0 ? [] : [this.#said(i)];
  }

  #said(i) {
    const { starts, ends, effect, unit } = this.entry;
    const where = `${locus(this.scene.chrom, { start: starts[i], end: ends[i] })}, ${bp(ends[i] - starts[i])}`;
    if (Number.isNaN(effect[i])) return `${where}: not computed yet`;
    return `${where} blanked: ${plus(effect[i])} ${unit}`;
  }

  /** Where the card with the progress stands: beside the scan, or at its right end where there is no room. */
  cardX(sight) {
    return sight.near(this.entry.ends.at(-1)) + CARD_APART_PX;
  }

  /** For those who do not see the picture: the stretch in view that matters most. */
  summary({ view }) {
    const { effect, name } = this.entry;
    const [first, last] = overlapping(this.own.starts, this.own.ends, view);
    let best = -1;
    for (let i = first; i < last; i++) {
      if (!Number.isNaN(effect[i]) && (best < 0 || Math.abs(effect[i]) > Math.abs(effect[best]))) best = i;
    }
    if (best < 0) return last > first ? `${name}: nothing is computed here yet.` : "";
    return `${name}: the strongest in view is ${this.#said(best)}.`;
  }
}

const bp = (width) => `${width.toLocaleString("en-US")} bp`;

/** Stretches that overlap meet half-way, so that each has a bar of its own. */
function apart({ starts, ends }) {
  const found = { starts: Float64Array.from(starts), ends: Float64Array.from(ends) };
  for (let i = 1; i < starts.length; i++) {
    if (ends[i - 1] > starts[i]) found.ends[i - 1] = found.starts[i] = (ends[i - 1] + starts[i]) / 2;
  }
  return found;
}
