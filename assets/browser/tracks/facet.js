// One facet: its values as check boxes with how many tracks each would leave.

import { html } from "../view/dom.js";

const SHOWN = 20; // of hundreds; the field above finds the others
const FEW = 8;

export class FacetBox {
  /**
   * @param title Its heading.
   * @param changed Called after a value was picked or dropped.
   */
  constructor(title, changed) {
    this.changed = changed;
    this.picked = new Set(); // numbers of values
    this.field = html("input", { type: "text", "aria-label": `Find: ${title}`, placeholder: "find", autocomplete: "off", spellcheck: "false" });
    this.field.addEventListener("input", () => this.#draw());
    this.values = []; // what is drawn, which is used again
    this.more = html("small", {});
    this.box = html("div", { class: "eb-tracks-values" }, this.more);
    this.element = html("fieldset", {}, [html("legend", {}, title), this.field, this.box]);
    this.box.addEventListener("change", (event) => this.#pick(event.target));
  }

  /** The values of a facet, and how many tracks each would leave. */
  update(facet, counts) {
    this.facet = facet;
    this.counts = counts;
    this.element.hidden = facet.values.length === 0;
    this.field.hidden = facet.values.length <= FEW;
    this.#draw();
  }

  clear() {
    this.picked.clear();
    this.field.value = "";
  }

  #pick(box) {
    const value = Number(box.value);
    if (box.checked) this.picked.add(value);
    else this.picked.delete(value);
    this.changed();
  }

  #draw() {
    const { values, keys } = this.facet;
    const text = this.field.value.trim().toLowerCase();
    const found = [...values.keys()].filter((i) => this.counts[i] && keys[i].includes(text));
    found.sort((a, b) => this.counts[b] - this.counts[a] || (keys[a] < keys[b] ? -1 : 1));
    const held = this.box.contains(document.activeElement) ? document.activeElement.value : null;
    const first = found.slice(0, SHOWN);
    const shown = [...first, ...[...this.picked].filter((i) => !first.includes(i))]; // what is picked keeps its place
    while (this.values.length < shown.length) this.#add();
    while (this.values.length > shown.length) this.values.pop().element.remove();
    this.values.forEach((value, place) => this.#show(value, shown[place]));
    const left = Math.max(found.length - SHOWN, 0);
    this.more.textContent = left ? `${left.toLocaleString("en-US")} more: type above to find them` : "";
    if (held !== null) this.box.querySelector(`input[value="${held}"]`)?.focus({ preventScroll: true });
  }

  #add() {
    const [box, name, count] = [html("input", { type: "checkbox" }), html("span"), html("small")];
    const value = { element: html("label", {}, [box, name, count]), box, name, count };
    this.values.push(value);
    this.more.before(value.element);
  }

  #show({ element, box, name, count }, i) {
    const text = this.facet.values[i];
    if (name.textContent !== text) name.textContent = element.title = text;
    const n = this.counts[i].toLocaleString("en-US");
    if (count.textContent !== n) count.textContent = n;
    box.value = i;
    box.checked = this.picked.has(i);
  }
}
