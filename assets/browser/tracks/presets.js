// Named sets of tracks: those of the model, those that its table suggests, and those saved in this browser.

import { html, button } from "../view/dom.js";
import { wordButton } from "./parts.js";
import { LONGEST_NAME, Saved } from "./saved.js";

const SAVED = "Saved in this browser";
const ABSENT = "Saved, and not of this table";

export class Presets {
  /**
   * @param choice The chosen tracks.
   * @param say Function that shows a sentence.
   */
  constructor(choice, say) {
    this.choice = choice;
    this.say = say;
    this.last = ""; // the preset that was chosen last, where several have the same tracks
    this.isWarned = false;
    this.select = html("select", { "aria-label": "Preset", onchange: () => this.#apply(this.select.value) });
    this.save = wordButton("Save", "Save these tracks as a preset", () => this.#ask());
    this.drop = button("✕", "Delete this preset", () => this.#drop(), { hidden: true, class: "eb-tracks-icon" });
    this.bar = html("div", { class: "eb-tracks-presets" }, [this.select, this.drop, this.save]);
    this.form = this.#form();
    this.element = html("div", {}, [this.bar, this.form]);
  }

  /** Draw anew. `table` is null until it has come. */
  update(data, table) {
    if (this.scope !== data.scope) {
      this.scope = data.scope;
      this.saved = new Saved(data.scope, data.most);
      this.isWarned = false;
    }
    this.table = table;
    this.all = [...data.presets.map((preset) => ({ ...preset, ids: null })), ...this.#kept()];
    this.#drawOptions();
    const current = this.#current();
    this.select.value = current ? keyOf(current) : "";
    this.select.title = current?.name ?? "";
    this.drop.hidden = !current?.ids;
    this.save.disabled = !table || !this.choice.tracks.length;
  }

  /** Options that are as before stay: the browser may have them open. */
  #drawOptions() {
    const n = this.choice.tracks.length;
    const drawn = JSON.stringify([n, this.all]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const groups = [...new Set(this.all.map((preset) => preset.group))].map((group) => this.#group(group));
    const own = html("option", { value: "", disabled: true, hidden: true }, `Own choice (${n})`);
    this.select.replaceChildren(own, ...groups);
  }

  #group(group) {
    const options = this.all
      .filter((preset) => preset.group === group)
      .map((preset) => html("option", { value: keyOf(preset), disabled: group === ABSENT }, `${preset.name} (${(preset.ids ?? preset.tracks).length})`));
    return html("optgroup", { label: group }, options);
  }

  #kept() {
    const { presets, problem } = this.saved.read();
    if (problem && !this.isWarned) this.say(problem);
    this.isWarned ||= Boolean(problem);
    return presets.map(({ name, ids }) => {
      const rows = [...new Set(ids.map((id) => this.table?.byIdentifier.get(id)))].filter(Boolean);
      return { group: this.table && !rows.length ? ABSENT : SAVED, name, ids, tracks: rows.map((row) => row.index) };
    });
  }

  /** The preset whose tracks are on view, in any order. */
  #current() {
    const now = new Set(this.choice.tracks);
    const same = this.all.filter(({ tracks }) => tracks.length === now.size && tracks.every((index) => now.has(index)));
    return same.find((preset) => keyOf(preset) === this.last) ?? same[0];
  }

  #apply(key) {
    const preset = this.all.find((other) => keyOf(other) === key);
    if (!preset?.tracks.length) return;
    this.last = key;
    const missing = (preset.ids ?? []).filter((id) => !this.table.byIdentifier.has(id));
    this.choice.set(preset.tracks);
    this.say(missing.length ? `This model's table does not have ${missing.join(", ")} of the preset ${preset.name}` : "");
  }

  #form() {
    const name = html("input", { type: "text", maxlength: LONGEST_NAME, "aria-label": "Name of the preset", placeholder: "name of the preset", autocomplete: "off" });
    const close = () => {
      form.hidden = true;
      this.bar.hidden = false;
      this.save.focus();
    };
    const keep = (event) => {
      event.preventDefault();
      if (!name.value.trim()) return name.focus();
      this.#keep(name.value.trim());
      name.value = "";
      close();
    };
    const form = html("form", { class: "eb-tracks-presets", hidden: true, onsubmit: keep }, [
      name,
      html("button", { type: "submit" }, "Save"),
      button("✕", "Do not save", close, { class: "eb-tracks-icon" }),
    ]);
    name.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    return form;
  }

  #ask() {
    this.bar.hidden = true;
    this.form.hidden = false;
    this.form.querySelector("input").focus();
  }

  #keep(name) {
    const ids = this.choice.tracks.map((index) => this.table.byIndex.get(index).identifier);
    this.last = keyOf({ group: SAVED, name });
    const problem = this.saved.add(name, ids);
    this.say(problem || `Saved in this browser: ${name}`);
    this.choice.changed();
  }

  #drop() {
    const { name } = this.#current();
    const problem = this.saved.remove(name);
    this.say(problem || `Deleted: ${name}`);
    this.choice.changed();
    this.select.focus();
  }
}

function keyOf({ group, name }) {
  return `${group}\n${name}`;
}
