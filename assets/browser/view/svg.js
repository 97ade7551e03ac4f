// SVG elements.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** An SVG element with attributes (those that are null are left out) and children, which may be texts. */
export function element(name, attributes = {}, children = []) {
  const made = document.createElementNS(NAMESPACE, name);
  set(made, attributes);
  made.append(...[children].flat());
  return made;
}

export function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) target.removeAttribute(name);
    else if (target.getAttribute(name) !== `${value}`) target.setAttribute(name, value);
  }
}

export function text(x, y, content, attributes = {}) {
  return element("text", { x, y, ...attributes }, `${content}`);
}

/** Set a text only where it changes, since a changed text is laid out again. */
export function say(target, words) {
  if (target.textContent !== words) target.textContent = words;
}
