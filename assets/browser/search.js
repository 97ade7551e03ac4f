// Two mounts share this module: one brings the names of the genes as bytes, the other is the search box.

import { Newest } from "./parcel.js";
import { SearchBox } from "./search/box.js";
import { unpack } from "./search/names.js";

const boxes = new Map(); // the element that Streamlit gives -> its box
const names = new Newest(unpack, { came: () => boxes.forEach((box) => box.refresh()), keeps: true });

export default function ({ data, parentElement, setTriggerValue }) {
  return data instanceof Uint8Array ? names.take(data, parentElement) : draw(data, parentElement, setTriggerValue);
}

function draw(data, parent, send) {
  if (!boxes.has(parent)) boxes.set(parent, new SearchBox(parent, () => names.found));
  const box = boxes.get(parent);
  box.update(data, send);
  // Streamlit may call what is returned although it keeps the element, when a second call overtakes the first.
  return () => {
    if (parent.isConnected) return;
    box.close();
    boxes.delete(parent);
  };
}
