// What the mouse, a finger and the wheel do to a view: see `watch`, which calls this.

import { lines } from "./readout.js";

export class Pointing {
  /** `host` is the view: its `scene`, `view`, `limits`, `picture`, `editing`, `hover`, `stage`, and go(), move(), zoom(), draw(), act(). */
  constructor(host) {
    this.host = host;
  }

  pan(px) {
    this.host.move(-px / this.host.picture.frame.width);
  }

  slide(px) {
    this.host.move(px / this.host.picture.frame.width);
  }

  wheel(factor, x) {
    this.host.zoom(factor, this.host.picture.position(x));
  }

  marking(a, b) {
    this.host.marked = this.#between(a, b);
    this.host.draw();
  }

  box(a, b) {
    this.host.marked = null;
    this.host.go(this.#between(a, b));
  }

  stretch(a, b) {
    this.host.editing.stretch(this.#between(a, b));
  }

  /** A click that means something to an explanation is that; else it chooses a base. */
  click(x, y) {
    const { host } = this;
    const what = host.scene && host.picture.actAt(x, y);
    if (what) host.act(what);
    else host.editing.click(host.picture.position(x));
  }

  hover(x, y = 0) {
    const { scene, picture, hover, stage } = this.host;
    const isOff = !scene || x === null || x > picture.frame.right;
    picture.point(isOff ? null : x);
    if (isOff) {
      picture.left();
      hover.hide();
      return;
    }
    const found = picture.at(x, y);
    const [heading, ...more] = lines(scene, picture.position(x));
    hover.show([heading, ...found, ...more], x, y, stage.getBoundingClientRect());
  }

  #between(a, b) {
    const { picture, limits } = this.host;
    const [start, end] = [a, b].sort((p, q) => p - q).map((x) => picture.position(x));
    return { start: Math.max(start, limits.start), end: Math.min(end, limits.end) };
  }
}
