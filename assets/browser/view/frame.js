// The drawing ground: how wide the plot and the labels beside it are, and where a position stands on it.

export const RIGHT = 10;
const [NARROW, NARROWEST_PLOT] = [620, 180];

/** Sizes in px that follow from the width there is. On a narrow screen the labels stand above what they name. */
export class Frame {
  constructor(px) {
    this.isNarrow = px < NARROW;
    this.gutter = this.isNarrow ? 46 : 156;
    this.head = this.isNarrow ? 17 : 0; // room above a row for its label
    this.width = Math.max(px - this.gutter - RIGHT, NARROWEST_PLOT);
    this.right = this.gutter + this.width;
    this.px = this.right + RIGHT;
  }
}

/** A stretch (0-based start and end, as floats) on a frame. */
export class Sight {
  constructor(frame, view) {
    this.frame = frame;
    this.view = view;
    this.perBp = frame.width / (view.end - view.start);
  }

  x(position) {
    return this.frame.gutter + (position - this.view.start) * this.perBp;
  }

  /** x held near the plot, since coordinates far off it are slow and inexact. */
  near(position) {
    return Math.min(Math.max(this.x(position), this.frame.gutter - 50), this.frame.right + 50);
  }

  position(x) {
    return this.view.start + (x - this.frame.gutter) / this.perBp;
  }
}
