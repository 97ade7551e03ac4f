// The menu of one lane: its place, its height, its colour, the range of its y axis, and taking it off.

import { html } from "./dom.js";
import { HEIGHTS } from "./layout.js";
import { said } from "./numbers.js";

export class LaneMenu {
  /** `on`: move(track, to), look(track, {height, colour, top}), top(track), hide(track), closed(). `to` is a place among the lanes. */
  constructor(on) {
    this.on = on;
    this.element = html("div", { class: "eb-menu", popover: "auto", role: "menu" });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("toggle", (event) => event.newState === "closed" && this.#closed());
    this.follow = () => this.element.hidePopover(); // it stands where its button was
  }

  /** Open beside a button, for lane number `place` of `lanes`. */
  open(button, lanes, place, palette) {
    this.opener = button;
    this.element.setAttribute("aria-label", button.getAttribute("aria-label"));
    this.element.replaceChildren(...this.#items(lanes, place, palette));
    button.setAttribute("aria-expanded", "true");
    this.element.showPopover();
    const [at, size] = [button.getBoundingClientRect(), this.element.getBoundingClientRect()];
    this.element.style.left = `${Math.max(Math.min(at.left, innerWidth - size.width - 8), 8)}px`;
    this.element.style.top = `${Math.max(Math.min(at.bottom + 4, innerHeight - size.height - 8), 8)}px`;
    this.#all()[0]?.focus({ preventScroll: true });
    addEventListener("scroll", this.follow, { capture: true, once: true });
  }

  close() {
    this.element.hidePopover();
  }

  #closed() {
    removeEventListener("scroll", this.follow, { capture: true });
    const hadFocus = this.element.contains(document.activeElement) || document.activeElement === document.body;
    this.opener.setAttribute("aria-expanded", "false");
    this.on.closed(hadFocus);
  }

  #items(lanes, place, palette) {
    const lane = lanes[place];
    const item = (words, act, more = {}) => {
      const role = { role: "menuitem", ...more };
      return html("button", { type: "button", tabindex: "-1", onclick: () => this.#do(act), ...role }, words);
    };
    const moved = (to) => () => this.on.move(lane.track, to);
    const top = this.on.top(lane.track);
    const off = (is) => (is ? { "aria-disabled": "true" } : {});
    const [first, last] = [place === 0, place === lanes.length - 1];
    const chosen = (is) => ({ role: "menuitemradio", "aria-checked": `${is}` });
    const own = lane.colour === lane.usual ? "" : lane.colour;
    const look = (more) => () => this.on.look(lane.track, { height: lane.height, colour: own, top: lane.top, ...more });
    const group = (name, children) => html("div", { role: "group", "aria-label": name }, [html("span", { "aria-hidden": "true" }, name), ...children]);
    const colours = palette.map(({ name, label }) => item([swatch(name), label], look({ colour: name === lane.usual ? "" : name }), chosen(name === lane.colour)));
    return [
      item("Move up", moved(place - 1), off(first)),
      item("Move down", moved(place + 1), off(last)),
      item("To the top", moved(0), off(first)),
      group("Height", Object.keys(HEIGHTS).map((height) => item(height, look({ height }), chosen(height === (lane.height || "medium"))))),
      group("Colour", [...colours, item("usual", look({ colour: "" }))]),
      group("y axis", [
        item("follows", look({ top: 0 }), chosen(!lane.top)),
        item(`held at ${said(top)}`, look({ top }), chosen(Boolean(lane.top))),
      ]),
      item("Take off", () => this.on.hide(lane.track)),
    ];
  }

  #do(act) {
    if (document.activeElement?.getAttribute("aria-disabled")) return;
    this.element.hidePopover();
    act();
  }

  #all() {
    return [...this.element.querySelectorAll("button")];
  }

  #key(event) {
    event.stopPropagation(); // letters are Streamlit's own keys
    const items = this.#all();
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Tab") this.element.hidePopover();
    else if (/^[a-z]$/i.test(event.key)) {
      const found = [...items.slice(at + 1), ...items].find((item) => item.textContent.toLowerCase().startsWith(event.key.toLowerCase()));
      found?.focus();
    }
  }
}

function swatch(colour) {
  const made = html("i", { "aria-hidden": "true" });
  made.style.background = `var(--eb-${colour.replaceAll("_", "-")})`;
  return made;
}
