// Rows of what a file says of the axis: regions, peaks, variants. Genes of a file are drawn as the page's own are.

import { locus, place } from "./axis.js";
import * as genes from "./genes.js";
import { coloured } from "./lane.js";
import { FEATURE_ROW } from "./layout.js";
import { names } from "./names.js";
import { below } from "./numbers.js";
import { element, text } from "./svg.js";

export const MOST_ROWS = 4;
const [BODY, LEAST_PX, APART_PX, LETTER_PX, POINT_PX] = [10, 2, 2, 6.2, 6];
const LEVELS = 5; // of opacity, by score
const [FAINTEST, FULL] = [0.35, 1];

/** Rows that a feature lane needs with a stretch of the axis on screen. */
export function rowsNeeded({ kind, items }, limits, px) {
  if (!items) return 1;
  if (kind === "genes") return genes.rowsNeeded(items.genes, limits, px);
  const { rows } = pack(items, px / (limits.end - limits.start), MOST_ROWS);
  return rows.reduce((most, row) => Math.max(most, row + 1), 1);
}

/** The row of each feature, -1 where it has no room; by zoom alone, so that none changes its row as the view moves. */
export function pack({ starts, ends }, perBp, rows) {
  const taken = new Float64Array(rows).fill(-Infinity);
  const found = new Int8Array(starts.length);
  const [least, apart] = [LEAST_PX / perBp, APART_PX / perBp];
  for (let i = 0; i < starts.length; i++) {
    const row = taken.findIndex((end) => end <= starts[i]);
    found[i] = row;
    if (row >= 0) taken[row] = Math.max(ends[i], starts[i] + least) + apart;
  }
  return { rows: found, perBp };
}

export class FeatureLane {
  constructor(scene, row, colour) {
    const { feature, rows, top } = row;
    [this.scene, this.row, this.feature, this.rows, this.items] = [scene, row, feature, rows, feature.items];
    this.group = coloured(element("g", { class: `features ${feature.kind}`, transform: `translate(0 ${top})` }), colour);
    const widths = this.items?.starts && this.items.starts.map((start, i) => this.items.ends[i] - start);
    this.widest = widths ? widths.reduce((most, width) => Math.max(most, width), 0) : 0;
  }

  update(sight) {
    this.group.replaceChildren(...this.#drawn(sight));
  }

  #drawn(sight) {
    const { feature, items } = this;
    const { frame } = sight;
    if (!items || feature.problem) {
      const why = text(frame.gutter, 12, feature.problem || "nothing here", { class: feature.problem ? "problem" : "small" });
      return [...names(frame, feature.name, feature.about), why];
    }
    const dropped = items.dropped ? `, ${items.dropped.toLocaleString("en-US")} more in the file` : "";
    if (feature.kind === "genes") return genes.draw(items.genes, sight, this.rows, { name: feature.name, about: `${feature.about}${dropped}` });
    if (this.packed?.perBp !== sight.perBp) this.packed = pack(items, sight.perBp, this.rows);
    const inView = this.#between(sight.view.start - LEAST_PX / sight.perBp, sight.view.end);
    const placed = inView.filter((i) => this.packed.rows[i] >= 0);
    const hidden = inView.length - placed.length;
    const counted = hidden ? `+${hidden.toLocaleString("en-US")} more without room` : inView.length ? feature.about : "none in view";
    const more = `${feature.name}: ${feature.about}${dropped}`;
    const shapes = [...this.#bodies(placed, sight), ...this.#labels(placed, sight)];
    return [...names(frame, feature.name, `${counted}${dropped}`, { more }), element("g", { "clip-path": "url(#eb-plot)" }, shapes)];
  }

  /** Numbers of the features that overlap a stretch. */
  #between(start, end) {
    const { starts, ends } = this.items;
    const found = [];
    const until = below(starts, end, false);
    for (let i = below(starts, start - this.widest, false); i < until; i++) {
      if (ends[i] > start || starts[i] >= start) found.push(i);
    }
    return found;
  }

