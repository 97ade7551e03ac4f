// Two mounts share this module: one brings the names of the genes as bytes, the other is the search box.

import { SearchBox } from "./search/box.js";
import { checksum, unpack } from "./search/names.js";

const boxes = new Map(); // the element that Streamlit gives -> its box
let names = null;
let wanted = ""; // checksum of the names that came last

export default function ({ data, parentElement, setTriggerValue }) {
  return data instanceof Uint8Array ? take(data, parentElement) : draw(data, parentElement, setTriggerValue);
}

function draw(data, parent, send) {
  if (!boxes.has(parent)) boxes.set(parent, new SearchBox(parent, () => names));
  const box = boxes.get(parent);
  box.update(data, send);
  // Streamlit may call what is returned although it keeps the element, when a second call overtakes the first.
  return () => {
    if (parent.isConnected) return;
    box.close();
    boxes.delete(parent);
  };
}

/** The same names come again with every run of the page; they are unpacked once. */
function take(bytes, parent) {
  const sum = checksum(bytes);
  if (sum !== wanted) {
    wanted = sum;
    unpack(bytes).then(
      (found) => {
        if (sum !== wanted) return;
        names = found;
        for (const box of boxes.values()) box.refresh();
      },
      () => {
        if (sum === wanted) names = null; // a browser that cannot unpack them: the box asks, and completes nothing
      },
    );
  }
  return () => {
    if (!parent.isConnected && sum === wanted) {
      names = null;
      wanted = "";
    }
  };
}
