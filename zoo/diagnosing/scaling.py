"""The scale of the inputs, as the first layer with weights sees them."""

from collections.abc import Iterator

import numpy as np

from specs.graph import Node
from specs.linting.kinds import NORMS
from zoo.data.dataset import Array
from zoo.diagnosing.bench import POOL, Bench
from zoo.diagnosing.check import Answer, broken, fine, not_asked, suspicious
from zoo.diagnosing.findings import Bar
from zoo.diagnosing.places import advice_of, at_node, of_advice

LARGE, HUGE = 10.0, 25.0
"""Root of the mean square; initial weights are drawn for 1 (LeCun et al. 1998, Efficient BackProp, section 4.3)."""
SMALL, TINY = 0.02, 0.002
UNEVEN = 100.0
"""Times that the spread of one column is that of another."""
UNSCALED = ("Embedding",)
"""Layers that look values up instead of multiplying with them."""


def scale_of_inputs(bench: Bench) -> Answer:
    """What reaches the first layers with weights: its size, and how the spread of its columns differs."""
    found = list(dict.fromkeys(_first(bench)))
    if not found:
        return not_asked("no layer multiplies an input with weights")
    bench.restart()
    values = _values(bench, [node.inputs[0] for node in found])
    judged = [_judged(bench, node, values[node.inputs[0]]) for node in found]
    return min(judged, key=lambda answer: ("broken", "suspicious", "fine").index(answer.verdict))


def _first(bench: Bench) -> Iterator[Node]:
    """The layers with weights that are reached from an input through none."""
    reached = list(bench.graph.inputs)
    while reached:
        for node in bench.view.after[reached.pop()]:
            if not node.trainable and node.shares is None:
                reached.append(node.name)
            elif node.op not in (*UNSCALED, *NORMS) and node.shares is None:
                yield node


def _values(bench: Bench, names: list[str]) -> dict[str, Array]:
    x, _ = bench.dataset.train.take(bench.pool)
    computed = [name for name in dict.fromkeys(names) if name not in x]
    given = {name: np.asarray(x[name], np.float32) for name in names if name in x}
    return {**given, **(bench.outputs(computed, POOL) if computed else {})}


def _judged(bench: Bench, node: Node, values: Array) -> Answer:
    size = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
    # Pixels at the edge of an image may spread little; of columns it is what they are measured in.
    table = all(len(shape) == 1 for shape in bench.graph.input_shapes().values()) and values.ndim == 2
    spreads = values.std(axis=0) if table else np.zeros(0)
    uneven = float(spreads.max() / spreads[spreads > 0].min()) if (spreads > 0).any() else 1.0
    figures = {
        "layer": node.name, "low": float(values.min()), "high": float(values.max()), "mean": float(values.mean()),
        "std": float(values.std()), "root_mean_square": size, "spread_of_columns": uneven,
    }  # fmt: skip
    told = advice_of(bench.view, ["D01", "D02"])
    suggestion = of_advice(told[0]) if told else at_node(bench.view, "put Rescaling or Normalization before it", node)
    columns = tuple(Bar(str(each), "standard deviation", float(spreads[each])) for each in range(min(len(spreads), 64)))
    more = {"figures": figures, "advice": tuple(each.code for each in told), "bars": columns}
    said = f"{node.name} gets values from {values.min():.3g} to {values.max():.3g}, {size:.3g} in size"
    # What is too large before a norm, the norm takes back; and trained weights may be made for it.
    judge = suspicious if _normed(bench, node) or bench.started is not None else broken
    if size > LARGE or size < SMALL:
        judge = judge if size > HUGE or size < TINY else suspicious
        return judge(f"inputs are not scaled: {said}, and weights are drawn for about 1", suggestion=suggestion, **more)
    if uneven > UNEVEN:
        message = f"columns are not scaled alike: one spreads {uneven:.3g} times as far as another"
        return suspicious(f"{message}; {said}", suggestion=suggestion, **more)
    return fine(said, **more)


def _normed(bench: Bench, node: Node) -> bool:
    after = bench.view.onward(node)
    return after is not None and after.op in NORMS
