// How much each base of the input window contributes to what is explained: sums of bins from afar, single bases nearer,
// letters where they fit. Up is for, down is against; the limits are symmetric about 0, so that both compare.

import { locus, place } from "../axis.js";
import { ends } from "../names.js";
import { extent, overlapping, rowAt, said } from "../numbers.js";
import { area, pooled } from "../pools.js";
import { element, say, set, text } from "../svg.js";
import { letterOf, SHAPES, stands } from "./letters.js";
import { levelAt, ofBases, ofBins } from "./levels.js";
import { plus } from "./words.js";

const HEAD = 10; // px above the bars, for the numbers of the strongest elements
const [RANK, TALLER, ROOM] = [8, 3, 1.25]; // sums from afar: where the 1st is over 3 times the 8th, 1.25 times that is the end
const [APART_PX, MARGIN_PX] = [14, 3];
const [LETTER_WIDTH, LETTER_GAP] = [0.92, 0.04]; // of a base's room

export class Contributions {
  constructor(scene, entry, { top, height }, frame) {
    [this.scene, this.entry] = [scene, entry];
    this.half = (height - HEAD) / 2;
    this.middle = HEAD + this.half;
    const { scores, start } = entry;
    this.sums = ofBins(scores, start, scene.output.start, scene.binSize);
    this.up = element("path", { class: "up" });
    this.down = element("path", { class: "down" });
    this.letters = element("g", { class: "letters" });
    this.moving = element("g", { class: "moving" }, [this.up, this.down, this.letters]);
    this.marks = element("g", { "clip-path": "url(#eb-plot)" });
    this.unit = text(frame.gutter + 2, -3, "", { class: "unit" });
    [this.high, this.low] = ends(frame, height);
    const zero = element("line", { class: "zero", x1: frame.gutter, x2: frame.right, y1: this.middle, y2: this.middle });
    const within = element("svg", { y: HEAD, width: frame.px, height: 2 * this.half }, [element("g", { transform: `translate(0 ${-HEAD})` }, [this.moving])]);
    const plot = element("g", { "clip-path": "url(#eb-plot)" }, [zero, within]);
    const children = [this.unit, this.high, this.low, plot, this.marks];
    this.group = element("g", { class: "lane contribution", transform: `translate(0 ${top})` }, children);
  }

  update(sight, stretch) {
    const level = levelAt(sight.perBp);
    const isSame = this.stretch === stretch && this.level?.of === level.of && this.level.factor === level.factor;
    if (!isSame) this.#draw(stretch, level);
    const most = this.#most(sight.view);
    const matrix = `matrix(${sight.perBp} 0 0 ${-this.half / most} ${sight.x(stretch.origin)} ${this.middle})`;
    set(this.moving, { transform: matrix });
    say(this.high, `+${said(most)}`);
    say(this.low, `−${said(most)}`);
    say(this.unit, this.#unit(most));
    this.#mark(sight);
  }

  /** What is drawn, in which unit, and how far the highest bars go that are cut. */
  #unit(most) {
    const { of, factor } = this.level;
    const each = factor > 1 ? "highest and lowest base of each pixel" : "each base";
    const cut = this.farthest > most ? ` · cut: up to ${said(this.farthest)}` : "";
    return `${of === "bins" ? `sum of ${this.scene.binSize} bp` : each}, ${this.entry.unit}${cut}`;
  }

