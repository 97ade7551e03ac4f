// A small lane of bars about 0: experiment less prediction, edited less reference, or the log of their ratio.

import { SMALL } from "./layout.js";
import { ends, names } from "./names.js";
import { extent, log2FoldChange, overlapping, PSEUDOCOUNT, said } from "./numbers.js";
import { area, pooled } from "./pools.js";
import { element, say, set } from "./svg.js";

/** What each kind shows of a lane, with its formula. */
const KINDS = {
  residual: {
    title: "Residual",
    formula: "experiment − predicted",
    of: (lane) => lane.experiment.map((value, i) => value - lane.predicted[i]),
    colour: "grey",
  },
  difference: {
    title: "Difference",
    formula: "edited − reference",
    of: (lane) => lane.editedHere.map((value, i) => value - lane.predicted[i]),
    colour: "change",
  },
  ratio: {
    title: "Log ratio",
    formula: `log2((edited + ${PSEUDOCOUNT}) / (reference + ${PSEUDOCOUNT}))`,
    of: (lane) => lane.editedHere.map((value, i) => log2FoldChange(lane.predicted[i], value)),
    colour: "change",
  },
};

export class SignedLane {
  constructor(scene, frame, { kind, lane, top }) {
    const { title, formula, of, colour } = KINDS[kind];
    this.scene = scene;
    this.values = of(lane);
    this.up = element("path", { class: "up" });
    this.down = element("path", { class: "down" });
    this.moving = element("g", {}, [this.up, this.down]);
    const middle = SMALL / 2;
    const zero = element("line", { class: "zero", x1: frame.gutter, x2: frame.right, y1: middle, y2: middle });
    [this.high, this.low] = ends(frame, SMALL + 1);
    const short = kind === "ratio" ? "log2(edited / ref.)" : formula; // it stands under its track
    const more = `${title} of ${lane.name} ${lane.biosample}: ${formula}`;
    this.group = element("g", { class: `lane signed ${colour}`, transform: `translate(0 ${top})` }, [
      ...names(frame, title, short, { at: [11, 25], more }),
      this.high,
      this.low,
      element("g", { "clip-path": "url(#eb-plot)" }, [zero, this.moving]),
    ]);
  }

  /** Limits are symmetric about 0, so that up and down compare. */
  update(sight, stretch) {
    const { bins, show } = this.scene;
    const all = show.scale === "window";
    const [first, last] = all ? [0, this.values.length] : overlapping(bins.starts, bins.ends, sight.view);
    const [low, high] = extent(this.values, first, last) ?? [0, 0];
    const most = Math.max(-low, high) || 1;
    if (this.stretch !== stretch) this.#draw(stretch);
    set(this.moving, { transform: `matrix(${sight.perBp} 0 0 ${-SMALL / 2 / most} ${sight.x(stretch.origin)} ${SMALL / 2})` });
    say(this.high, `+${said(most)}`);
    say(this.low, `−${said(most)}`);
  }

  #draw(stretch) {
    this.stretch = stretch;
    const pools = pooled(this.scene.bins, this.values, stretch);
    set(this.up, { d: area(pools, pools.highs.map((value) => Math.max(value, 0)), stretch.origin) });
    set(this.down, { d: area(pools, pools.lows.map((value) => Math.min(value, 0)), stretch.origin) });
  }
}
