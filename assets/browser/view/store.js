// Parts of the picture, as the server sent them: each comes once, and is drawn as often as need be.

const parts = new Map(); // id -> {part: decoded, holders: how many slots of the page hold it}
const listeners = new Set();

/** Keep a part for one slot of the page, until that slot drops it. */
export function put(part) {
  const kept = parts.get(part.id) ?? { part: decoded(part), holders: 0 };
  kept.holders += 1;
  parts.set(part.id, kept);
  for (const listener of listeners) listener();
}

/** One slot has something else now; a part that no slot holds is forgotten. */
export function drop(id) {
  const kept = parts.get(id);
  if (!kept) return;
  kept.holders -= 1;
  if (kept.holders <= 0) parts.delete(id);
}

/** A function that gives a part by its id; null while one of these parts is still to come. */
export function get(ids) {
  if (!ids.every((id) => parts.has(id))) return null;
  return (id) => parts.get(id).part;
}

/** Call a function whenever a part has come, until the function that is returned is called. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function decoded(part) {
  const fields = Object.entries(part).map(([name, value]) => [name, value?.b64 ? array(value) : value]);
  return Object.fromEntries(fields);
}

/** A typed array from its bytes (little-endian) as base64. */
export function array({ b64, type }) {
  const text = atob(b64);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const kinds = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, float64: Float64Array };
  return new kinds[type](bytes.buffer);
}
