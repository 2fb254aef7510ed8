"use strict";
// Draws what is seen, and lets it be unfolded by click and by keyboard. #open=stage2,stage3/block1&width=macs says what.

const elk = new ELK();
const NAMES = "http://www.w3.org/2000/svg";
const canvas = document.getElementById("canvas"), details = document.getElementById("details"), drawing = document.getElementById("drawing");
const open = new Set();
const READABLE = 0.5;
let by = "", scale = 1, size = [1, 1], chosen = null, turn = 0, fitted = true;

const SIGNS = {
  residual: "M4 1V15M4 3Q14 3 14 8Q14 13 4 13",
  dense: "M2 4H6M2 8H10M2 12H14",
  parallel: "M8 1V3M2 6V10M8 3V13M14 6V10M2 6Q2 3 8 3Q14 3 14 6M2 10Q2 13 8 13Q14 13 14 10M8 13V15",
  gated: "M3 2V14M3 4H11Q13 4 13 6V8M11 8L15 12M15 8L11 12",
  skip: "M13 2V11Q13 13 11 13H4M3 2V14M7 10L4 13L7 16",
  stage: "M3 3H13V5H3ZM3 7H13V9H3ZM3 11H13V13H3Z",
  chain: "M8 1V4M4 4H12V7H4ZM8 7V9M4 9H12V12H4ZM8 12V15",
};

function mark(name, given, ...inside) {
  const found = document.createElementNS(NAMES, name);
  for (const [key, value] of Object.entries(given)) found.setAttribute(key, value);
  found.append(...inside);
  return found;
}

function word(text, x, y, look) {
  return mark("text", { x, y, class: look }, text);
}

const formOf = (part) => (part.form === "repeats" ? part.of : part.form);

function lookOf(part) {
  const form = formOf(part);
  return form === "layer" || form === "unit" ? `kind ${part.kind}` : `form ${form}`;
}

function drawn(box) {
  const found = mark("g", {});
  for (const child of box.children || []) found.append(part(child));
  for (const each of box.edges || []) found.append(...line(each));
  for (const child of box.children || []) for (const each of child.ports) for (const label of each.labels || [])
    found.append(word(label.text, child.x + each.x + label.x + 3, child.y + each.y + label.y + 11.5, "shape"));
  return found;
}

function part(box) {
  const one = box.part, is = open.has(one);
  const found = mark("g", {
    transform: `translate(${box.x} ${box.y})`, class: `part ${lookOf(one)}${is ? " open" : ""}`, "data-part": one.id,
  });
  const button = mark("g", { class: "face", tabindex: 0, role: one.inside ? "button" : "img", "aria-label": toldOf(one) });
  if (one.inside) button.setAttribute("aria-expanded", is);
  found.append(button);
  if (is) {
    const start = SIGNS[formOf(one)] ? 32 : 12;
    button.append(mark("rect", { class: "frame", width: box.width, height: box.height, rx: 10 }));
    const head = mark("g", { class: "head" }, ...sign(one, 10, 8), word(one.name, start, 20, "title"));
    head.append(word(one.says, start + 8 + long(one.name, 13, 600), 20, "below"));
    head.append(mark("path", { class: "fold", d: `M${box.width - 22} 18l5 -5l5 5` }));
    found.append(drawn(box), head);
    return found;
  }
  const lift = one.times || one.form === "stage" ? LIFT : 0;
  const { bar, beside, words: said } = box, height = box.height - lift, round = { height, rx: Math.min(7, bar / 2) };
  const start = beside ? bar + lift + 6 : (bar - said.width - (one.inside ? 16 : 0)) / 2;
  if (lift) button.append(mark("rect", { class: "behind", x: lift, y: lift, width: bar, ...round }));
  button.append(mark("rect", { class: "hit", width: box.width, height }));
  button.append(mark("rect", { class: "box", width: bar, ...round }));
  const text = mark("g", beside ? { class: "beside" } : {});
  button.append(text);
  if (said.height > 30) {
    text.append(...sign(one, start, 13), word(said.title, start + 24, 19, "title"), word(said.below, start + 24, 34, "below"));
  } else {
    text.append(word(said.title, start, 18.5, "says"));
    if (said.behind) text.append(word(said.behind, start + said.width - long(said.behind, 11.5), 18.5, "below"));
  }
  if (one.inside) text.append(mark("path", { class: "fold", d: `M${start + said.width + 8} ${height / 2 - 2}l4 4l4 -4` }));
  return found;
}

