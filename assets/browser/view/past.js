// The views somebody rested at, to go back to and forward again.

const MOST = 50;

export class Past {
  constructor() {
    this.clear();
  }

  clear() {
    this.views = [];
    this.at = -1;
  }

  /** A view that is at rest; what lay ahead of it is forgotten. */
  rested(view) {
    const now = this.views[this.at];
    if (now && Math.abs(now.start - view.start) < 0.5 && Math.abs(now.end - view.end) < 0.5) return;
    this.views = [...this.views.slice(0, this.at + 1), { ...view }].slice(-MOST);
    this.at = this.views.length - 1;
  }

  can(way) {
    return this.at >= 0 && this.views[this.at + way] !== undefined;
  }

  /** The view before (-1) or after (1); null where there is none. */
  go(way) {
    if (!this.can(way)) return null;
    this.at += way;
    return this.views[this.at];
  }
}
