// The address names what is on screen, so that it can be copied at any time.

import { locus } from "./axis.js";

export function keep(scene, view) {
  if (!scene.shareable) return;
  const url = new URL(location.href);
  const now = locus(scene.chrom, view).replaceAll(",", "");
  if (url.searchParams.get("view") === now) return;
  url.searchParams.set("view", now);
  history.replaceState(history.state, "", url);
}

/** Copy the address, and say what became of that. */
export async function copy(scene, view) {
  keep(scene, view);
  try {
    await navigator.clipboard.writeText(location.href);
    return scene.shareable ? "The link is copied" : "Copied; a pasted sequence is not in the link";
  } catch {
    return "Copy the address in the address bar: it holds this picture";
  }
}
