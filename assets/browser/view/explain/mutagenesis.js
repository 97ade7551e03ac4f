// The map of mutagenesis: what each other base would do, four cells to a base, under a logo of how much the present
// bases matter. Cells are drawn in bases and moved by a transform, and drawn anew when the view leaves them.

import { locus, place } from "../axis.js";
import { button, html } from "../dom.js";
import { coloured } from "../lane.js";
import { said } from "../numbers.js";
import { element, set, text } from "../svg.js";
import { Cells, drawn, factorOf, isParted, LETTERS, LEVELS, ROW_PX, within } from "./cells.js";
import { Logo } from "./logo.js";
import { MapMarks } from "./map_marks.js";

const [NAMES_PX, LOGO_PX, APART_PX, SCALE_PX] = [18, 40, 4, 24];
const TOP = NAMES_PX + LOGO_PX + APART_PX; // of the cells
const FOOT = TOP + 4 * ROW_PX;
const [LEAST_PX, LEAST_CLICK_PX, LETTER_PX] = [60, 3, 4]; // of the whole map; of a cell to be clicked; of one to be read
const [STEP_PX, AROUND] = [5, 0.05]; // of the scale; beside the map when it is gone to, as a share of it

export const height = () => FOOT + SCALE_PX;

export class Mutagenesis {
  constructor(scene, entry, { top }, frame) {
    [this.scene, this.entry, this.frame] = [scene, entry, frame];
    this.cells = new Cells(entry, scene.base);
    this.coloured = element("g", { class: "cells" });
    this.pending = element("path", { class: "pending" });
    this.dots = element("path", { class: "dots" });
    this.made = element("path", { class: "made", d: made(this.cells, scene.edits) });
    this.moving = element("g", {}, [this.pending, this.coloured, this.dots, this.made]);
    this.paper = element("rect", { class: "paper", y: TOP, height: 4 * ROW_PX });
    this.logo = new Logo(this.cells, frame, { top: NAMES_PX, height: LOGO_PX });
    this.marks = new MapMarks(entry.motifs ?? [], NAMES_PX);
    this.outline = element("rect", { class: "outline", height: ROW_PX, visibility: "hidden" });
    const plot = [this.paper, this.moving, this.logo.plot, this.marks.group, this.outline];
    this.near = element("g", {}, [...letters(frame), ...this.logo.ends, this.#scale(), element("g", { "clip-path": "url(#eb-plot)" }, plot)]);
    this.bracket = element("path", { class: "bracket", "clip-path": "url(#eb-plot)" });
    this.group = coloured(element("g", { class: "lane map", transform: `translate(0 ${top})` }, [this.near, this.bracket]), "ctcf");
    this.offer = button("", "Show the whole map", () => this.#show());
    this.element = html("div", { class: "eb-nearer" }, this.offer);
  }

  /** How to come to the map, where the view does not show it; "" where it does. */
  #away(sight) {
    const { cells } = this;
    const isOut = cells.end <= sight.view.start || cells.start >= sight.view.end;
    if (!isOut && !this.#isFar(sight)) return "";
    return `${this.entry.name} of ${cells.count.toLocaleString("en-US")} bp: ${isOut ? "go there" : "zoom in"}`;
  }

  #show() {
    const { start, end } = this.cells;
    const around = AROUND * (end - start);
    this.entry.go({ start: start - around, end: end + around });
  }

  /** What the colours mean, in the steps that there are. */
  #scale() {
    const { cells, frame, entry } = this;
    const y = FOOT + 8;
    if (!cells.limit) return text(frame.gutter, y + 8, cells.isAnyComputed ? "no base changes the target" : "", { class: "small" });
    const steps = Array.from({ length: 2 * LEVELS + 1 }, (_, i) => {
      return element("rect", { ...look(i - LEVELS), x: frame.gutter + STEP_PX * i, y, width: STEP_PX, height: 8 });
    });
    const width = STEP_PX * steps.length;
    return element("g", { class: "scale" }, [
      text(frame.gutter - 6, y + 8, `−${said(cells.limit)}`, { class: "number" }),
      ...steps,
      text(frame.gutter + width + 6, y + 8, `+${said(cells.limit)} ${entry.unit}`, { class: "small" }),
    ]);
  }

  /** Show a view, or how to come to the map where it is too small in it. */
  update(sight, stretch) {
    this.sight = sight;
    const { cells } = this;
    const away = this.#away(sight);
    set(this.near, { visibility: away ? "hidden" : null });
    set(this.bracket, { visibility: away ? null : "hidden" });
    this.element.hidden = !away;
    const [left, right] = [sight.near(cells.start), sight.near(cells.end)];
    if (away) {
      this.#point(left, right, away);
      return;
    }
    set(this.paper, { x: left, width: Math.max(right - left, 0) });
    this.#draw(sight, stretch);
    set(this.moving, { transform: `matrix(${sight.perBp} 0 0 1 ${sight.x(cells.start)} ${TOP})` });
    this.logo.update(sight);
    this.marks.update(sight);
    this.#outline();
  }

  #isFar({ perBp }) {
    return perBp < LETTER_PX && this.cells.count * perBp < LEAST_PX;
  }

