// The horizontal axis. Positions are 0-based and half-open, as floats: base p reaches from p to p + 1.
// What people read is 1-based and inclusive, as in UCSC and IGV.

export const SMALLEST_BP = 20;

/** A stretch held within limits, neither narrower than 20 bp nor wider than they are. */
export function held({ start, end }, limits) {
  const widest = limits.end - limits.start;
  const width = Math.min(Math.max(end - start, Math.min(SMALLEST_BP, widest)), widest);
  const middle = (start + end) / 2;
  const from = Math.min(Math.max(middle - width / 2, limits.start), limits.end - width);
  return { start: from, end: from + width };
}

/** `factor` times as wide, with the position `at` staying where it is on screen. */
export function zoomed({ start, end }, factor, at, limits) {
  const width = Math.min(Math.max((end - start) * factor, SMALLEST_BP), limits.end - limits.start);
  const share = (at - start) / (end - start);
  const from = at - share * width;
  const inside = Math.min(Math.max(from, limits.start), limits.end - width);
  return { start: inside, end: inside + width };
}

export function moved({ start, end }, by, limits) {
  const allowed = Math.min(Math.max(by, limits.start - start), limits.end - end);
  return { start: start + allowed, end: end + allowed };
}

/** The nearest whole bases; a view keeps its width while it is moved by parts of a base. */
export function whole({ start, end }) {
  const from = Math.round(start);
  return { start: from, end: from + Math.max(Math.round(end - start), 1) };
}

/** Round positions (1-based) for about one tick every 90 px, with their labels. */
export function ticks({ start, end }, px) {
  const raw = Math.max((end - start) / Math.max(px / 90, 2), 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max([1, 2, 5, 10].find((m) => m * power >= raw * 0.999) * power, 1);
  const found = [];
  for (let at = Math.ceil((start + 1) / step) * step; at <= end; at += step) {
    found.push({ at, label: step % 1000 ? at.toLocaleString("en-US") : `${(at / 1000).toLocaleString("en-US")} k` });
  }
  return found;
}

/** `chr2:1,204,001-1,318,688` of a view in whole bases. */
export function locus(chrom, view) {
  const { start, end } = whole(view);
  return `${chrom}:${(start + 1).toLocaleString("en-US")}-${end.toLocaleString("en-US")}`;
}

export function place(chrom, position) {
  return `${chrom}:${(position + 1).toLocaleString("en-US")}`;
}
