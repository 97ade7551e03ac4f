// Two mounts share this module: one brings a table of tracks as bytes, the other is the chooser.

import { Chooser } from "./tracks/chooser.js";
import { checksum, unpack } from "./tracks/table.js";

const choosers = new Map(); // the element that Streamlit gives -> its chooser
let table = null;
let wanted = ""; // checksum of the table that came last

export default function ({ data, parentElement, setTriggerValue }) {
  return data instanceof Uint8Array ? take(data, parentElement) : draw(data, parentElement, setTriggerValue);
}

function draw(data, parent, send) {
  if (!choosers.has(parent)) choosers.set(parent, new Chooser(parent));
  const chooser = choosers.get(parent);
  chooser.update(data, (tracks) => send("chosen", tracks));
  if (table) chooser.bring(table);
  // Streamlit may call what is returned although it keeps the element, when a second call overtakes the first.
  return () => {
    if (!parent.isConnected) choosers.delete(parent);
  };
}

/** The same table comes again with every run of the page; it is unpacked once. */
function take(bytes, parent) {
  const sum = checksum(bytes);
  if (sum !== wanted) {
    wanted = sum;
    table = null;
    unpack(bytes).then(
      (found) => {
        if (sum !== wanted) return;
        table = found;
        for (const chooser of choosers.values()) chooser.bring(table);
      },
      () => {
        if (sum !== wanted) return;
        for (const chooser of choosers.values()) chooser.fail("This browser cannot unpack the list of tracks. Update it to add tracks");
      },
    );
  }
  return () => {
    if (!parent.isConnected && sum === wanted) {
      table = null;
      wanted = "";
    }
  };
}
