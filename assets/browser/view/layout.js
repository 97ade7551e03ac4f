// Where everything stands: sizes in px, rows from top to bottom. Heights depend on the data, never on the view, so
// that the picture does not jump while it is moved.

export const HEIGHTS = { small: 36, medium: 58, large: 120 };
export const SMALL = 36;
export const GAP = 14;
const SIGNED_GAP = 8;
export const STRIP = 18;
export const RULER = 24;
export const GENE_ROW = 34;
export const FEATURE_ROW = 18;
export const EDITS = 26;
export const SEQUENCE = 40;
export const FOOT = 18;
const TWO_LINES = 30; // what a label of a name and a line about it takes beside its row

export const heightOf = (lane) => HEIGHTS[lane.height] ?? HEIGHTS.medium;

/** The rows of a scene, each with its top and height, and the height of all. `needs`: rows of genes and of features. */
export function layout(scene, frame, needs) {
  const rows = [];
  let top = 2;
  const add = (kind, height, more = {}, head = frame.head) => {
    top += head;
    rows.push({ kind, top, height, ...more });
    top += height;
  };
  const tracks = new Set(scene.lanes.map(({ track }) => track));
  const addFeatures = (home) => {
    scene.features.forEach((feature, i) => {
      const under = tracks.has(feature.under) ? feature.under : null;
      if (under !== home) return;
      top += 4;
      add("features", featureHeight(feature, needs.features[i], frame), { feature, rows: needs.features[i] });
    });
  };
  add("overview", STRIP + 18, {}, 0);
  add("ruler", RULER, {}, 0);
  if (scene.genes) add("genes", GENE_ROW * needs.genes);
  addFeatures(null);
  for (const lane of scene.lanes) {
    top += GAP;
    add("lane", heightOf(lane), { lane });
    for (const kind of signedKinds(scene, lane)) {
      top += SIGNED_GAP;
      add(kind, SMALL, { lane });
    }
    addFeatures(lane.track);
  }
  for (const entry of scene.explain) {
    top += GAP;
    add("explain", entry.rowHeight, { entry });
  }
  top += GAP / 2;
  if (scene.edits.length) add("edits", EDITS);
  add("sequence", SEQUENCE);
  if (scene.simulated) add("foot", FOOT, {}, 0);
  return { rows, height: top + 4 };
}

/** The lanes about 0 that a track has under it. */
function signedKinds({ show, mode }, lane) {
  const isCompared = lane.edited && mode === "both";
  const wanted = [show.residual && lane.experiment && "residual", show.difference && isCompared && "difference"];
  return [...wanted, show.ratio && isCompared && "ratio"].filter(Boolean);
}

function featureHeight(feature, rows, frame) {
  const height = rows * (feature.kind === "genes" ? GENE_ROW : FEATURE_ROW);
  return frame.isNarrow ? height : Math.max(height, TWO_LINES);
}
