// The component that the page mounts: either a part of the picture to keep, or the view that shows it.

import { Browser } from "./view/browser.js";
import { drop, put, renew } from "./view/store.js";

const views = new WeakMap(); // parent -> its view
const kept = new WeakMap(); // parent -> id of its part

export default function mount({ data, parentElement, setTriggerValue }) {
  if (data.kind === "part") return keep(data, parentElement);
  let view = views.get(parentElement);
  if (!view) {
    view = new Browser(parentElement, (what) => setTriggerValue("asked", what));
    views.set(parentElement, view);
  }
  view.update(data);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

function keep(part, parent) {
  const before = kept.get(parent);
  if (before !== part.id) {
    put(part);
    if (before) drop(before);
    kept.set(parent, part.id);
  } else renew(part);
  return () => {
    drop(kept.get(parent));
    kept.delete(parent);
  };
}
