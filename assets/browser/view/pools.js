// Step lines of many bins at a price that does not grow with them. Only the bins about the view are drawn, and where a
// pixel holds several they share a pool, of which the highest and the lowest value are kept: no peak is lost.
// What is drawn is moved by a transform, and drawn anew when the view leaves it or is much nearer or farther.

import { overlapping } from "./numbers.js";

const [AROUND, WIDEST] = [0.25, 4]; // of the view's width: what is drawn to either side, and what is kept at most
const SLACK = 0.2; // a window of 896 bins is not pooled for lack of a few pixels

/** What is drawn: a stretch of the axis, with a number of bins to a pool. */
export class Stretch {
  constructor(view, perBp, scene) {
    const width = view.end - view.start;
    this.limits = scene.read;
    this.start = Math.max(view.start - AROUND * width, this.limits.start);
    this.end = Math.min(view.end + AROUND * width, this.limits.end);
    this.binSize = scene.binSize;
    this.factor = factorOf(perBp * this.binSize);
    this.origin = Math.max(Math.floor(this.start), scene.output.start); // small numbers keep their digits when drawn
  }

  /** Whether this shows all of a view, at the detail that it needs. */
  suits(view, perBp) {
    const holds = (view.start >= this.start || this.start <= this.limits.start) && (view.end <= this.end || this.end >= this.limits.end);
    const isNear = this.end - this.start <= WIDEST * (view.end - view.start);
    return holds && isNear && this.factor === factorOf(perBp * this.binSize);
  }
}

/** Bins to a pool: as many as begin in a pixel. */
function factorOf(pxPerBin) {
  return Math.max(Math.ceil(1 / pxPerBin - SLACK), 1);
}

/** The bins of a stretch in pools: {starts, ends, lows, highs, count}. Values that are NaN are left out. */
export function pooled({ starts, ends }, values, stretch) {
  const { factor } = stretch;
  const [first, last] = overlapping(starts, ends, stretch);
  const from = first - (first % factor); // pools stay the same ones while the view moves
  const until = Math.min(last + ((factor - (last % factor)) % factor), values.length);
  const size = until - from;
  const found = { starts: new Float64Array(size), ends: new Float64Array(size), lows: new Float32Array(size), highs: new Float32Array(size), count: 0 };
  let [end, pool] = [NaN, -1]; // of the bin before, where that has a value
  let at = -1;
  for (let i = from; i < until; i++) {
    const value = values[i];
    if (Number.isNaN(value)) {
      end = NaN;
      continue;
    }
    const of = Math.floor(i / factor);
    if (of !== pool || starts[i] !== end) {
      at += 1;
      found.starts[at] = starts[i];
      found.lows[at] = found.highs[at] = value;
      pool = of;
    } else if (value < found.lows[at]) found.lows[at] = value;
    else if (value > found.highs[at]) found.highs[at] = value;
    found.ends[at] = end = ends[i];
  }
  found.count = at + 1;
  return found;
}

/** A step line through pools: a gap wherever they do not touch. */
export function line({ starts, ends, lows, highs, count }, origin) {
  const path = [];
  for (let i = 0; i < count; i++) {
    const touches = i > 0 && starts[i] === ends[i - 1];
    path.push(touches ? `V${highs[i]}` : `M${starts[i] - origin} ${highs[i]}`);
    if (lows[i] !== highs[i]) path.push(`V${lows[i]}`);
    path.push(`H${ends[i] - origin}`);
  }
  return path.join("");
}

/** The area between 0 and one edge of the pools: their `highs` or `lows`. */
export function area({ starts, ends, count }, edge, origin) {
  const path = [];
  for (let i = 0; i < count; i++) {
    const touches = i > 0 && starts[i] === ends[i - 1];
    path.push(touches ? `V${edge[i]}` : `M${starts[i] - origin} 0V${edge[i]}`, `H${ends[i] - origin}`);
    if (i + 1 === count || starts[i + 1] !== ends[i]) path.push("V0Z");
  }
  return path.join("");
}
