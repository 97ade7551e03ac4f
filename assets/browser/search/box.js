// The search box with its list and the steps back and forward: an ARIA combobox that proposes and never insists.
// Enter asks what was typed; only an item that the arrow keys are at goes before it.

import { List } from "./list.js";

const MOST = 12;
const LONGEST_LINE = 200; // what is longer can only be a sequence
const LONGEST_PASTE = 2_000_000; // far beyond what the server reads as a sequence

// No text of anybody's stands in here.
const PARTS = `
<div class="eb-search-field">
  <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/></svg>
  <div class="eb-search-hint"><i></i><span></span></div>
  <input type="text" role="combobox" aria-label="Search" aria-autocomplete="list" aria-expanded="false"
    aria-keyshortcuts="/ Control+K" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
    enterkeyhint="search" data-1p-ignore data-lpignore="true">
  <kbd aria-hidden="true">/</kbd>
  <ul role="listbox" aria-label="Genes" hidden></ul>
</div>
<button type="button" data-step="-1"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M20 12H5m6-6-6 6 6 6"/></svg></button>
<button type="button" data-step="1"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 12h15m-6-6 6 6-6 6"/></svg></button>
<div class="eb-search-said" role="status"></div>`;

export class SearchBox {
  /**
   * @param parent The element to draw in.
   * @param names Function that gives the names to complete from, or null.
   */
  constructor(parent, names) {
    this.names = names;
    this.isFresh = false; // whether the focus has just come
    this.turn = null; // which of the server's questions the box shows
    this.sent = null; // what was asked and not answered yet
    this.data = {};
    this.root = document.createElement("div");
    this.root.className = "eb-search";
    this.root.setAttribute("role", "search");
    this.root.innerHTML = PARTS;
    this.input = this.root.querySelector("input");
    this.hint = this.root.querySelector(".eb-search-hint span");
    this.hint.id = `eb-search-hint-${Math.random().toString(36).slice(2)}`;
    this.input.setAttribute("aria-describedby", this.hint.id);
    this.mirror = this.root.querySelector(".eb-search-hint i");
    this.said = this.root.querySelector(".eb-search-said");
    this.list = new List(this.root.querySelector("ul"), this.input, (item) => this.#choose(item));
    this.onDocumentKey = (event) => this.#shortcut(event);
    this.#listen();
    parent.append(this.root);
  }

  /** Take over what the server says: { text, turn, hint, history, back, forward }. */
  update(data, send) {
    this.data = data;
    this.send = send;
    this.hint.textContent = data.hint;
    if (data.turn !== this.turn) {
      this.turn = data.turn;
      // What is being typed while the server answers the question before stays.
      if (data.text !== this.sent) this.#write(data.text);
    }
    this.sent = null;
    for (const button of this.root.querySelectorAll("button")) {
      const isBack = button.dataset.step === "-1";
      const where = isBack ? data.back : data.forward;
      button.disabled = where === null;
      button.title = where === null ? "" : `${isBack ? "Back" : "Forward"} to ${where}`;
      button.setAttribute("aria-label", button.title || (isBack ? "Back" : "Forward"));
    }
  }

  /** Complete what is being typed, now that there are names. */
  refresh() {
    const isTyping = document.activeElement === this.input && this.input.value && this.sent === null;
    if (isTyping && this.input.value !== this.data.text) this.#propose();
  }

  /** Stop listening to the page. */
  close() {
    document.removeEventListener("keydown", this.onDocumentKey);
  }

  #listen() {
    document.addEventListener("keydown", this.onDocumentKey);
    // Streamlit listens to single letters on the document: r runs the page again, c clears its memory.
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("paste", (event) => this.#brought(event, event.clipboardData));
    this.input.addEventListener("drop", (event) => this.#brought(event, event.dataTransfer));
    this.input.addEventListener("focus", () => this.#entered());
    this.input.addEventListener("click", () => this.#clicked());
    this.input.addEventListener("blur", () => this.list.close());
    for (const button of this.root.querySelectorAll("button")) {
      button.addEventListener("click", () => this.send("went", Number(button.dataset.step)));
    }
  }

  #shortcut(event) {
    if (!this.root.isConnected) return this.close();
    const { target, key } = event;
    const isTyping = target.closest?.("input, textarea, select, [contenteditable]:not([contenteditable=false])");
    const isSlash = key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
    const isControlK = key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!isSlash && !isControlK) return;
    event.preventDefault();
    this.input.focus();
  }

  #key(event) {
    if (event.isComposing) return; // Enter ends the composition of a letter here
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!this.list.isOpen) this.#propose();
      this.list.move(key === "ArrowDown" ? 1 : -1);
    } else if (key === "Enter") {
      event.preventDefault();
      if (this.list.current) this.#choose(this.list.current);
      else this.#ask(this.input.value);
    } else if (key === "Escape") {
      event.preventDefault();
      if (this.list.isOpen) this.list.close();
      else if (this.input.value !== this.data.text) this.#write(this.data.text);
      else this.input.blur();
    }
  }

  #entered() {
    this.input.select();
    this.isFresh = true;
    if (!this.input.value) this.#propose();
  }

  #clicked() {
    // The press that brought the focus has put the cursor somewhere, unless it marked a part.
    if (this.isFresh && this.input.selectionStart === this.input.selectionEnd) this.input.select();
    this.isFresh = false;
    if (!this.list.isOpen) this.#propose();
  }

  #typed() {
    this.#mirror();
    this.#propose();
  }

  /** Genes for what was typed; where nothing was, or nothing new, the questions of this visit. */
  #propose() {
    const text = this.input.value;
    if (!text.trim() || text === this.data.text) return this.#remember();
    const names = this.names();
    if (!names) return this.#finish("");
    const { total, hits } = names.find(text, MOST);
    this.list.show(hits.map(geneItem), "Genes");
    const listed = total > hits.length ? `, the first ${hits.length} are listed` : "";
    this.#say(`${total === 1 ? "1 gene" : `${total.toLocaleString("en-US")} genes`}${listed}`);
  }

  #remember() {
    const items = (this.data.history ?? []).map(([number, label]) => ({ number, parts: [label], title: label }));
    this.list.show(items, "Asked before in this visit");
    this.#say(items.length ? `Asked before: ${items.length}` : "");
  }

  /** A text of several lines, which a box of one line would join, is taken whole, as is a long one. */
  #brought(event, from) {
    const text = from?.getData("text/plain") ?? "";
    if (text.length <= LONGEST_LINE && !/[\r\n]/.test(text.trim())) return;
    event.preventDefault();
    if (text.length > LONGEST_PASTE) {
      this.#say(`${text.length.toLocaleString("en-US")} characters were pasted: too many. Paste a shorter part`, true);
      return;
    }
    this.#write("");
    this.send("asked", text);
    this.#finish(`Asked: ${text.length.toLocaleString("en-US")} characters that were pasted`);
  }

  #choose(item) {
    if (item.question !== undefined) {
      this.#write(item.question);
      this.#ask(item.question);
    } else {
      this.send("again", item.number);
      this.#finish(`Asked again: ${item.title}`);
    }
  }

  #ask(text) {
    this.sent = text === this.data.text ? null : text;
    this.send("asked", text);
    this.#finish(text ? `Asked: ${text}` : "");
  }

  #finish(words) {
    this.list.close();
    this.#say(words);
  }

  #write(text) {
    this.input.value = text;
    this.#mirror();
  }

  /** The hint stands behind what is typed, so that it needs to know how wide that is. */
  #mirror() {
    this.mirror.textContent = this.input.value;
    this.root.classList.toggle("has-text", this.input.value !== "");
  }

  #say(words, isLoud = false) {
    this.said.textContent = words;
    this.said.classList.toggle("is-loud", isLoud);
  }
}

function geneItem({ question, symbol, id, place, isId, from, to }) {
  const name = isId ? id : symbol;
  const parts = [name.slice(0, from), name.slice(from, to), name.slice(to)];
  if (isId && id !== symbol) parts.push("", ` ${symbol}`);
  return { question, parts, aside: place, title: id === symbol ? symbol : `${symbol} · ${id}` };
}
