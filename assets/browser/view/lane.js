// One lane: the prediction as a filled step, the experiment as a thin line, the edited prediction where it differs.
// Paths are in bp and data units; moving the view only changes the transform of their group, until it leaves them.

import { heightOf } from "./layout.js";
import { ends, names } from "./names.js";
import { excess, extent, inside, overlapping, pearson, said, shown } from "./numbers.js";
import { area, line, pooled } from "./pools.js";
import { element, say, set, text } from "./svg.js";

const ABOVE = -3; // the line above a lane: its unit

/** What the y axis does to a value. */
export function scaled(values, log) {
  return log ? Float32Array.from(values, (value) => Math.log10(1 + Math.max(value, -0.999))) : values;
}

/** A path in the colour of a lane's own class; colours are names of variables of the page. */
export function coloured(group, colour) {
  group.style.setProperty("--lane", `var(--eb-${colour.replaceAll("_", "-")})`);
  return group;
}

export class Lane {
  constructor(scene, frame, lane, top) {
    this.scene = scene;
    this.lane = lane;
    this.height = heightOf(lane);
    this.held = lane.top ? [0, scaled([lane.top], scene.show.log)[0]] : null; // range of a y axis that does not follow
    const { bins, editedBins, show } = scene;
    this.predicted = scaled(lane.predicted, show.log);
    this.experiment = lane.experiment && scaled(lane.experiment, show.log);
    this.edited = lane.edited && scene.mode !== "reference" ? scaled(lane.edited, show.log) : null;
    const isEdited = scene.mode === "edited" && this.edited;
    this.filled = isEdited ? { bins: editedBins, values: this.edited } : { bins, values: this.predicted };
    if (this.edited && scene.mode === "both") {
      this.excess = excess({ ...editedBins, values: this.edited }, { ...bins, values: this.predicted });
    }
    this.#make(frame, top);
  }

  #make(frame, top) {
    const { lane } = this;
    this.fill = element("path", { class: "fill" });
    this.line = element("path", { class: "line" });
    this.measured = element("path", { class: "experiment" });
    this.change = element("path", { class: "edited" });
    this.moving = element("g", {}, [this.fill, this.line, this.measured, this.change]);
    [this.high, this.low] = ends(frame, this.height);
    const isSmall = this.height < 50;
    const above = ABOVE - 13; // on a narrow screen, above the unit
    this.r = frame.isNarrow ? text(frame.right, above, "", { class: "r end" }) : text(0, isSmall ? 35 : 40, "", { class: "r" });
    this.words = element("tspan");
    this.more = element("title");
    this.r.replaceChildren(this.words, this.more);
    this.zero = element("line", { class: "zero", x1: frame.gutter, x2: frame.right });
    // What is above the axis' end must not reach into the lanes above.
    const own = `eb-lane-${lane.track}`;
    const room = { x: frame.gutter, y: -1, width: frame.right - frame.gutter, height: this.height + 1 };
    const clip = element("clipPath", { id: own }, [element("rect", room)]);
    const plot = element("g", { "clip-path": `url(#${own})` }, [this.zero, this.moving]);
    const unit = lane.problem || (this.scene.show.log ? `log10(1 + x), ${lane.label}` : lane.label);
    const label = names(frame, lane.name, lane.about, { at: isSmall ? [9, 22] : [10, 25], above, more: lane.full });
    const under = text(frame.gutter + 2, ABOVE, unit, { class: lane.problem ? "problem" : "unit" });
    const children = [clip, ...label, this.r, this.high, this.low, under, plot];
    this.group = coloured(element("g", { class: `lane ${lane.colour}`, transform: `translate(0 ${top})` }, children), lane.colour);
  }

  /** Lowest and highest value that shows, from 0 or below, or those that the axis is held at. */
  extent(view) {
    if (this.held) return this.held;
    const { bins, editedBins, show } = this.scene;
    const seen = [[bins, this.predicted], [bins, this.experiment], [editedBins, this.edited]];
    let [low, high] = [0, -Infinity];
    for (const [{ starts, ends }, values] of seen.filter(([, values]) => values)) {
      const [first, last] = show.scale === "window" ? [0, values.length] : overlapping(starts, ends, view);
      const found = extent(values, first, last, show.scale === "robust");
      if (found) [low, high] = [Math.min(low, found[0]), Math.max(high, found[1])];
    }
    return high > low ? [low, high] : [low, low + 1];
  }

  /** Show a view: `range` is that of the y axis, `stretch` what of the bins is to be drawn. */
  update(sight, range, stretch) {
    const [low, high] = range;
    this.shown = high;
    const perUnit = (this.height - 1) / (high - low);
    const zero = this.height - 0.5 + low * perUnit;
    const isNew = this.stretch !== stretch;
    if (isNew) this.#draw(stretch);
    if (isNew || this.spread !== high - low) this.#drawChange(high - low);
    set(this.moving, { transform: `matrix(${sight.perBp} 0 0 ${-perUnit} ${sight.x(stretch.origin)} ${zero})` });
    set(this.zero, { y1: zero, y2: zero });
    say(this.high, said(high));
    say(this.low, said(low));
    this.#correlate(sight.view);
  }

  #draw(stretch) {
    this.stretch = stretch;
    const pools = pooled(this.filled.bins, this.filled.values, stretch);
    const below = pools.lows.some((value) => value < 0) ? pools.lows.map((value) => Math.min(value, 0)) : null;
    const above = below ? pools.highs.map((value) => Math.max(value, 0)) : pools.highs;
    set(this.fill, { d: area(pools, above, stretch.origin) + (below ? area(pools, below, stretch.origin) : "") });
    set(this.line, { d: line(pools, stretch.origin) });
    if (this.experiment) set(this.measured, { d: line(pooled(this.scene.bins, this.experiment, stretch), stretch.origin) });
  }

  #drawChange(spread) {
    this.spread = spread;
    if (!this.excess) return;
    const values = shown(this.edited, this.excess, spread);
    set(this.change, { d: line(pooled(this.scene.editedBins, values, this.stretch), this.stretch.origin) });
  }

  #correlate(view) {
    if (!this.experiment) return;
    const { bins, length } = this.scene;
    const onChromosome = { start: Math.max(view.start, 0), end: Math.min(view.end, length) };
    const [first, last] = inside(bins.starts, bins.ends, onChromosome);
    const { r, n } = pearson(this.lane.predicted, this.lane.experiment, first, last);
    say(this.words, r === null ? `r –  (${n} bins)` : `r = ${r.toFixed(2).replace("-", "−")}`);
    const of = this.lane.whole;
    const whole = of.r === null ? "" : `; of the whole window ${of.r.toFixed(2)} over ${of.n.toLocaleString("en-US")}`;
    const seen = r === null ? `too few bins, or flat` : `${r.toFixed(3)} over ${n.toLocaleString("en-US")} bins`;
    say(this.more, `Pearson r of the bins in view: ${seen}${whole}`);
  }
}
