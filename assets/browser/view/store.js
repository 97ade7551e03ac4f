// Parts of the picture, as the server sent them: each comes once, and is drawn as often as need be. A live part comes
// again and again under one id, with a higher serial each time.

const parts = new Map(); // id -> {part: decoded, holders: how many slots of the page hold it}
const listeners = new Set();

/** Keep a part for one slot of the page, until that slot drops it. */
export function put(part) {
  const before = parts.get(part.id);
  const kept = before && !isNewer(part, before.part) ? before.part : decoded(part);
  parts.set(part.id, { part: kept, holders: (before?.holders ?? 0) + 1 });
  came(part.id);
}

/** A slot has a live part again; nothing happens where it is not newer than what is kept. */
export function renew(part) {
  const kept = parts.get(part.id);
  if (!kept || !isNewer(part, kept.part)) return;
  kept.part = decoded(part);
  came(part.id);
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

/** A live part as it is now; null before it came. */
export function now(id) {
  return parts.get(id)?.part ?? null;
}

/** Call a function with the id of every part that comes, until the function that is returned is called. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const isNewer = (part, than) => Boolean(part.live) && part.serial > than.serial;

function came(id) {
  for (const listener of listeners) listener(id);
}

function decoded(part) {
  const fields = Object.entries(part).map(([name, value]) => [name, value?.b64 ? array(value) : value]);
  return Object.fromEntries(fields);
}

/** A typed array from its bytes (little-endian) as base64. */
export function array({ b64, type }) {
  const bytes = Uint8Array.fromBase64?.(b64) ?? slowly(b64);
  const kinds = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, float64: Float64Array };
  return new kinds[type](bytes.buffer);
}

/** For browsers of before 2025. */
function slowly(b64) {
  const text = atob(b64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
