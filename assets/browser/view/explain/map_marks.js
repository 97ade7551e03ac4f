// Names of motifs above a mutagenesis map, each over a thin bracket; a name without room is told by the readout only.

import { cut } from "../names.js";
import { element, set, text } from "../svg.js";

const [LETTER_PX, APART_PX, MOST_LETTERS] = [5.4, 4, 24];

export class MapMarks {
  /** `motifs`: [{start, end, name}]; `height`: px that names and brackets have. */
  constructor(motifs, height) {
    [this.motifs, this.height] = [motifs, height];
    this.brackets = element("path", { class: "bracket" });
    this.names = element("g");
    this.group = element("g", { class: "motifs" }, [this.brackets, this.names]);
  }

  update(sight) {
    const seen = this.motifs.filter(({ start, end }) => end > sight.view.start && start < sight.view.end);
    const y = this.height - 2;
    set(this.brackets, { d: seen.map(({ start, end }) => `M${sight.x(start)} ${y}v-3H${sight.x(end)}v3`).join("") });
    const taken = [];
    const placed = seen.flatMap(({ start, end, name }) => {
      const words = cut(name, MOST_LETTERS);
      const half = (words.length * LETTER_PX) / 2 + APART_PX;
      const middle = sight.x((start + end) / 2);
      if (taken.some(([from, to]) => middle + half > from && middle - half < to)) return [];
      taken.push([middle - half, middle + half]);
      return [text(middle, y - 6, words, { class: "small motif" })];
    });
    this.names.replaceChildren(...placed);
  }

  /** The motifs that hold a position, in words. */
  at(position) {
    return this.motifs.filter(({ start, end }) => position >= start && position < end).map(({ name }) => `motif ${name}`);
  }
}
