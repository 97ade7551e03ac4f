// Sets of tracks that somebody saved in this browser, for one model: by identifier, so that another version of the
// model's table finds them. What is read is checked, for other pages of this address may have written it.

const SCHEMA = 1;
const MOST = 50;
export const LONGEST_NAME = 60;
const LONGEST_ID = 200;

export class Saved {
  constructor(scope, most) {
    this.key = `enformer-browser:tracks:${scope}`;
    this.most = most;
  }

  /** { presets, problem }: [{ name, ids }], and why there are none, where that is not plain. */
  read() {
    let text;
    try {
      text = localStorage.getItem(this.key);
    } catch {
      return { presets: [], problem: "This browser keeps no data for this page, so presets cannot be saved" };
    }
    if (text === null) return { presets: [], problem: "" };
    try {
      const { schema, presets } = JSON.parse(text);
      if (schema !== SCHEMA || !presets.every((preset) => this.#isPreset(preset))) throw new TypeError(text);
      return { presets: presets.slice(0, MOST), problem: "" };
    } catch {
      return { presets: [], problem: "The presets saved in this browser are damaged and are left out; saving one replaces them" };
    }
  }

  /** Save a set under a name, which replaces one of that name; returns what went wrong, or nothing. */
  add(name, ids) {
    const others = this.read().presets.filter((preset) => preset.name !== name);
    if (others.length >= MOST) return `${MOST} presets are saved, which is the most; delete one first`;
    return this.#write([...others, { name, ids }]);
  }

  remove(name) {
    return this.#write(this.read().presets.filter((preset) => preset.name !== name));
  }

  #write(presets) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ schema: SCHEMA, presets }));
      return "";
    } catch {
      return "This browser does not let the page save the preset";
    }
  }

  #isPreset({ name, ids }) {
    const isText = (text, limit) => typeof text === "string" && text.length > 0 && text.length <= limit;
    const isList = Array.isArray(ids) && ids.length > 0 && ids.length <= this.most;
    return isText(name, LONGEST_NAME) && isList && ids.every((id) => isText(id, LONGEST_ID));
  }
}
