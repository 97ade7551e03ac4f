// One lane: the prediction as a filled step, the experiment as a thin line, the edited prediction where it differs.
// Paths are in bp and data units, drawn once; moving the view only changes the transform of their group.

import { GUTTER, LANE, SMALL } from "./layout.js";
import { differs, inside, overlapping, extent, pearson, said } from "./numbers.js";
import { area, element, set, steps, text } from "./svg.js";

const cut = (words, limit) => (words.length > limit ? `${words.slice(0, limit - 1).trimEnd()}…` : words);

/** What the y axis does to a value. */
export function scaled(values, log) {
  return log ? Float32Array.from(values, (value) => Math.log10(1 + Math.max(value, -0.999))) : values;
}

export class Lane {
  constructor(scene, lane, top) {
    this.scene = scene;
    this.lane = lane;
    this.top = top;
    const { bins, editedBins, show } = scene;
    this.predicted = scaled(lane.predicted, show.log);
    this.experiment = lane.experiment && scaled(lane.experiment, show.log);
    this.edited = lane.edited && scene.mode !== "reference" ? scaled(lane.edited, show.log) : null;
    const filled = scene.mode === "edited" && this.edited ? [editedBins, this.edited] : [bins, this.predicted];
    this.filled = { starts: filled[0].starts, ends: filled[0].ends, values: filled[1] };
    this.fill = element("path", { class: "fill", d: area(filled[0].starts, filled[0].ends, filled[1], scene.origin) });
    this.line = element("path", { class: "line", d: steps(filled[0].starts, filled[0].ends, filled[1], scene.origin) });
    this.measured = this.experiment
      ? element("path", { class: "experiment", d: steps(bins.starts, bins.ends, this.experiment, scene.origin) })
      : null;
    this.change = element("path", { class: "edited" });
    this.moving = element("g", {}, [this.fill, this.line, this.measured, this.change].filter(Boolean));
    this.high = text(GUTTER - 6, 8, "", { class: "number" });
    this.low = text(GUTTER - 6, LANE - 1, "", { class: "number" });
    this.r = text(0, 40, "", { class: "r" });
    this.zero = element("line", { class: "zero", x1: GUTTER });
    const plot = element("g", { "clip-path": "url(#eb-plot)" }, [this.zero, this.moving]);
    const names = [
      element("text", { x: 0, y: 10, class: "name" }, [cut(lane.name, 18), element("title", {}, lane.full)]),
      element("text", { x: 0, y: 25, class: "about" }, [cut(lane.about, 26), element("title", {}, lane.about)]),
    ];
    const unit = lane.problem || (show.log ? `log10(1 + x), ${lane.label}` : lane.label);
    const above = text(GUTTER + 2, -3, unit, { class: lane.problem ? "problem" : "unit" });
    this.group = element("g", { class: `lane ${lane.colour}`, transform: `translate(0 ${top})` }, [
      ...names,
      this.r,
      this.high,
      this.low,
      above,
      plot,
    ]);
    this.range = null;
  }

  /** Lowest and highest value that shows, from 0 or below. */
  extent(view) {
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

  update(view, perBp, range, width) {
    const [low, high] = range;
    const perUnit = (LANE - 1) / (high - low);
    const across = GUTTER + (this.scene.origin - view.start) * perBp;
    set(this.moving, { transform: `matrix(${perBp} 0 0 ${-perUnit} ${across} ${LANE - 0.5 + low * perUnit})` });
    const zero = LANE - 0.5 + low * perUnit;
    set(this.zero, { x2: GUTTER + width, y1: zero, y2: zero });
    this.high.textContent = said(high);
    this.low.textContent = said(low);
    if (!this.range || this.range[0] !== low || this.range[1] !== high) this.#redrawEdited(high - low);
    this.range = range;
    this.#correlate(view);
  }

  #redrawEdited(range) {
    if (!this.edited || this.scene.mode !== "both") return;
    const { bins, editedBins, origin } = this.scene;
    const edited = { ...editedBins, values: this.edited };
    const shows = differs(edited, { ...bins, values: this.predicted }, range);
    set(this.change, { d: steps(edited.starts, edited.ends, edited.values, origin, shows) });
  }

  #correlate(view) {
    if (!this.experiment) return;
    const { bins, length } = this.scene;
    const onChromosome = { start: Math.max(view.start, 0), end: Math.min(view.end, length) };
    const [first, last] = inside(bins.starts, bins.ends, onChromosome);
    const { r, n } = pearson(this.lane.predicted, this.lane.experiment, first, last);
    this.correlation = { r, n };
    this.r.textContent = r === null ? `r –  (${n} bins)` : `r = ${r.toFixed(2).replace("-", "−")}`;
    const of = this.lane.whole;
    const whole = of.r === null ? "" : `; of the whole window ${of.r.toFixed(2)} over ${of.n.toLocaleString("en-US")}`;
    const seen = r === null ? `too few bins, or flat` : `${r.toFixed(3)} over ${n.toLocaleString("en-US")} bins`;
    this.r.append(element("title", {}, `Pearson r of the bins in view: ${seen}${whole}`));
  }
}

/** A small lane of bars about 0: experiment less prediction, or edited less reference. */
export class SignedLane {
  constructor(scene, lane, top, { title, about, values, colour }) {
    const { bins, origin } = scene;
    this.scene = scene;
    this.values = scaled(values, false);
    const up = Float32Array.from(values, (value) => Math.max(value, 0));
    const down = Float32Array.from(values, (value) => Math.min(value, 0));
    this.moving = element("g", {}, [
      element("path", { class: "up", d: area(bins.starts, bins.ends, up, origin) }),
      element("path", { class: "down", d: area(bins.starts, bins.ends, down, origin) }),
    ]);
    this.zero = element("line", { class: "zero", x1: GUTTER, y1: SMALL / 2, y2: SMALL / 2 });
    this.high = text(GUTTER - 6, 8, "", { class: "number" });
    this.low = text(GUTTER - 6, SMALL, "", { class: "number" });
    this.group = element("g", { class: `lane ${colour}`, transform: `translate(0 ${top})` }, [
      text(0, 12, title, { class: "name" }),
      text(0, 27, cut(about, 26), { class: "about" }),
      this.high,
      this.low,
      element("g", { "clip-path": "url(#eb-plot)" }, [this.zero, this.moving]),
    ]);
  }

  /** Limits are symmetric about 0, so that up and down compare. */
  update(view, perBp, width) {
    const { bins, origin, show } = this.scene;
    const all = show.scale === "window";
    const [first, last] = all ? [0, this.values.length] : overlapping(bins.starts, bins.ends, view);
    const [low, high] = extent(this.values, first, last) ?? [0, 0];
    const most = Math.max(-low, high) || 1;
    const perUnit = SMALL / 2 / most;
    const across = GUTTER + (origin - view.start) * perBp;
    set(this.moving, { transform: `matrix(${perBp} 0 0 ${-perUnit} ${across} ${SMALL / 2})` });
    set(this.zero, { x2: GUTTER + width });
    this.high.textContent = `+${said(most)}`;
    this.low.textContent = `−${said(most)}`;
  }
}
