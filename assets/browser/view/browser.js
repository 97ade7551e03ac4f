// One view on the page: it holds what is shown and what is chosen, and asks the server only for what it has not.

import * as axis from "./axis.js";
import { html, button } from "./dom.js";
import { asPng, asText, save } from "./image.js";
import { asked, KEYS } from "./keys.js";
import { GUTTER } from "./layout.js";
import { Picture } from "./picture.js";
import { watch } from "./pointer.js";
import { lines, summary } from "./readout.js";
import { sceneOf } from "./scene.js";
import { listen } from "./store.js";
import { element } from "./svg.js";
import { PX_PER_LETTER } from "./strips.js";
import { Toolbar, widthAt } from "./toolbar.js";

const SETTLED_MS = 300;
const ADDRESS_MS = 1000;

export class Browser {
  /** `ask(what)` tells the server what somebody wants, and that nothing of it was done yet: see `#act`. */
  constructor(parent, ask) {
    this.ask = ask;
    this.client = crypto.getRandomValues(new Uint32Array(1))[0];
    this.serial = 0;
    this.pending = []; // asked for, and not known to be done
    this.toolbar = new Toolbar({
      zoom: (factor) => this.zoom(factor),
      to: (place) => this.#to(place),
      fit: () => this.go(this.scene.output),
      mode: (mode) => this.#setMode(mode),
      edit: () => this.toggle(),
      image: (kind) => this.#save(kind),
      share: () => this.#share(),
      help: () => this.help(),
    });
    const svg = element("svg", { class: "eb-picture", role: "img" });
    this.picture = new Picture(svg);
    this.readout = html("div", { class: "eb-readout", hidden: true, "aria-hidden": "true" });
    this.bar = html("div", { class: "eb-bar", role: "group", "aria-label": "What to do with the chosen bases", hidden: true });
    this.live = html("div", { class: "eb-live", "aria-live": "polite" });
    this.stage = html("div", { class: "eb-stage", tabindex: "0", role: "application", "aria-label": "Genome view. Press ? for its keys" }, [
      svg,
      this.readout,
      this.bar,
    ]);
    this.dialog = helpDialog();
    this.root = html("div", { class: "eb-view" }, [this.toolbar.element, this.stage, this.live, this.dialog]);
    parent.replaceChildren(this.root);
    this.stage.addEventListener("keydown", (event) => this.#key(event));
    this.root.addEventListener("pointerleave", () => this.#left());
    watch(svg, this.#pointers(), () => this.editing);
    this.resizes = new ResizeObserver(() => this.#rebuild());
    this.resizes.observe(this.stage);
    this.unlisten = listen(() => this.#adopt());
    this.clock = setInterval(() => this.#keepAddress(), ADDRESS_MS);
    this.editing = false;
    this.selection = null;
  }

  /** Take over what the server said last; it is drawn once all of its parts are there. */
  update(data) {
    this.data = data;
    this.#adopt();
  }

  close() {
    this.resizes.disconnect();
    this.unlisten();
    clearInterval(this.clock);
  }

  /** Show a stretch. */
  go(view) {
    this.view = axis.held(view, this.limits);
    this.#draw();
  }

  zoom(factor, at = null) {
    const chosen = this.selection && (this.selection.start + this.selection.end) / 2;
    const middle = at ?? chosen ?? (this.view.start + this.view.end) / 2;
    this.view = axis.zoomed(this.view, factor, middle, this.limits);
    this.#draw();
  }

  move(share) {
    this.view = axis.moved(this.view, share * (this.view.end - this.view.start), this.limits);
    this.#draw();
  }

  toggle(editing = !this.editing) {
    this.editing = editing;
    this.root.classList.toggle("editing", editing);
    if (editing) {
      const middle = Math.floor((this.view.start + this.view.end) / 2);
      this.selection ??= { start: middle, end: middle + 1 };
      if (this.picture.perBp < PX_PER_LETTER) this.toolbar.tell("Drag over a stretch to delete it, or zoom in to type bases");
    } else this.selection = null;
    this.#draw();
    this.stage.focus({ preventScroll: true });
  }

  help() {
    this.dialog.showModal();
  }

  // What the server said

  #adopt() {
    const scene = this.data && sceneOf(this.data);
    if (!scene) return;
    const { client, serial } = this.data.done;
    if (client === this.client) this.pending = this.pending.filter((act) => act.serial > serial);
    const isNew = !this.scene || this.scene.id !== scene.id;
    const told = this.told ?? {};
    const isToldAgain = scene.first.start === told.start && scene.first.end === told.end;
    const isMoved = this.data.place !== this.place && !isToldAgain; // another stretch than was on screen is asked for
    this.place = this.data.place;
    this.scene = { ...scene, mode: this.mode ?? "both" };
    this.limits = this.scene.read;
    if (isNew || isMoved) {
      this.view = axis.held(scene.first, this.limits);
      this.told = axis.whole(this.view);
    }
    if (isNew) this.selection = null;
    this.root.classList.toggle("waiting", this.pending.length > 0);
    this.#rebuild();
  }

  #rebuild() {
    if (!this.scene || !this.stage.clientWidth) return;
    this.picture.build(this.scene, this.stage.clientWidth);
    this.#draw(true);
  }

  #draw(now = false) {
    if (!this.view) return;
    if (now) this.#drawn();
    else this.frame ??= requestAnimationFrame(() => this.#drawn());
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#settled(), SETTLED_MS);
  }

  #drawn() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
    this.picture.show(this.view, this.editing ? this.selection : null, this.editing);
    this.toolbar.update(this.scene, this.view, this.limits, this.editing);
    this.#showBar();
  }

  #settled() {
    this.picture.svg.setAttribute("aria-label", this.picture.label());
    this.live.textContent = summary(this.scene, this.view);
    this.#keepAddress();
  }

  /** The address names what is on screen, so that it can be copied at any time. */
  #keepAddress() {
    if (!this.view || !this.root.isConnected || !this.scene.shareable) return;
    const url = new URL(location.href);
    const now = axis.locus(this.scene.chrom, this.view).replaceAll(",", "");
    if (url.searchParams.get("view") === now) return;
    url.searchParams.set("view", now);
    history.replaceState(history.state, "", url);
  }

  // What somebody does

  #pointers() {
    return {
      pan: (px) => this.move(-px / this.picture.width),
      slide: (px) => this.move(px / this.picture.width),
      wheel: (factor, x) => this.zoom(factor, this.picture.position(x)),
      box: (a, b) => {
        this.selection = null;
        this.go(this.#between(a, b));
      },
      stretch: (a, b) => {
        this.selection = axis.whole(this.#between(a, b));
        this.#draw();
      },
      click: (x) => this.#clicked(x),
      hover: (x, y) => this.#hover(x, y),
    };
  }

  #between(a, b) {
    const [start, end] = [a, b].sort((p, q) => p - q).map((x) => this.picture.position(x));
    return { start: Math.max(start, this.limits.start), end: Math.min(end, this.limits.end) };
  }

  #clicked(x) {
    if (!this.editing) return;
    const at = Math.floor(this.picture.position(x));
    this.selection = { start: at, end: at + 1 };
    if (this.picture.perBp < PX_PER_LETTER) this.go({ start: at - 48, end: at + 48 });
    this.#draw();
  }

