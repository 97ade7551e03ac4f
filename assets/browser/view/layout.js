// Where everything stands: sizes in px, rows from top to bottom. Heights depend on the data, never on the view, so
// that the picture does not jump while it is moved.

export const GUTTER = 156;
export const RIGHT = 10;
export const LANE = 58;
export const SMALL = 36;
export const GAP = 14;
export const STRIP = 18;
export const RULER = 24;
export const GENE_ROW = 34;
export const EDITS = 26;
export const SEQUENCE = 40;
export const FOOT = 18;

/** The rows of a scene, each with its top and height, and the height of all. */
export function layout(scene, geneRows) {
  const rows = [];
  let top = 2;
  const add = (kind, height, more = {}) => {
    rows.push({ kind, top, height, ...more });
    top += height;
  };
  add("overview", STRIP + 18);
  add("ruler", RULER);
  if (scene.genes) add("genes", GENE_ROW * geneRows);
  for (const lane of scene.lanes) {
    top += GAP;
    add("lane", LANE, { lane });
    if (scene.show.residual && lane.experiment) {
      top += 4;
      add("residual", SMALL, { lane });
    }
    if (scene.show.difference && lane.edited && scene.mode === "both") {
      top += 4;
      add("difference", SMALL, { lane });
    }
  }
  top += GAP / 2;
  if (scene.edits.length) add("edits", EDITS);
  add("sequence", SEQUENCE);
  if (scene.simulated) add("foot", FOOT);
  return { rows, height: top + 4 };
}
