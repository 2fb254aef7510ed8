"""H: the search for hyperparameters."""

from collections.abc import Iterator
from itertools import product
from math import prod

import specs
from specs.linting.rule import Finding, Rule
from specs.linting.view import View
from specs.points import every_value, is_listed

DECADES = 100
"""Largest over smallest value from which a range is searched in its logarithm."""

MAX_COUNTED = 1_000
"""Points of a space that are counted; few searches have as many trials."""


def few_trials(view: View) -> Iterator[Finding]:
    """Fewer trials than searched params."""
    search = view.document.search
    if search is not None and search.trials < len(search.space):
        message = f"{search.trials} trials for {len(search.space)} params; write more trials, or search fewer"
        yield *view.nearest("search", "trials"), message


def linear_decades(view: View) -> Iterator[Finding]:
    """A range over decades that is drawn from evenly."""
    search = view.document.search
    for name, axis in search.space.items() if search is not None else ():
        low, high = axis.min_value, axis.max_value
        if axis.sampling == "linear" and not axis.is_integer and low and high and low > 0 and high / low >= DECADES:
            share = (high / 10 - low) / (high - low)
            message = f"{1 - share:.0%} of the values drawn are in the top decade; write sampling: log"
            yield *view.nearest("search", "space", name, "sampling"), message


def longer_than_training(view: View) -> Iterator[Finding]:
    """Trials that train longer than the model is trained."""
    search, train = view.document.search, view.document.train
    if search is not None and train is not None and search.epochs is not None and search.epochs > train.epochs:
        message = f"trials run {search.epochs} epochs, training {train.epochs}; write at most as many"
        yield *view.nearest("search", "epochs"), message


def no_rounds(view: View) -> Iterator[Finding]:
    """Hyperband with too few epochs for a second round."""
    search, train = view.document.search, view.document.train
    if search is None or search.oracle != "hyperband":
        return
    epochs = search.epochs or (train.epochs if train is not None else search.factor)
    if epochs < search.factor:
        message = f"{epochs} epochs and factor {search.factor} make one round, a random search; write more epochs"
        yield *view.nearest("search", "epochs"), message


def endless_grid(view: View) -> Iterator[Finding]:
    """A grid over a range without a step."""
    search = view.document.search
    for name, axis in search.space.items() if search is not None and search.oracle == "grid" else ():
        if axis.values is None and axis.step is None and not axis.is_integer:
            message = "a grid has no points in a range without a step; write step, or values"
            yield *view.nearest("search", "space", name), message


def training_objective(view: View) -> Iterator[Finding]:
    """An objective that is measured on the training examples."""
    search = view.document.search
    for name in search.objective if search is not None else ():
        if name not in ("accuracy", "loss"):
            continue
        message = f"{name} is measured on the training examples; write val_{name}"
        yield *view.nearest("search", "objective"), message


def more_trials_than_points(view: View) -> Iterator[Finding]:
    """More trials than there are combinations of values."""
    search = view.document.search
    if search is None or "trials" not in search.model_fields_set:
        return
    # Hyperband repeats a point on purpose, with more epochs.
    points = None if search.oracle == "hyperband" else _fitting(view)
    if points is not None and search.trials > points:
        message = f"{search.trials} trials for {points} combinations that fit; write at most as many"
        yield *view.nearest("search", "trials"), message


def _fitting(view: View) -> int | None:
    """How many points of the space fit, at most; None where there are too many to count."""
    space = view.document.search.space if view.document.search is not None else {}
    if not all(is_listed(axis) and (axis.values is not None or axis.is_integer) for axis in space.values()):
        return None
    values = [every_value(axis) for axis in space.values()]
    if prod(map(len, values)) > MAX_COUNTED:
        return None
    regions = specs.infeasible(view.document)
    points = (dict(zip(space, each, strict=True)) for each in product(*values))
    return sum(not any(region.holds(point) for region in regions) for point in points)


def outside_its_range(view: View) -> Iterator[Finding]:
    """A searched param whose value now lies outside what is searched."""
    search = view.document.search
    for name, axis in search.space.items() if search is not None else ():
        value = view.document.params.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            continue
        low, high = axis.min_value, axis.max_value
        if low is not None and high is not None and value and not low <= value <= high:
            message = f"{name} is {value:g}, outside the range that is searched; widen the range, or change the param"
            yield *view.nearest("search", "space", name), message


RULES = (
    Rule(
        "H01",
        few_trials,
        "fewer trials than searched params",
        "Each param is then tried less than once on its own; what is found is luck.",
        "Bergstra and Bengio 2012, Random Search for Hyper-Parameter Optimization, section 2",
    ),
    Rule(
        "H02",
        linear_decades,
        "a range over decades searched linearly",
        "Rates and strengths act by their logarithm; drawn evenly, nine of ten values are of the largest size.",
        "arXiv:1206.5533, section 3.3.1 (scale of values)",
    ),
    Rule(
        "H03",
        longer_than_training,
        "trials longer than the training",
        "A trial estimates what training will give; longer than it, it costs more and estimates something else.",
        "arXiv:1603.06560, section 3.5 (setting R)",
    ),
    Rule(
        "H04",
        no_rounds,
        "Hyperband with fewer epochs than its factor",
        "The rounds are epochs / factor, epochs / factor², …; below one epoch there is no earlier round to stop in.",
        "arXiv:1603.06560, algorithm 1",
    ),
    Rule(
        "H05",
        endless_grid,
        "a grid over a range without a step",
        "A grid needs points; keras-tuner puts ten of its own choice into such a range.",
        "https://keras.io/keras_tuner/api/tuners/grid",
    ),
    Rule(
        "H06",
        training_objective,
        "an objective on the training examples",
        "It is best for the model that learns by heart.",
        "Goodfellow, Bengio and Courville 2016, Deep Learning, section 5.3",
    ),
    Rule(
        "H07",
        more_trials_than_points,
        "more trials than combinations",
        "The rest can only repeat what was tried; the search ends before its trials do.",
        "https://keras.io/keras_tuner/api/oracles/base_oracle",
    ),
    Rule(
        "H08",
        outside_its_range,
        "a param outside its own range",
        "The value that is trained by default is one that the search may not propose, so the search cannot confirm it.",
        "arXiv:1206.5533, section 3.3.1 (values on the border)",
    ),
)
