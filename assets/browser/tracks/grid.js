// Thousands of tracks as rows of which only those in view are in the page: an ARIA grid that holds the focus itself.

import { html } from "../view/dom.js";
import { Row, ROW_PX } from "./row.js";

const BEYOND = 4; // rows drawn above and below those in view
const TYPED_MS = 700;
const COLUMNS = [
  ["name", "Track"],
  ["assay", "Assay"],
  ["about", "Biosample"],
  ["identifier", "Identifier"],
  ["index", "No."],
];

export class Grid {
  /**
   * @param choice The chosen tracks.
   * @param acts { toggle(row), sort(by), leave() }: what was done; `leave` is called when the focus goes up and out.
   */
  constructor(choice, acts) {
    this.choice = choice;
    this.acts = acts;
    this.rows = [];
    this.drawn = []; // the rows in the page, top to bottom, which are used again
    this.sort = { by: "index", down: false };
    this.active = 0;
    this.typed = { text: "", at: 0 };
    this.heads = COLUMNS.map(([by, title]) => this.#head(by, title));
    this.body = html("div", { role: "rowgroup", class: "eb-tracks-rows" });
    this.element = html("div", { role: "grid", tabindex: "0", "aria-label": "Tracks", "aria-multiselectable": "true", "aria-colcount": COLUMNS.length, class: "eb-tracks-grid" }, [
      html("div", { role: "rowgroup", class: "eb-tracks-head" }, html("div", { role: "row", "aria-rowindex": "1" }, this.heads)),
      this.body,
    ]);
    this.element.addEventListener("scroll", () => (this.frame ??= requestAnimationFrame(() => this.#draw())), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.body.addEventListener("click", (event) => this.#clicked(event.target.closest("[role=row]")));
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  /** Show rows from the first on. */
  show(rows) {
    this.rows = rows;
    this.active = 0;
    this.element.scrollTop = 0;
    this.element.setAttribute("aria-rowcount", rows.length + 1);
    this.body.style.height = `${rows.length * ROW_PX}px`;
    this.#draw();
  }

  /** Draw the rows in view anew. */
  redraw() {
    this.#draw();
  }

  #head(by, title) {
    const sort = html("button", { type: "button", onclick: () => this.#sortBy(by) }, title);
    return html("div", { role: "columnheader", class: by, "aria-sort": by === this.sort.by ? "ascending" : "none" }, sort);
  }

  #sortBy(by) {
    this.sort = { by, down: this.sort.by === by && !this.sort.down };
    COLUMNS.forEach(([other], i) => {
      const way = this.sort.down ? "descending" : "ascending";
      this.heads[i].setAttribute("aria-sort", other === by ? way : "none");
    });
    this.acts.sort();
  }

  #draw() {
    this.frame = null;
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(Math.floor(scrollTop / ROW_PX) - BEYOND, 0);
    const last = Math.min(Math.ceil((scrollTop + clientHeight) / ROW_PX) + BEYOND, this.rows.length);
    const count = Math.max(last - first, 0);
    while (this.drawn.length < count) this.#add();
    while (this.drawn.length > count) this.drawn.pop().element.remove();
    const isFull = this.choice.room <= 0;
    this.drawn.forEach((row, i) => {
      const track = this.rows[first + i];
      const isChosen = this.choice.has(track.index);
      row.update(track, { place: first + i, isActive: first + i === this.active, isChosen, isFull });
    });
    const active = this.drawn[this.active - first];
    if (active) this.element.setAttribute("aria-activedescendant", active.element.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #add() {
    const row = new Row(COLUMNS.map(([by]) => by));
    this.drawn.push(row);
    this.body.append(row.element);
  }

  #clicked(row) {
    if (!row) return;
    this.active = Number(row.dataset.place);
    this.acts.toggle(this.rows[this.active]);
  }

  #key(event) {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(Math.floor(this.element.clientHeight / ROW_PX) - 2, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.rows.length, End: this.rows.length };
    const isTyping = this.typed.text && event.timeStamp - this.typed.at < TYPED_MS;
    if (event.key === "ArrowUp" && this.active === 0) this.acts.leave();
    else if (event.key in steps) this.#go(this.active + steps[event.key]);
    else if (event.key === "Enter" || (event.key === " " && !isTyping)) this.rows.length && this.acts.toggle(this.rows[this.active]);
    else if (event.key.length === 1) this.#type(event.key.toLowerCase(), event.timeStamp, isTyping);
    else return;
    event.preventDefault();
  }

  #go(place) {
    this.active = Math.min(Math.max(place, 0), Math.max(this.rows.length - 1, 0));
    const [top, height] = [this.active * ROW_PX, this.element.clientHeight - ROW_PX]; // the head covers one row
    const { scrollTop } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW_PX > scrollTop + height) this.element.scrollTop = top + ROW_PX - height;
    this.#draw();
  }

  /** Go to the next row whose name, or what is sorted by, begins with what is being typed. */
  #type(letter, at, isTyping) {
    this.typed = { text: isTyping ? this.typed.text + letter : letter, at };
    const n = this.rows.length;
    const from = this.active + (this.typed.text.length > 1 ? 0 : 1);
    const by = this.sort.by === "index" ? "name" : this.sort.by;
    for (let step = 0; step < n; step++) {
      const place = (from + step) % n;
      if (this.rows[place][by].toLowerCase().startsWith(this.typed.text)) return this.#go(place);
    }
  }
}
