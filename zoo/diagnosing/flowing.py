"""Activations and gradients by layer: what vanishes, explodes, saturates or is dead, at the start and later."""

import math
from collections.abc import Mapping
from typing import Any

from specs.graph import Node
from zoo.diagnosing.bench import Bench
from zoo.diagnosing.check import Answer, broken, fine, not_asked, suspicious
from zoo.diagnosing.findings import Moment, Suggestion
from zoo.diagnosing.places import advice_of, at_node, of_advice
from zoo.diagnosing.signals import Signal

GONE, FAINT = 1e-5, 1e-3
"""Size of the gradient at one layer as a part of that at another, from which steps move one of them only."""
DEAD, SATURATED = 0.5, 0.5
"""Part of a layer from which it is said."""
ALL = 0.95
CODES = ("A01", "I01", "I02", "A04")


def signals_at_the_start(bench: Bench) -> Answer:
    """Before the first step."""
    bench.restart()
    return _judged(bench, Moment(0, bench.signals()))


def signals_later(bench: Bench) -> Answer:
    """After the first steps."""
    steps = bench.learning()
    if steps.diverged:
        return not_asked("training diverged before")
    return _judged(bench, Moment(len(steps.losses), bench.signals()))


def _judged(bench: Bench, moment: Moment) -> Answer:
    signals = moment.signals
    if not signals:
        return not_asked("the model is one layer")
    figures = {
        "weakest_gradient": min(_size(bench, each) for each in signals),
        "strongest_gradient": max(_size(bench, each) for each in signals),
        "dead": max((each.dead or 0.0 for each in signals), default=0.0),
        "saturated": max((each.saturated or 0.0 for each in signals), default=0.0),
    }
    more = {"figures": figures, "moments": (moment,)}
    for answer in (_not_finite(bench, signals, more), _gradient(bench, signals, more), _units(bench, signals, more)):
        if answer is not None:
            return answer
    ratio = figures["weakest_gradient"] / figures["strongest_gradient"] if figures["strongest_gradient"] else 0.0
    message = f"{len(signals)} layers: the weakest gradient has {ratio:.2g} of the strongest one's size"
    return fine(f"{message}, {figures['dead']:.0%} dead and {figures['saturated']:.0%} saturated at most", **more)


def _size(bench: Bench, signal: Signal) -> float:
    """Norm of the gradient of an example's loss with respect to the layer's outputs, whatever their number."""
    places = math.prod(size or 1 for size in bench.graph.node(signal.layer).output_shape)
    return math.sqrt(places) * math.hypot(signal.gradients.mean, signal.gradients.std)


def _not_finite(bench: Bench, signals: tuple[Signal, ...], more: Mapping[str, Any]) -> Answer | None:
    lost = [each for each in signals if each.outputs.finite < 1]
    if not lost:
        return None
    suggestion = _suggested(bench, lost[0], "its values are beyond all numbers: scale the inputs, or lower the rate")
    return broken(f"{lost[0].layer} gives values that are no finite numbers", suggestion=suggestion, **more)


def _gradient(bench: Bench, signals: tuple[Signal, ...], more: Mapping[str, Any]) -> Answer | None:
    """Gradients that get lost, or grow, on the way from the last layer to the first."""
    first, last = signals[0], signals[-1]
    at_first, at_last = (_size(bench, each) for each in (first, last))
    if not at_last:
        if not at_first:
            why = "no gradient reaches any layer: the loss does not depend on the weights here"
            return broken(why, suggestion=_suggested(bench, last, "see what stands between it and the loss"), **more)
        return None
    ratio = at_first / at_last
    if FAINT < ratio < 1 / FAINT:
        return None
    judge = broken if not GONE < ratio < 1 / GONE else suspicious
    what, cure = ("vanish", "use relu, a norm or shortcuts") if ratio < 1 else ("explode", "draw smaller weights")
    row = f"{len(signals)} layers of {first.activation}" if _alike(signals) else f"{len(signals)} layers"
    message = f"gradients {what} over {row}: at {first.layer} they have {ratio:.1e} of their size at {last.layer}"
    return judge(message, suggestion=_suggested(bench, first, cure), advice=_codes(bench), **more)


def _units(bench: Bench, signals: tuple[Signal, ...], more: Mapping[str, Any]) -> Answer | None:
    """Units that are dead for every example, and layers that are flat."""
    dead = max(signals, key=lambda each: each.dead or 0.0)
    flat = max(signals, key=lambda each: each.saturated or 0.0)
    if (dead.dead or 0.0) >= DEAD:
        judge = broken if (dead.dead or 0.0) >= ALL else suspicious
        message = f"{dead.dead:.0%} of {dead.layer}'s units give 0 for every example and pass no gradient on"
        cure = "lower the learning rate, or use leaky_relu"
        return judge(message, suggestion=_suggested(bench, dead, cure), advice=_codes(bench), **more)
    if (flat.saturated or 0.0) >= SATURATED:
        judge = broken if (flat.saturated or 0.0) >= ALL else suspicious
        message = f"{flat.saturated:.0%} of what {flat.layer} gives lies where {flat.activation} is flat"
        cure = "draw smaller weights (glorot_uniform), or scale the inputs"
        return judge(message, suggestion=_suggested(bench, flat, cure), advice=_codes(bench), **more)
    return None


def _alike(signals: tuple[Signal, ...]) -> bool:
    return len({each.activation for each in signals}) == 1 and bool(signals[0].activation)


def _suggested(bench: Bench, signal: Signal, cure: str) -> Suggestion:
    told = advice_of(bench.view, CODES)
    node: Node = bench.graph.node(signal.layer)
    return of_advice(told[0]) if told else at_node(bench.view, cure, node, "activation")


def _codes(bench: Bench) -> tuple[str, ...]:
    return tuple(each.code for each in advice_of(bench.view, CODES))
