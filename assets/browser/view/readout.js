// The line under the pointer through all lanes, and what every lane says there.

import { locus, place } from "./axis.js";
import { log2FoldChange, rowAt, said, signed } from "./numbers.js";
import { tileAt } from "./tiles.js";

/** The lines of the readout at a position: a heading, one line for each lane, and what stands there. */
export function lines(scene, position) {
  const { bins } = scene;
  const row = rowAt(bins.starts, bins.ends, position);
  if (row < 0) {
    const where = position < 0 || position >= scene.length ? "off the chromosome: read as N" : "input only: read, not predicted here";
    return [place(scene.chrom, Math.floor(position)), where];
  }
  const range = { start: bins.starts[row], end: bins.ends[row] };
  const said_ = scene.lanes.map((lane) => laneLine(scene, lane, row));
  const tile = tileAt(scene.windows, (range.start + range.end) / 2);
  const number = Math.round((range.start - scene.windows[tile].output.start) / scene.binSize);
  const of = scene.windows.length > 1 ? ` of window ${tile + 1}` : "";
  const site = (scene.genes ?? []).find((gene) => gene.tss >= range.start && gene.tss < range.end);
  return [locus(scene.chrom, range), ...said_, `bin ${number}${of}${site ? ` · ${site.symbol} TSS` : ""}`];
}

function laneLine(scene, lane, row) {
  const parts = [`${lane.name} ${lane.biosample}`.trim(), `predicted ${said(lane.predicted[row])}`];
  const words = [`${parts[0]} ${parts[1]}`];
  if (lane.experiment) words.push(`exp. ${said(lane.experiment[row])}`);
  if (lane.edited) {
    const edited = lane.editedHere[row];
    const change = log2FoldChange(lane.predicted[row], edited);
    if (!Number.isNaN(edited)) words.push(`edited ${said(edited)} (log2 FC ${signed(change)})`);
  }
  return words.join(" · ");
}

/** What somebody who sees the picture would notice first, for those who do not; `more`: of other rows. */
export function summary(scene, view, more = []) {
  const peaks = scene.lanes.map((lane) => {
    let best = -1;
    for (let i = 0; i < lane.predicted.length; i++) {
      const shows = scene.bins.ends[i] > view.start && scene.bins.starts[i] < view.end;
      if (shows && (best < 0 || lane.predicted[i] > lane.predicted[best])) best = i;
    }
    if (best < 0) return "";
    const where = locus(scene.chrom, { start: scene.bins.starts[best], end: scene.bins.ends[best] });
    return `${lane.name} ${lane.biosample}: highest predicted bin ${said(lane.predicted[best])} at ${where}.`;
  });
  return [`In view: ${locus(scene.chrom, view)}.`, ...peaks, ...more].filter(Boolean).join(" ");
}
