// The box beside the pointer that says what every lane has there.

import { html } from "./dom.js";

export class Hover {
  constructor() {
    this.element = html("div", { class: "eb-readout", hidden: true, "aria-hidden": "true" });
  }

  hide() {
    this.element.hidden = true;
  }

  /** Show lines, the first as a heading, beside a point of a stage of that size. */
  show([heading, ...lines], x, y, stage) {
    const box = this.element;
    box.replaceChildren(html("b", {}, heading), ...lines.map((words) => html("div", {}, words)));
    box.hidden = false;
    const left = x + 14 + box.offsetWidth > stage.width ? x - 14 - box.offsetWidth : x + 14;
    const top = Math.min(Math.max(y + 12, 0), stage.height - box.offsetHeight);
    box.style.transform = `translate(${Math.max(left, 0)}px, ${top}px)`;
  }
}
