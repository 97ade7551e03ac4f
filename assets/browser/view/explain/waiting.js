// What stands upon a row while its explanation is worked out, or where it cannot be had.

import { html } from "../dom.js";

/** By state, the button that the card has: what it says, and the act it asks for. */
const BUTTONS = { going: ["Cancel", "cancel"], stopped: ["Go on", "again"], failed: ["Try again", "again"] };
const ASKED = { cancel: "Stopping", again: "Starting" };

export class Card {
  /** `act(what)` asks the server for something; `leave()` gives the focus away once the card has gone. */
  constructor(act, leave) {
    [this.act, this.leave] = [act, leave];
    this.words = html("span", { class: "eb-card-words" });
    this.done = html("i", {});
    this.bar = html("div", { class: "eb-card-bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, this.done);
    this.button = html("button", { type: "button", onclick: () => this.#click() });
    this.button.addEventListener("keydown", (event) => event.key !== "Tab" && event.stopPropagation());
    this.element = html("div", { class: "eb-card", role: "group", hidden: true }, [this.words, this.bar, this.button]);
  }

  /** Show how far an entry is; returns what is to be said of that to those who do not see it, or "". */
  fill(entry) {
    const isNew = this.entry?.state !== entry.state;
    if (this.entry?.serial === entry.serial && !isNew) return "";
    this.entry = entry;
    const { name, state, progress } = entry;
    const hadFocus = this.element.contains(document.activeElement); // asked now: what is hidden has none
    const isGoing = state === "waiting" || state === "partial";
    const share = progress ? Math.round(100 * Math.min(Math.max(progress.fraction, 0), 1)) : 0;
    this.words.textContent = this.#sentence(entry);
    this.bar.hidden = !progress || !(isGoing || state === "stopped");
    this.bar.setAttribute("aria-label", name);
    this.bar.setAttribute("aria-valuenow", share);
    if (progress) this.bar.setAttribute("aria-valuetext", progress.words);
    this.done.style.width = `${share}%`;
    this.element.classList.toggle("problem", state === "failed" || state === "off");
    this.element.setAttribute("aria-label", `${name}: ${this.words.textContent}`);
    this.#button(isGoing ? progress && "going" : state === "failed" && entry.final ? null : state);
    this.element.hidden = state === "done" || (isGoing && !progress);
    if (hadFocus && (this.element.hidden || this.button.hidden)) this.leave();
    return isNew ? this.#told(state) : "";
  }

  #sentence({ state, progress, problem }) {
    if (state === "failed" || state === "off") return problem ?? "";
    if (state === "stopped") return ["Stopped", progress?.words].filter(Boolean).join(" at ");
    return progress?.words ?? "";
  }

  #told(state) {
    const { name } = this.entry;
    if (state === "done") return `${name} is ready`;
    return state === "waiting" || state === "partial" ? "" : `${name}: ${this.words.textContent}`;
  }

  #button(state) {
    const [label, kind] = BUTTONS[state] ?? [];
    this.kind = kind;
    this.button.hidden = !kind;
    this.button.textContent = label ?? "";
    this.button.setAttribute("aria-label", kind ? `${label}: ${this.entry.name}` : "");
    this.button.removeAttribute("aria-disabled");
  }

  #click() {
    if (this.button.hasAttribute("aria-disabled")) return;
    this.button.textContent = ASKED[this.kind];
    this.button.setAttribute("aria-disabled", "true"); // till the server says how things are
    this.act({ kind: this.kind, lane: this.entry.kind });
  }
}