  #point(left, right, words) {
    const { frame } = this;
    if (this.offer.textContent !== words) {
      this.offer.textContent = words;
      this.offer.setAttribute("aria-label", words);
    }
    set(this.bracket, { d: `M${left} ${NAMES_PX}v-5H${Math.max(right, left + 2)}v5` });
    const width = this.element.offsetWidth;
    const x = Math.min(Math.max((left + right - width) / 2, frame.gutter), Math.max(frame.right - width, frame.gutter));
    this.element.style.transform = `translate(${x}px, ${NAMES_PX + 4}px)`;
  }

  /** Draw the cells about the view, where those that are drawn do not suit it. */
  #draw(sight, stretch) {
    const zoom = `${factorOf(sight.perBp)} ${Math.floor(Math.log2(sight.perBp))}`; // lines between cells keep their width
    if (this.stretch === stretch && this.zoom === zoom) return;
    [this.stretch, this.zoom] = [stretch, zoom];
    const range = within(this.cells, stretch);
    set(this.made, { visibility: sight.perBp < LEAST_CLICK_PX ? "hidden" : null }); // it would hide what it surrounds
    set(this.coloured, { "shape-rendering": isParted(sight.perBp) ? null : "crispEdges" }); // no seams where cells touch
    const { levels, dots, pending } = drawn(this.cells, range, sight.perBp);
    this.coloured.replaceChildren(...[...levels].map(([level, d]) => element("path", { ...look(level), d })));
    set(this.dots, { d: dots });
    set(this.pending, { d: pending });
    this.logo.draw(range, sight.perBp);
  }

  /** The cell under a point as {i, row}; null where there is none. */
  #cell(sight, x, y) {
    const i = this.cells.rowAt(sight.position(x));
    const row = Math.floor((y - TOP) / ROW_PX);
    return i < 0 || row < 0 || row > 3 || this.#isFar(sight) ? null : { i, row };
  }

  /** What is under the pointer, in words. */
  at(sight, x, y) {
    const cell = this.#cell(sight, x, y);
    this.pointed = this.click(sight, x, y) ? cell : null;
    this.#outline();
    const i = this.cells.rowAt(sight.position(x));
    if (i < 0) return [];
    if (this.#isFar(sight)) return [this.#away(sight)];
    const motifs = this.marks.at(this.cells.start + i);
    const isLogo = y >= NAMES_PX && y < TOP;
    return [cell ? this.#cellSaid(cell, factorOf(sight.perBp)) : isLogo ? this.#logoSaid(i) : "", ...motifs].filter(Boolean);
  }

  #cellSaid({ i, row }, factor) {
    const { cells } = this;
    if (factor === 1) return this.#said(i, row);
    const [first, last] = cells.column(i, factor);
    const best = cells.strongest(row, first, last);
    if (best >= 0) return `${this.#said(best, row)}, the strongest of ${last - first} bases`;
    const range = { start: cells.start + first, end: cells.start + last };
    return `${locus(this.scene.chrom, range)}: ${cells.isPending(first) ? "not computed yet" : `nothing to change to ${LETTERS[row]}`}`;
  }

  #said(i, row) {
    const { cells, entry } = this;
    const where = place(this.scene.chrom, cells.start + i);
    if (cells.isPending(i)) return `${where}: not computed yet`;
    if (!cells.isComputed(i)) return `${where}: N, which is not substituted`;
    if (cells.codes[i] === row) return `${where} ${LETTERS[row]}: the present base`;
    return `${where} ${cells.letter(i)}>${LETTERS[row]}: ${cells.said(cells.effect[4 * i + row])} ${entry.unit}`;
  }

  #logoSaid(i) {
    const { cells, entry } = this;
    if (!cells.isComputed(i)) return this.#said(i, 0);
    const where = `${place(this.scene.chrom, cells.start + i)} ${cells.letter(i)}`;
    return `${where}: importance ${cells.said(cells.importance[i])} ${entry.unit} (minus the mean of its three effects)`;
  }

  /** A click on a known cell of another base than the present one makes it an edit. */
  click(sight, x, y) {
    const cell = this.#cell(sight, x, y);
    const { cells } = this;
    if (!cell || sight.perBp < LEAST_CLICK_PX || !cells.isComputed(cell.i) || cells.codes[cell.i] === cell.row) return null;
    const start = cells.start + cell.i;
    return { kind: "substitute", start, end: start + 1, letters: LETTERS[cell.row] };
  }

  leave() {
    this.pointed = null;
    this.#outline();
  }

  #outline() {
    const { pointed, sight } = this;
    if (!pointed) {
      set(this.outline, { visibility: "hidden" });
      return;
    }
    const x = sight.x(this.cells.start + pointed.i);
    set(this.outline, { visibility: null, x, width: sight.perBp, y: TOP + pointed.row * ROW_PX });
  }

  /** Where the card with the progress stands: beside the map, or at its right end where there is no room. */
  cardX(sight) {
    return sight.near(this.cells.end) + APART_PX;
  }

  /** The effects of the three other bases: [{letter, effect}]; none where they are not known. */
  effectsAt(position) {
    return this.cells.substitutions(this.cells.rowAt(position));
  }

  /** For those who do not see the picture: the strongest change in view. */
  summary({ view }) {
    const { cells, entry } = this;
    const [from, until] = within(cells, view);
    let [best, at] = [-1, 0];
    for (let row = 0; row < 4; row++) {
      const i = cells.strongest(row, from, until);
      if (i >= 0 && (best < 0 || Math.abs(cells.effect[4 * i + row]) > Math.abs(cells.effect[4 * best + at]))) [best, at] = [i, row];
    }
    if (best < 0) return until > from ? `${entry.name}: nothing is computed here yet.` : "";
    return `${entry.name}: the strongest change in view is ${this.#said(best, at)}.`;
  }
}

/** How a cell of a level is drawn: the colour by its sign, the opacity by its strength. */
function look(level) {
  return { class: level > 0 ? "raises" : "lowers", "fill-opacity": Math.abs(level) / LEVELS };
}

function letters(frame) {
  return Array.from(LETTERS, (letter, row) => text(frame.gutter - 10, TOP + (row + 0.5) * ROW_PX + 4, letter, { class: `base ${letter}` }));
}

/** An outline about each cell that is an edit already. */
function made(cells, edits) {
  const found = edits.filter(({ start, end, alt }) => alt.length === end - start).flatMap(({ start, alt }) =>
    Array.from(alt, (letter, i) => [cells.rowAt(start + i), LETTERS.indexOf(letter)]),
  );
  const known = found.filter(([i, row]) => i >= 0 && row >= 0);
  return known.map(([i, row]) => `M${i} ${row * ROW_PX}h1v${ROW_PX}h-1z`).join("");
}
