// The tracks of a model's head: unpacked once, searched at every key.
//
// What the server packs (pages/_ui/track_chooser.py): a parcel with a line for each track: target index,
// identifier, short name, assay, ChIP target, biosample, colour, and description (nothing where it is assay, target and
// biosample with colons between).

import { checksum, textOf } from "../parcel.js";

// Words of biosamples that tell nothing of the tissue.
const EMPTY = new Set("from originated of using with and for year years day days week weeks hour hours treated cell cells line modified genetically expressing stably".split(" "));
const collator = new Intl.Collator("en", { numeric: true });

/** The table in what the server packed. */
export async function unpack(bytes) {
  return new Table(checksum(bytes), await textOf(bytes));
}

export class Table {
  constructor(id, text) {
    this.id = id;
    this.rows = text.slice(0, -1).split("\n").map(rowOf);
    this.texts = this.rows.map((row) => [row.identifier, row.name, row.description, row.assay, row.target, row.biosample].join("\n").toLowerCase());
    this.byIndex = new Map(this.rows.map((row) => [row.index, row]));
    this.byIdentifier = new Map([...this.rows].reverse().map((row) => [row.identifier, row])); // of two, the first
    this.facets = {
      assay: new Facet(this.rows, (row) => (row.assay ? [row.assay] : [])),
      target: new Facet(this.rows, (row) => (row.target ? [row.target] : [])),
      word: new Facet(this.rows, (row) => wordsOf(row.biosample)),
    };
    this.orders = new Map();
  }

  /**
   * The rows that hold every word of a text and, of each facet, one of the values that are picked (all, where none is).
   *
   * @param text Words, or parts of words.
   * @param picked By the name of a facet, a Set of its values' numbers.
   * @param sort { by, down }: a field of the rows, and whether from high to low.
   * @returns { hits, counts }: rows in order, and for each facet the number of rows of each value, as the text and the
   *   other facets leave them.
   */
  find(text, picked, sort) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const names = Object.keys(this.facets);
    const facets = Object.values(this.facets);
    const wanted = names.map((name) => picked[name]);
    const counts = facets.map((facet) => new Uint32Array(facet.values.length));
    const hits = [];
    for (const i of this.#order(sort)) {
      if (!holds(this.texts[i], words)) continue;
      let misses = 0;
      let missed = -1; // the only facet that the row fails, which counts it all the same
      for (let f = 0; f < facets.length && misses < 2; f++) {
        if (!wanted[f].size || facets[f].of[i].some((value) => wanted[f].has(value))) continue;
        misses++;
        missed = f;
      }
      if (misses > 1) continue;
      for (let f = 0; f < facets.length; f++) {
        if (!misses || missed === f) for (const value of facets[f].of[i]) counts[f][value]++;
      }
      if (!misses) hits.push(this.rows[i]);
    }
    return { hits, counts: Object.fromEntries(names.map((name, f) => [name, counts[f]])) };
  }

  #order({ by, down }) {
    if (!this.orders.has(by)) {
      const order = this.rows.map((_, i) => i);
      if (by === "index") order.sort((a, b) => this.rows[a].index - this.rows[b].index);
      else order.sort((a, b) => collator.compare(this.rows[a][by], this.rows[b][by]) || a - b);
      this.orders.set(by, order);
      this.orders.set(`${by} down`, [...order].reverse());
    }
    return this.orders.get(down ? `${by} down` : by);
  }
}

class Facet {
  constructor(rows, valuesOf) {
    const numbers = new Map(); // lower case -> number
    this.values = []; // as the first row with it spells it
    this.keys = []; // the same in lower case
    this.of = rows.map((row) => [
      ...new Set(
        valuesOf(row).map((value) => {
          const key = value.toLowerCase();
          if (!numbers.has(key)) {
            numbers.set(key, this.values.length);
            this.values.push(value);
            this.keys.push(key);
          }
          return numbers.get(key);
        }),
      ),
    ]);
  }
}

function rowOf(line) {
  const [index, identifier, name, assay, target, biosample, colour, more] = line.split("\t");
  const description = more || [assay, target, biosample].filter(Boolean).join(":");
  return { index: Number(index), identifier, name, assay, target, biosample, colour, description, about: biosample || description };
}

function holds(text, words) {
  for (const word of words) if (!text.includes(word)) return false;
  return true;
}

function wordsOf(biosample) {
  const words = biosample.split(/[\s,:;/()]+/);
  return words.filter((word) => word.length > 2 && /[a-z]/i.test(word) && !/^\d+(\.\d+)?%?$/.test(word) && !EMPTY.has(word.toLowerCase()));
}
