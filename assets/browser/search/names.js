// The names of an annotation's genes: unpacked once, searched at every key.
//
// What the server packs (pages/_ui/search_names.py): a parcel that holds a line of JSON {contigs, prefix,
// coding}, then a line for each gene: its symbol, its id without the prefix (nothing where it is the symbol), the
// number of its contig, and the 1-based position of its start site. Protein-coding genes come first, `coding` of them;
// each part is in the order of the alphabet.

import { textOf } from "../parcel.js";

const LONGEST = 60;

/** The names in what the server packed. */
export async function unpack(bytes) {
  return new Names(await textOf(bytes));
}

export class Names {
  constructor(text) {
    const [head, ...rows] = text.slice(0, -1).split("\n");
    const { contigs, prefix, coding } = JSON.parse(head);
    this.contigs = contigs;
    this.coding = coding;
    this.symbols = new Array(rows.length);
    this.ids = new Array(rows.length);
    this.contigOf = new Uint32Array(rows.length);
    this.positions = new Float64Array(rows.length); // beyond 32 bits for the longest chromosomes there are
    rows.forEach((row, i) => {
      const [symbol, id, contig, position] = row.split("\t");
      this.symbols[i] = symbol;
      this.ids[i] = id ? prefix + id : symbol;
      this.contigOf[i] = Number(contig);
      this.positions[i] = Number(position);
    });
    this.symbolKeys = this.symbols.map((name) => name.toUpperCase());
    this.idKeys = this.ids.map((name) => name.toUpperCase());
    this.timesSymbol = counted(this.symbolKeys);
    this.timesId = counted(this.idKeys);
  }

  /**
   * Genes that a text may be the beginning of, best first: symbols that start so, ids that start so, symbols with the
   * text inside, ids with it inside; of each, protein-coding genes first, then short symbols.
   *
   * Returns { total, hits } with at most `limit` hits { question, symbol, id, place, isId, from, to }; from and to
   * bound the text within the symbol, or the id where isId.
   */
  find(text, limit) {
    const key = text.trim().toUpperCase();
    const best = []; // places in ascending order of their ranks
    const ranks = [];
    let total = 0;
    if (!key || key.length > LONGEST) return { total, hits: [] };
    for (let i = 0; i < this.symbols.length; i++) {
      const kind = this.#kind(i, key);
      if (kind < 0) continue;
      total++;
      const isMinor = i >= this.coding ? 1 : 0;
      const rank = (kind * 2 + isMinor) * 4096 + Math.min(this.symbols[i].length, 4095);
      if (ranks.length === limit && rank >= ranks[limit - 1]) continue;
      let at = ranks.length;
      while (at > 0 && ranks[at - 1] > rank) at--;
      ranks.splice(at, 0, rank);
      best.splice(at, 0, i);
      if (ranks.length > limit) ranks.length = best.length = limit;
    }
    return { total, hits: best.map((i) => this.#hit(i, key)) };
  }

  /** 0 to 4, the lower the better; -1 where the gene has nothing to do with the text. One letter is a beginning only. */
  #kind(i, key) {
    const at = this.symbolKeys[i].indexOf(key);
    if (at === 0) return this.symbolKeys[i].length === key.length ? 0 : 1;
    if (this.idKeys[i].startsWith(key)) return 2;
    if (key.length < 2) return -1;
    if (at > 0) return 3;
    return this.idKeys[i].includes(key) ? 4 : -1;
  }

  #hit(i, key) {
    const isId = !this.symbolKeys[i].includes(key);
    const from = (isId ? this.idKeys[i] : this.symbolKeys[i]).indexOf(key);
    const place = `${this.contigs[this.contigOf[i]]}:${this.positions[i].toLocaleString("en-US")}`;
    const name = { symbol: this.symbols[i], id: this.ids[i] };
    return { question: this.#question(i), ...name, place, isId, from, to: from + key.length };
  }

  /** A text that names this gene alone: its symbol, else its id, else that with the contig. */
  #question(i) {
    if (this.timesSymbol.get(this.symbolKeys[i]) === 1) return this.symbols[i];
    if (this.timesId.get(this.idKeys[i]) === 1) return this.ids[i];
    return `${this.ids[i]}@${this.contigs[this.contigOf[i]]}`;
  }
}

function counted(keys) {
  const times = new Map();
  for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
  return times;
}
