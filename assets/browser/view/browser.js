// One view on the page: it holds what is shown, and asks the server only for what it has not.

import { Acts, foreseen, isEdit } from "./acts.js";
import * as address from "./address.js";
import * as axis from "./axis.js";
import { Beyond } from "./beyond.js";
import { html } from "./dom.js";
import { Editing } from "./editing.js";
import { Explaining } from "./explain/asking.js";
import { helpDialog } from "./help.js";
import { Hover } from "./hover.js";
import { savePicture } from "./image.js";
import { asked } from "./keys.js";
import { LaneControls } from "./lane_controls.js";
import { Past } from "./past.js";
import { Picture } from "./picture.js";
import { watch } from "./pointer.js";
import { Pointing } from "./pointing.js";
import { summary } from "./readout.js";
import { explained, isSame, sceneOf } from "./scene.js";
import { listen } from "./store.js";
import { element } from "./svg.js";
import { Toolbar, widthAt } from "./toolbar.js";

const SETTLED_MS = 300;
const ADDRESS_MS = 1000;

export class Browser {
  /** `ask(what)` tells the server what somebody wants: see `Acts`. */
  constructor(parent, ask) {
    this.acts = new Acts(ask);
    this.past = new Past();
    this.explaining = new Explaining(this);
    this.editing = new Editing(this);
    this.beyond = new Beyond((side) => this.act({ kind: "extend", side }));
    this.controls = new LaneControls(this.#laneActs());
    this.toolbar = new Toolbar(this.#tools());
    const svg = element("svg", { class: "eb-picture", role: "img", "aria-label": "The picture is on its way" });
    this.picture = new Picture(svg, { act: (what) => this.act(what), go: (view) => this.#goFrom(view), leave: () => this.focus() });
    this.hover = new Hover();
    this.live = html("div", { class: "eb-live", "aria-live": "polite" });
    const stage = { class: "eb-stage", tabindex: "0", role: "application", "aria-label": "Genome view. Press ? for its keys" };
    const parts = [svg, this.picture.over, this.beyond.element, this.controls.element, this.hover.element, this.editing.bar];
    this.stage = html("div", stage, parts);
    this.dialog = helpDialog();
    this.root = html("div", { class: "eb-view" }, [this.toolbar.element, this.stage, this.live, this.dialog, this.controls.menu.element]);
    parent.replaceChildren(this.root);
    this.stage.addEventListener("keydown", (event) => this.#key(event));
    this.root.addEventListener("pointerleave", () => this.#left());
    watch(svg, new Pointing(this), { isEditing: () => this.editing.isOn, gutter: () => this.picture.frame.gutter });
    this.resizes = new ResizeObserver(() => this.#rebuild(true));
    this.resizes.observe(this.stage);
    this.unlisten = listen((id) => this.#came(id));
    this.clock = setInterval(() => this.#keepAddress(), ADDRESS_MS);
  }

  /** Take over what the server said last; it is drawn once all of its parts are there. */
  update(data) {
    this.data = data;
    this.#adopt();
  }

  close() {
    this.resizes.disconnect();
    this.unlisten();
    this.beyond.close();
    clearInterval(this.clock);
    clearTimeout(this.settling);
  }

  /** Show a stretch. */
  go(view) {
    this.view = axis.held(view, this.limits);
    this.draw();
  }

  /** Show a stretch that a button in the picture leads to; the button goes away then. */
  #goFrom(view) {
    this.go(view);
    this.focus();
  }

  zoom(factor, at = null) {
    const { chosen } = this.editing;
    const middle = at ?? (chosen ? (chosen.start + chosen.end) / 2 : (this.view.start + this.view.end) / 2);
    this.view = axis.zoomed(this.view, factor, middle, this.limits);
    this.draw();
  }

  /** Move by a share of what is on screen. */
  move(share) {
    this.view = axis.moved(this.view, share * (this.view.end - this.view.start), this.limits);
    this.draw();
  }

  draw(isNow = false) {
    if (!this.view) return;
    if (isNow) this.#drawn();
    else this.frame ??= requestAnimationFrame(() => this.#drawn());
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#settled(), SETTLED_MS);
  }

  /** Ask the server for something; lanes show at once what it will answer. */
  act(what) {
    this.acts.add(what, axis.whole(this.view));
    this.#showWaiting();
    if (!isEdit(what)) this.#rebuild(true);
  }

  /** Say to whoever listens to the page instead of looking at it. */
  say(words) {
    this.live.textContent = words;
  }

  tell(words) {
    this.toolbar.tell(words);
  }

  focus() {
    this.stage.focus({ preventScroll: true });
  }

  // What the server said

  #adopt() {
    const said = this.data && sceneOf(this.data);
    this.isLacking = !said;
    if (!said) return;
    const isToldAgain = this.acts.answered(said);
    const isKept = Boolean(this.said) && isSame(this.said, said);
    const isMoved = said.place !== this.place && !isToldAgain; // another stretch than was on screen is asked for
    this.place = said.place;
    this.said = said;
    this.limits = said.read;
    if (!isKept) {
      this.past.clear();
      this.editing.forget();
    }
    if (!isKept || isMoved) this.acts.knows(axis.whole(axis.held(said.first, this.limits)));
    this.view = axis.held(isKept && !isMoved ? this.view : said.first, this.limits);
    this.#showWaiting();
    this.#rebuild(isKept);
  }

  /** A part has come: one that the picture waited for, or one of what explains it. */
  #came(id) {
    if (this.isLacking) this.#adopt();
    else if (this.scene?.explain.some(({ part }) => part === id)) {
      this.said.explain = explained(this.data);
      for (const words of this.picture.renew(this.said.explain)) this.say(words);
      this.editing.update();
    }
  }

  #showWaiting() {
    this.root.classList.toggle("waiting", this.acts.isEditing);
  }

  #rebuild(isSameQuestion) {
    if (!this.said || !this.stage.clientWidth) return;
    this.scene = { ...this.said, mode: this.mode ?? "both", lanes: foreseen(this.said.lanes, this.acts.pending) };
    this.picture.build(this.scene, this.stage.clientWidth, isSameQuestion);
    const { frame, rows, height } = this.picture;
    this.controls.build(this.scene, frame, rows, height);
    this.beyond.build(this.scene, this.scene.beyond.waiting ?? this.acts.side);
    this.draw(true);
  }

  #drawn() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
    const { picture, editing } = this;
    picture.show(this.view, editing.chosen ?? this.marked ?? null, editing.isOn);
    this.root.classList.toggle("editing", editing.isOn);
    this.toolbar.update(this.scene, this.view, this.limits, { isEditing: editing.isOn, past: this.past });
    this.beyond.update(picture.sight, picture.lanesTop, picture.height - picture.lanesTop);
    editing.update();
  }

  #settled() {
    this.past.rested(this.view);
    this.toolbar.rested(this.past);
    this.picture.svg.setAttribute("aria-label", this.picture.label());
    this.say([this.words, summary(this.scene, this.view, this.picture.summaries())].filter(Boolean).join(". "));
    this.words = "";
    this.#keepAddress();
  }

  #keepAddress() {
    if (this.view && this.root.isConnected) address.keep(this.scene, this.view);
  }

  // What somebody does

  #tools() {
    return {
      zoom: (factor) => this.zoom(factor),
      to: (place) => this.zoom(widthAt(place, this.limits) / (this.view.end - this.view.start)),
      fit: () => this.go(this.scene.output),
      past: (way) => this.#past(way),
      mode: (mode) => this.#setMode(mode),
      edit: () => this.editing.toggle(),
      image: (kind) => savePicture(kind, this.picture, this.scene),
      share: async () => this.tell(await address.copy(this.scene, this.view)),
      help: () => this.dialog.showModal(),
    };
  }

  #laneActs() {
    const act = (what, words) => {
      this.words = words; // said with the view, once the picture is at rest
      this.act(what);
    };
    return {
      order: (tracks, words) => act({ kind: "order", tracks }, words),
      look: (track, look, words) => act({ kind: "look", track, ...look, height: look.height === "medium" ? "" : look.height }, words),
      top: (track) => this.picture.topOf(track),
      hide: (track, words) => act({ kind: "hide", track }, words),
    };
  }

