// The line above the picture: where it is, which haplotype, how near, and what can be done with it.

import { locus, SMALLEST_BP, whole } from "./axis.js";
import { button, html } from "./dom.js";

const MODES = { reference: "the reference alone", edited: "the edited sequence alone", both: "edited over reference" };

export class Toolbar {
  /** `actions`: zoom(factor), to(width), fit(), mode(name), past(way), edit(), image(kind), share(), help(). */
  constructor(actions) {
    this.where = html("b", {});
    this.width = html("span", { class: "eb-width" });
    this.modes = html("div", { class: "eb-modes", role: "group", "aria-label": "Which sequence is drawn" });
    for (const [name, about] of Object.entries(MODES)) {
      this.modes.append(button(name, `Draw ${about}`, () => actions.mode(name), { "data-mode": name }));
    }
    const slide = (event) => actions.to(event.target.value);
    this.slider = html("input", { type: "range", min: 0, max: 1000, "aria-label": "Zoom", title: "Zoom", oninput: slide });
    this.edit = button("Edit bases", "Edit bases (e)", actions.edit, { "aria-pressed": "false" });
    this.edit.append(html("kbd", {}, "e"));
    this.back = button("←", "Back to the view before (Alt ←)", () => actions.past(-1));
    this.forward = button("→", "Forward to the view after (Alt →)", () => actions.past(1));
    this.told = html("span", { class: "eb-told", role: "status" });
    this.element = html("div", { class: "eb-toolbar" }, [
      html("div", { class: "eb-where" }, [this.where, this.width]),
      this.modes,
      this.told,
      html("div", { class: "eb-buttons", role: "group", "aria-label": "Move, edit and save the view" }, [
        this.back,
        this.forward,
        button("−", "Zoom out (−)", () => actions.zoom(2)),
        this.slider,
        button("+", "Zoom in (+)", () => actions.zoom(0.5)),
        button("Fit", "Show all that is predicted (0)", actions.fit),
        this.edit,
        button("Link", "Copy a link to this picture", actions.share),
        button("SVG", "Save the picture as SVG", () => actions.image("svg")),
        button("PNG", "Save the picture as PNG", () => actions.image("png")),
        button("?", "Keys and the mouse (?)", actions.help),
      ]),
    ]);
  }

  /** Say where a view is; `past` can tell whether there is a view to go back or forward to. */
  update(scene, view, limits, { isEditing, past }) {
    const { start, end } = whole(view);
    this.where.textContent = locus(scene.chrom, view);
    this.width.textContent = `${(end - start).toLocaleString("en-US")} bp`;
    this.modes.hidden = !scene.edits.length;
    for (const each of this.modes.children) each.setAttribute("aria-pressed", `${each.dataset.mode === scene.mode}`);
    this.edit.setAttribute("aria-pressed", `${isEditing}`);
    this.slider.value = `${Math.round(1000 * nearness(view, limits))}`;
    this.slider.setAttribute("aria-valuetext", this.width.textContent);
    this.rested(past);
  }

  /** A button that does nothing now stays in reach: it keeps the focus, and can be told of. */
  rested(past) {
    this.back.setAttribute("aria-disabled", `${!past.can(-1)}`);
    this.forward.setAttribute("aria-disabled", `${!past.can(1)}`);
  }

  tell(words) {
    this.told.textContent = words;
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => (this.told.textContent = ""), 4000);
  }
}

/** How near a view is: 0 for all there is, 1 for the closest. */
function nearness(view, limits) {
  const all = limits.end - limits.start;
  return Math.log(all / (view.end - view.start)) / Math.log(all / SMALLEST_BP);
}

/** The width in bp of a place on the slider, 0 to 1000. */
export function widthAt(place, limits) {
  const all = limits.end - limits.start;
  return all * (SMALLEST_BP / all) ** (place / 1000);
}
