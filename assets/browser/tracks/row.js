// One row of the list of tracks, which shows one track after another while the list is scrolled or filtered.

import { html } from "../view/dom.js";
import { dot } from "./parts.js";

export const ROW_PX = 30; // as in tracks.css

export class Row {
  /** @param fields The fields of a track, left to right; the first with a box and the lane's colour. */
  constructor(fields) {
    this.fields = fields;
    this.texts = fields.map(() => document.createTextNode(""));
    this.dot = dot("");
    const cells = fields.map((by, i) => html("div", { role: "gridcell", class: by }, i ? this.texts[i] : [html("b", { "aria-hidden": "true" }), this.dot, this.texts[i]]));
    this.element = html("div", { role: "row" }, cells);
  }

  /** Show a track at its place in the list. */
  update(track, { place, isActive, isChosen, isFull }) {
    const { element } = this;
    if (this.track !== track) {
      this.track = track;
      element.id = `eb-tracks-row-${track.index}`;
      element.title = track.description;
      this.dot.style.background = `var(--eb-${track.colour})`;
      this.fields.forEach((by, i) => (this.texts[i].data = String(track[by])));
    }
    if (this.place !== place) {
      this.place = place;
      element.dataset.place = place;
      element.setAttribute("aria-rowindex", place + 2); // the head is the first
      element.style.top = `${place * ROW_PX}px`;
    }
    element.classList.toggle("active", isActive);
    element.setAttribute("aria-selected", String(isChosen));
    if (isFull && !isChosen) element.setAttribute("aria-disabled", "true");
    else element.removeAttribute("aria-disabled");
  }
}
