// Arcs between two positions, above a line.

const [LOW, ROOM] = [0.55, 3]; // height of the shortest, as a share; px kept free above the highest

/** Half an ellipse on a sight, standing on the height `foot`: {path, middle, half, height, foot} in px; null out of view. */
export function arc(sight, from, to, foot) {
  const { frame } = sight;
  const within = (x) => Math.min(Math.max(x, frame.gutter - 4 * frame.width), frame.right + 4 * frame.width); // beyond, numbers are slow and inexact
  const [a, b] = [within(sight.x(from)), within(sight.x(to))].sort((p, q) => p - q);
  if (b < frame.gutter || a > frame.right || a === b) return null;
  const height = (foot - ROOM) * (LOW + (1 - LOW) * Math.min(Math.abs(b - a) / frame.width, 1));
  const half = (b - a) / 2;
  return { path: `M${a} ${foot}A${half} ${height} 0 0 1 ${b} ${foot}`, middle: a + half, half, height, foot };
}

/** The arc that comes nearest to a point, if within a margin in px; of several as near, the one on top. */
export function nearest(shapes, x, y, margin) {
  let [best, least] = [null, margin];
  for (const shape of shapes) {
    const away = distance(shape, x, y);
    if (away <= least) [best, least] = [shape, away];
  }
  return best;
}

/** About how far a point is from an arc in px: from where the ellipse would be in the point's direction. */
function distance({ middle, half, height, foot }, x, y) {
  const [across, up] = [(x - middle) / half, (foot - y) / height];
  const reach = Math.hypot(across, up);
  if (up < 0 || reach === 0) return Infinity;
  const steepness = Math.hypot(across / half, up / height) / reach; // of `reach`, per px
  return Math.abs(reach - 1) / steepness;
}
