// What lies beyond the predicted windows: an offer to predict the next one, that it is on its way, or why there is none.

import { button, html } from "./dom.js";
import { STRIP } from "./layout.js";
import { overviewX } from "./strips.js";

const LINGER_MS = 400;
const MOST_TILES = 10;
const [WIDE_PX, LEAST_PX] = [150, 20]; // what the words take, and what a "+" does
const SIDES = ["left", "right"];

export class Beyond {
  /** `extend(side)` asks for the window on that side. */
  constructor(extend) {
    this.extend = extend;
    this.isAsked = { left: false, right: false }; // by lingering there, and not answered
    this.boxes = SIDES.flatMap((side) => ["strip", "plot"].map((where) => new Box(side, where, () => this.#ask(side))));
    this.element = html("div", { class: "eb-beyond" }, this.boxes.map((box) => box.element));
  }

  /** Take over what a scene offers; `waiting` is the side that is being predicted, or null. */
  build(scene, waiting) {
    const tiles = scene.tiles.map(({ window }) => window).join();
    if (tiles !== this.tiles) this.isAsked = { left: false, right: false };
    [this.tiles, this.scene, this.waiting] = [tiles, scene, waiting];
    for (const box of this.boxes) box.fill(stateOf(scene, box.side, waiting), scene.beyond[box.side]);
  }

  /** Move with the view; whoever stays beyond the last bin for a while is asking for what is there. */
  update(sight, top, height) {
    const { read, output } = this.scene;
    const { frame, view } = sight;
    const within = (x) => Math.min(Math.max(x, frame.gutter), frame.right);
    const edges = { left: [read.start, output.start], right: [output.end, read.end] };
    for (const box of this.boxes) {
      const [from, to] = edges[box.side];
      if (box.where === "plot") box.place(within(sight.x(from)), within(sight.x(to)), top, height);
      else box.place(overviewX(this.scene, frame, from), overviewX(this.scene, frame, to), 3, STRIP - 2);
    }
    this.#linger((view.start + view.end) / 2);
  }

  close() {
    clearTimeout(this.lingering);
  }

  #linger(middle) {
    const { output } = this.scene;
    const side = middle > output.end ? "right" : middle < output.start ? "left" : null;
    if (side === this.side) return;
    this.side = side;
    clearTimeout(this.lingering);
    if (!side) this.isAsked = { left: false, right: false };
    else this.lingering = setTimeout(() => !this.isAsked[side] && this.#ask(side), LINGER_MS);
  }

  #ask(side) {
    if (this.waiting || !this.scene.beyond[side]) return;
    this.isAsked[side] = true;
    this.extend(side);
  }
}

/** One of: "waiting", "offer", or why there is nothing to offer ("" where that needs no word). */
function stateOf({ beyond, chrom, output, length, tiles }, side, waiting) {
  if (waiting === side) return "waiting";
  if (beyond[side]) return "offer";
  if (side === "left" && output.start <= 0) return `${chrom} begins here`;
  if (side === "right" && output.end >= length) return `${chrom} ends here`;
  return tiles.length >= MOST_TILES ? `${MOST_TILES} windows are the most in one picture` : "";
}

class Box {
  constructor(side, where, ask) {
    [this.side, this.where] = [side, where];
    this.words = html("span", {});
    this.button = button("", "", ask);
    this.element = html("div", { class: `eb-beyond-${where}`, hidden: true }, [this.words, this.button]);
  }

  fill(state, cost) {
    this.state = state;
    const isOffer = state === "offer";
    this.cost = cost;
    this.button.hidden = !isOffer;
    this.element.classList.toggle("eb-skeleton", state === "waiting");
    this.words.textContent = isOffer ? "" : state === "waiting" ? "predicting the next window" : state;
    this.words.title = this.words.textContent;
    const about = isOffer ? `Predict the window to the ${this.side} (${cost})` : "";
    this.button.setAttribute("aria-label", about);
    this.button.title = about;
  }

  /** Stand from x to x2; what has no room there is left out. */
  place(x, x2, top, height) {
    const width = x2 - x;
    const isWide = width >= WIDE_PX;
    this.element.hidden = this.state === "" || width < LEAST_PX;
    if (this.element.hidden) return;
    this.words.hidden = !isWide;
    this.button.textContent = this.state !== "offer" ? "" : isWide ? `Predict here (${this.cost})` : "+";
    const { style } = this.element;
    [style.left, style.top, style.width, style.height] = [x, top, width, height].map((px) => `${px}px`);
  }
}
