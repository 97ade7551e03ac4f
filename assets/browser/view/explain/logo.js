// A logo above a mutagenesis map: each present base as high as it matters, that is minus the mean of its three effects.
// Up supports the target. From afar the letters are bars.

import { ends } from "../names.js";
import { PX_PER_LETTER } from "../strips.js";
import { element, say, set } from "../svg.js";
import { factorOf } from "./cells.js";
import { SHAPES, stands } from "./letters.js";
import { plus } from "./words.js";

const [WIDTH, GAP] = [0.92, 0.04]; // of a base's room

export class Logo {
  constructor(cells, frame, { top, height }) {
    this.cells = cells;
    const { importance } = cells;
    const known = importance.filter((value) => !Number.isNaN(value));
    const low = known.reduce((least, value) => Math.min(least, value), 0);
    const high = known.reduce((most, value) => Math.max(most, value), 0);
    this.perUnit = high > low ? height / (high - low) : 1;
    this.zero = top + (high > low ? high * this.perUnit : height);
    this.moving = element("g");
    const line = element("line", { class: "zero", x1: frame.gutter, x2: frame.right, y1: this.zero, y2: this.zero });
    this.plot = element("g", { class: "logo" }, [line, this.moving]);
    this.ends = ends(frame, height);
    this.ends.forEach((number, i) => {
      set(number, { transform: `translate(0 ${top - (i ? 0 : 3)})` });
      say(number, high > low ? plus([high, low][i]) : "");
    });
  }

  /** Draw the bases [from, until). */
  draw([from, until], perBp) {
    this.moving.replaceChildren(...(perBp >= PX_PER_LETTER ? this.#letters(from, until) : this.#bars(from, until, factorOf(perBp))));
  }

  update(sight) {
    set(this.moving, { transform: `matrix(${sight.perBp} 0 0 ${-this.perUnit} ${sight.x(this.cells.start)} ${this.zero})` });
  }

  #letters(from, until) {
    const { cells } = this;
    const found = [];
    for (let i = from; i < until; i++) {
      const shape = SHAPES[cells.letter(i)];
      const value = cells.importance[i];
      if (shape && value) found.push(element("path", { class: cells.letter(i), d: shape, transform: stands(i + GAP, WIDTH, value) }));
    }
    return found;
  }

  /** One path: of the bases that share a column, the highest above 0 and the lowest below. */
  #bars(from, until, factor) {
    const { cells } = this;
    const path = [];
    for (let first = cells.column(from, factor)[0]; first < until; first += factor) {
      const last = Math.min(first + factor, cells.count);
      let [low, high] = [0, 0];
      for (let i = first; i < last; i++) [low, high] = [Math.min(low, cells.importance[i] || 0), Math.max(high, cells.importance[i] || 0)];
      if (high > low) path.push(`M${first} ${low}V${high}H${last}V${low}z`);
    }
    return [element("path", { class: "body", d: path.join("") })];
  }
}
