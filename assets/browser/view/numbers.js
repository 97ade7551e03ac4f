// What is worked out of the values on screen. Arrays have one entry per bin; bin i reaches from starts[i] to ends[i].

const FEWEST_FOR_R = 8;
const SHARE_THAT_SHOWS = 0.01; // of the lane's range
const ROBUST_SHARE = 0.99;
export const PSEUDOCOUNT = 0.01; // of log2 fold changes

/** Pearson's r over [first, last) of pairs without NaN: {r, n}; r is null below 8 pairs, or where one side is flat. */
export function pearson(a, b, first, last) {
  let n = 0;
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  const [shiftA, shiftB] = [a[first] || 0, b[first] || 0]; // near the mean, so that little cancels
  for (let i = first; i < last; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) continue;
    const [x, y] = [a[i] - shiftA, b[i] - shiftB];
    n += 1;
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const spread = (saa - (sa * sa) / n) * (sbb - (sb * sb) / n);
  const flat = !(spread > 1e-14 * saa * sbb);
  return { n, r: n < FEWEST_FOR_R || flat ? null : (sab - (sa * sb) / n) / Math.sqrt(spread) };
}

/** Rows [first, last) of the bins that overlap the view. */
export function overlapping(starts, ends, view) {
  return [below(ends, view.start, true), below(starts, view.end, false)];
}

/** Rows [first, last) of the bins that lie wholly in the view. */
export function inside(starts, ends, view) {
  const first = below(starts, view.start, false);
  return [first, Math.max(first, below(ends, view.end, true))];
}

/** How many entries of an ascending array are below a value, or equal to it where `andEqual`. */
export function below(sorted, value, andEqual) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value || (andEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Row of the bin that holds a position; -1 where there is none. */
export function rowAt(starts, ends, position) {
  const row = below(starts, position, true) - 1;
  return row >= 0 && position < ends[row] ? row : -1;
}

/** Lowest and highest finite value of some rows, or null; `robust` leaves out the highest hundredth. */
export function extent(values, first, last, robust = false) {
  let [low, high, count] = [Infinity, -Infinity, 0];
  for (let i = first; i < last; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    count += 1;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!count) return null;
  return [low, robust ? nthHighest(values, first, last, count - Math.min(Math.ceil(ROBUST_SHARE * count), count - 1)) : high];
}

/** The nth highest finite value of some rows. Few are kept, for sorting all of them in each frame takes too long. */
function nthHighest(values, first, last, n) {
  const kept = new Float64Array(n).fill(-Infinity); // ascending
  for (let i = first; i < last; i++) {
    const value = values[i];
    if (!(value > kept[0]) || value === Infinity) continue;
    let at = 0;
    for (; at + 1 < n && kept[at + 1] < value; at++) kept[at] = kept[at + 1];
    kept[at] = value;
  }
  return kept[0];
}

/**
 * How far each edited bin lies outside the range of the reference bins underneath; NaN where there are none.
 *
 * An insertion or deletion moves bins by parts of a bin; comparing with the range of those underneath keeps a bin from
 * counting as changed where the signal merely slopes.
 */
export function excess(edited, reference) {
  const found = new Float32Array(edited.values.length).fill(NaN);
  let from = 0;
  for (let i = 0; i < found.length; i++) {
    while (from < reference.ends.length && reference.ends[from] <= edited.starts[i]) from += 1;
    let [low, high] = [Infinity, -Infinity];
    for (let j = from; j < reference.starts.length && reference.starts[j] < edited.ends[i]; j++) {
      low = Math.min(low, reference.values[j]);
      high = Math.max(high, reference.values[j]);
    }
    if (low <= high) found[i] = Math.max(edited.values[i] - high, low - edited.values[i]);
  }
  return found;
}

/** The edited values that show: those that lie outside by over 1 % of a lane's range; the others are NaN. */
export function shown(values, excesses, range) {
  return values.map((value, i) => (excesses[i] > SHARE_THAT_SHOWS * range ? value : NaN));
}

/** The edited value over each reference bin's middle, NaN where there is none. */
export function editedAt(edited, reference) {
  return Float32Array.from(reference.starts, (start, row) => {
    const found = rowAt(edited.starts, edited.ends, Math.floor((start + reference.ends[row]) / 2));
    return found < 0 ? NaN : edited.values[found];
  });
}

export function log2FoldChange(reference, edited) {
  return Math.log2((edited + PSEUDOCOUNT) / (reference + PSEUDOCOUNT));
}

/** A number in three digits, with a true minus sign. */
export function said(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size >= 1000 ? Math.round(value).toLocaleString("en-US") : `${Number(value.toPrecision(3))}`;
  return text.replace("-", "−");
}

export function signed(value, digits = 2) {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(digits)}`;
}
