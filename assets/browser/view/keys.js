// The keyboard: everything that the mouse can do. Keys that are taken go no further, since Streamlit has keys of its own.

export const KEYS = [
  ["← →", "move by a tenth; with Shift by a half"],
  ["+ −", "zoom about the middle, or about the chosen bases"],
  ["0, Home", "show all that is predicted"],
  ["Alt ← Alt →", "go back to the view before, and forward again"],
  ["[ ]", "go to the edit before, or the next"],
  ["e", "edit bases: arrows choose one, Shift and arrows a stretch"],
  ["A C G T", "while editing: replace the chosen base"],
  ["Delete", "while editing: delete what is chosen"],
  ["i", "while editing: insert before what is chosen"],
  ["x", "explain what is chosen, or the bin in the middle of the view"],
  ["m", "mutate what is chosen, or what is in view where that is at most 2,000 bp"],
  ["l", "look from what is chosen, or from the middle of the view: where the model's attention goes"],
  ["Ctrl Z, Ctrl Y", "undo an edit, redo it"],
  ["Esc", "choose nothing, stop editing"],
  ["/", "go to the search box"],
  ["Tab, Enter", "the menu of each lane: its place, height and colour"],
  ["Alt ↑ Alt ↓", "on a lane's menu button: move the lane"],
  ["wheel, drag", "zoom about the pointer, move"],
  ["Shift and drag", "zoom to a box"],
  ["drag a label", "put its lane elsewhere"],
  ["stay beyond an end", "predict the next window there"],
];

/** What a key press asks for, as [action, ...arguments]; null where it is none of ours. */
export function asked(event, isEditing) {
  const { key, shiftKey } = event;
  const way = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (event.ctrlKey || event.metaKey) {
    if (key.toLowerCase() === "z") return shiftKey ? ["redo"] : ["undo"];
    return key.toLowerCase() === "y" ? ["redo"] : null;
  }
  if (event.altKey) return way ? ["past", way] : null;
  if (way) return isEditing ? ["choose", way, shiftKey] : ["move", way * (shiftKey ? 0.5 : 0.1)];
  if (isEditing && /^[acgt]$/i.test(key)) return ["substitute", key.toUpperCase()];
  if (isEditing && (key === "Delete" || key === "Backspace")) return ["remove"];
  if (isEditing && key === "i") return ["insert"];
  const plain = { "+": ["zoom", 0.5], "=": ["zoom", 0.5], "-": ["zoom", 2], _: ["zoom", 2], 0: ["fit"], Home: ["fit"] };
  const more = { "[": ["edit", -1], "]": ["edit", 1], e: ["toggle"], "?": ["help"], Escape: ["escape"] };
  const why = { x: ["explain"], m: ["mutate"], l: ["look"] };
  return plain[key] ?? more[key] ?? why[key] ?? null;
}
