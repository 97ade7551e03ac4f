// What is worked out of the values on screen. Arrays have one entry per bin; bin i reaches from starts[i] to ends[i].

const FEWEST_FOR_R = 8;
const SHARE_THAT_SHOWS = 0.01; // of the lane's range
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
function below(sorted, value, andEqual) {
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
  let [low, high] = [Infinity, -Infinity];
  const seen = robust ? [] : null;
  for (let i = first; i < last; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    seen?.push(value);
  }
  if (low > high) return null;
  if (!robust) return [low, high];
  seen.sort((a, b) => a - b);
  return [low, seen[Math.min(Math.ceil(0.99 * seen.length), seen.length) - 1]];
}

/**
 * Which edited bins differ from every reference bin underneath by more than 1 % of a lane's range.
 *
 * An insertion or deletion moves bins by parts of a bin; comparing with the range of those underneath keeps a bin from
 * counting as changed where the signal merely slopes.
 */
export function differs(edited, reference, range) {
  const least = SHARE_THAT_SHOWS * range;
  const found = new Uint8Array(edited.values.length);
  let from = 0;
  for (let i = 0; i < found.length; i++) {
    while (from < reference.ends.length && reference.ends[from] <= edited.starts[i]) from += 1;
    let [low, high] = [Infinity, -Infinity];
    for (let j = from; j < reference.starts.length && reference.starts[j] < edited.ends[i]; j++) {
      low = Math.min(low, reference.values[j]);
      high = Math.max(high, reference.values[j]);
    }
    found[i] = low <= high && (edited.values[i] > high + least || edited.values[i] < low - least) ? 1 : 0;
  }
  return found;
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
