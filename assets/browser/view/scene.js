// What the server said, put together: the parts of the picture and how they are to be shown.

import { heightOf, known } from "./explain/registry.js";
import { editedAt, pearson } from "./numbers.js";
import { get, now } from "./store.js";
import { genesOf, joined, reader, span, values } from "./tiles.js";

/** The scene of what the server said; null while a part is still to come. */
export function sceneOf(data) {
  const ids = data.tiles.flatMap((tile) => [tile.window, ...tile.lanes]);
  const more = [data.edited, ...data.features.map(({ part }) => part)].filter(Boolean);
  const part = get([...ids, ...more]);
  if (!part) return null;
  const windows = data.tiles.map((tile) => part(tile.window));
  const bins = {
    starts: joined(windows.map(({ starts }) => starts), Float64Array),
    ends: joined(windows.map(({ ends }) => ends), Float64Array),
  };
  const { chrom, length, binSize } = windows[0];
  const edited = data.edited ? part(data.edited) : null;
  const editedBins = edited && { starts: edited.starts, ends: edited.ends };
  const lanes = data.lanes.map((lane, i) => {
    const parts = data.tiles.map((tile) => part(tile.lanes[i]));
    const made = { ...lane, edited: edited?.[`lane${i}`] ?? null };
    made.predicted = values(windows, parts, "predicted");
    made.experiment = values(windows, parts, "experiment");
    made.editedHere = made.edited && editedAt({ ...editedBins, values: made.edited }, bins);
    made.whole = made.experiment && onChromosome(bins, length, made);
    return made;
  });
  const features = data.features.map((feature) => ({ ...feature, items: feature.part ? part(feature.part) : null }));
  const made = { chrom, length, binSize, bins, editedBins, lanes, features, windows };
  const spans = { read: span(windows, "read"), output: span(windows, "output") };
  const explain = explained(data);
  return { ...data, ...made, ...spans, explain, genes: genesOf(windows), base: reader(windows) };
}

/** What explains the picture, each with what has come of its part: the picture does not wait for that. */
export function explained({ explain }) {
  return known(explain ?? []).map((entry) => {
    const part = now(entry.part) ?? { state: "waiting", progress: null, serial: -1 };
    return { ...entry, ...part, kind: entry.kind, rowHeight: heightOf(entry) };
  });
}

/** Whether two scenes answer the same question: they have a window in common. */
export function isSame(one, other) {
  const known = new Set(one.tiles.map(({ window }) => window));
  return other.tiles.some(({ window }) => known.has(window));
}

function onChromosome({ starts, ends }, length, lane) {
  let [first, last] = [0, starts.length];
  while (first < last && starts[first] < 0) first += 1;
  while (last > first && ends[last - 1] > length) last -= 1;
  return pearson(lane.predicted, lane.experiment, first, last);
}
