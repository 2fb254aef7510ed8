"use strict";
// Asks the model about what is dropped, picked or typed. Everything that is shown is put in as text.

const model = JSON.parse(document.getElementById("model").textContent);
const form = document.getElementById("ask");
const answer = document.getElementById("answer");
const SHOWN = 10;
const GAP = "\0gap"; // nothing is known: NaN, which JSON.stringify would make null
const GREY = [0.299, 0.587, 0.114]; // ITU-R 601, as in training

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// ---- what is asked

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let start = 0; start < bytes.length; start += 32768) {
    text += String.fromCharCode(...bytes.subarray(start, start + 32768));
  }
  return btoa(text);
}

// Pixels from 0 to 255 in the size of the model's input.
async function pixels(file) {
  const [height, width, channels] = model.inputs[0].shape.slice(1);
  const image = await createImageBitmap(file);
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const data = context.getImageData(0, 0, width, height).data;
  const rows = [];
  for (let y = 0; y < height; y++) {
    const row = [];
    for (let x = 0; x < width; x++) {
      const [...rgba] = data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4);
      const grey = Math.round(GREY.reduce((sum, part, index) => sum + part * rgba[index], 0));
      row.push(channels === 1 ? [grey] : rgba.slice(0, channels));
    }
    rows.push(row);
  }
  return rows;
}

function typed(text, input) {
  const single = input.shape.length === 1;
  let value = text;
  if (input.dtype === "bool") value = text.trim().toLowerCase() === "true";
  else if (input.dtype !== "string") {
    value = text.trim() === "" && input.dtype.startsWith("float") ? GAP : Number(text.trim().replace(",", ".") || NaN);
    if (Number.isNaN(value)) throw new Error(`${input.name} takes a number`);
  }
  return single ? value : [value];
}

async function predict(instances) {
  const body = JSON.stringify({ signature_name: model.signature, instances }).replaceAll(JSON.stringify(GAP), "NaN");
  const started = performance.now();
  answer.classList.add("waits");
  try {
    const reply = await fetch(model.predict, { method: "POST", body });
    // TensorFlow Serving writes NaN and Infinity, which JSON has no words for.
    const told = JSON.parse((await reply.text()).replace(/(?<=[[,:] ?)(NaN|-?Infinity)(?=[\],} ])/g, "null"));
    if (!reply.ok) throw new Error(told.error);
    show(told.predictions[0], performance.now() - started);
  } finally {
    answer.classList.remove("waits");
  }
}

async function ask(instance) {
  try {
    await predict([await instance()]);
  } catch (error) {
    answer.replaceChildren(element("p", { class: "bad", role: "alert" }, error.message));
  }
}

// ---- what is answered

// By its output's name: one output stands alone, several are an object. Label and score of the best class stand beside
// all scores, which say them too.
function outputs(told) {
  const parts = told !== null && typeof told === "object" && !Array.isArray(told) ? Object.entries(told) : [["", told]];
  const lists = parts.filter(([, value]) => Array.isArray(value));
  return lists.length ? parts.filter(([name, value]) => Array.isArray(value) || !/(^|_)(label|score)$/.test(name)) : parts;
}

function labels(name, count) {
  const known = model.classes[name] ?? Object.values(model.classes)[0] ?? [];
  if (known.length === count) return known;
  return Array.from({ length: count }, (_, index) => String(index));
}

function show(told, milliseconds) {
  const parts = outputs(told);
  const shown = parts.flatMap(([name, value]) => [
    ...(parts.length > 1 ? [element("h3", {}, name)] : []),
    ...shownValue(name, value),
  ]);
  shown.push(element("p", { class: "soft took" }, `answered in ${Math.max(1, Math.round(milliseconds))} ms`));
  answer.replaceChildren(...shown);
}

// What is told of an output: where the model has but one, its answer stands alone, without a name.
function ofOutput(told, name) {
  return told[name] ?? (Object.keys(told).length === 1 ? Object.values(told)[0] : undefined);
}

// Logits as the probabilities that they stand for; one of them speaks for the second of two classes.
function likelihoods(name, value) {
  if (ofOutput(model.gives, name) !== "logits") return value;
  if (typeof value === "number") return 1 / (1 + Math.exp(-value));
  if (!Array.isArray(value) || !value.every((each) => typeof each === "number")) return value;
  const powers = value.map((each) => Math.exp(each - Math.max(...value)));
  return powers.map((each) => each / powers.reduce((sum, other) => sum + other));
}

