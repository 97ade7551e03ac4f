// The SVG: rebuilt when the data change, moved when the view does.

import { locus } from "./axis.js";
import { html } from "./dom.js";
import { ExplainRow } from "./explain/row.js";
import { Card } from "./explain/waiting.js";
import { FeatureLane, rowsNeeded } from "./features.js";
import { Frame, Sight } from "./frame.js";
import * as genes from "./genes.js";
import { Lane } from "./lane.js";
import { layout } from "./layout.js";
import { Stretch } from "./pools.js";
import { SignedLane } from "./signed_lane.js";
import * as strips from "./strips.js";
import { element, set, text } from "./svg.js";

const SIGNED = new Set(["residual", "difference", "ratio"]);

export class Picture {
  /** `on`: act(what) asks the server for something, go(view) shows a stretch, leave() takes the focus of what has gone. */
  constructor(svg, on) {
    [this.svg, this.on] = [svg, on];
    this.frame = new Frame(0);
    this.explain = [];
    this.cards = new Map(); // by the id of a part: they outlive the rows, so that their buttons keep the focus
    this.over = html("div", { class: "eb-explain" }); // lies over the picture
  }

  /** Draw a scene afresh at a width in px. Windows that came beside the others leave every row where it is. */
  build(scene, px, isSameQuestion = false) {
    this.scene = scene;
    const before = this.needs;
    const isKept = isSameQuestion && before && this.frame.px === new Frame(px).px;
    this.frame = new Frame(px);
    this.needs = this.#needs(isKept ? before : null);
    const { rows, height } = layout(scene, this.frame, this.needs);
    [this.rows, this.height] = [rows, height];
    this.places = {}; // groups that are drawn anew with every view
    [this.lanes, this.signed, this.features, this.explain, this.stretch] = [[], [], [], [], null];
    const groups = rows.map((row) => this.#row(row));
    const clip = { "clip-path": "url(#eb-plot)" };
    this.borders = element("g", clip);
    this.cross = element("line", { class: "cross", y1: this.lanesTop - 4, y2: height, visibility: "hidden" });
    this.chosen = element("rect", { class: "chosen", y: this.top("ruler"), height: height - this.top("ruler"), visibility: "hidden" });
    this.svg.replaceChildren(this.#definitions(), this.borders, ...groups, this.chosen, this.cross);
    set(this.svg, { width: this.frame.px, height, viewBox: `0 0 ${this.frame.px} ${height}` });
    this.#cover();
  }

  /** Take over what has come of a live part; only the rows that show it change. Returns what is to be said of it. */
  renew(entries) {
    this.scene.explain = entries;
    return this.explain.map((row, i) => row.renew(entries[i])).filter(Boolean);
  }

  top(kind) {
    return this.rows.find((row) => row.kind === kind)?.top ?? 0;
  }

  /** Where what is under the ruler begins. */
  get lanesTop() {
    return this.top("ruler") + 24;
  }

  /** Show a stretch: 0-based start and end, as floats. */
  show(view, selection, isEditing) {
    const { scene } = this;
    const sight = new Sight(this.frame, view);
    this.sight = sight;
    if (!this.stretch?.suits(view, sight.perBp)) this.stretch = new Stretch(view, sight.perBp, scene);
    const place = (kind, children) => this.places[kind]?.replaceChildren(...children);
    place("overview", strips.overview(scene, sight));
    place("ruler", strips.ruler(scene, sight, this.height - this.top("ruler")));
    if (scene.genes) place("genes", genes.draw(scene.genes, sight, this.needs.genes, { name: "Genes", about: "canonical transcripts" }));
    place("edits", strips.edits(scene, sight, this.top("edits"), this.lanesTop));
    place("sequence", strips.sequence(scene, sight, selection, isEditing));
    const ranges = this.#ranges(view);
    this.lanes.forEach((lane, i) => lane.update(sight, ranges[i], this.stretch));
    for (const lane of this.signed) lane.update(sight, this.stretch);
    for (const lane of this.features) lane.update(sight);
    for (const row of this.explain) row.update(sight, this.stretch);
    this.#greyed();
    this.#select(selection);
  }

  position(x) {
    return this.sight.position(x);
  }

  point(x) {
    set(this.cross, x === null ? { visibility: "hidden" } : { visibility: "visible", x1: x, x2: x });
  }

  /** What a reader of the screen is told the picture is. */
  label() {
    const where = this.sight ? `. ${locus(this.scene.chrom, this.sight.view)}` : "";
    return `${this.scene.words.question}${where}`;
  }

  /** What a feature lane or an explanation has at a point, in words; and a hand where a click there does something. */
  at(x, y) {
    const explained = this.#explainAt(y);
    for (const row of this.explain) if (row !== explained) row.leave();
    this.svg.style.cursor = explained?.click(this.sight, x, y) ? "pointer" : "";
    if (explained) return explained.at(this.sight, x, y);
    const lane = this.features.find(({ row: { top, height } }) => y >= top && y < top + height);
    return lane ? lane.at(this.sight, x, y - lane.row.top) : [];
  }

  /** The pointer is nowhere upon the plot. */
  left() {
    for (const row of this.explain) row.leave();
    this.svg.style.cursor = "";
  }

  /** What a click at a point asks the server for; null where it is a click as everywhere. */
  actAt(x, y) {
    return this.#explainAt(y)?.click(this.sight, x, y) ?? null;
  }

  /** What a mutagenesis map knows of one base, as words; "" where there is none. */
  effectsAt(position) {
    return this.explain.map((row) => row.effectsAt(position)).find(Boolean) ?? "";
  }

  /** What rows besides the lanes say to those who do not see them. */
  summaries() {
    return [...this.features, ...this.explain].map((row) => row.summary(this.sight));
  }

  #explainAt(y) {
    return this.explain.find((row) => row.holds(y));
  }

  /** Lay the rows' own elements over the picture; what had the focus keeps it. */
  #cover() {
    const focused = document.activeElement;
    const parts = new Set(this.scene.explain.map(({ part }) => part));
    for (const part of this.cards.keys()) if (!parts.has(part)) this.cards.delete(part);
    this.over.replaceChildren(...this.explain.map((row) => row.element));
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  #explainRow(row) {
    const { part } = row.entry;
    if (!this.cards.has(part)) this.cards.set(part, new Card(this.on.act, this.on.leave));
    return new ExplainRow(this.scene, row, this.frame, { card: this.cards.get(part), go: this.on.go });
  }

