"use strict";
// What is seen of a model while some of its parts are unfolded, as a graph that ELK lays out.
// Each part is closed, and a box with one port above and one below for each tensor that leaves it; or it is open, with
// a port for each tensor that goes into it and out of it, so that ELK lays out what is inside for itself.

const model = JSON.parse(document.getElementById("data").textContent);
const parts = [], layers = [];

function number(list, above) {
  for (const part of list) {
    part.id = parts.length;
    part.above = above;
    part.depth = above ? above.depth + 1 : 0;
    part.path = above ? `${above.path}/${part.name}` : part.name;
    parts.push(part);
    if (part.inside) number(part.inside, part);
    else layers[part.number] = part;
  }
}
number(model.parts, null);

/** The parts around a part, the outermost first. */
function around(part) {
  const found = [];
  for (let each = part.above; each; each = each.above) found.unshift(each);
  return found;
}

/** The part that a layer is seen as: the outermost around it that is closed, or it itself. */
function seenAs(layer, open) {
  return around(layer).find((part) => !open.has(part)) || layer;
}

const pen = document.createElement("canvas").getContext("2d");
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif";

/** Pixels that a text takes. */
function long(text, size, weight = 400) {
  pen.font = `${weight} ${size}px ${FONT}`;
  return pen.measureText(text).width;
}

const TOP = 34, SIDE = 14, WIDEST = 420, LIFT = 4;

/** What a closed part says: a title, what stands below or behind it, and the width that its words take. */
function words(part, by) {
  const times = part.times ? ` ×${part.times}` : "";
  const share = by ? `${percent(shareOf(part, by))}` : "";
  if (part.inside && part.form !== "unit" && !(part.times && part.of === "layer")) {
    const below = [part.says, share].filter(Boolean).join("  ·  ");
    return { title: part.name + times, below, width: 26 + Math.max(long(part.name + times, 13, 600), long(below, 11.5)), height: 44 };
  }
  const behind = [part.depth || part.says === part.name ? "" : part.name, share].filter(Boolean).join("  ·  ");
  const width = long(part.says + times, 13, 500) + (behind ? 10 + long(behind, 11.5) : 0);
  return { title: part.says + times, behind, width, height: 28 };
}

function shareOf(part, by) {
  return model[by] ? (part[by] || 0) / model[by] : 0;
}

function percent(share) {
  return share === 0 ? "0\u00a0%" : share < 0.001 ? "<0.1\u00a0%" : `${(100 * share).toFixed(1)}\u00a0%`;
}

