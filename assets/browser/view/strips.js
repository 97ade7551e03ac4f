// The thin rows above and below the lanes: input window, ruler, edits, sequence.

import { ticks } from "./axis.js";
import { EDITS, RULER, STRIP } from "./layout.js";
import { names } from "./names.js";
import { element, text } from "./svg.js";

export const PX_PER_LETTER = 4;
const DISC = 8;

/** Where a position stands on the strip on top, which shows all there is. */
export function overviewX(scene, frame, position) {
  const { start, end } = scene.read;
  return frame.gutter + ((position - start) / (end - start)) * frame.width;
}

/** The strip on top: what is read, what is predicted of it, where the view is. */
export function overview(scene, { frame, view }) {
  const { read, output, genes, windows } = scene;
  const x = (position) => overviewX(scene, frame, position);
  const band = (start, end, attributes) =>
    element("rect", { x: x(start), width: Math.max(x(end) - x(start), 2), y: 1, height: STRIP - 2, ...attributes });
  const clip = (gene) => [Math.max(gene.start, read.start), Math.min(gene.end, read.end)];
  const marks = (genes ?? []).map(clip).map(([start, end]) =>
    element("rect", { class: "mark", x: x(start), width: Math.max(x(end) - x(start), 1), y: STRIP / 2 - 2, height: 4 }),
  );
  const seams = windows.slice(1).map(({ output: { start } }) =>
    element("line", { class: "seam", x1: x(start), x2: x(start), y1: 1, y2: STRIP - 1 }),
  );
  const words = windows.length > 1 ? `${windows.length} windows` : "input window";
  const sizes = text(frame.right, STRIP + 11, scene.words.sizes, { class: "small end" });
  return [
    ...(frame.isNarrow ? [] : [text(0, 13, words, { class: "about" })]),
    band(read.start, read.end, { class: "read", fill: "url(#eb-hatch)" }),
    band(output.start, output.end, { class: "output", rx: 3 }),
    ...seams,
    ...marks,
    band(view.start, view.end, { class: "here", rx: 3 }),
    ...(frame.isNarrow ? [] : [text(frame.gutter, STRIP + 11, scene.words.borders, { class: "small" })]),
    sizes,
  ];
}

export function ruler(scene, sight, height) {
  const { frame, view } = sight;
  const found = ticks(view, frame.width);
  const letters = sight.perBp >= PX_PER_LETTER; // the tick stands under the middle of its base
  const at = (tick) => sight.x(tick - (letters ? 0.5 : 1));
  return [
    ...(frame.isNarrow ? [] : [text(0, RULER - 8, scene.chrom, { class: "name" })]),
    ...found.map(({ at: tick }) => element("line", { class: "grid", x1: at(tick), x2: at(tick), y1: RULER - 4, y2: height })),
    ...found.map(({ at: tick, label }) => text(at(tick), RULER - 8, label, { class: "tick" })),
  ];
}

/** Numbered discs with what each edit is, and a dotted line up through every lane. */
export function edits(scene, sight, top, lanesTop) {
  const { frame, view, perBp } = sight;
  const shown = scene.edits.filter((edit) => edit.end >= view.start && edit.start <= view.end);
  const hidden = scene.edits.length - shown.length;
  const places = [];
  for (const edit of shown) {
    const at = sight.x((edit.start + Math.max(edit.end, edit.start + 1)) / 2);
    places.push({ edit, at, disc: places.length ? Math.max(at, places.at(-1).disc + 2 * DISC + 2) : at });
  }
  const drawn = places.flatMap(({ edit, at, disc }, i) => {
    const room = (places[i + 1]?.disc ?? frame.right) - disc;
    const tag = room > 2 * DISC + 6.6 * edit.label.length ? [text(disc + DISC + 4, EDITS / 2 + 4, edit.label, { class: "tag" })] : [];
    return [
      element("line", { class: "upward", x1: at, x2: at, y1: lanesTop - top, y2: EDITS / 2 - DISC }),
      element("circle", { class: "disc", cx: disc, cy: EDITS / 2, r: DISC }, element("title", {}, edit.full)),
      text(disc, EDITS / 2 + 3.5, edit.number, { class: "count" }),
      ...tag,
    ];
  });
  const about = hidden ? `${hidden} out of view` : "";
  const beside = frame.isNarrow || !about ? [] : [text(frame.gutter - 6, EDITS / 2 + 4, about, { class: "number" })];
  const label = names(frame, "Edits", frame.isNarrow ? about : "", { at: [EDITS / 2 + 4, EDITS / 2 + 4] });
  return [...label, ...beside, element("g", { "clip-path": "url(#eb-plot)" }, drawn)];
}

/** Letters where there is room for them, with what the edits make of them underneath; else how to come to them. */
export function sequence(scene, sight, selection, isEditing) {
  const { frame, view, perBp } = sight;
  const hasLetters = perBp >= PX_PER_LETTER;
  const label = names(frame, "Sequence", hasLetters ? (isEditing ? "type to edit" : "press e to edit") : "", { at: [13, 28] });
  if (!hasLetters) {
    const widest = Math.floor(frame.width / PX_PER_LETTER / 10) * 10;
    return [...label, text(frame.gutter, 13, `zoom in under ${widest} bp to see the bases`, { class: "small" })];
  }
  const x = (position) => sight.x(position);
  const size = Math.min(14, perBp * 1.5);
  const letters = [];
  for (let at = Math.floor(view.start); at < Math.ceil(view.end); at++) {
    const base = scene.base(at);
    letters.push(text(x(at + 0.5), 14, base, { class: `base ${base}` }));
  }
  const changed = scene.edits.filter((edit) => edit.end >= view.start && edit.start <= view.end).flatMap((edit) => {
    const [from, to] = [x(edit.start), x(Math.max(edit.end, edit.start))];
    const around = element("rect", { class: "replaced", x: from - (to === from ? 1 : 0), width: Math.max(to - from, 2), y: 1, height: 17, rx: 3 });
    const added = Array.from(edit.alt.slice(0, 60), (base, i) => text(from + (i + 0.5) * perBp, 32, base, { class: "base added" }));
    const behind = edit.alt ? [element("rect", { class: "disc", x: from, width: Math.min(edit.alt.length, 60) * perBp, y: 20, height: 16, rx: 3 })] : [];
    const gone = edit.alt || edit.end === edit.start ? [] : [element("line", { class: "gone", x1: from, x2: to, y1: 10, y2: 10 })];
    return [around, ...behind, ...added, ...gone];
  });
  const chosen = selection
    ? [element("rect", { class: "chosen", x: x(selection.start), width: (selection.end - selection.start) * perBp, y: 0, height: 19, rx: 3 })]
    : [];
  const group = element("g", { "clip-path": "url(#eb-plot)" }, [...chosen, ...letters, ...changed]);
  group.style.fontSize = `${size}px`;
  return [...label, group];
}
