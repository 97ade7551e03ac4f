// Editing bases: what is chosen, and the bar beside it that says what can be done with it.

import { locus, place, whole } from "./axis.js";
import { button, html } from "./dom.js";
import { PX_PER_LETTER } from "./strips.js";

const AROUND_BP = 48; // of a base that was pointed at from afar

export class Editing {
  /** `host` is the view: its `scene`, `view`, `picture`, `explaining`, and go(), move(), draw(), act(), say(), tell(), focus(). */
  constructor(host) {
    this.host = host;
    this.isOn = false;
    this.selection = null;
    this.bar = html("div", { class: "eb-bar", role: "group", "aria-label": "What to do with the chosen bases", hidden: true });
  }

  /** What is to be marked in the picture. */
  get chosen() {
    return this.isOn ? this.selection : null;
  }

  toggle(isOn = !this.isOn) {
    const { host } = this;
    this.isOn = isOn;
    if (isOn) {
      const middle = Math.floor((host.view.start + host.view.end) / 2);
      this.selection ??= { start: middle, end: middle + 1 };
      if (this.#isFar) host.tell("Drag over a stretch to delete it, or zoom in to type bases");
    } else this.selection = null;
    host.draw();
    host.focus();
  }

  /** Stop, for what was chosen is of another question. */
  forget() {
    this.isOn = false;
    this.selection = null;
  }

  escape() {
    if (this.isOn && this.selection?.end - this.selection?.start > 1) this.selection.end = this.selection.start + 1;
    else if (this.isOn) this.toggle(false);
    this.host.draw();
  }

  stretch(found) {
    this.selection = whole(found);
    this.host.draw();
  }

  click(position) {
    if (!this.isOn) return;
    const at = Math.floor(position);
    this.selection = { start: at, end: at + 1 };
    if (this.#isFar) this.host.go({ start: at - AROUND_BP, end: at + AROUND_BP });
    this.host.draw();
  }

  /** Choose the next base (way 1) or the one before (-1); `isMore` widens what is chosen instead. */
  choose(way, isMore) {
    const { host } = this;
    const { start, end } = this.selection;
    if (isMore) this.selection = { start, end: Math.max(end + way, start + 1) };
    else this.selection = { start: start + way, end: start + way + 1 };
    const seen = isMore ? this.selection.end : this.selection.start;
    if (seen <= host.view.start || seen >= host.view.end - 1) host.move(way * 0.5);
    host.say(`${place(host.scene.chrom, this.selection.start)}, ${host.scene.base(this.selection.start)}`);
    host.draw();
  }

  substitute(letter) {
    const at = this.selection.start;
    this.host.act({ kind: "substitute", start: at, end: at + 1, letters: letter });
    this.selection = { start: at + 1, end: at + 2 };
    this.host.draw();
  }

  remove() {
    this.host.act({ kind: "delete", ...this.selection });
  }

  /** Go to the field for letters. */
  insert() {
    this.bar.querySelector("input")?.focus();
  }

  /** Put the bar beside what is chosen. */
  update() {
    const { chosen, bar } = this;
    bar.hidden = !chosen;
    if (!chosen) return;
    const effects = chosen.end - chosen.start === 1 ? this.host.picture.effectsAt(chosen.start) : "";
    const key = `${chosen.start}-${chosen.end} ${effects}`;
    if (bar.dataset.key !== key) {
      bar.dataset.key = key;
      bar.replaceChildren(...this.#controls(chosen, effects));
    }
    const { picture } = this.host;
    const { gutter, right } = picture.frame;
    const x = Math.min(Math.max(picture.sight.x(chosen.start), gutter), Math.max(right - bar.offsetWidth, 0));
    bar.style.transform = `translate(${x}px, ${picture.top("ruler") + 26}px)`;
  }

  get #isFar() {
    return this.host.picture.sight.perBp < PX_PER_LETTER;
  }

  #controls(chosen, effects) {
    const { host } = this;
    const width = chosen.end - chosen.start;
    const size = `${width.toLocaleString("en-US")} bp`;
    const letters = html("input", { type: "text", size: 8, maxlength: 500, "aria-label": "Bases to insert before it", placeholder: "ACGT" });
    const insert = () => {
      const typed = letters.value.trim();
      if (typed) host.act({ kind: "insert", start: chosen.start, end: chosen.start, letters: typed });
    };
    letters.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") insert();
      if (event.key === "Escape") host.focus();
    });
    const near = { start: chosen.start - width / 2 - 10, end: chosen.end + width / 2 + 10 };
    return [
      html("span", {}, `${locus(host.scene.chrom, chosen)} · ${size}`),
      button(`Delete ${size}`, "Delete the chosen bases", () => host.act({ kind: "delete", ...chosen })),
      button("Zoom", "Show the chosen bases", () => host.go(near)),
      letters,
      button("Insert", "Insert these bases before the chosen ones", insert),
      button("Explain", "Explain the prediction at the chosen bases (x)", () => host.explaining.explain()),
      button("Mutate", "Mutate each of the chosen bases in turn (m)", () => host.explaining.mutate()),
      button("Look from here", "Show where the model's attention goes from the chosen bases (l)", () => host.explaining.lookFrom()),
      ...(effects ? [html("span", { class: "eb-effects" }, effects)] : []),
    ];
  }
}
