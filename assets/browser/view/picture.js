// The SVG: rebuilt when the data change, moved when the view does.

import { locus } from "./axis.js";
import * as genes from "./genes.js";
import { Lane, SignedLane } from "./lane.js";
import { GUTTER, layout, RIGHT } from "./layout.js";
import * as strips from "./strips.js";
import { element, set, text } from "./svg.js";

const NARROWEST_PLOT = 240;

export class Picture {
  constructor(svg) {
    this.svg = svg;
  }

  /** Draw a scene afresh at a width in px. */
  build(scene, width) {
    this.scene = scene;
    this.width = Math.max(width - GUTTER - RIGHT, NARROWEST_PLOT);
    this.geneRows = scene.genes ? genes.rowsNeeded(scene.genes, scene.output, this.width) : 0;
    const { rows, height } = layout(scene, this.geneRows);
    [this.rows, this.height] = [rows, height];
    this.places = {}; // groups that are drawn anew with every view
    this.lanes = [];
    this.signed = [];
    const groups = rows.map((row) => this.#row(row));
    this.borders = element("g", { "clip-path": "url(#eb-plot)" });
    this.cross = element("line", { class: "cross", y1: this.top("ruler") + 20, y2: height, visibility: "hidden" });
    this.chosen = element("rect", { class: "chosen", y: this.top("ruler"), height: height - this.top("ruler"), visibility: "hidden" });
    this.svg.replaceChildren(this.#definitions(), this.borders, ...groups, this.chosen, this.cross);
    set(this.svg, { width: this.width + GUTTER + RIGHT, height, viewBox: `0 0 ${this.width + GUTTER + RIGHT} ${height}` });
  }

  top(kind) {
    return this.rows.find((row) => row.kind === kind)?.top ?? 0;
  }

  /** Show a stretch: 0-based start and end, as floats. */
  show(view, selection, editing) {
    const { scene, width } = this;
    this.view = view;
    this.perBp = width / (view.end - view.start);
    const place = (kind, children) => this.places[kind]?.replaceChildren(...children);
    place("overview", strips.overview(scene, view, width));
    place("ruler", strips.ruler(scene, view, this.perBp, width, this.height - this.top("ruler")));
    if (scene.genes) place("genes", genes.draw(scene, view, this.perBp, width, this.geneRows));
    const lanesTop = this.top("ruler") + 24;
    place("edits", strips.edits(scene, view, this.perBp, this.top("edits"), lanesTop, width));
    place("sequence", strips.sequence(scene, view, this.perBp, selection, editing));
    const ranges = this.#ranges(view);
    this.lanes.forEach((lane, i) => lane.update(view, this.perBp, ranges[i], width));
    for (const lane of this.signed) lane.update(view, this.perBp, width);
    this.#greyed(view);
    this.#select(selection);
  }

  position(x) {
    return this.view.start + (x - GUTTER) / this.perBp;
  }

  x(position) {
    return GUTTER + (position - this.view.start) * this.perBp;
  }

  point(x) {
    set(this.cross, x === null ? { visibility: "hidden" } : { visibility: "visible", x1: x, x2: x });
  }

  /** What a reader of the screen is told the picture is. */
  label() {
    return `${this.scene.words.question}. ${locus(this.scene.chrom, this.view)}`;
  }

  #row(row) {
    const { scene } = this;
    if (row.kind === "lane") {
      this.lanes.push(new Lane(scene, row.lane, row.top));
      return this.lanes.at(-1).group;
    }
    if (row.kind === "residual" || row.kind === "difference") {
      this.signed.push(new SignedLane(scene, row.lane, row.top, signedLane(row)));
      return this.signed.at(-1).group;
    }
    const group = element("g", { class: row.kind, transform: `translate(0 ${row.top})` });
    if (row.kind === "foot") group.append(text(GUTTER + this.width, 13, scene.simulated, { class: "simulated end" }));
    this.places[row.kind] = group;
    return group;
  }

  /** Lanes of one kind share a range where that is asked for, since they are meant to be compared. */
  #ranges(view) {
    const own = this.lanes.map((lane) => lane.extent(view));
    if (!this.scene.show.together) return own;
    const groups = this.lanes.map(({ lane }) => lane.group);
    return own.map((_, i) => {
      const same = own.filter((_, j) => groups[j] === groups[i]);
      return [Math.min(...same.map(([low]) => low)), Math.max(...same.map(([, high]) => high))];
    });
  }

  /** What is read but not predicted is hatched, what lies off the chromosome is grey. */
  #greyed(view) {
    const { read, output, length } = this.scene;
    const top = this.top("ruler") + 24;
    const band = (start, end, attributes) => {
      const [from, to] = [Math.max(start, view.start), Math.min(end, view.end)];
      if (from >= to) return [];
      const size = { x: this.x(from), width: (to - from) * this.perBp, y: top, height: this.height - top };
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
    const [from, to] = [this.x(selection.start), this.x(selection.end)].map((x) => Math.min(Math.max(x, GUTTER), GUTTER + this.width));
    set(this.chosen, { visibility: "visible", x: from, width: Math.max(to - from, 1) });
  }

  #definitions() {
    const stripes = element("path", { d: "M0 6L6 0", class: "stripe" });
    const hatch = { id: "eb-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse" };
    const plot = element("rect", { x: GUTTER, y: -this.height, width: this.width, height: 3 * this.height });
    return element("defs", {}, [element("pattern", hatch, stripes), element("clipPath", { id: "eb-plot" }, plot)]);
  }
}

function signedLane({ kind, lane }) {
  const values = new Float32Array(lane.predicted.length);
  if (kind === "residual") {
    for (let i = 0; i < values.length; i++) values[i] = lane.experiment[i] - lane.predicted[i];
    return { title: "Residual", about: `${lane.name}: experiment − predicted`, values, colour: "grey" };
  }
  for (let i = 0; i < values.length; i++) values[i] = lane.editedHere[i] - lane.predicted[i];
  return { title: "Difference", about: `${lane.name}: edited − reference`, values, colour: "change" };
}
