// Genes: exons, coding parts, strand, start sites, and labels that do not collide.

import { GENE_ROW } from "./layout.js";
import { names } from "./names.js";
import { element } from "./svg.js";

const [LETTER, TICK, CHEVRON, MIDDLE] = [6.6, 9, 26, 12];
export const MAX_ROWS = 3;

const visible = (gene, view) => gene.start < view.end && gene.end > view.start;
const labelled = (gene) => (gene.symbol.length > 24 ? `${gene.symbol.slice(0, 23)}…` : gene.symbol);

/** Where the label's middle stands: over the part in view, held away from the edges. */
function labelAt(gene, view, bpPerPx) {
  const middle = (Math.max(gene.start, view.start) + Math.min(gene.end, view.end)) / 2;
  const half = (labelled(gene).length * LETTER * bpPerPx) / 2;
  return Math.max(Math.min(middle, view.end - half), view.start + half);
}

/** Genes in rows, so that neither bodies nor labels collide; coding and long ones go first. */
export function pack(genes, view, px, rows = MAX_ROWS) {
  const bpPerPx = (view.end - view.start) / px;
  const shown = genes.filter((gene) => visible(gene, view));
  shown.sort((a, b) => b.coding - a.coding || a.start - a.end - (b.start - b.end) || a.start - b.start);
  const taken = Array.from({ length: rows }, () => []);
  const placed = [];
  for (const gene of shown) {
    const at = labelAt(gene, view, bpPerPx);
    const half = (labelled(gene).length * LETTER * bpPerPx) / 2 + 6 * bpPerPx;
    const low = Math.min(gene.start - 12 * bpPerPx, at - half);
    const high = Math.max(gene.end + 12 * bpPerPx, at + half);
    const row = taken.findIndex((others) => others.every(([a, b]) => high <= a || low >= b));
    if (row < 0) continue;
    taken[row].push([low, high]);
    placed.push({ gene, row, at });
  }
  return { placed, hidden: shown.length - placed.length };
}

/** Rows that the widest view needs; closer ones never need more. */
export function rowsNeeded(genes, limits, px) {
  const { placed } = pack(genes, limits, px);
  return Math.max(1, ...placed.map(({ row }) => row + 1));
}

/** Genes in a view. `name` and `about` stand beside them, as long as all have room. */
export function draw(genes, sight, rows, { name, about }) {
  const { placed, hidden } = pack(genes, sight.view, sight.frame.width, rows);
  const words = hidden ? `${hidden} more without room` : placed.length ? about : "none in view";
  const shapes = placed.flatMap(({ gene, row, at }) => shape(gene, row * GENE_ROW + MIDDLE, sight, sight.x(at)));
  return [...names(sight.frame, name, words), element("g", { "clip-path": "url(#eb-plot)" }, shapes)];
}

function shape(gene, y, sight, label) {
  const x = (position) => sight.near(position);
  const [left, right] = [x(gene.start), x(gene.end)];
  const box = (start, end, half) =>
    element("rect", { class: "exon", x: x(start), y: y - half, width: Math.max(x(end) - x(start), 1), height: 2 * half });
  const boxes = gene.exons.flatMap(([start, end]) => {
    const thin = box(start, end, 3);
    if (!gene.cds || gene.cds[0] >= end || start >= gene.cds[1]) return [thin];
    return [thin, box(Math.max(start, gene.cds[0]), Math.min(end, gene.cds[1]), 5.5)];
  });
  const ahead = gene.strand === "-" ? -1 : 1;
  const chevrons = [];
  for (let at = Math.max(left, sight.frame.gutter) + CHEVRON / 2; at < Math.min(right, sight.frame.right); at += CHEVRON) {
    chevrons.push(`M${at - 4 * ahead} ${y - 3}L${at} ${y}L${at - 4 * ahead} ${y + 3}`);
  }
  const site = x(gene.tss + 0.5);
  const tip = site + ahead * TICK;
  const arrow = `M${site} ${y}V${y - 11}H${tip}m${-4 * ahead} -3l${4 * ahead} 3l${-4 * ahead} 3`;
  const drawn = gene.strand === "." ? [] : [element("path", { class: "site", d: arrow })];
  return [
    element("line", { class: "intron", x1: left, x2: right, y1: y, y2: y }),
    element("path", { class: "intron", d: gene.strand === "." ? "" : chevrons.join("") }),
    ...boxes,
    ...drawn,
    element("text", { class: "gene", x: label, y: y + 18 }, [labelled(gene), element("title", {}, gene.symbol)]),
  ];
}
