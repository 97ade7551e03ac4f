// Mouse, touch and wheel: pan by dragging, zoom by the wheel about the pointer, a box with Shift, a stretch to edit.

const LEAST_DRAG_PX = 4;

/**
 * Watch an SVG. `on`: pan(px), wheel(factor, x), slide(px), marking(x0, x1) while a box is drawn, and box(x0, x1) then,
 * stretch(x0, x1), click(x, y), hover(x, y); x and y count from the picture's corner.
 * `isEditing()` says whether a drag chooses a stretch, `gutter()` where the plot begins.
 */
export function watch(svg, on, { isEditing, gutter }) {
  let drag = null;
  const at = (event) => event.clientX - svg.getBoundingClientRect().left;
  const height = (event) => event.clientY - svg.getBoundingClientRect().top;

  const down = (event) => {
    if (event.button !== 0 || at(event) < gutter()) return;
    const kind = event.shiftKey ? "box" : isEditing() ? "stretch" : "pan";
    drag = { kind, from: at(event), last: at(event), moved: false };
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    svg.closest("[tabindex]")?.focus({ preventScroll: true });
  };
  const move = (event) => {
    const x = at(event);
    if (!drag) {
      on.hover(x < gutter() ? null : x, height(event));
      return;
    }
    drag.moved ||= Math.abs(x - drag.from) >= LEAST_DRAG_PX;
    if (!drag.moved) return;
    on.hover(null);
    if (drag.kind === "pan") on.pan(x - drag.last);
    else if (drag.kind === "box") on.marking(drag.from, x);
    else on.stretch(drag.from, x);
    drag.last = x;
  };
  const up = (event) => {
    if (!drag) return;
    const done = drag;
    drag = null;
    if (!done.moved) on.click(done.from, height(event));
    else if (done.kind === "box") on.box(done.from, at(event));
    else if (done.kind === "stretch") on.stretch(done.from, at(event));
  };
  const wheel = (event) => {
    if (at(event) < gutter() || event.ctrlKey) return; // Ctrl and the wheel are the browser's own zoom
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) on.slide(event.deltaX * lines);
    else on.wheel(Math.exp(event.deltaY * lines * 0.002), at(event));
  };
  svg.addEventListener("pointerdown", down);
  svg.addEventListener("pointermove", move);
  svg.addEventListener("pointerup", up);
  svg.addEventListener("pointercancel", () => (drag = null));
  svg.addEventListener("pointerleave", () => on.hover(null));
  svg.addEventListener("wheel", wheel, { passive: false });
}
