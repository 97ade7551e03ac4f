// Numbers of single bases at three levels: summed by bin from afar, in pools nearer, and each by itself as a letter.

import { PX_PER_LETTER } from "../strips.js";

const BASES_PER_PX = 8; // from here on single bases are drawn, the highest and the lowest of each pixel

/** What is drawn at a zoom: `of` is "bins", "bases" or "letters", `factor` how many bases share a pool. */
export function levelAt(perBp) {
  if (perBp >= PX_PER_LETTER) return { of: "letters", factor: 1 };
  if (perBp * BASES_PER_PX < 1) return { of: "bins", factor: 0 };
  return { of: "bases", factor: Math.max(2 ** Math.ceil(Math.log2(1 / perBp)), 1) }; // powers of 2: a zoom seldom changes it
}

/** Each base as a bin of its own. */
export function ofBases(values, start) {
  const starts = Float64Array.from(values, (_, i) => start + i);
  return { bins: { starts, ends: starts.map((at) => at + 1) }, values };
}

/** Sums over bins of `size` bases, on the grid that `origin` lies on. NaN adds nothing; a sum of nothing else is NaN. */
export function ofBins(values, start, origin, size) {
  const end = start + values.length;
  const first = Math.floor((start - origin) / size);
  const count = Math.ceil((end - origin) / size) - first;
  const starts = Float64Array.from({ length: count }, (_, i) => Math.max(origin + (first + i) * size, start));
  const ends = Float64Array.from({ length: count }, (_, i) => Math.min(origin + (first + i + 1) * size, end));
  const sums = Float32Array.from(starts, (from, i) => sum(values, from - start, ends[i] - start));
  return { bins: { starts, ends }, values: sums };
}

function sum(values, first, last) {
  let [total, isKnown] = [0, false];
  for (let i = first; i < last; i++) {
    if (Number.isNaN(values[i])) continue;
    total += values[i];
    isKnown = true;
  }
  return isKnown ? total : NaN;
}
