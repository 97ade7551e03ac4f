// Windows that lie edge to edge ("tiles"), put together: bins, genes, bases and lanes of all of them on one axis.

/** Arrays end to end; the first itself where it is the only one. A length in place of an array stands for NaN. */
export function joined(arrays, Kind) {
  if (arrays.length === 1 && typeof arrays[0] !== "number") return arrays[0];
  const sizes = arrays.map((each) => (typeof each === "number" ? each : each.length));
  const all = new Kind(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  arrays.forEach((each, i) => {
    if (typeof each === "number") all.fill(NaN, at, at + each);
    else all.set(each, at);
    at += sizes[i];
  });
  return all;
}

/** The stretch from the first tile's start to the last one's end, of what is read or of what is predicted. */
export function span(windows, name) {
  return { start: windows[0][name].start, end: windows.at(-1)[name].end };
}

/** Genes of all tiles, each once; null where there is no annotation. */
export function genesOf(windows) {
  const found = new Map();
  for (const { genes } of windows) {
    if (!genes) return null;
    for (const gene of genes) found.set(`${gene.symbol} ${gene.start} ${gene.end} ${gene.tss}`, gene);
  }
  return [...found.values()];
}

/** One field of a lane over all tiles: NaN where a tile has none, null where no tile has. */
export function values(windows, parts, name) {
  if (!parts.some((part) => part[name])) return null;
  return joined(parts.map((part, i) => part[name] ?? windows[i].starts.length), Float32Array);
}

/** A function that gives the base at a position, from a tile that reads it: two bits each, and the stretches of N. */
export function reader(windows) {
  return (position) => {
    const of = windows.find(({ read }) => position >= read.start && position < read.end);
    if (!of || of.unknown.some(([start, end]) => position >= start && position < end)) return "N";
    const i = position - of.read.start;
    return "ACGT"[(of.codes[i >> 2] >> (2 * (i & 3))) & 3];
  };
}

/** Number of the tile whose bins hold a position, from 0; -1 for none. */
export function tileAt(windows, position) {
  return windows.findIndex(({ output }) => position >= output.start && position < output.end);
}
