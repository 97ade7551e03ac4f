// Parts of the picture, as the server sent them: each comes once, and is drawn as often as need be.

const parts = new Map(); // id -> decoded part
const listeners = new Set();

/** Keep a part, under the slot of the page that it came to; what was there before is forgotten. */
export function put(part) {
  parts.set(part.id, decoded(part));
  for (const listener of listeners) listener();
}

export function drop(id) {
  parts.delete(id);
}

/** The parts by id; null while one of them is still to come. */
export function get(ids) {
  const found = ids.map((id) => parts.get(id));
  return found.every(Boolean) ? found : null;
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
