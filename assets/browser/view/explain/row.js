// One row of explanation: its label, the lane that draws it, and what lies upon it while that is on its way.

import { html } from "../dom.js";
import { cut, names } from "../names.js";
import { signed } from "../numbers.js";
import { element } from "../svg.js";
import { laneOf } from "./registry.js";

const [WIDE_TARGET, CARD_APART] = [26, 8];

export class ExplainRow {
  /** `row` is {top, height, entry}; `card` outlives the row, so that its button keeps the focus; `go(view)` shows a stretch. */
  constructor(scene, row, frame, { card, go }) {
    [this.scene, this.row, this.frame, this.card, this.go] = [scene, row, frame, card, go];
    this.labels = element("g", { class: "lane explained", transform: `translate(0 ${row.top})` });
    this.group = element("g", { class: `explain ${row.entry.kind}` }, [this.labels]);
    this.skeleton = html("div", { class: "eb-skeleton" });
    this.element = html("div", { class: "eb-explain-row" });
    const { style } = this.element;
    [style.top, style.height, style.width] = [row.top, row.height, frame.px].map((px) => `${px}px`);
    [this.skeleton.style.left, this.skeleton.style.width] = [`${frame.gutter}px`, `${frame.width}px`];
    this.#fill(row.entry);
  }

  /** Take over what has come of the same part; returns what is to be said of it, or "". */
  renew(entry) {
    if (entry.serial === this.entry.serial && entry.state === this.entry.state) return "";
    const hadFocus = this.lane?.element?.contains(document.activeElement);
    const words = this.#fill(entry);
    if (this.sight) this.update(this.sight, this.stretch);
    if (hadFocus) this.lane?.element?.querySelector("button")?.focus({ preventScroll: true });
    return words;
  }

  #fill(entry) {
    this.entry = entry;
    this.lane?.leave?.();
    const hadFocus = this.lane?.element?.contains(document.activeElement);
    this.lane = laneOf(this.scene, { ...entry, go: this.go }, this.row, this.frame);
    this.labels.replaceChildren(...this.#labels());
    this.group.replaceChildren(...[this.labels, this.lane?.group].filter(Boolean));
    const words = this.card.fill(entry);
    this.skeleton.hidden = entry.state !== "waiting" || Boolean(this.lane);
    this.#over([this.skeleton, this.lane?.element, this.card.element].filter(Boolean));
    if (hadFocus) this.lane?.element?.querySelector("button")?.focus({ preventScroll: true });
    return words;
  }

  /** Put elements upon the row; those that lay there already are not taken out, for they would lose the focus. */
  #over(wanted) {
    for (const child of [...this.element.children]) if (!wanted.includes(child)) child.remove();
    wanted.forEach((child) => child.parentElement === this.element || this.element.append(child));
  }

  #labels() {
    const { frame } = this;
    const { name, about, target, full } = this.entry;
    const more = full || [name, about, target].filter(Boolean).join(", ");
    if (frame.isNarrow) return names(frame, name, [about, target].filter(Boolean).join(" "), { above: -16, more });
    const third = target ? [element("text", { x: 0, y: 40, class: "about" }, [cut(target, WIDE_TARGET), element("title", {}, target)])] : [];
    return [...names(frame, name, about, { at: [10, 25], more }), ...third];
  }

  update(sight, stretch) {
    [this.sight, this.stretch] = [sight, stretch];
    this.lane?.update(sight, stretch);
    if (this.card.element.hidden) return;
    const { frame, card } = this;
    const width = card.element.offsetWidth;
    const wanted = this.lane?.cardX?.(sight) ?? frame.right - width - CARD_APART;
    const x = Math.max(Math.min(wanted, frame.right - width - CARD_APART), frame.gutter);
    const y = (this.row.height - card.element.offsetHeight) / 2;
    card.element.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** Whether a height in the picture is within the row. */
  holds(y) {
    return y >= this.row.top && y < this.row.top + this.row.height;
  }

  /** What is under the pointer, in words. */
  at(sight, x, y) {
    return this.lane?.at(sight, x, y - this.row.top) ?? [];
  }

  /** What a click at a point asks for, or null. */
  click(sight, x, y) {
    return this.lane?.click?.(sight, x, y - this.row.top) ?? null;
  }

  /** What is known of the other letters at a base, as words; "" where that is nothing. */
  effectsAt(position) {
    const found = this.lane?.effectsAt?.(position) ?? [];
    const words = found.map(({ letter, effect }) => `${letter} ${signed(effect)}`);
    return words.length ? `${words.join(" · ")} ${this.entry.unit}` : "";
  }

  leave() {
    this.lane?.leave?.();
  }

  summary(sight) {
    return this.lane?.summary(sight) ?? "";
  }
}
