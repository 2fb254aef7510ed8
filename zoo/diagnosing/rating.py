"""The learning rate: the first steps with it and with lower ones, a range test, and how far it moves each layer."""

import math
from typing import Any

import numpy as np

from specs.learning_rates import number
from specs.linting.training import highest_rate
from zoo.backend import keras
from zoo.data.dataset import Array
from zoo.diagnosing.bench import Bench, Steps
from zoo.diagnosing.check import Answer, broken, fine, not_asked, suspicious
from zoo.diagnosing.findings import Bar, Curve, Suggestion
from zoo.diagnosing.initial import KERNELS
from zoo.diagnosing.places import advice_of, at
from zoo.lr_finding import RangeTest, judged, losses_of

LOWER = (0.1, 0.01)
BETTER, MUCH_BETTER = 1.5, 2.0
"""Times the loss at the end of the first steps that a lower rate comes to."""
STILL = 0.97
"""Part of the loss with a hundredth of the rate that is left where the first steps came to nothing."""
OVER = "the time was over before anything could be told"
FAR, HOPELESS = 30.0, 1000.0
"""Times the rate that the range test suggests."""
RANGE = (1e-7, 10.0)
HASTY, IDLE = 0.3, 1e-7
"""Of the size of a layer's weights, what one step moves them by; about 1e-3 is usual
(https://cs231n.github.io/neural-networks-3, ratio of weights to updates)."""


def learning_rate(bench: Bench) -> Answer:
    """The spec's rate against a tenth and a hundredth of it, and against what a range test suggests."""
    if not bench.length:
        return not_asked("there is no time for enough steps")
    own = bench.learning()
    if not math.isfinite(own.losses[0]):
        return not_asked("the first loss is no finite number already")
    lower = {factor: bench.trained(factor) for factor in LOWER}
    if own.cut or any(each.cut for each in lower.values()):
        return not_asked(OVER)
    test = _range_test(bench, bench.length)
    figures = {
        "rate": highest_rate(bench.train),
        "first_loss": own.losses[0],
        "last_loss": own.end(),
        "last_loss_at_a_tenth": lower[0.1].end(),
        "last_loss_at_a_hundredth": lower[0.01].end(),
        "steps": bench.length,
        "suggested": test.suggestion,
    }
    codes = tuple(each.code for each in advice_of(bench.view, ["T01", "A04"]))
    more = {"figures": figures, "curves": (*_curves(own, lower), _of_test(test)), "advice": codes}
    return _rated(bench, own, lower, test, more)


def _rated(bench: Bench, own: Steps, lower: dict[float, Steps], test: RangeTest, more: dict[str, Any]) -> Answer:
    rate, length = highest_rate(bench.train), len(own.losses)
    best = min(lower, key=lambda factor: lower[factor].end())
    if own.diverged or own.end() > BETTER * lower[best].end():
        judge = broken if own.diverged or own.end() > MUCH_BETTER * lower[best].end() else suspicious
        end = "no number" if own.diverged else f"{own.end():.3g}"
        message = f"the learning rate {number(rate)} is too high: after {length} steps the loss is {end}"
        message += f", with {number(rate * best)} it is {lower[best].end():.3g}"
        return judge(message, suggestion=_instead(bench, test.suggestion or rate * best), **more)
    if own.end() > STILL * lower[LOWER[-1]].end() and test.suggestion is not None and test.suggestion > FAR * rate:
        message = f"the learning rate {number(rate)} is too low: {length} steps leave the loss at {own.end():.3g}"
        judge = broken if test.suggestion > HOPELESS * rate else suspicious
        return judge(message, suggestion=_instead(bench, test.suggestion), **more)
    told = f"{length} steps with {number(rate)} bring the loss from {own.losses[0]:.3g} to {own.end():.3g}"
    return fine(told, **more)


def _instead(bench: Bench, rate: float) -> Suggestion:
    kind = bench.train.optimizer.kind
    return at(bench.view, f"write {number(rate)}", "train", "optimizer", kind, "learning_rate")


def _range_test(bench: Bench, steps: int) -> RangeTest:
    bench.restart()
    feed, rates = bench.feed(), np.geomspace(*RANGE, steps).tolist()
    losses, diverged = losses_of(lambda step: bench.step(feed[step], rates[step]), rates)
    return judged(bench.document.name, rates[: len(losses)], losses, diverged, steps)


def _curves(own: Steps, lower: dict[float, Steps]) -> tuple[Curve, ...]:
    runs = {1.0: own, **lower}
    names = {1.0: "the spec's rate", 0.1: "a tenth", 0.01: "a hundredth"}
    return tuple(curve(names[factor], run) for factor, run in runs.items())


def curve(name: str, run: Steps) -> Curve:
    """The loss over the steps."""
    return Curve(name, "step", "loss", tuple(float(step) for step in range(len(run.losses))), run.losses)


def _of_test(test: RangeTest) -> Curve:
    return Curve("range test", "learning rate", "loss", test.rates, test.smoothed, logarithmic=True)


def updates(bench: Bench) -> Answer:
    """How far one step moves the kernel of each layer, as a part of its size."""
    if not bench.length:
        return not_asked("there is no time for enough steps")
    steps = bench.learning()
    if steps.diverged:
        return not_asked("training diverged before")
    before, feed, taken = _kernels(bench), bench.feed(), len(steps.losses)
    # Where gradients are gathered over several batches, a step is as many of them.
    for index in range(taken, taken + bench.gathered):
        bench.step(feed[index], steps.rates[-1])
    after = _kernels(bench)
    ratios = {name: _moved(before[name], after[name]) for name in before if before[name].any()}
    if not ratios:
        return not_asked("no layer has a kernel that is trained")
    bars = tuple(Bar(name, "update of weights", ratio, bench.graph.node(name).mark) for name, ratio in ratios.items())
    low, high = min(ratios, key=lambda name: ratios[name]), max(ratios, key=lambda name: ratios[name])
    figures = {"lowest": ratios[low], "highest": ratios[high], "median": float(np.median(list(ratios.values())))}
    more = {"figures": figures, "bars": bars}
    if figures["median"] > HASTY:
        message = f"a step moves weights by {figures['median']:.0%} of their size: the learning rate is too high"
        return suspicious(message, suggestion=_instead(bench, highest_rate(bench.train) / 100), **more)
    if ratios[low] <= IDLE:
        idle = [name for name, ratio in ratios.items() if ratio <= IDLE]
        message = (
            f"steps do not move {len(idle)} of {len(ratios)} layers ({idle[0]}): {ratios[low]:.1e} of their weights"
        )
        return suspicious(f"{message}; no gradient reaches them", **more)
    return fine(
        f"a step moves weights by {ratios[low]:.1e} ({low}) to {ratios[high]:.1e} ({high}) of their size", **more
    )


def _kernels(bench: Bench) -> dict[str, Array]:
    """The first kernel of each layer that is trained."""
    found: dict[str, Array] = {}
    for layer in bench.model.layers:
        for weight in layer.trainable_weights:
            if weight.name in KERNELS and layer.name not in found:
                found[layer.name] = np.array(keras.ops.convert_to_numpy(weight))
    return found


def _moved(before: Array, after: Array) -> float:
    return float(np.linalg.norm(after - before)) / float(np.linalg.norm(before))
