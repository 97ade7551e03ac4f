import { html } from "../view/dom.js";

/** A dot in the colour of a lane, by its name in the palette of the page. */
export function dot(colour) {
  const found = html("i", { "aria-hidden": "true" });
  found.style.background = `var(--eb-${colour})`;
  return found;
}

/** A button that is called what is written on it. */
export function wordButton(label, about, act, more = {}) {
  return html("button", { type: "button", title: about, onclick: act, ...more }, label);
}