  /** One path for each level of opacity, and one of the summits. */
  #bodies(placed, sight) {
    const paths = Array.from({ length: LEVELS }, () => []);
    const summits = [];
    for (const i of placed) {
      const y = this.packed.rows[i] * FEATURE_ROW + 2;
      const score = this.items.scores?.[i];
      const level = Number.isFinite(score) ? Math.min(Math.floor(score * LEVELS), LEVELS - 1) : LEVELS - 1;
      paths[Math.max(level, 0)].push(this.feature.kind === "variants" ? this.#tick(i, y, sight) : this.#box(i, y, sight));
      const summit = this.items.summits?.[i];
      if (Number.isFinite(summit)) summits.push(`M${sight.near(summit + 0.5)} ${y - 1}v${BODY + 2}`);
    }
    const bodies = paths.map((path, level) => {
      const opacity = FAINTEST + ((FULL - FAINTEST) * level) / (LEVELS - 1);
      return path.length ? element("path", { class: "body", d: path.join(""), "fill-opacity": opacity }) : null;
    });
    return [...bodies.filter(Boolean), ...(summits.length ? [element("path", { class: "summit", d: summits.join("") })] : [])];
  }

  /** A box, pointed at the end that its strand runs to. */
  #box(i, y, sight) {
    const [left, right] = [sight.near(this.items.starts[i]), sight.near(this.items.ends[i])];
    const width = Math.max(right - left, LEAST_PX);
    const strand = this.items.strands?.[i] ?? ".";
    const [middle, foot] = [y + BODY / 2, y + BODY];
    if (strand === "." || width < 2 * POINT_PX) return `M${left} ${y}h${width}v${BODY}h${-width}z`;
    if (strand === "+") return `M${left} ${y}h${width - POINT_PX}L${left + width} ${middle}L${left + width - POINT_PX} ${foot}H${left}z`;
    return `M${left + width} ${y}H${left + POINT_PX}L${left} ${middle}L${left + POINT_PX} ${foot}h${width - POINT_PX}z`;
  }

  #tick(i, y, sight) {
    const [left, right] = [sight.near(this.items.starts[i]), sight.near(this.items.ends[i])];
    const width = Math.max(right - left, LEAST_PX);
    return `M${(left + right - width) / 2} ${y}h${width}v${BODY}h${-width}z`;
  }

  /** Labels to the right of what they name, where there is room before the next in the row. */
  #labels(placed, sight) {
    const next = new Array(this.rows).fill(Infinity);
    const found = [];
    for (const i of [...placed].reverse()) {
      const row = this.packed.rows[i];
      const left = Math.max(sight.near(this.items.starts[i]), sight.frame.gutter);
      const label = this.items.labels?.[i] ?? "";
      const from = Math.max(sight.near(this.items.ends[i]), left + LEAST_PX) + 3;
      if (label && from + label.length * LETTER_PX < Math.min(next[row], sight.frame.right)) {
        found.push(text(from, row * FEATURE_ROW + 11, label, { class: "tag" }));
      }
      next[row] = left;
    }
    return found.reverse();
  }

  /** What is under the pointer, in words; `y` from the top of the lane. */
  at(sight, x, y) {
    if (!this.items?.starts || !this.packed) return [];
    const position = sight.position(x);
    const margin = LEAST_PX / sight.perBp;
    const row = Math.floor(y / FEATURE_ROW);
    const found = this.#between(position - margin, position + margin).filter((i) => this.packed.rows[i] === row);
    return found.slice(0, 3).map((i) => this.said(i));
  }

  /** One feature in words, its place counted from 1. */
  said(i) {
    const { chrom } = this.scene;
    const { starts, ends, labels, strands, summits } = this.items;
    const where = ends[i] - starts[i] > 1 ? locus(chrom, { start: starts[i], end: ends[i] }) : place(chrom, starts[i]);
    const strand = strands && strands[i] !== "." ? ` (${strands[i].replace("-", "−")})` : "";
    const summit = Number.isFinite(summits?.[i]) ? `, summit ${place(chrom, summits[i])}` : "";
    return `${labels?.[i] || this.feature.name}${strand}: ${where}${summit}`;
  }

  /** For those who do not see the picture: how many are in view, and the first. */
  summary(sight) {
    if (!this.items?.starts) return "";
    const seen = this.#between(sight.view.start, sight.view.end);
    if (!seen.length) return `${this.feature.name}: none in view.`;
    return `${this.feature.name}: ${seen.length.toLocaleString("en-US")} in view, first ${this.said(seen[0])}.`;
  }
}