function sign(one, x, y) {
  const d = SIGNS[formOf(one)];
  return d ? [mark("path", { class: "sign", d, transform: `translate(${x} ${y})` })] : [];
}

/** An edge with round corners, and a tip where it ends at a box. */
function line(edge) {
  const { startPoint, bendPoints = [], endPoint } = edge.sections[0];
  const points = [startPoint, ...bendPoints, endPoint], tip = edge.ends[1] && !open.has(edge.ends[1]);
  let d = `M${startPoint.x} ${startPoint.y}`;
  points.slice(1, -1).forEach((point, index) => {
    const [before, after] = [points[index], points[index + 2]];
    const reach = Math.min(7, far(before, point) / 2, far(point, after) / 2);
    const [a, b] = [toward(point, before, reach), toward(point, after, reach)];
    d += `L${a.x} ${a.y}Q${point.x} ${point.y} ${b.x} ${b.y}`;
  });
  d += `L${endPoint.x} ${endPoint.y - (tip ? 4 : 0)}`;
  const look = edge.skips ? " skip" : "", ends = edge.ends.map((each) => (each ? each.id : "")).join(" ");
  const found = [mark("path", { class: `edge${look}`, d, "data-ends": ends })];
  if (tip) found.push(mark("path", { class: `tip${look}`, d: `M${endPoint.x - 4} ${endPoint.y - 7}h8l-4 7z`, "data-ends": ends }));
  return found;
}

const far = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
const toward = (from, to, reach) => {
  const all = far(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * reach) / all, y: from.y + ((to.y - from.y) * reach) / all };
};

/** Lays out what is seen and draws it; the part that was touched stays where it was on the screen. */
async function show(touched) {
  const now = (turn += 1), before = touched && placeOf(touched);
  const laid = await elk.layout(graphOf(open, by));
  if (now !== turn) return;
  size = [laid.width, laid.height];
  canvas.replaceChildren(mark("title", {}, `${model.name}: what is computed, from the input down`), drawn(laid));
  canvas.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  if (touched) zoom(scale);
  else fit();
  const after = touched && placeOf(touched);
  if (before && after) drawing.scrollBy(after.left - before.left, after.top - before.top);
  if (touched) faceOf(touched)?.focus({ preventScroll: true });
  remember();
  document.body.dataset.ready = now;
}

const faceOf = (one) => canvas.querySelector(`[data-part="${one.id}"] > .face`);
const placeOf = (one) => {
  const place = faceOf(one)?.getBoundingClientRect();
  return place && { left: place.left + place.width / 2, top: place.top };
};

function zoom(to) {
  fitted = false;
  resize(to);
}

function resize(to) {
  scale = Math.min(3, Math.max(0.15, to));
  canvas.style.width = `${size[0] * scale}px`;
  canvas.style.height = `${size[1] * scale}px`;
}

function fit() {
  fitted = true;
  const whole = Math.min((drawing.clientWidth - 24) / size[0], (drawing.clientHeight - 24) / size[1]);
  resize(Math.min(1.25, Math.max(READABLE, whole)));
}

function toggle(one) {
  if (!one.inside) return;
  if (open.has(one)) for (const each of [...open]) (each === one || around(each).includes(one)) && open.delete(each);
  else open.add(one);
  show(one);
}

/** Unfolds whatever is seen closed, one level deeper. */
function deeper() {
  const closed = parts.filter((one) => one.inside && !open.has(one) && around(one).every((each) => open.has(each)));
  for (const one of closed) open.add(one);
  show();
}

function remember() {
  const asked = new URLSearchParams();
  const ends = [...open].filter((one) => ![...open].some((each) => around(each).includes(one)));
  if (ends.length) asked.set("open", ends.map((one) => one.path).join(","));
  if (by) asked.set("width", by);
  try {
    history.replaceState(null, "", asked.size ? `#${asked}` : location.pathname + location.search);
  } catch {
    // A file that was opened in a frame may have no history; nothing is lost but the address.
  }
}

function recall() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const paths = new Set((asked.get("open") || "").split(","));
  for (const one of parts) if (one.inside && paths.has(one.path)) [...around(one), one].forEach((each) => open.add(each));
  by = ["params", "macs"].includes(asked.get("width")) ? asked.get("width") : "";
  const chosen = document.querySelector(`input[name=width][value="${by}"]`);
  if (chosen) chosen.checked = true;
}
