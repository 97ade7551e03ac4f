// The kinds of explanation that a row can show: how high it is, what draws it, and the field without which there is
// nothing to draw yet.
//
// A lane: constructor(scene, entry, row, frame), where row is {top, height} and entry has the fields of its part,
// and go(view), which shows a stretch;
// `group`, an SVG <g> at its top; update(sight, stretch) with every frame; at(sight, x, y) -> lines for the readout and
// summary(sight) -> a sentence, y in px from the row's top. Where it has them: click(sight, x, y) -> an act or null;
// leave() once the pointer has left; `element`, HTML that lies over the row; cardX(sight) -> where its progress stands.

import { Attention } from "./attention.js";
import { Contributions } from "./contributions.js";
import { Mutagenesis, height as mutagenesisHeight } from "./mutagenesis.js";
import { Scan } from "./scan.js";
import { Truth } from "./truth.js";

export const KINDS = {
  contributions: { height: () => 58, Lane: Contributions, needs: "scores" },
  mutagenesis: { height: mutagenesisHeight, Lane: Mutagenesis, needs: "effect" },
  scan: { height: () => 58, Lane: Scan, needs: "effect" },
  attention: { height: () => 70, Lane: Attention, needs: "values" },
  truth: { height: () => 46, Lane: Truth, needs: "starts" },
};

/** Entries of a scene that can be shown: those of a kind that is known here. */
export const known = (entries) => entries.filter(({ kind }) => Object.hasOwn(KINDS, kind));

/** The height of an entry's row in px; it follows from the kind, so that nothing moves when numbers come. */
export const heightOf = (entry) => KINDS[entry.kind].height(entry);

/** The lane that draws an entry; null where there is nothing to draw yet. */
export function laneOf(scene, entry, row, frame) {
  const { Lane, needs } = KINDS[entry.kind];
  return entry[needs] ? new Lane(scene, entry, row, frame) : null;
}
