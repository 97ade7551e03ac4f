// The cells of a mutagenesis map: four to a base, in the order ACGT. Which colour each has, and what stands in a column
// where several bases share one. Effects are NaN at a base that was not computed yet, and at N.

import { signed } from "../numbers.js";
import { plus } from "./words.js";

export const LETTERS = "ACGT";
export const LEVELS = 12; // of colour on either side of 0
export const ROW_PX = 20;
const [LEAST_PX, LEAST_DOT_PX, LEAST_PARTED_PX] = [1.5, 3, 6]; // of a column; with a dot; with a line to the next
const FINE = 0.1; // limits below it need more digits than two
const UNKNOWN = 4;

export class Cells {
  /** `effect` f32[4 n]; `codes` u8[n], or null where `base(position)` gives the letters. */
  constructor({ start, effect, codes }, base) {
    [this.start, this.effect] = [start, effect];
    this.count = effect.length / 4;
    this.end = start + this.count;
    this.codes = codes ?? Uint8Array.from({ length: this.count }, (_, i) => codeOf(base(start + i)));
    this.limit = effect.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
    this.importance = Float32Array.from({ length: this.count }, (_, i) => {
      const [a, c, g, t] = effect.subarray(4 * i, 4 * i + 4);
      return 0 - (a + c + g + t) / 3; // of three, for that of the present base is 0
    });
  }

  /** An effect in words, with its sign. */
  said(effect) {
    return this.limit < FINE ? plus(effect) : signed(effect);
  }

  /** Number of the base at a position, from 0; -1 where the map has none. */
  rowAt(position) {
    const i = Math.floor(position) - this.start;
    return i >= 0 && i < this.count ? i : -1;
  }

  letter(i) {
    return LETTERS[this.codes[i]] ?? "N";
  }

  get isAnyComputed() {
    return this.importance.some((value) => !Number.isNaN(value));
  }

  isComputed(i) {
    return !Number.isNaN(this.effect[4 * i]);
  }

  /** Whether a base is still to come; none will for N. */
  isPending(i) {
    return this.codes[i] < UNKNOWN && !this.isComputed(i);
  }

  /** The three substitutions of a base: [{letter, effect}]; none where they are not known. */
  substitutions(i) {
    if (i < 0 || !this.isComputed(i)) return [];
    const all = Array.from(LETTERS, (letter, row) => ({ letter, effect: this.effect[4 * i + row] }));
    return all.filter((_, row) => row !== this.codes[i]);
  }

  /** Of the bases [first, last), the one where a letter does most, -1 where none is known: no effect is lost in a pool. */
  strongest(row, first, last) {
    let best = -1;
    for (let i = first; i < last; i++) {
      if (this.codes[i] === row || !this.isComputed(i)) continue;
      if (best < 0 || Math.abs(this.effect[4 * i + row]) > Math.abs(this.effect[4 * best + row])) best = i;
    }
    return best;
  }

  /** The bases that share a column with base i, as [first, last). */
  column(i, factor) {
    const first = i - (i % factor); // columns stay the same ones while the view moves
    return [first, Math.min(first + factor, this.count)];
  }
}

/** Bases [from, until) of a map that a stretch of the axis holds. */
export function within(cells, { start, end }) {
  const at = (position) => Math.min(Math.max(position - cells.start, 0), cells.count);
  return [at(Math.floor(start)), at(Math.ceil(end))];
}

/** Bases to a column: as few as make it wide enough to see, and a power of 2, so that a zoom seldom changes them. */
export function factorOf(perBp) {
  return Math.max(2 ** Math.ceil(Math.log2(LEAST_PX / perBp)), 1);
}

/** A whole number from -12 to 12: the sign and the strength of a colour. 0 is the ground. */
export function levelOf(effect, limit) {
  return limit > 0 ? Math.round((effect / limit) * LEVELS) + 0 : 0; // + 0: never -0
}

/** Whether there is a line between a cell and the next. */
export const isParted = (perBp) => perBp >= LEAST_PARTED_PX;

/**
 * What is drawn of the bases [from, until), in bases across (from the map's start) and px down.
 *
 * Gives {levels: a path for each level but 0, dots: path of the present bases, pending: path of what is to come}.
 */
export function drawn(cells, [from, until], perBp) {
  const factor = factorOf(perBp);
  const levels = new Map();
  const [dots, pending] = [[], []];
  const height = isParted(perBp) ? ROW_PX - 1 : ROW_PX;
  const add = (row, first, last) => {
    const best = factor > 1 ? cells.strongest(row, first, last) : first;
    if (best < 0 || !cells.isComputed(best)) return;
    const level = levelOf(cells.effect[4 * best + row], cells.limit);
    if (!level) return;
    const width = isParted(perBp) ? 1 - 1 / perBp : last - first;
    if (!levels.has(level)) levels.set(level, []);
    levels.get(level).push(`M${first} ${row * ROW_PX}h${width}v${height}h${-width}z`);
  };
  for (let first = cells.column(from, factor)[0]; first < until; first += factor) {
    const last = Math.min(first + factor, cells.count);
    for (let row = 0; row < 4; row++) add(row, first, last);
    if (isAllPending(cells, first, last)) pending.push([first, last]);
    if (perBp >= LEAST_DOT_PX && cells.codes[first] < UNKNOWN) dots.push(`M${first + 0.5} ${(cells.codes[first] + 0.5) * ROW_PX}h0`);
  }
  const text = new Map([...levels].map(([level, path]) => [level, path.join("")]));
  return { levels: text, dots: dots.join(""), pending: runs(pending) };
}

/** Whether nothing of a column is known yet, though something will be. */
function isAllPending(cells, first, last) {
  let isWaiting = false;
  for (let i = first; i < last; i++) {
    if (cells.isComputed(i)) return false;
    isWaiting ||= cells.isPending(i);
  }
  return isWaiting;
}

/** One box for columns that touch. */
function runs(columns) {
  const joined = [];
  for (const [first, last] of columns) {
    if (joined.length && joined.at(-1)[1] === first) joined.at(-1)[1] = last;
    else joined.push([first, last]);
  }
  return joined.map(([first, last]) => `M${first} 0H${last}V${4 * ROW_PX}H${first}z`).join("");
}

function codeOf(letter) {
  const code = LETTERS.indexOf(letter);
  return code < 0 ? UNKNOWN : code;
}
