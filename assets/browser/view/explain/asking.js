// Asking for an explanation: of what is chosen, or else of what is in the middle of the view.

import { whole } from "../axis.js";
import { rowAt } from "../numbers.js";

const MOST_MUTATED_BP = 2000; // of a view; what is chosen may be longer, and the page says what can be done with it
const said = (bp) => `${bp.toLocaleString("en-US")} bp`;

export class Explaining {
  /** `host` is the view: its `scene`, `view`, `editing`, and act(), tell(), say(). */
  constructor(host) {
    this.host = host;
  }

  explain() {
    this.#ask("explain", this.#chosen ?? this.#middle(), "The middle of the view is read, not predicted: move to what is to be explained");
  }

  lookFrom() {
    this.#ask("look_from", this.#chosen ?? this.#middle(), "The middle of the view is read, not predicted: move to where to look from");
  }

  mutate() {
    const view = whole(this.host.view);
    const width = view.end - view.start;
    const why = `Choose the bases to mutate (e, then drag), or zoom in: ${said(width)} in view, at most ${said(MOST_MUTATED_BP)} at once`;
    this.#ask("mutate", this.#chosen ?? (width <= MOST_MUTATED_BP ? view : null), why);
  }

  get #chosen() {
    const { chosen } = this.host.editing;
    return chosen && { start: chosen.start, end: chosen.end };
  }

  /** The bin in the middle of the view; null where none is. */
  #middle() {
    const { view, scene } = this.host;
    const { starts, ends } = scene.bins;
    const row = rowAt(starts, ends, (view.start + view.end) / 2);
    return row < 0 ? null : { start: starts[row], end: ends[row] };
  }

  #ask(kind, stretch, why) {
    const { host } = this;
    if (stretch) host.act({ kind, ...stretch });
    else {
      host.tell(why);
      host.say(why);
    }
  }
}
