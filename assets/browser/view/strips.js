// The thin rows above and below the lanes: input window, ruler, edits, sequence.

import { ticks } from "./axis.js";
import { EDITS, GUTTER, RULER, STRIP } from "./layout.js";
import { element, text } from "./svg.js";

export const PX_PER_LETTER = 4;
const DISC = 8;

/** The strip on top: what is read, what is predicted of it, where the view is. */
export function overview(scene, view, width) {
  const { read, output, genes } = scene;
  const x = (position) => GUTTER + ((position - read.start) / (read.end - read.start)) * width;
  const band = (start, end, attributes) =>
    element("rect", { x: x(start), width: Math.max(x(end) - x(start), 2), y: 1, height: STRIP - 2, ...attributes });
  const clip = (gene) => [Math.max(gene.start, read.start), Math.min(gene.end, read.end)];
  const marks = (genes ?? []).map(clip).map(([start, end]) =>
    element("rect", { class: "mark", x: x(start), width: Math.max(x(end) - x(start), 1), y: STRIP / 2 - 2, height: 4 }),
  );
  return [
    text(0, 13, "input window", { class: "about" }),
    band(read.start, read.end, { class: "read", fill: "url(#eb-hatch)" }),
    band(output.start, output.end, { class: "output", rx: 3 }),
    ...marks,
    band(view.start, view.end, { class: "here", rx: 3 }),
    text(GUTTER, STRIP + 11, scene.words.borders, { class: "small" }),
    text(GUTTER + width, STRIP + 11, scene.words.sizes, { class: "small end" }),
  ];
}

export function ruler(scene, view, perBp, width, height) {
  const x = (position) => GUTTER + (position - view.start) * perBp;
  const found = ticks(view, width);
  const letters = perBp >= PX_PER_LETTER; // the tick stands under the middle of its base
  const at = (tick) => x(tick - (letters ? 0.5 : 1));
  return [
    text(0, RULER - 8, scene.chrom, { class: "name" }),
    ...found.map(({ at: tick }) => element("line", { class: "grid", x1: at(tick), x2: at(tick), y1: RULER - 4, y2: height })),
    ...found.map(({ at: tick, label }) => text(at(tick), RULER - 8, label, { class: "tick" })),
  ];
}

/** Numbered discs with what each edit is, and a dotted line up through every lane. */
export function edits(scene, view, perBp, top, lanesTop, width) {
  const shown = scene.edits.filter((edit) => edit.end >= view.start && edit.start <= view.end);
  const hidden = scene.edits.length - shown.length;
  const places = [];
  for (const edit of shown) {
    const at = GUTTER + ((edit.start + Math.max(edit.end, edit.start + 1)) / 2 - view.start) * perBp;
    places.push({ edit, at, disc: places.length ? Math.max(at, places.at(-1).disc + 2 * DISC + 2) : at });
  }
  const drawn = places.flatMap(({ edit, at, disc }, i) => {
    const room = (places[i + 1]?.disc ?? GUTTER + width) - disc;
    const label = room > 2 * DISC + 6.6 * edit.label.length ? [text(disc + DISC + 4, EDITS / 2 + 4, edit.label, { class: "tag" })] : [];
    return [
      element("line", { class: "upward", x1: at, x2: at, y1: lanesTop - top, y2: EDITS / 2 - DISC }),
      element("circle", { class: "disc", cx: disc, cy: EDITS / 2, r: DISC }, element("title", {}, edit.full)),
      text(disc, EDITS / 2 + 3.5, edit.number, { class: "count" }),
      ...label,
    ];
  });
  const about = hidden ? [text(GUTTER - 6, EDITS / 2 + 4, `${hidden} out of view`, { class: "number" })] : [];
  return [text(0, EDITS / 2 + 4, "Edits", { class: "name" }), ...about, element("g", { "clip-path": "url(#eb-plot)" }, drawn)];
}

/** Letters where there is room for them, with what the edits make of them underneath; else how to come to them. */
export function sequence(scene, view, perBp, selection, editing) {
  const names = [text(0, 13, "Sequence", { class: "name" })];
  if (perBp < PX_PER_LETTER) {
    return [...names, text(GUTTER, 13, "zoom in under 250 bp to see the bases", { class: "small" })];
  }
  const x = (position) => GUTTER + (position - view.start) * perBp;
  const size = Math.min(14, perBp * 1.5);
  const letters = [];
  for (let at = Math.floor(view.start); at < Math.ceil(view.end); at++) {
    const base = scene.base(at);
    letters.push(text(x(at + 0.5), 14, base, { class: `base ${base}`, "font-size": size }));
  }
  const changed = scene.edits.filter((edit) => edit.end >= view.start && edit.start <= view.end).flatMap((edit) => {
    const [from, to] = [x(edit.start), x(Math.max(edit.end, edit.start))];
    const around = element("rect", { class: "replaced", x: from - (to === from ? 1 : 0), width: Math.max(to - from, 2), y: 1, height: 17, rx: 3 });
    const added = Array.from(edit.alt.slice(0, 60), (base, i) => text(from + (i + 0.5) * perBp, 32, base, { class: "base added", "font-size": size }));
    const behind = edit.alt ? [element("rect", { class: "disc", x: from, width: Math.min(edit.alt.length, 60) * perBp, y: 20, height: 16, rx: 3 })] : [];
    const gone = edit.alt || edit.end === edit.start ? [] : [element("line", { class: "gone", x1: from, x2: to, y1: 10, y2: 10 })];
    return [around, ...behind, ...added, ...gone];
  });
  const about = text(0, 28, editing ? "type to edit" : "press e to edit", { class: "about" });
  const chosen = selection
    ? [element("rect", { class: "chosen", x: x(selection.start), width: (selection.end - selection.start) * perBp, y: 0, height: 19, rx: 3 })]
    : [];
  return [...names, about, element("g", { "clip-path": "url(#eb-plot)" }, [...chosen, ...letters, ...changed])];
}
