// SVG elements, and step lines in data coordinates.

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

/** A step line through the rows that show, x from `origin`: a gap wherever bins do not touch or a value is missing. */
export function steps(starts, ends, values, origin, shows = null) {
  const path = [];
  let end = NaN;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]) || (shows && !shows[i])) {
      end = NaN;
      continue;
    }
    if (starts[i] === end) path.push(`V${values[i]}H${ends[i] - origin}`);
    else path.push(`M${starts[i] - origin} ${values[i]}H${ends[i] - origin}`);
    end = ends[i];
  }
  return path.join("");
}

/** The area between a step line and 0. */
export function area(starts, ends, values, origin) {
  const path = [];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    if (i > 0 && starts[i] === ends[i - 1] && !Number.isNaN(values[i - 1])) {
      path.push(`V${values[i]}H${ends[i] - origin}`);
    } else {
      path.push(`M${starts[i] - origin} 0V${values[i]}H${ends[i] - origin}`);
    }
    if (i + 1 === values.length || starts[i + 1] !== ends[i] || Number.isNaN(values[i + 1])) path.push("V0Z");
  }
  return path.join("");
}
