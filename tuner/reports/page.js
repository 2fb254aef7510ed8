"use strict";
// The trial that is pointed at is shown in every drawing, with its values; axes of the lines are dragged along to choose.
const trials = JSON.parse(document.getElementById("data").textContent);
const tip = document.getElementById("tip");
const of = (element) => element.closest ? element.closest("[data-trial]") : null;

function light(id) {
  document.querySelectorAll(".on").forEach((each) => each.classList.remove("on"));
  document.body.classList.toggle("looking", id !== null);
  if (id !== null) document.querySelectorAll(`[data-trial="${id}"]`).forEach((each) => each.classList.add("on"));
}

function tell(id, event) {
  const found = trials[id];
  const list = document.createElement("dl");
  for (const [name, text] of found.values) {
    list.append(Object.assign(document.createElement("dt"), { textContent: name }));
    list.append(Object.assign(document.createElement("dd"), { textContent: text }));
  }
  tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: found.title }), list);
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 16, innerWidth - box.width - 8))}px`;
  tip.style.top = `${Math.max(8, Math.min(event.clientY + 16, innerHeight - box.height - 8))}px`;
}

document.addEventListener("pointerover", (event) => {
  const element = of(event.target);
  light(element ? element.dataset.trial : null);
  if (element && element.closest("svg")) tell(element.dataset.trial, event);
  else tip.hidden = true;
});

// Parallel coordinates: what is dragged over on an axis stays, the rest goes.
const chosen = new Map();
const place = (brush, event) => {
  const box = brush.getBoundingClientRect();
  return Math.min(1, Math.max(0, 1 - (event.clientY - box.top) / box.height));
};

function filter() {
  const out = new Set();
  document.querySelectorAll("g[data-at]").forEach((line) => {
    const at = new Map(line.dataset.at.split(" ").map((each) => each.split(":")));
    const inside = [...chosen].every(([axis, [low, high]]) => at.has(axis) && +at.get(axis) >= low && +at.get(axis) <= high);
    if (!inside) out.add(line.dataset.trial);
  });
  document.querySelectorAll("[data-trial]").forEach((each) => {
    const failed = chosen.size > 0 && each.matches(".cross, tr.failed");
    each.classList.toggle("out", failed || out.has(each.dataset.trial));
  });
}

function show(brush) {
  brush.parentNode.querySelectorAll(".chosen").forEach((each) => each.remove());
  const range = chosen.get(brush.dataset.axis);
  if (!range) return;
  const [foot, head] = [+brush.dataset.low, +brush.dataset.high];
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const given = { class: "chosen", x: brush.getAttribute("x"), width: brush.getAttribute("width"), rx: 3,
    y: foot - range[1] * (foot - head), height: (range[1] - range[0]) * (foot - head) };
  Object.entries(given).forEach(([name, value]) => box.setAttribute(name, value));
  brush.before(box);
}

document.querySelectorAll(".brush").forEach((brush) => {
  let from = null;
  const move = (event) => {
    if (from === null) return;
    const to = place(brush, event);
    if (Math.abs(to - from) < 0.02) chosen.delete(brush.dataset.axis);
    else chosen.set(brush.dataset.axis, [Math.min(from, to), Math.max(from, to)]);
    show(brush);
    filter();
  };
  brush.addEventListener("pointerdown", (event) => {
    brush.setPointerCapture(event.pointerId);
    from = place(brush, event);
    move(event);
  });
  brush.addEventListener("pointermove", move);
  brush.addEventListener("pointerup", () => { from = null; });
});

// Tables are sorted by a column whose name is pressed: numbers as numbers, what is empty last.
document.querySelectorAll("th button").forEach((button) => {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const falls = head.getAttribute("aria-sort") === "ascending";
    head.parentNode.querySelectorAll("th").forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", falls ? "descending" : "ascending");
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[head.cellIndex].dataset.value ?? row.cells[head.cellIndex].textContent;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return falls ? -order : order;
    };
    body.append(...[...body.rows].sort(compare));
  });
});
