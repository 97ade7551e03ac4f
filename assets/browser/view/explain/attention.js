// Where the model looks from the bins that are asked about: the weight of each bin as a step, the strongest as arcs.

import { locus } from "../axis.js";
import { extent, overlapping, rowAt, said } from "../numbers.js";
import { area, pooled } from "../pools.js";
import { element, say, set, text } from "../svg.js";
import { arc, nearest } from "./arcs.js";
import { percent } from "./words.js";

const STEP_PX = 20; // height of the step, at the foot of the row
const [FAINTEST, THINNEST, THICKEST] = [0.25, 0.8, 2.8];
const [LEAST_PX, MARGIN_PX] = [2, 5];

export class Attention {
  constructor(scene, entry, { top, height }, frame) {
    [this.scene, this.entry, this.height] = [scene, entry, height];
    this.foot = height - STEP_PX - 2; // what the arcs stand on
    const { starts, ends, values, queries } = entry;
    this.bins = { starts, ends };
    this.count = values.reduce((count, value) => count + !Number.isNaN(value), 0);
    this.from = middleOf(queries);
    this.most = Math.max(...entry.arcs.map(({ weight }) => weight), 0) || 1;
    this.step = element("path", { class: "fill" });
    this.moving = element("g", {}, [this.step]);
    this.high = text(frame.gutter - 6, this.foot + 9, "", { class: "number" });
    this.low = text(frame.gutter - 6, height - 1, "0", { class: "number" });
    this.arcs = element("g", { class: "arcs" });
    this.queries = element("path", { class: "query" });
    const zero = element("line", { class: "zero", x1: frame.gutter, x2: frame.right, y1: this.foot, y2: this.foot });
    const plot = element("g", { "clip-path": "url(#eb-plot)" }, [zero, this.moving, this.arcs, this.queries]);
    this.group = element("g", { class: "lane looks", transform: `translate(0 ${top})` }, [this.high, this.low, plot]);
  }

  update(sight, stretch) {
    if (this.stretch !== stretch) this.#draw(stretch);
    const most = this.#most(sight.view);
    const matrix = `matrix(${sight.perBp} 0 0 ${-STEP_PX / most} ${sight.x(stretch.origin)} ${this.height - 0.5})`;
    set(this.moving, { transform: matrix });
    say(this.high, percent(most));
    this.#drawArcs(sight);
    this.#drawQueries(sight);
  }

  #draw(stretch) {
    this.stretch = stretch;
    const pools = pooled(this.bins, this.entry.values, stretch);
    set(this.step, { d: area(pools, pools.highs, stretch.origin) });
  }

  /** The end of the step's own axis: the highest weight in view, or of all where the page says so. */
  #most(view) {
    const { values } = this.entry;
    const isAll = this.scene.show.scale === "window";
    const [first, last] = isAll ? [0, values.length] : overlapping(this.bins.starts, this.bins.ends, view);
    return extent(values, first, last)?.[1] || 1;
  }

  /** The weakest first, so that the strongest lie on top. */
  #drawArcs(sight) {
    const { frame } = sight;
    const shapes = [...this.entry.arcs].sort((a, b) => a.weight - b.weight).map((each) => {
      const shape = this.from !== null && arc(sight, this.from, (each.start + each.end) / 2, this.foot);
      return shape && { ...shape, of: each };
    });
    this.shapes = shapes.filter(Boolean);
    const drawn = this.shapes.map(({ path, of }) => {
      const share = of.weight / this.most;
      const look = { "stroke-opacity": FAINTEST + (1 - FAINTEST) * share, "stroke-width": THINNEST + (THICKEST - THINNEST) * share };
      return element("path", { class: "arc", d: path, ...look });
    });
    this.arcs.replaceChildren(...drawn);
  }

  #drawQueries(sight) {
    const boxes = this.entry.queries.map(([start, end]) => {
      const [left, right] = [sight.near(start), sight.near(end)];
      const width = Math.max(right - left, LEAST_PX);
      return `M${(left + right - width) / 2} ${this.foot - 2.5}h${width}v5h${-width}z`;
    });
    set(this.queries, { d: boxes.join("") });
  }

  at(sight, x, y) {
    const position = sight.position(x);
    const under = nearest(this.shapes ?? [], x, y, MARGIN_PX)?.of;
    const row = rowAt(this.bins.starts, this.bins.ends, position);
    const weight = row < 0 ? NaN : this.entry.values[row];
    const { name } = this.entry;
    const times = `${said(weight * this.count)} times the even share`;
    const query = this.#isQuery(position) ? ", a bin it looks from" : "";
    const here = Number.isNaN(weight) ? `${name}: none here` : `${name} ${percent(weight)}, ${times}${query}`;
    return under ? [`arc to ${this.#said(under)}`, here] : [here];
  }

  #isQuery(position) {
    return this.entry.queries.some(([start, end]) => position >= start && position < end);
  }

  #said({ start, end, weight, times }) {
    return `${locus(this.scene.chrom, { start, end })}: ${percent(weight)}, ${said(times)} times the even share`;
  }

  summary({ view }) {
    const { name, arcs } = this.entry;
    const seen = arcs.filter(({ start, end }) => end > view.start && start < view.end);
    if (!seen.length) return `${name}: nothing strong in view.`;
    return `${name}: looks most at ${this.#said(seen.reduce((best, each) => (each.weight > best.weight ? each : best)))}.`;
  }
}

/** The middle of all the bins that are looked from; null where there are none. */
function middleOf(queries) {
  if (!queries.length) return null;
  const middles = queries.map(([start, end]) => (start + end) / 2);
  return middles.reduce((sum, middle) => sum + middle, 0) / middles.length;
}
