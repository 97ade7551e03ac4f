// What somebody asked of the server: numbered, sent until it is known to be done, and shown at once where that is easy.

const MOST_TOLD = 50;
const EDITS = new Set(["substitute", "delete", "insert", "undo", "redo"]);

/** Whether something asked for changes the bases: the picture waits for the server then. */
export const isEdit = ({ kind }) => EDITS.has(kind);

export class Acts {
  /** `ask(message)` tells the server; a page keeps one of two messages at once, so each holds all that is pending. */
  constructor(ask) {
    this.ask = ask;
    this.client = crypto.getRandomValues(new Uint32Array(1))[0];
    this.serial = 0;
    this.pending = [];
    this.told = []; // views that the server knows: the one it answered last, then those it was told of since
  }

  add(what, view) {
    this.serial += 1;
    this.pending.push({ ...what, serial: this.serial });
    this.tell(view);
  }

  tell(view) {
    this.told = [...this.told, view].slice(-MOST_TOLD);
    this.ask({ client: this.client, acts: [...this.pending], view });
  }

  /** What the server said: which acts are done, and the stretch it takes to be on screen. */
  answered({ done, first }) {
    if (done.client === this.client) this.pending = this.pending.filter((act) => act.serial > done.serial);
    const which = this.told.findLastIndex((view) => view.start === first.start && view.end === first.end);
    if (which > 0) this.told.splice(0, which);
    return which >= 0; // the server says again what it was told
  }

  /** The server chose what is on screen. */
  knows(view) {
    this.told = [view];
  }

  /** Whether the server knows that this stretch is on screen. */
  isTold(view) {
    const last = this.told.at(-1);
    return Boolean(last) && last.start === view.start && last.end === view.end;
  }

  get isEditing() {
    return this.pending.some(isEdit);
  }

  /** The side that a window is asked for on and not answered yet: "left", "right" or null. */
  get side() {
    return this.pending.findLast(({ kind }) => kind === "extend")?.side ?? null;
  }
}

/** The lanes as they will be once what is pending is done. */
export function foreseen(lanes, pending) {
  let found = lanes;
  for (const act of pending) {
    if (act.kind === "hide") found = found.filter(({ track }) => track !== act.track);
    if (act.kind === "order") found = ordered(found, act.tracks);
    if (act.kind === "look") found = found.map((lane) => (lane.track === act.track ? looking(lane, act) : lane));
  }
  return found;
}

function ordered(lanes, tracks) {
  const place = new Map(tracks.map((track, i) => [track, i]));
  return [...lanes].sort((a, b) => (place.get(a.track) ?? tracks.length) - (place.get(b.track) ?? tracks.length));
}

function looking(lane, { height, colour, top }) {
  return { ...lane, height: height || "medium", colour: colour || lane.usual, top };
}
