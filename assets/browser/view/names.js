// What stands beside a row: its name, and a line about it. On a narrow screen both stand above the row, in one line.

import { element, text } from "./svg.js";

export const cut = (words, limit) => (words.length > limit ? `${words.slice(0, limit - 1).trimEnd()}…` : words);

const [WIDE_NAME, WIDE_ABOUT, PX_PER_LETTER] = [18, 26, 6.2];

/**
 * The label of a row. `at`: its two baselines beside the row; `above`: the one above it; `more`: what pointing at the
 * name says; `room`: letters that the second line has.
 */
export function names(frame, name, about, { at = [11, 26], above = -5, more = name, room = WIDE_ABOUT } = {}) {
  const title = element("title", {}, more);
  if (!frame.isNarrow) {
    return [
      element("text", { x: 0, y: at[0], class: "name" }, [cut(name, WIDE_NAME), title]),
      element("text", { x: 0, y: at[1], class: "about" }, [cut(about, room), element("title", {}, about)]),
    ];
  }
  const most = Math.max(Math.floor((frame.right - 90) / PX_PER_LETTER) - name.length, 8);
  const words = [cut(name, 24), title, element("tspan", { class: "about", dx: 6 }, cut(about, most))];
  return [element("text", { x: 0, y: above, class: "name" }, words)];
}

/** The two numbers beside a lane: the ends of its y axis. */
export function ends(frame, height) {
  const x = frame.gutter - 6;
  return [text(x, 8, "", { class: "number" }), text(x, height - 1, "", { class: "number" })];
}
