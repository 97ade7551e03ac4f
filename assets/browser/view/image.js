// The picture as a file of its own, SVG or PNG, with its colours and letters written into it.

const TAKEN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap",
  "stroke-linejoin", "opacity", "shape-rendering", "font-family", "font-size", "font-weight", "font-style", "text-anchor",
  "vector-effect", "visibility", "letter-spacing"];

/** Save a picture as "svg" or "png". */
export async function savePicture(kind, picture, { words }) {
  const { svg } = picture;
  const ground = getComputedStyle(svg).getPropertyValue("--eb-ground").trim() || "#ffffff";
  const file = asText(svg, ground, picture.label(), words.facts);
  const [width, height] = [svg.clientWidth, svg.clientHeight];
  const blob = kind === "svg" ? new Blob([file], { type: "image/svg+xml" }) : await asPng(file, width, height, ground);
  save(blob, `${words.file}.${kind}`);
}

/** The text of an SVG file that needs no style sheet. `facts` says where the numbers come from. */
function asText(svg, ground, title, facts) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of TAKEN) to[i].style.setProperty(name, style.getPropertyValue(name));
    to[i].style.removeProperty("--lane");
    to[i].removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.style.background = ground;
  for (const [name, words] of [["desc", facts], ["title", title]]) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    made.textContent = words;
    copy.prepend(made);
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

/** A PNG of an SVG text at twice its size. */
async function asPng(text, width, height, ground) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * width, 2 * height];
    const context = canvas.getContext("2d");
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