  /** The numbers that are drawn: {bins, values}. */
  get #drawn() {
    if (this.level.of === "bins") return this.sums;
    this.bases ??= ofBases(this.entry.scores, this.entry.start);
    return this.bases;
  }

  /** The end of the axis, up and down: the farthest from 0 in view, or of all where the page says so; see `sane`. */
  #most(view) {
    const { bins, values } = this.#drawn;
    const isAll = this.scene.show.scale === "window";
    if (isAll && this.all?.values === values) return this.all.most;
    const [first, last] = isAll ? [0, values.length] : overlapping(bins.starts, bins.ends, view);
    const [low, high] = extent(values, first, last) ?? [0, 0];
    this.farthest = Math.max(-low, high) || 1;
    const most = this.level.of === "bins" ? sane(values, first, last, this.farthest) : this.farthest;
    if (isAll) this.all = { values, most };
    return most;
  }

  #draw(stretch, level) {
    [this.stretch, this.level] = [stretch, level];
    const isLetters = level.of === "letters";
    this.letters.replaceChildren(...(isLetters ? this.#spelt(stretch) : []));
    if (isLetters) {
      set(this.up, { d: "" });
      set(this.down, { d: "" });
      return;
    }
    const { bins, values } = this.#drawn;
    const { start, end, factor } = stretch;
    const pools = pooled(bins, values, { start, end, factor: level.factor || factor });
    set(this.up, { d: area(pools, pools.highs.map((value) => Math.max(value, 0)), stretch.origin) });
    set(this.down, { d: area(pools, pools.lows.map((value) => Math.min(value, 0)), stretch.origin) });
  }

  /** A letter for each base of a stretch, as high as its score. */
  #spelt({ start, end, origin }) {
    const { scores, start: first } = this.entry;
    const found = [];
    const until = Math.min(Math.ceil(end) - first, scores.length);
    for (let i = Math.max(Math.floor(start) - first, 0); i < until; i++) {
      const letter = this.#letter(i);
      if (!scores[i] || !SHAPES[letter]) continue; // 0 and NaN have no height, N no letter
      const where = stands(first + i - origin + LETTER_GAP, LETTER_WIDTH, scores[i]);
      found.push(element("path", { class: letter, d: SHAPES[letter], transform: where }));
    }
    return found;
  }

  #letter(i) {
    const { codes, start } = this.entry;
    return codes ? letterOf(codes[i]) : this.scene.base(start + i);
  }

  /** The ranks of the strongest elements above them; a weaker one gives way. */
  #mark(sight) {
    const { frame, view } = sight;
    const taken = [];
    const drawn = [];
    for (const { start, end, rank, label } of this.#elements()) {
      if (end <= view.start || start >= view.end) continue;
      const at = Math.min(Math.max(sight.x((start + end) / 2), frame.gutter + 5), frame.right - 5);
      if (taken.some((other) => Math.abs(other - at) < APART_PX)) continue;
      taken.push(at);
      const width = Math.max(sight.near(end) - sight.near(start), 2);
      const title = element("title", {}, label || `element ${rank}`);
      drawn.push(element("rect", { class: "ranked", x: sight.near(start), y: HEAD - 1.5, width, height: 1.5 }));
      drawn.push(element("text", { class: "rank", x: at, y: HEAD - 3 }, [`${rank}`, title]));
    }
    this.marks.replaceChildren(...drawn);
  }

  #elements() {
    this.ranked ??= [...(this.entry.elements ?? [])].sort((a, b) => a.rank - b.rank);
    return this.ranked;
  }

  at(sight, x) {
    const position = sight.position(x);
    const margin = MARGIN_PX / sight.perBp;
    const { unit, name } = this.entry;
    const near = this.#elements().filter(({ start, end }) => position >= start - margin && position < end + margin);
    const ranked = near.slice(0, 2).map((each) => this.#said(each));
    const { bins, values } = this.#drawn;
    const row = rowAt(bins.starts, bins.ends, position);
    if (row < 0 || Number.isNaN(values[row])) return [`${name}: none here`, ...ranked];
    if (this.level.of === "bins") {
      const where = locus(this.scene.chrom, { start: bins.starts[row], end: bins.ends[row] });
      return [`${name} ${plus(values[row])} ${unit}, sum of ${where}`, ...ranked];
    }
    return [`${name} of ${this.#letter(row)} at ${place(this.scene.chrom, bins.starts[row])}: ${plus(values[row])} ${unit}`, ...ranked];
  }

  #said({ start, end, score, rank, label }) {
    const where = locus(this.scene.chrom, { start, end });
    const more = label && label !== `${rank}` ? `, ${label}` : "";
    return `element ${rank}: ${where}${more}, ${plus(score)} ${this.entry.unit}`;
  }

  summary({ view }) {
    const { name } = this.entry;
    const seen = this.#elements().filter(({ start, end }) => end > view.start && start < view.end);
    if (seen.length) return `${name}: strongest in view is ${this.#said(seen[0])}.`;
    const { bins, values } = this.sums;
    const [first, last] = overlapping(bins.starts, bins.ends, view);
    let best = -1;
    for (let i = first; i < last; i++) if (best < 0 || Math.abs(values[i]) > Math.abs(values[best])) best = i;
    if (best < 0 || !Number.isFinite(values[best])) return `${name}: none in view.`;
    const where = locus(this.scene.chrom, { start: bins.starts[best], end: bins.ends[best] });
    return `${name}: strongest sum in view is ${plus(values[best])} ${this.entry.unit} at ${where}.`;
  }
}

/** Where the axis ends: a start site often outweighs all else by far, and its bars are cut then, so that the rest shows. */
function sane(values, first, last, farthest) {
  const sizes = Float64Array.from(values.subarray(first, last), Math.abs).filter(Number.isFinite).sort();
  const usual = sizes[sizes.length - RANK] ?? 0;
  return usual > 0 && farthest > TALLER * usual ? Math.min(ROOM * usual, farthest) : farthest;
}