  #needs(before) {
    const { scene, frame } = this;
    const count = (i) => before?.features[i] ?? rowsNeeded(scene.features[i], scene.output, frame.width);
    return {
      genes: scene.genes ? (before?.genes ?? genes.rowsNeeded(scene.genes, scene.output, frame.width)) : 0,
      features: scene.features.map((_, i) => count(i)),
    };
  }

  #row(row) {
    const { scene, frame } = this;
    if (row.kind === "lane") {
      this.lanes.push(new Lane(scene, frame, row.lane, row.top));
      return this.lanes.at(-1).group;
    }
    if (SIGNED.has(row.kind)) {
      this.signed.push(new SignedLane(scene, frame, row));
      return this.signed.at(-1).group;
    }
    if (row.kind === "features") {
      const above = scene.lanes.find(({ track }) => track === row.feature.under);
      this.features.push(new FeatureLane(scene, row, above?.colour ?? "experiment"));
      return this.features.at(-1).group;
    }
    if (row.kind === "explain") {
      this.explain.push(this.#explainRow(row));
      return this.explain.at(-1).group;
    }
    const group = element("g", { class: row.kind, transform: `translate(0 ${row.top})` });
    if (row.kind === "foot") group.append(text(frame.right, 13, scene.simulated, { class: "simulated end" }));
    this.places[row.kind] = group;
    return group;
  }

  /** The highest value on a lane's y axis, as coverage. */
  topOf(track) {
    const { shown } = this.lanes.find(({ lane }) => lane.track === track);
    return this.scene.show.log ? 10 ** shown - 1 : shown;
  }

  /** Lanes of one kind share a range where that is asked for, since they are meant to be compared. */
  #ranges(view) {
    const own = this.lanes.map((lane) => lane.extent(view));
    if (!this.scene.show.together) return own;
    // A lane whose axis is held has a range of its own.
    const groups = this.lanes.map(({ lane, held }, i) => (held ? i : lane.group));
    return own.map((_, i) => {
      const same = own.filter((_, j) => groups[j] === groups[i]);
      return [Math.min(...same.map(([low]) => low)), Math.max(...same.map(([, high]) => high))];
    });
  }

  /** What is read but not predicted is hatched, what lies off the chromosome is grey. */
  #greyed() {
    const { read, output, length } = this.scene;
    const { sight, lanesTop: y } = this;
    const { view } = sight;
    const band = (start, end, attributes) => {
      const [from, to] = [Math.max(start, view.start), Math.min(end, view.end)];
      if (from >= to) return [];
      const size = { x: sight.x(from), width: (to - from) * sight.perBp, y, height: this.height - y };
      return [element("rect", { ...size, ...attributes })];
    };
    const hatched = { fill: "url(#eb-hatch)", class: "border" };
    this.borders.replaceChildren(
      ...band(read.start, output.start, hatched),
      ...band(output.end, read.end, hatched),
      ...band(read.start, 0, { class: "off" }),
      ...band(length, read.end, { class: "off" }),
    );
  }

  #select(selection) {
    if (!selection) {
      set(this.chosen, { visibility: "hidden" });
      return;
    }
    const { gutter, right } = this.frame;
    const [from, to] = [selection.start, selection.end].map((at) => Math.min(Math.max(this.sight.x(at), gutter), right));
    set(this.chosen, { visibility: "visible", x: from, width: Math.max(to - from, 1) });
  }

  #definitions() {
    const stripes = element("path", { d: "M0 6L6 0", class: "stripe" });
    const hatch = { id: "eb-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse" };
    const plot = element("rect", { x: this.frame.gutter, y: -this.height, width: this.frame.width, height: 3 * this.height });
    return element("defs", {}, [element("pattern", hatch, stripes), element("clipPath", { id: "eb-plot" }, plot)]);
  }
}
