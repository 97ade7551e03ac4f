// The true answers of a simulated assembly: its elements, which of them drive the target's gene and by how much, and
// variants with a known effect.

import { locus, place } from "../axis.js";
import { below, signed } from "../numbers.js";
import { element, text } from "../svg.js";
import { arc } from "./arcs.js";

const [ARCS, BOX, TICK, FOOT] = [18, 9, 5, 45]; // heights in px: of the arcs, of a box, of a variant's tick; the effects' baseline
const [LEAST_PX, APART_PX, LETTER_PX, MARGIN_PX] = [3, 4, 6, 3];
/** Kinds that always look alike, and what the others have in turn: told apart by the colour-blind too. */
const OWN = { ctcf: "ctcf", promoter: "experiment", boundary: "muted", decoy: "muted" };
const TURNS = ["accent", "h3k27ac", "dnase", "edited"];

export class Truth {
  constructor(scene, entry, { top }, frame) {
    [this.scene, this.entry] = [scene, entry];
    this.colours = coloursOf(entry.kinds);
    this.drawn = element("g", { "clip-path": "url(#eb-plot)" });
    const words = element("text", { class: "unit", x: frame.gutter + 2, y: -3 }, [entry.brief ?? entry.words ?? "", element("title", {}, entry.words ?? "")]);
    this.group = element("g", { class: "lane truths", transform: `translate(0 ${top})` }, [words, this.drawn]);
    this.widest = entry.starts.reduce((most, start, i) => Math.max(most, entry.ends[i] - start), 0);
  }

  update(sight) {
    const seen = this.#between(sight.view.start, sight.view.end);
    this.drawn.replaceChildren(...this.#arcs(sight), ...this.#boxes(seen, sight), ...this.#ticks(sight), ...this.#effects(seen, sight));
  }

  #isLinked(i) {
    return !Number.isNaN(this.entry.effects?.[i] ?? NaN);
  }

  /** Numbers of the elements that overlap a stretch. */
  #between(start, end) {
    const { starts, ends } = this.entry;
    const found = [];
    const until = below(starts, end, false);
    for (let i = below(starts, start - this.widest, false); i < until; i++) if (ends[i] > start) found.push(i);
    return found;
  }

  /** From each element that drives the gene to where that begins. */
  #arcs(sight) {
    const { site, starts, ends } = this.entry;
    if (site === null || site === undefined) return [];
    const linked = Array.from(starts.keys()).filter((i) => this.#isLinked(i));
    const shapes = linked.map((i) => arc(sight, (starts[i] + ends[i]) / 2, site + 0.5, ARCS)).filter(Boolean);
    const mark = element("path", { class: "start", d: `M${sight.near(site + 0.5) - 3.5} ${ARCS - 5}h7l-3.5 5z` });
    return [element("path", { class: "link", d: shapes.map(({ path }) => path).join("") }), mark];
  }

  #box(i, sight) {
    const [left, right] = [sight.near(this.entry.starts[i]), sight.near(this.entry.ends[i])];
    const width = Math.max(right - left, LEAST_PX);
    return { x: (left + right - width) / 2, width };
  }

  #boxes(seen, sight) {
    return seen.map((i) => {
      const box = { ...this.#box(i, sight), y: ARCS, height: BOX, rx: 2.5 };
      const made = element("rect", { class: this.#isLinked(i) ? "element linked" : "element", ...box });
      made.style.setProperty("--lane", `var(--eb-${this.colours.get(this.entry.kinds[i])})`);
      return made;
    });
  }

  #ticks(sight) {
    const y = ARCS + BOX + 1.5;
    const seen = this.#variants(sight.view.start, sight.view.end);
    return [element("path", { class: "variant", d: seen.map(({ position }) => `M${sight.x(position + 0.5)} ${y}v${TICK}`).join("") })];
  }

  #variants(start, end) {
    return (this.entry.variants ?? []).filter(({ position }) => position + 1 > start && position < end);
  }

  /** The true effects in figures under their elements, the greatest first, where they fit. */
  #effects(seen, sight) {
    const { effects } = this.entry;
    const taken = [];
    const linked = seen.filter((i) => this.#isLinked(i)).sort((a, b) => Math.abs(effects[b]) - Math.abs(effects[a]));
    return linked.flatMap((i) => {
      const words = signed(effects[i]);
      const { x, width } = this.#box(i, sight);
      const half = (words.length * LETTER_PX) / 2;
      const at = x + width / 2;
      if (at - half < sight.frame.gutter || at + half > sight.frame.right) return [];
      if (taken.some(([from, to]) => at - half - APART_PX < to && at + half + APART_PX > from)) return [];
      taken.push([at - half, at + half]);
      return [text(at, FOOT, words, { class: "effect" })];
    });
  }

  at(sight, x, y) {
    const position = sight.position(x);
    const margin = MARGIN_PX / sight.perBp;
    const variants = this.#variants(position - margin, position + margin).slice(0, 2).map((each) => this.#variant(each));
    const elements = this.#between(position - margin, position + margin).slice(0, 2).map((i) => this.#said(i));
    const found = [...elements, ...variants];
    return found.length ? found : [this.entry.words].filter(Boolean);
  }

  #said(i) {
    const { labels, kinds, starts, ends, effects } = this.entry;
    const where = locus(this.scene.chrom, { start: starts[i], end: ends[i] });
    const effect = this.#isLinked(i) ? `without it, log2 fold change ${signed(effects[i])}` : "drives another gene, or none";
    return `truth: ${labels[i]} (${kinds[i]}), ${where}: ${effect}`;
  }

  #variant({ position, label, effect }) {
    const change = Number.isFinite(effect) ? `: true log2 fold change ${signed(effect)}` : "";
    return `truth: ${label} at ${place(this.scene.chrom, position)}${change}`;
  }

  summary({ view }) {
    const { name, effects, words } = this.entry;
    const seen = this.#between(view.start, view.end);
    const linked = seen.filter((i) => this.#isLinked(i)).sort((a, b) => Math.abs(effects[b]) - Math.abs(effects[a]));
    const first = linked.length ? `, greatest ${this.#said(linked[0])}` : "";
    return `${name}: ${seen.length} elements in view, ${linked.length} of them linked${first}. ${words ?? ""}`.trim();
  }
}

/** The colour of each kind: its own, or the next in turn. */
function coloursOf(kinds) {
  const found = new Map();
  let turn = 0;
  for (const kind of [...new Set(kinds)].sort()) found.set(kind, OWN[kind] ?? TURNS[turn++ % TURNS.length]);
  return found;
}
