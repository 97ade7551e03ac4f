// The dialog under "?": the keys and the mouse.

import { button, html } from "./dom.js";
import { KEYS } from "./keys.js";

export function helpDialog() {
  const rows = KEYS.map(([keys, about]) => html("tr", {}, [html("th", { scope: "row" }, keys), html("td", {}, about)]));
  const dialog = html("dialog", { class: "eb-help", "aria-label": "Keys and the mouse" });
  dialog.append(
    html("h2", {}, "Keys and the mouse"),
    html("table", {}, html("tbody", {}, rows)),
    html("p", {}, "Positions on screen count from 1 and include both ends, as in UCSC and IGV; files in BED, bedGraph and bigWig count from 0."),
    button("Close", "Close", () => dialog.close()),
  );
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  return dialog;
}
