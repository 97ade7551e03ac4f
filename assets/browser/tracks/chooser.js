// The section of the sidebar: presets, the chosen tracks in the order of their lanes, and the way to all others.

import { html, button } from "../view/dom.js";
import { Choice } from "./choice.js";
import { Panel } from "./panel.js";
import { dot, wordButton } from "./parts.js";
import { Presets } from "./presets.js";

export class Chooser {
  constructor(parent) {
    this.table = null;
    this.data = null;
    this.choice = new Choice(() => this.#draw());
    this.said = html("div", { class: "eb-tracks-said", role: "status" });
    this.presets = new Presets(this.choice, (words) => this.#say(words));
    this.list = html("ul", { "aria-label": "Tracks on view" });
    this.open = wordButton("", "Search all tracks of the model", () => this.panel.open(this.open), { class: "eb-tracks-add", "aria-haspopup": "dialog" });
    this.panel = new Panel(this.choice);
    this.root = html("div", { class: "eb-tracks" }, [this.presets.element, this.list, this.open, this.said, this.panel.dialog]);
    // Streamlit listens to single letters on the document: r runs the page again, c clears its memory.
    this.root.addEventListener("keydown", (event) => {
      const isForTheSearchBox = event.key === "/" || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
      const isTyping = event.target.closest("input, dialog");
      if (isTyping || !isForTheSearchBox) event.stopPropagation();
    });
    parent.append(this.root);
  }

  /** Take over what the server says: { table, count, most, scope, tracks, presets, done }. */
  update(data, send) {
    if (this.data && this.data.table !== data.table) this.panel.close();
    this.data = data;
    this.choice.update(data, send);
    this.open.textContent = `Add tracks … (${data.count.toLocaleString("en-US")})`;
    this.#draw();
  }

  /** Take the table, once it has come. That of another head is on its way out. */
  bring(table) {
    this.table = table;
    this.#draw();
  }

  fail(words) {
    this.#say(words);
  }

  #draw() {
    if (!this.data) return;
    const table = this.table?.id === this.data.table ? this.table : null;
    this.open.disabled = !table;
    this.presets.update(this.data, table);
    this.#drawList(table);
    if (table) this.panel.update(table);
  }

  /** Rows that are as before stay: what is being pressed is not taken from under the pointer. */
  #drawList(table) {
    const drawn = JSON.stringify([this.choice.tracks, this.data.tracks, this.data.table]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const held = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    this.list.replaceChildren(...this.#rows(table));
    if (held) this.#focus(held);
  }

  #rows(table) {
    const told = new Map(this.data.tracks.map((track) => [track.index, track]));
    const { tracks } = this.choice;
    return tracks.map((index, place) => {
      const track = told.get(index) ?? table.byIndex.get(index); // nothing can be added before the table is there
      const called = `${track.name}, ${track.about}`;
      const up = button("↑", `Move ${called} up`, () => this.choice.raise(index), { "data-key": `up-${index}`, disabled: place === 0 });
      const isLast = tracks.length === 1;
      const remove = button("✕", `Remove ${called}`, () => this.#remove(index), { "data-key": `remove-${index}`, disabled: isLast });
      return html("li", { title: track.full ?? `${track.description} · track ${index} · ${track.identifier}` }, [
        dot(track.colour),
        html("span", {}, [track.name, html("small", {}, track.about)]),
        up,
        remove,
      ]);
    });
  }

  #remove(index) {
    const place = this.choice.tracks.indexOf(index);
    this.choice.toggle(index);
    const next = this.choice.tracks[Math.min(place, this.choice.tracks.length - 1)];
    this.#focus(`remove-${next}`);
  }

  /** The focus stays with the button that was pressed, or goes to its neighbour where that can no longer be pressed. */
  #focus(key) {
    const found = this.list.querySelector(`[data-key="${key}"]`);
    const usable = found && !found.disabled ? found : found?.parentElement.querySelector("button:enabled");
    (usable ?? this.open).focus({ preventScroll: true });
  }

  #say(words) {
    this.said.textContent = words;
  }
}
