"""The loss before the first step, against that of a model that knows nothing yet."""

import math

import numpy as np

from specs.graph import Output
from specs.recipe import loss_of
from zoo.data.dataset import Array
from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, broken, fine, not_asked, suspicious
from zoo.diagnosing.findings import Suggestion
from zoo.diagnosing.places import at, at_node
from zoo.training import form_of

CLASSES, NUMBERS = (2.0, 4.0), (4.0, 10.0)
"""Times the expected loss that are much, and too much: initial weights spread outputs, Glorot's to a variance of 2."""
LOW = 0.5
"""Part of the expected loss below which a model knows what it cannot know yet."""
EXAMPLES = 64
"""The loss is that of so many at least."""
FAR, LOST = 25.0, 400.0
"""Squared mean of the targets, in variances, from which a model first has to learn that mean."""


def loss_at_start(bench: Bench) -> Answer:
    """The loss of the first batch against log(classes), or against the variance of what is to be computed."""
    parts = [_expected(bench, name, output) for name, output in bench.graph.outputs.items()]
    if None in parts:
        kinds = {loss_of(bench.train, output).kind for output in bench.graph.outputs.values()}
        return not_asked(f"nothing is known of what {' and '.join(sorted(kinds))} is to be expected to start with")
    expected = sum(each for each in parts if each is not None)
    bench.restart()
    with bench.plain():
        # Steps of no length give the loss in training, in which batch norm takes the batch's statistics.
        steps = bench.steps(bench.feed().__getitem__, math.ceil(EXAMPLES / bench.train.batch_size), lambda step: 0.0)
    loss = float(np.mean(steps.losses))
    figures = {"loss": loss, "expected": expected}
    told = f"the loss starts at {loss:.3g}, expected is {expected:.3g}"
    if not math.isfinite(loss):
        return broken("the first loss is no finite number: look at the data and the first layers", figures=figures)
    ratio = loss / expected if expected else math.inf
    high, absurd = NUMBERS if any(_targets(bench, name).dtype.kind == "f" for name in bench.graph.outputs) else CLASSES
    if ratio > high:
        kind = broken if ratio > absurd else suspicious
        why = "outputs are far too large for a model that knows nothing: initial weights or inputs are too large"
        return kind(f"{told}; {why}", figures=figures, suggestion=_smaller(bench))
    if ratio < LOW and bench.started is None:
        why = "fresh weights know what they cannot know: do the inputs tell the label?"
        return suspicious(f"{told}; {why}", figures=figures)
    distance, name = max((_distance(bench, name), name) for name in bench.graph.outputs)
    if distance > FAR:
        why = f"the targets of {name} lie far from 0, and their mean has to be learnt first: standardise them"
        judge = broken if distance > LOST else suspicious
        return judge(f"{told}; {why}", figures=figures, suggestion=at(bench.view, "standardise them", "train", "data"))
    return fine(told, figures=figures)


def _targets(bench: Bench, name: str) -> Array:
    """What the training examples have to be learnt; of what is reconstructed that of the examples looked at."""
    if name not in bench.graph.labelled:
        return form_of(bench.graph, bench.train).reconstructed[name](bench.dataset.train.take(bench.pool).x)
    return bench.dataset.train.examples.y[name][bench.dataset.train.positions]


def _distance(bench: Bench, name: str) -> float:
    """Squared mean of targets that are numbers, in variances; 0 of classes."""
    y = _targets(bench, name)
    return float(np.mean(y)) ** 2 / max(float(np.var(y)), 1e-12) if y.dtype.kind == "f" else 0.0


def _expected(bench: Bench, name: str, output: Output) -> float | None:
    """The loss of a model that answers the same to everything, times its weight; None where that is not known."""
    loss = loss_of(bench.train, output)
    y = _targets(bench, name)
    shape = bench.graph.output_shapes()[name]
    if "Crossentropy" in loss.kind and "Focal" not in loss.kind and "Generalized" not in loss.kind:
        classes = 2 if loss.kind.startswith("Binary") else shape[-1]
        return output.loss_weight * math.log(classes) if classes else None
    if loss.kind in ("MeanSquaredError", "MeanAbsoluteError") and y.dtype.kind == "f":
        # Outputs start around 0: until they have found the mean of the targets, that is lost as well.
        squares = loss.kind == "MeanSquaredError"
        return output.loss_weight * float(np.mean(np.square(y) if squares else np.abs(y)))
    return None


def learnt_mean(bench: Bench, loss: float) -> bool:
    """Whether a loss is no more than twice that of answering the mean of the targets; true where that is not known."""
    outputs = bench.graph.outputs.items()
    if any(loss_of(bench.train, output).kind != "MeanSquaredError" for _, output in outputs):
        return True
    return loss <= 2 * sum(output.loss_weight * float(np.var(_targets(bench, name))) for name, output in outputs)


def _smaller(bench: Bench) -> Suggestion:
    node = bench.graph.node(next(iter(bench.graph.outputs.values())).node)
    return at_node(bench.view, "draw smaller initial weights, or scale the inputs", node, "kernel_initializer")
