"use strict";
// A head that is pointed at says what it means; a click on it sorts its table. The page is complete without this.
const said = (dt) => [...dt.nextElementSibling.children].map((p) => p.textContent).join(" ");
const meanings = new Map([...document.querySelectorAll("#columns dt")].map((dt) => [dt.textContent, said(dt)]));
for (const table of document.querySelectorAll("table")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    if (meanings.has(head.textContent)) head.title = meanings.get(head.textContent);
    const words = head.textContent.split(" ");
    const last = document.createElement("span"); // the arrow stays with the last word
    last.className = "last";
    last.textContent = words.pop();
    button.append(...words.map((word) => `${word} `), last);
    head.textContent = "";
    head.append(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
}
function sort(table, head, column) {
  const numeric = head.classList.contains("n");
  const before = head.getAttribute("aria-sort");
  const down = before ? before === "ascending" : numeric;
  for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => {
    const cell = row.cells[column], text = cell.firstChild?.textContent.trim() ?? "";
    if (cell.querySelector(".none")) return "";
    if (!numeric) return text;
    return parseFloat(text.replace(/^< |,/g, "")) / (text[0] === "<" ? 2 : 1); // the number before its interval
  };
  const rows = [...table.tBodies[0].rows].sort((a, b) => {
    const x = key(a), y = key(b);
    if (x === "" || y === "") return (x === "") - (y === ""); // nothing to say: always last
    return (numeric ? x - y : x.localeCompare(y, undefined, { numeric: true })) * (down ? -1 : 1);
  });
  table.tBodies[0].append(...rows);
}
// A click on a name of a legend shows or hides its curve; of more than can be told apart, the longest shown goes.
const MOST = 6;
for (const key of document.querySelectorAll(".key")) {
  const shown = [...key.querySelectorAll("[aria-pressed=true]")].reverse();
  const turn = (button, on) => {
    button.setAttribute("aria-pressed", on);
    const number = button.className.slice(1);
    for (const curve of key.parentElement.querySelectorAll(`:is(.s${number}:not(.spot, .reach), .b${number})`)) curve.classList.toggle("off", !on);
  };
  key.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const place = shown.indexOf(button);
    turn(button, place < 0);
    if (place < 0) shown.push(button);
    else shown.splice(place, 1);
    if (shown.length > MOST) turn(shown.shift(), false);
  });
}
// A figure that has no files beside the page is saved as it is seen: SVG, or PNG of three dots a point.
const LOOK = ["display", "fill", "fill-opacity", "opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "text-anchor"];
for (const figure of document.querySelectorAll(".pair figure")) {
  if (figure.querySelector(".files")) continue;
  const place = figure.appendChild(document.createElement("p"));
  place.className = "files";
  for (const kind of ["PNG", "SVG"]) {
    const button = place.appendChild(document.createElement("button"));
    button.textContent = kind;
    button.addEventListener("click", () => save(figure, kind));
  }
}
async function save(figure, kind) {
  const drawn = alone(figure.querySelector("svg"));
  const text = new XMLSerializer().serializeToString(drawn);
  const name = [figure.closest("[id]")?.id, figure.querySelector("figcaption b").textContent].join("--");
  let made = new Blob([text], { type: "image/svg+xml" });
  if (kind === "PNG") {
    const image = new Image(), canvas = document.createElement("canvas");
    image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
    await image.decode();
    [canvas.width, canvas.height] = [3 * image.width, 3 * image.height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    made = await new Promise((done) => canvas.toBlob(done));
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(made);
  link.download = `${name.replace(/[^\w-]+/g, "-").replace(/-$/, "")}.${kind.toLowerCase()}`;
  link.click();
}
// A chart that needs no page around it: its axes within, names below, its colours as they are here, on the page's ground.
function alone(chart) {
  const copy = dressed(chart), { width, height } = chart.viewBox.baseVal, page = getComputedStyle(document.body);
  const add = (name, given) => {
    const made = copy.appendChild(document.createElementNS(copy.namespaceURI, name));
    for (const key in given) made.setAttribute(key, given[key]);
    return made;
  };
  for (const use of copy.querySelectorAll("use")) use.replaceWith(dressed(document.querySelector(use.getAttribute("href"))));
  const every = chart.querySelector(".spot") ? "button" : "[aria-pressed=true]"; // points are there whatever is chosen
  const names = [...(chart.closest(".plots")?.querySelectorAll(`.key ${every}`) ?? [])].filter((button) => chart.querySelector(`.s${button.className.slice(1)}`));
  names.forEach((button, place) => {
    const [x, y] = [20 + (place % 2) * (width / 2), height + 28 * Math.floor(place / 2)];
    const line = add("g", { transform: `translate(${x} ${y})` });
    line.append(...[...button.querySelectorAll("path")].map(dressed));
    const look = { x: 64, y: 17, fill: page.color, "font-size": 20, "font-family": page.fontFamily };
    line.append(Object.assign(add("text", look), { textContent: button.textContent }));
  });
  const tall = height + 28 * Math.ceil(names.length / 2) + 6;
  copy.prepend(add("rect", { width, height: tall, fill: page.backgroundColor }));
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${tall}`, width: width / 2, height: tall / 2 })) copy.setAttribute(key, value);
  return copy;
}
function dressed(part) {
  const copy = part.cloneNode(false), look = getComputedStyle(part);
  copy.removeAttribute("id");
  for (const name of LOOK) copy.style.setProperty(name, look.getPropertyValue(name));
  copy.append(...[...part.childNodes].map((child) => (child.nodeType === 1 ? dressed(child) : child.cloneNode())));
  return copy;
}
// The contents: folded on a phone, and on a desk marked where the reader is.
const toc = document.querySelector(".toc");
if (toc) {
  const fold = toc.querySelector("details"), desk = matchMedia("(min-width: 76rem)");
  const links = [...toc.querySelectorAll("a")];
  const parts = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const refold = () => { fold.open = desk.matches; };
  desk.addEventListener("change", refold);
  refold();
  const reveal = (part) => {
    for (let at = part; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  };
  toc.addEventListener("click", (event) => {
    const place = links.indexOf(event.target.closest("a"));
    if (place < 0) return;
    if (!desk.matches) fold.open = false;
    reveal(parts[place]);
  });
  let asked = false;
  const mark = () => {
    asked = false;
    const left = document.documentElement.scrollHeight - innerHeight - scrollY; // near the end, all that is on the screen
    const line = Math.max(140, innerHeight - left);
    let here = 0;
    parts.forEach((part, place) => {
      if (part.getClientRects().length && part.getBoundingClientRect().top < line) here = place;
    });
    links.forEach((link, place) => {
      if (place !== here) link.removeAttribute("aria-current");
      else if (!link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "true");
        const { top, bottom } = link.getBoundingClientRect(), around = toc.getBoundingClientRect();
        if (desk.matches && (top < around.top || bottom > around.bottom)) toc.scrollTop += top - around.top - 80;
      }
    });
  };
  addEventListener("scroll", () => { if (!asked) { asked = true; requestAnimationFrame(mark); } }, { passive: true });
  mark();
}
const scheme = document.querySelector(".scheme");
scheme.hidden = false;
scheme.addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme;
  const now = dark === "dark" || (dark !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.style.colorScheme = now ? "light" : "dark";
});