/** The graph of what is seen; each of its boxes is found again by the part's number. */
function graphOf(open, by) {
  const root = { id: "root", children: [], edges: [], ports: [], layoutOptions: options(8, 8) };
  const boxes = new Map();
  const closed = parts.filter((part) => !open.has(part) && around(part).every((each) => open.has(each)));
  const largest = by ? Math.max(...closed.map((part) => shareOf(part, by)), 1e-9) : 1;

  function add(list, into) {
    for (const part of list) {
      const box = { id: `p${part.id}`, part, ports: [], edges: [] };
      boxes.set(part, box);
      into.children.push(box);
      if (open.has(part)) {
        const said = long(part.name, 13, 600) + long(part.says, 11.5) + 70;
        box.children = [];
        box.layoutOptions = { ...options(TOP, SIDE), "elk.nodeSize.constraints": "MINIMUM_SIZE PORTS", "elk.nodeSize.minimum": `(${said}, 40)` };
        add(part.inside, box);
      } else {
        const said = (box.words = words(part, by));
        const lift = part.times || part.form === "stage" ? LIFT : 0;
        const whole = said.width + 24 + (part.inside ? 16 : 0);
        box.bar = by ? Math.max(4, (WIDEST * shareOf(part, by)) / largest) : Math.max(44, whole);
        box.beside = box.bar < whole;
        box.width = box.bar + (box.beside ? whole - 4 : 0) + lift;
        box.height = said.height + lift;
        box.layoutOptions = { "elk.portConstraints": "FIXED_POS" };
      }
    }
  }
  add(model.parts, root);

  const ports = new Set(), edges = new Set();
  function port(part, side, tensor) {
    const box = boxes.get(part), id = `${box.id}${side}${tensor}`;
    if (!ports.has(id)) {
      ports.add(id);
      const found = { id, width: 0, height: 0, layoutOptions: { "elk.port.side": side === "o" ? "SOUTH" : "NORTH" } };
      if (box.bar) Object.assign(found, { x: box.bar / 2, y: side === "o" ? box.height : 0 });
      box.ports.push(found);
    }
    return id;
  }
  function edge(inside, start, end, ends) {
    const id = `${start}>${end}`;
    if (edges.has(id)) return;
    edges.add(id);
    inside.edges.push({ id, sources: [start], targets: [end], ends });
  }
  /** The shape of a tensor stands below the part that it leaves, once: not again where it leaves what is around that. */
  function label(part, tensor) {
    const box = boxes.get(part), found = box.ports.find((each) => each.id === `${box.id}o${tensor}`), text = layers[tensor].shape;
    if (found) found.labels = [{ id: `${found.id}l`, text, width: long(text, 10.5) + 6, height: 14 }];
  }

  for (const [start, end] of model.edges) {
    const from = seenAs(layers[start], open), to = seenAs(layers[end], open);
    if (from === to) continue;
    const out = around(from), into = around(to);
    let same = 0;
    while (same < out.length && same < into.length && out[same] === into[same]) same += 1;
    let at = port(from, "o", start), leaves = from;
    for (const part of out.slice(same).reverse()) {
      const next = port(part, "o", start);
      edge(boxes.get(part), at, next, [leaves, null]);
      [at, leaves] = [next, part];
    }
    label(leaves, start);
    let inside = same ? boxes.get(out[same - 1]) : root;
    for (const part of into.slice(same)) {
      const next = port(part, "i", start);
      edge(inside, at, next, [leaves, part]);
      [at, leaves, inside] = [next, null, boxes.get(part)];
    }
    edge(inside, at, port(to, "i", ""), [leaves, to]);
  }
  for (const box of boxes.values()) spread(box);
  markSkips(root);
  return root;
}

/** What leaves a closed part in several places, as the repeats that it stands for do, does so side by side. */
function spread(box) {
  const out = box.bar ? box.ports.filter((each) => each.layoutOptions["elk.port.side"] === "SOUTH") : [];
  out.forEach((each, index) => { each.x = (box.bar * (index + 1)) / (out.length + 1); });
}

function options(top, side) {
  return {
    "elk.algorithm": "layered", "elk.direction": "DOWN", "elk.edgeRouting": "ORTHOGONAL",
    "elk.padding": `[top=${top},left=${side},bottom=${side},right=${side}]`,
    "elk.portConstraints": "FIXED_SIDE", "elk.portAlignment.default": "CENTER",
    "elk.portLabels.placement": "OUTSIDE",
    "elk.spacing.nodeNode": "20", "elk.spacing.edgeNode": "14", "elk.spacing.edgeEdge": "10",
    "elk.layered.spacing.nodeNodeBetweenLayers": "18", "elk.layered.spacing.edgeNodeBetweenLayers": "10",
    "elk.layered.layering.strategy": "LONGEST_PATH_SOURCE",
    "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
    "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
    "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  };
}

/** Marks each edge whose end is reached from its start in more steps too: what it skips is what learns. */
function markSkips(box) {
  const after = new Map();
  const of = (port) => port.replace(/o\d*$/, "").replace(/^(p\d+)i$/, "$1");
  for (const each of box.edges) {
    const start = of(each.sources[0]);
    after.set(start, [...(after.get(start) || []), each]);
  }
  for (const each of box.edges) {
    const goal = of(each.targets[0]), waiting = (after.get(of(each.sources[0])) || []).filter((other) => of(other.targets[0]) !== goal);
    const known = new Set();
    while (waiting.length && !each.skips) {
      const here = of(waiting.pop().targets[0]);
      if (here === goal) each.skips = true;
      if (!known.has(here)) waiting.push(...(known.add(here), after.get(here) || []));
    }
  }
  for (const child of box.children || []) markSkips(child);
}
