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