  #key(event) {
    if (event.target !== this.stage) return;
    const found = asked(event, this.editing);
    if (event.key === "/") return; // the search box listens for it
    event.stopPropagation();
    if (!found || !this.scene) return;
    event.preventDefault();
    const [action, ...how] = found;
    const actions = {
      move: (share) => this.move(share),
      zoom: (factor) => this.zoom(factor),
      fit: () => this.go(this.scene.output),
      edit: (way) => this.#nextEdit(way),
      toggle: () => this.toggle(),
      help: () => this.help(),
      escape: () => this.#escape(),
      choose: (way, isMore) => this.#choose(way, isMore),
      substitute: (letter) => this.#substitute(letter),
      remove: () => this.#act({ kind: "delete", ...this.selection }),
      insert: () => this.bar.querySelector("input")?.focus(),
      undo: () => this.#act({ kind: "undo" }),
      redo: () => this.#act({ kind: "redo" }),
    };
    actions[action](...how);
  }

  #escape() {
    if (this.editing && this.selection?.end - this.selection?.start > 1) this.selection.end = this.selection.start + 1;
    else if (this.editing) this.toggle(false);
    this.#draw();
  }

  #choose(way, isMore) {
    const { start, end } = this.selection;
    if (isMore) this.selection = { start, end: Math.max(end + way, start + 1) };
    else this.selection = { start: start + way, end: start + way + 1 };
    const seen = isMore ? this.selection.end : this.selection.start;
    if (seen <= this.view.start || seen >= this.view.end - 1) this.move(way * 0.5);
    const base = this.scene.base(this.selection.start);
    this.live.textContent = `${axis.place(this.scene.chrom, this.selection.start)}, ${base}`;
    this.#draw();
  }

  #substitute(letter) {
    const at = this.selection.start;
    this.#act({ kind: "substitute", start: at, end: at + 1, letters: letter });
    this.selection = { start: at + 1, end: at + 2 };
    this.#draw();
  }

  #nextEdit(way) {
    const middle = (this.view.start + this.view.end) / 2;
    const after = this.scene.edits.filter((edit) => (way > 0 ? edit.start > middle + 0.5 : edit.start < middle - 0.5));
    const next = way > 0 ? after[0] : after.at(-1);
    if (!next) return this.toolbar.tell(this.scene.edits.length ? "No further edit that way" : "There are no edits");
    const half = (this.view.end - this.view.start) / 2;
    this.go({ start: next.start + 0.5 - half, end: next.start + 0.5 + half });
  }

  /** Everything that is not known to be done goes each time, numbered: of two messages at once the page keeps one. */
  #act(what) {
    this.root.classList.add("waiting");
    this.serial += 1;
    this.pending.push({ ...what, serial: this.serial });
    this.#tell();
  }

  #tell() {
    this.told = axis.whole(this.view);
    this.ask({ client: this.client, acts: this.pending, view: this.told });
  }

  /** Whoever leaves the picture may save it or take it away: then the server is told what is on screen. */
  #left() {
    const { start, end } = axis.whole(this.view ?? this.scene?.first ?? { start: 0, end: 0 });
    if (this.scene && (start !== this.told.start || end !== this.told.end)) this.#tell();
  }

  #to(place) {
    const width = widthAt(place, this.limits);
    this.zoom(width / (this.view.end - this.view.start));
  }

  #setMode(mode) {
    this.mode = mode;
    this.scene = { ...this.scene, mode };
    this.#rebuild();
  }

  #hover(x, y = 0) {
    if (!this.scene || x === null || x > GUTTER + this.picture.width) {
      this.readout.hidden = true;
      this.picture.point(null);
      return;
    }
    this.picture.point(x);
    const [where, ...more] = lines(this.scene, this.picture.position(x));
    this.readout.replaceChildren(html("b", {}, where), ...more.map((words) => html("div", {}, words)));
    this.readout.hidden = false;
    const box = this.stage.getBoundingClientRect();
    const left = x + 14 + this.readout.offsetWidth > box.width ? x - 14 - this.readout.offsetWidth : x + 14;
    const top = Math.min(Math.max(y - box.top + 12, 0), box.height - this.readout.offsetHeight);
    this.readout.style.transform = `translate(${Math.max(left, 0)}px, ${top}px)`;
  }

  /** What can be done with the chosen bases, beside them. */
  #showBar() {
    const chosen = this.editing ? this.selection : null;
    this.bar.hidden = !chosen;
    if (!chosen) return;
    const width = chosen.end - chosen.start;
    const key = `${chosen.start}-${chosen.end}`;
    if (this.bar.dataset.key !== key) {
      this.bar.dataset.key = key;
      const letters = html("input", { type: "text", size: 8, maxlength: 500, "aria-label": "Bases to insert before it", placeholder: "ACGT" });
      const insert = () => letters.value.trim() && this.#act({ kind: "insert", start: chosen.start, end: chosen.start, letters: letters.value.trim() });
      letters.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (event.key === "Enter") insert();
        if (event.key === "Escape") this.stage.focus();
      });
      this.bar.replaceChildren(
        html("span", {}, `${axis.locus(this.scene.chrom, chosen)} · ${width.toLocaleString("en-US")} bp`),
        button(`Delete ${width.toLocaleString("en-US")} bp`, "Delete the chosen bases", () => this.#act({ kind: "delete", ...chosen })),
        button("Zoom", "Show the chosen bases", () => this.go({ start: chosen.start - width / 2 - 10, end: chosen.end + width / 2 + 10 })),
        letters,
        button("Insert", "Insert these bases before the chosen ones", insert),
      );
    }
    const x = Math.min(Math.max(this.picture.x(chosen.start), GUTTER), Math.max(GUTTER + this.picture.width - this.bar.offsetWidth, GUTTER));
    this.bar.style.transform = `translate(${x}px, ${this.picture.top("ruler") + 26}px)`;
  }

  async #save(kind) {
    const { svg } = this.picture;
    const ground = getComputedStyle(this.root).getPropertyValue("--eb-ground").trim() || "#ffffff";
    const file = asText(svg, ground, this.picture.label(), this.scene.words.facts);
    const [width, height] = [svg.clientWidth, svg.clientHeight];
    const blob = kind === "svg" ? new Blob([file], { type: "image/svg+xml" }) : await asPng(file, width, height, ground);
    save(blob, `${this.scene.words.file}.${kind}`);
  }

  async #share() {
    this.#keepAddress();
    try {
      await navigator.clipboard.writeText(location.href);
      this.toolbar.tell(this.scene.shareable ? "The link is copied" : "Copied; a pasted sequence is not in the link");
    } catch {
      this.toolbar.tell("Copy the address in the address bar: it holds this picture");
    }
  }
}

function helpDialog() {
  const rows = KEYS.map(([keys, about]) => html("tr", {}, [html("th", { scope: "row" }, keys), html("td", {}, about)]));
  const dialog = html("dialog", { class: "eb-help", "aria-label": "Keys and the mouse" });
  dialog.append(
    html("h2", {}, "Keys and the mouse"),
    html("table", {}, html("tbody", {}, rows)),
    html("p", {}, "Positions on screen count from 1 and include both ends, as in UCSC and IGV; files in BED, bedGraph and bigWig count from 0."),
    button("Close", "Close", () => dialog.close()),
  );
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  return dialog;
}
