"use strict";
// What is said of a part that is pointed at or has the focus, and what keys, buttons and the pointer do.

function element(name, look, ...inside) {
  const found = document.createElement(name);
  if (look) found.className = look;
  found.append(...inside);
  return found;
}

const counted = (value) => (value === null ? "unknown" : value.toLocaleString("en"));

function sharing(one, key) {
  return one[key] && model[key] ? `${counted(one[key])} (${percent(one[key] / model[key])})` : counted(one[key]);
}

/** A part in one sentence, for those who hear it. */
function toldOf(one) {
  const times = one.times ? `, ${one.times} times` : "";
  return `${one.name}: ${one.layer || one.says}${times}, gives ${one.shape}, ${counted(one.params)} parameters`;
}

function rows(pairs) {
  const found = element("dl", "");
  for (const [name, value] of pairs) found.append(element("dt", "", name), element("dd", "", value));
  return found;
}

/** Shows what is known of a part beside the drawing. */
function tell(one) {
  chosen = one;
  near(one);
  const place = element("p", "place", one.place), text = model.lines[one.place];
  const figures = [
    ["output", one.shape], ["parameters", sharing(one, "params")], ["MACs", sharing(one, "macs")],
    ["memory, " + model.step, one.memory], ["receptive field", one.field],
  ];
  if (one.output) figures.unshift(["model's output", one.output]);
  if (one.shares) figures.push(["weights of", one.shares]);
  const inside = [
    element("h2", "", one.path.split("/").join(" › ")),
    element("p", "soft", one.layer || one.says, one.times ? ` ×${one.times}` : ""),
    rows(figures),
  ];
  if (one.arguments?.length) inside.push(element("h3", "", "Arguments"), rows(one.arguments));
  inside.push(element("h3", "", "In the spec"), place);
  if (text) inside.push(element("pre", "", text));
  details.replaceChildren(...inside);
}

/** Makes the edges of a part stand out. */
function near(one) {
  const id = String(one?.id);
  for (const each of canvas.querySelectorAll(".edge, .tip"))
    each.classList.toggle("near", each.dataset.ends.split(" ").includes(id));
}

const MEANINGS = {
  residual: "residual block: adds what it was given", parallel: "parallel branches, joined", dense: "dense layer: appends to what it was given",
  gated: "gated: multiplies what it was given", skip: "joins a skip connection", stage: "stage: blocks in a row", chain: "block",
};
const KINDS = {
  conv: "convolution", dense: "dense or embedding", pool: "pooling", merge: "joins its inputs", norm: "normalisation",
  attention: "attention", recurrent: "recurrent", other: "other layer",
};

/** What signs and colours mean, of those that the model has. */
function legend() {
  const found = element("ul", "");
  const forms = new Set(parts.map(formOf)), kinds = new Set(parts.filter((one) => !one.inside).map((one) => one.kind));
  const shown = [...Object.keys(MEANINGS).filter((each) => forms.has(each)).map((each) => [`form ${each}`, MEANINGS[each], each]),
    ...Object.keys(KINDS).filter((each) => kinds.has(each)).map((each) => [`kind ${each}`, KINDS[each]])];
  for (const [look, says, form] of shown) {
    const box = mark("svg", { viewBox: "0 0 34 20", class: look, "aria-hidden": true });
    box.append(mark("rect", { class: "box", x: 1, y: 1, width: 32, height: 18, rx: 5 }));
    if (form) box.append(mark("path", { class: "sign", d: SIGNS[form], transform: "translate(10 3) scale(0.9)" }));
    found.append(element("li", "", box, says));
  }
  if (!["residual", "dense", "skip"].some((each) => forms.has(each))) return found;
  const line = mark("svg", { viewBox: "0 0 34 20", "aria-hidden": true }, mark("path", { class: "edge skip", d: "M2 10H32" }));
  found.append(element("li", "", line, "leaves out what others go through"));
  return found;
}

const beginning = [...details.childNodes, legend()];

/** Shows what was shown at the beginning. */
function overview() {
  chosen = null;
  near(null);
  details.replaceChildren(...beginning);
}

const partAt = (target) => {
  const found = target.closest?.("[data-part]");
  return found && canvas.contains(found) ? parts[found.dataset.part] : null;
};

canvas.addEventListener("pointerover", (event) => {
  const one = partAt(event.target);
  if (one && one !== chosen) tell(one);
});
canvas.addEventListener("focusin", (event) => {
  const one = partAt(event.target);
  if (one) tell(one);
});
canvas.addEventListener("click", (event) => {
  const one = partAt(event.target);
  if (one && event.target.closest(".face")) toggle(one);
  else overview();
});

/** The next part in the order of the drawing, or the one before. */
function move(one, step) {
  const faces = [...canvas.querySelectorAll(".face")], at = faces.indexOf(faceOf(one));
  faces[at + step]?.focus();
}

canvas.addEventListener("keydown", (event) => {
  const one = partAt(event.target);
  if (!one || event.ctrlKey || event.metaKey || event.altKey) return;
  const does = {
    Enter: () => toggle(one), " ": () => toggle(one),
    ArrowDown: () => move(one, 1), ArrowUp: () => move(one, -1),
    ArrowRight: () => !open.has(one) && toggle(one),
    ArrowLeft: () => (open.has(one) ? toggle(one) : one.above && toggle(one.above)),
    Escape: () => (one.above ? toggle(one.above) : overview()),
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});

for (const each of document.querySelectorAll("input[name=width]"))
  each.addEventListener("change", () => { by = each.value; show(); });
const buttons = {
  deeper, closed: () => { open.clear(); show(); }, fit,
  larger: () => zoom(scale * 1.25), smaller: () => zoom(scale / 1.25),
};
for (const [name, does] of Object.entries(buttons)) document.getElementById(name).addEventListener("click", does);

drawing.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const box = canvas.getBoundingClientRect(), x = (event.clientX - box.left) / scale, y = (event.clientY - box.top) / scale;
  zoom(scale * Math.exp(-event.deltaY / 300));
  const after = canvas.getBoundingClientRect();
  drawing.scrollBy(after.left + x * scale - event.clientX, after.top + y * scale - event.clientY);
}, { passive: false });

let held = null;
drawing.addEventListener("pointerdown", (event) => {
  if (event.button === 0 && !event.target.closest(".face") && event.pointerType === "mouse") held = [event.clientX, event.clientY];
});
window.addEventListener("pointermove", (event) => {
  if (!held) return;
  drawing.scrollBy(held[0] - event.clientX, held[1] - event.clientY);
  held = [event.clientX, event.clientY];
});
window.addEventListener("pointerup", () => { held = null; });
window.addEventListener("resize", () => { if (fitted) fit(); });
window.addEventListener("hashchange", () => { open.clear(); recall(); show(); });

overview();
recall();
show();