  #key(event) {
    if (event.target !== this.stage) return;
    const found = asked(event, this.editing.isOn);
    if (event.key === "/") return; // the search box listens for it
    event.stopPropagation();
    if (!found || !this.scene) return;
    event.preventDefault();
    const { editing } = this;
    const [action, ...how] = found;
    const actions = {
      move: (share) => this.move(share),
      zoom: (factor) => this.zoom(factor),
      fit: () => this.go(this.scene.output),
      past: (way) => this.#past(way),
      edit: (way) => this.#nextEdit(way),
      toggle: () => editing.toggle(),
      help: () => this.dialog.showModal(),
      escape: () => editing.escape(),
      choose: (way, isMore) => editing.choose(way, isMore),
      substitute: (letter) => editing.substitute(letter),
      remove: () => editing.remove(),
      insert: () => editing.insert(),
      explain: () => this.explaining.explain(),
      mutate: () => this.explaining.mutate(),
      look: () => this.explaining.lookFrom(),
      undo: () => this.act({ kind: "undo" }),
      redo: () => this.act({ kind: "redo" }),
    };
    actions[action](...how);
  }

  #past(way) {
    this.past.rested(this.view);
    const view = this.past.go(way);
    if (view) this.go(view);
    else this.tell(way < 0 ? "There is no view before this one" : "There is no view after this one");
  }

  #nextEdit(way) {
    const middle = (this.view.start + this.view.end) / 2;
    const after = this.scene.edits.filter((edit) => (way > 0 ? edit.start > middle + 0.5 : edit.start < middle - 0.5));
    const next = way > 0 ? after[0] : after.at(-1);
    if (!next) return this.tell(this.scene.edits.length ? "No further edit that way" : "There are no edits");
    const half = (this.view.end - this.view.start) / 2;
    this.go({ start: next.start + 0.5 - half, end: next.start + 0.5 + half });
  }

  /** Whoever leaves the picture may save it or take it away: then the server is told what is on screen. */
  #left() {
    if (!this.scene) return;
    const view = axis.whole(this.view);
    if (!this.acts.isTold(view)) this.acts.tell(view);
  }

  #setMode(mode) {
    this.mode = mode;
    this.#rebuild(true);
  }
}
