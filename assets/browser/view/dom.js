// HTML elements. Texts are set as texts, so nothing from a file or a person is read as HTML.

export function html(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...[children].flat());
  return made;
}

export function button(label, about, act, more = {}) {
  return html("button", { type: "button", title: about, "aria-label": about, onclick: act, ...more }, label);
}
