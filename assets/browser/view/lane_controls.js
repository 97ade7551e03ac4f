// Beside each lane: a button for its menu, and its label as a handle to drag the lane elsewhere.

import { html } from "./dom.js";
import { GAP } from "./layout.js";
import { LaneMenu } from "./lane_menu.js";
import { said } from "./numbers.js";

const LEAST_DRAG_PX = 4;
const NARROW_LABEL_PX = 220; // what the handle covers of a label that stands above its lane

export class LaneControls {
  /** `on`: order(tracks, words), look(track, {height, colour, top}, words), top(track), hide(track, words). */
  constructor(on) {
    this.on = on;
    this.handles = new Map(); // track -> what stands beside its lane
    this.line = html("div", { class: "eb-drop", hidden: true });
    this.menu = new LaneMenu({
      move: (track, to) => this.#move(track, to),
      look: (track, look) => this.on.look(track, look, this.#words(track, look)),
      top: (track) => this.on.top(track),
      hide: (track) => this.on.hide(track, `${this.#name(track)} is taken off`),
      closed: (hadFocus) => hadFocus && this.menu.opener.isConnected && this.menu.opener.focus({ preventScroll: true }),
    });
    this.element = html("div", { class: "eb-lane-controls" }, [this.line]);
  }

  /** Stand beside the lanes of a picture. */
  build(scene, frame, rows, height) {
    [this.scene, this.frame, this.height] = [scene, frame, height];
    this.lanes = scene.lanes;
    const own = rows.filter(({ kind }) => kind === "lane");
    this.tops = own.map(({ top }) => top - frame.head);
    const last = rows.find(({ kind }) => kind === "edits" || kind === "sequence");
    this.bottom = (last?.top ?? height) - frame.head;
    const focused = document.activeElement;
    const before = this.handles;
    this.handles = new Map(own.map(({ lane, top }) => [lane.track, this.#handle(before.get(lane.track), lane, top, own.length)]));
    this.element.replaceChildren(...this.handles.values(), this.line);
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  #handle(before, lane, top, count) {
    const { frame } = this;
    const handle = before ?? this.#made(lane.track);
    const button = handle.firstChild;
    const about = `Menu of ${lane.name} ${lane.biosample}`.trim();
    button.setAttribute("aria-label", about);
    button.title = about;
    handle.title = `${lane.full}${count > 1 ? "\nDrag to put this lane elsewhere" : ""}`;
    const size = frame.isNarrow
      ? { top: top - frame.head - 14, height: frame.head, width: Math.min(NARROW_LABEL_PX, frame.right - 90) }
      : { top: top - 4, height: 48, width: frame.gutter - 28 };
    for (const [name, px] of Object.entries(size)) handle.style[name] = `${px}px`;
    return handle;
  }

  #made(track) {
    const menu = html("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false" }, "⋯");
    const place = () => this.lanes.findIndex((lane) => lane.track === track);
    menu.addEventListener("click", () => this.menu.open(menu, this.lanes, place(), this.scene.palette));
    menu.addEventListener("keydown", (event) => {
      const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
      if (event.key !== "Tab") event.stopPropagation();
      if (!by) return;
      event.preventDefault();
      this.#move(track, place() + by);
    });
    const handle = html("div", { class: "eb-handle" }, [menu]);
    this.#draggable(handle, track);
    return handle;
  }

  #draggable(handle, track) {
    let from = null;
    let isMoved = false;
    const escape = (event) => event.key === "Escape" && stop();
    const stop = () => {
      removeEventListener("keydown", escape);
      from = null;
      this.line.hidden = true;
      handle.classList.remove("dragged");
    };
    const to = (event) => this.#gapAt(event.clientY - this.element.getBoundingClientRect().top);
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch" || event.target !== handle || this.lanes.length < 2) return;
      [from, isMoved] = [event.clientY, false];
      handle.setPointerCapture(event.pointerId);
      addEventListener("keydown", escape);
      event.preventDefault();
    });
    handle.addEventListener("pointermove", (event) => {
      if (from === null) return;
      isMoved ||= Math.abs(event.clientY - from) >= LEAST_DRAG_PX;
      if (!isMoved) return;
      handle.classList.add("dragged");
      this.#drawLine(to(event));
    });
    handle.addEventListener("pointerup", (event) => {
      const place = this.lanes.findIndex((lane) => lane.track === track);
      const gap = from !== null && isMoved ? to(event) : place;
      stop();
      this.#move(track, gap > place ? gap - 1 : gap);
    });
    handle.addEventListener("pointercancel", stop);
  }

  /** The gap between lanes that is nearest to a height: 0 above the first. */
  #gapAt(y) {
    const edges = [...this.tops, this.bottom];
    return edges.reduce((best, edge, i) => (Math.abs(edge - y) < Math.abs(edges[best] - y) ? i : best), 0);
  }

  #drawLine(gap) {
    this.line.hidden = false;
    this.line.style.top = `${([...this.tops, this.bottom][gap] ?? 0) - GAP / 2}px`;
    this.line.style.width = `${this.frame.right}px`;
  }

  /** Put a lane at a place among the lanes. */
  #move(track, to) {
    const tracks = this.lanes.map((lane) => lane.track);
    const from = tracks.indexOf(track);
    if (to === from || to < 0 || to >= tracks.length || from < 0) return;
    const words = `${this.#name(track)} is lane ${to + 1} of ${tracks.length}`;
    tracks.splice(to, 0, ...tracks.splice(from, 1));
    this.on.order(tracks, words);
  }

  #name(track) {
    const lane = this.lanes.find((each) => each.track === track);
    return `${lane.name} ${lane.biosample}`.trim();
  }

  #words(track, { height, colour, top }) {
    const axis = top ? `, y axis held at ${said(top)}` : "";
    return `${this.#name(track)}: ${height || "medium"}, ${this.#colour(colour)}${axis}`;
  }

  #colour(name) {
    return this.scene.palette.find((each) => each.name === name)?.label ?? "usual colour";
  }
}
