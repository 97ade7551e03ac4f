// What the server said, put together: the parts of the picture and how they are to be shown.

import { get } from "./store.js";
import { editedAt, pearson } from "./numbers.js";

/** The scene of what the server said; null while a part is still to come. */
export function sceneOf(data) {
  const wanted = [data.window, ...data.lanes.map((lane) => lane.part), ...(data.edited ? [data.edited] : [])];
  const found = get(wanted);
  if (!found) return null;
  const [window, ...rest] = found;
  const bins = { starts: window.starts, ends: window.ends };
  const edited = data.edited ? rest.at(-1) : null;
  const editedBins = edited ? { starts: edited.starts, ends: edited.ends } : null;
  const lanes = data.lanes.map((lane, i) => {
    const values = edited ? edited[`lane${i}`] : null;
    const made = { ...lane, predicted: rest[i].predicted, experiment: rest[i].experiment ?? null, edited: values };
    made.editedHere = values ? editedAt({ ...editedBins, values }, bins) : null;
    made.whole = made.experiment ? onChromosome(window, made) : null;
    return made;
  });
  return { ...window, ...data, bins, editedBins, lanes, origin: window.output.start, base: reader(window) };
}

function onChromosome({ starts, ends, length }, lane) {
  let [first, last] = [0, starts.length];
  while (first < last && starts[first] < 0) first += 1;
  while (last > first && ends[last - 1] > length) last -= 1;
  return pearson(lane.predicted, lane.experiment, first, last);
}

/** A function that gives the base at a position: two bits each, and the stretches that are N. */
function reader({ codes, unknown, read }) {
  return (position) => {
    const i = position - read.start;
    if (i < 0 || i >= read.end - read.start) return "N";
    if (unknown.some(([start, end]) => position >= start && position < end)) return "N";
    return "ACGT"[(codes[i >> 2] >> (2 * (i & 3))) & 3];
  };
}