function shownValue(name, value) {
  const flat = likelihoods(name, Array.isArray(value) && value.length === 1 ? value[0] : value);
  const numbers = Array.isArray(flat) && flat.every((each) => typeof each === "number" || each === null);
  if (numbers && flat.length > 1) return scores(flat.map((score, index) => [labels(name, flat.length)[index], score]));
  const two = ofOutput(model.classes, name) ?? ["0", "1"];
  if (typeof flat === "number" && two.length === 2 && ofOutput(model.gives, name) !== "numbers") return scores([[two[0], 1 - flat], [two[1], flat]]);
  if (typeof flat === "number") return [element("p", { class: "best" }, number(flat))];
  if (typeof flat === "string") return [element("p", { class: "best" }, flat)];
  const text = JSON.stringify(value);
  return [element("code", {}, text.length > 2000 ? `${text.slice(0, 2000)}…` : text)];
}

function number(value) {
  return value === null ? "not a number" : String(Number(value.toPrecision(4)));
}

function scores(pairs) {
  const share = pairs.every(([, score]) => score >= 0 && score <= 1);
  const best = pairs.toSorted((one, other) => other[1] - one[1]);
  const largest = share ? 1 : Math.max(...best.map(([, score]) => Math.abs(score))) || 1;
  const said = (score) => (share && score !== null ? `${(100 * score).toFixed(1)} %` : number(score));
  const [label, score] = best[0];
  const first = element("p", { class: "best" }, `${label} `, element("small", {}, said(score)));
  const rows = best.slice(0, SHOWN).map(([each, value], place) => {
    const width = Math.max(0, (100 * value) / largest);
    const row = element("div", { class: place === 0 ? "score first" : "score" });
    row.append(element("span", { class: "label", title: each }, each), bar(width), element("span", { class: "value" }, said(value)));
    return row;
  });
  const more = best.length - rows.length;
  return [first, ...rows, ...(more > 0 ? [element("p", { class: "soft" }, `and ${more} more`)] : [])];
}

function bar(percent) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const rect = document.createElementNS(space, "rect");
  for (const [key, value] of [["width", `${percent}%`], ["height", "10"], ["rx", "5"]]) rect.setAttribute(key, value);
  svg.setAttribute("aria-hidden", "true");
  svg.append(rect);
  return svg;
}

// ---- the forms

function imageForm(instance) {
  const input = element("input", { type: "file", accept: "image/*", id: "file" });
  const hint = element("span", { class: "soft" }, "JPEG, PNG, GIF or BMP; it stays between this page and its server");
  const area = element("label", { class: "drop", for: "file" });
  area.append(element("span", {}, "Drop an image here, or ", element("strong", {}, "choose one")), hint, input);
  const take = (file) => {
    if (!file) return;
    const picture = element("img", { alt: file.name, src: URL.createObjectURL(file) });
    picture.addEventListener("load", () => {
      picture.classList.toggle("small", picture.naturalWidth < 100);
      if (picture.naturalWidth < 100) picture.style.width = "160px";
      URL.revokeObjectURL(picture.src);
    });
    area.querySelectorAll("img").forEach((old) => old.remove());
    area.prepend(picture);
    ask(() => instance(file));
  };
  input.addEventListener("change", () => take(input.files[0]));
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      area.classList.toggle("over", over);
      if (name === "drop") take(event.dataTransfer.files[0]);
    });
  }
  form.append(area);
}

function typedForm(fields, instance) {
  const button = element("button", { type: "submit" }, "Ask");
  form.append(...fields, button);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await ask(instance);
    button.disabled = false;
  });
}

function textForm() {
  const area = element("textarea", { "aria-label": "Text", placeholder: "Type or paste a text" });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  typedForm([area], () => typed(area.value, model.inputs[0]));
}

function columnsForm() {
  const fields = model.inputs.map((input) => [input, element("input", { type: "text", name: input.name })]);
  const rows = fields.map(([input, field]) => {
    const kind = input.dtype === "string" ? "text" : input.dtype.startsWith("float") ? "number" : input.dtype;
    return element("label", { class: "field" }, element("span", {}, input.name, element("small", {}, kind)), field);
  });
  typedForm(rows, () => Object.fromEntries(fields.map(([input, field]) => [input.name, typed(field.value, input)])));
}

// Zeros in the shape of an input; an axis that is free gets one place.
function zeros(shape, dtype) {
  if (!shape.length) return dtype === "string" ? "" : dtype === "bool" ? false : 0;
  return Array.from({ length: Math.min(shape[0] ?? 1, 64) }, () => zeros(shape.slice(1), dtype));
}

function jsonForm() {
  const example = Object.fromEntries(model.inputs.map((each) => [each.name, zeros((each.shape ?? [1]).slice(1), each.dtype)]));
  const area = element("textarea", { class: "code", "aria-label": "JSON of one row", spellcheck: "false" });
  area.value = JSON.stringify(example);
  typedForm([element("p", { class: "soft" }, "One row, by the names of the inputs:"), area], () => JSON.parse(area.value));
}

const FORMS = {
  bytes: () => imageForm(async (file) => ({ b64: await base64(file) })),
  pixels: () => imageForm(pixels),
  text: textForm,
  columns: columnsForm,
  json: jsonForm,
};
FORMS[model.form]();
