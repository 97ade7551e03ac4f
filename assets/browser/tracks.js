// Two mounts share this module: one brings a table of tracks as bytes, the other is the chooser.

import { Newest } from "./parcel.js";
import { Chooser } from "./tracks/chooser.js";
import { unpack } from "./tracks/table.js";

const TOO_OLD = "This browser cannot unpack the list of tracks. Update it to add tracks";
const choosers = new Map(); // the element that Streamlit gives -> its chooser
const table = new Newest(unpack, {
  came: (found) => choosers.forEach((chooser) => chooser.bring(found)),
  failed: () => choosers.forEach((chooser) => chooser.fail(TOO_OLD)),
});

export default function ({ data, parentElement, setTriggerValue }) {
  return data instanceof Uint8Array ? table.take(data, parentElement) : draw(data, parentElement, setTriggerValue);
}

function draw(data, parent, send) {
  if (!choosers.has(parent)) choosers.set(parent, new Chooser(parent));
  const chooser = choosers.get(parent);
  chooser.update(data, (tracks) => send("chosen", tracks));
  if (table.found) chooser.bring(table.found);
  // Streamlit may call what is returned although it keeps the element, when a second call overtakes the first.
  return () => {
    if (!parent.isConnected) choosers.delete(parent);
  };
}
