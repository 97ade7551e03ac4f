// The dialog that adds tracks: words, facets, and the rows that are left. What is chosen is on view at once.

import { html, button } from "../view/dom.js";
import { FacetBox } from "./facet.js";
import { Grid } from "./grid.js";
import { wordButton } from "./parts.js";

const TITLES = { assay: "Assay", target: "ChIP target", word: "Word of the biosample" };

export class Panel {
  /** @param choice The chosen tracks. */
  constructor(choice) {
    this.choice = choice;
    this.hits = [];
    this.field = html("input", { type: "text", "aria-label": "Search tracks", placeholder: "words in any order: liver, CTCF K562, CNhs10608", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 200 });
    this.facets = Object.fromEntries(Object.entries(TITLES).map(([name, title]) => [name, new FacetBox(title, () => this.#find())]));
    this.grid = new Grid(choice, {
      toggle: (row) => this.#toggle(row),
      sort: () => this.#find(),
      leave: () => this.field.focus(),
    });
    this.found = html("span", { role: "status" });
    this.told = html("span", { class: "eb-tracks-told", role: "status" });
    this.reset = wordButton("Clear filters", "Take all words and filters away", () => this.#reset());
    this.all = wordButton("", "Those that are listed, from the top", () => this.#addAll());
    this.none = wordButton("Remove all", "Take all tracks off, to choose anew", () => this.choice.set([]));
    this.chosenOnly = html("input", { type: "checkbox", onchange: () => this.#find() });
    this.dialog = this.#dialog();
    this.#listen();
  }

  open(opener) {
    this.opener = opener;
    this.told.textContent = "";
    this.dialog.showModal();
    this.#find();
    this.field.select();
    this.field.focus();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  /** Show a table, or what is chosen of it now. */
  update(table) {
    if (this.table !== table) {
      this.table = table;
      this.#empty();
    }
    if (!this.dialog.open) return; // what nobody sees is drawn when it is opened
    if (this.shown !== table) this.#find();
    this.grid.redraw();
    this.#count();
  }

  #dialog() {
    const head = html("header", {}, [
      html("h2", { id: "eb-tracks-title" }, "Add tracks"),
      this.field,
      button("✕", "Close", () => this.close(), { class: "eb-tracks-icon" }),
    ]);
    const filters = html("section", { "aria-label": "Filters" }, Object.values(this.facets).map((facet) => facet.element));
    const only = html("label", {}, [this.chosenOnly, "chosen only"]);
    const above = html("div", { class: "eb-tracks-line" }, [this.found, only, this.reset, this.all]);
    const main = html("div", { class: "eb-tracks-main" }, [above, this.grid.element]);
    const foot = html("footer", {}, [this.told, this.none, wordButton("Done", "Back to the picture", () => this.close(), { class: "primary" })]);
    return html("dialog", { class: "eb-tracks-panel", "aria-labelledby": "eb-tracks-title" }, [head, html("div", { class: "eb-tracks-body" }, [filters, main]), foot]);
  }

  #listen() {
    this.field.addEventListener("input", () => this.#find());
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.grid.element.focus();
    });
    this.dialog.addEventListener("close", () => {
      this.choice.settle();
      this.opener?.focus();
    });
    // A press outside closes; one that begins inside, such as to mark a word, does not.
    this.dialog.addEventListener("mousedown", (event) => {
      if (event.target === this.dialog) this.close();
    });
  }

  #empty() {
    this.field.value = "";
    this.chosenOnly.checked = false;
    for (const facet of Object.values(this.facets)) facet.clear();
  }

  #reset() {
    this.#empty();
    this.#find();
    this.field.focus();
  }

  #find() {
    const picked = Object.fromEntries(Object.entries(this.facets).map(([name, facet]) => [name, facet.picked]));
    const { hits, counts } = this.table.find(this.field.value, picked, this.grid.sort);
    this.shown = this.table;
    this.hits = this.chosenOnly.checked ? hits.filter((row) => this.choice.has(row.index)) : hits;
    for (const [name, facet] of Object.entries(this.facets)) facet.update(this.table.facets[name], counts[name]);
    this.grid.show(this.hits);
    this.told.textContent = "";
    this.#count();
  }

  /** Say how many tracks there are, how many are chosen, and what the buttons would do. */
  #count() {
    const { choice, hits } = this;
    const [n, all] = [hits.length, this.table.rows.length].map((count) => count.toLocaleString("en-US"));
    const isAll = hits.length === this.table.rows.length;
    const isFiltered = this.field.value.trim() || this.chosenOnly.checked || Object.values(this.facets).some(({ picked }) => picked.size);
    const words = isAll ? `${all} tracks` : hits.length ? `${n} of ${all} tracks` : "No track has all of this. Take a word or a filter away";
    if (this.found.textContent !== words) this.found.textContent = words;
    this.reset.hidden = !isFiltered;
    const fresh = hits.filter((row) => !choice.has(row.index)).length;
    const label = fresh > choice.room ? `Add the first ${choice.room} of ${fresh.toLocaleString("en-US")} shown` : `Add all ${fresh} shown`;
    this.all.textContent = label;
    this.all.hidden = !fresh || choice.room <= 0;
    this.none.disabled = !choice.tracks.length;
    this.#tell();
  }

  /** Where the choice stands. */
  #tell() {
    const { choice } = this;
    const count = `${choice.tracks.length} of ${choice.most} chosen`;
    let words = count;
    if (!choice.tracks.length) words = "None chosen: the picture stays as it is until one is";
    else if (choice.room <= 0) words = `${count}, the most that are drawn. Remove one to add another`;
    if (this.told.textContent !== words) this.told.textContent = words;
  }

  #toggle(row) {
    if (!this.choice.toggle(row.index)) this.grid.redraw(); // it is full, and says so already
  }

  #addAll() {
    this.choice.add(this.hits.map((row) => row.index));
    (this.all.hidden ? this.grid.element : this.all).focus();
  }
}
