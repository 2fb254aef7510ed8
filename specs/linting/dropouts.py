"""G: dropout."""

from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import DROPOUTS, SHAPING, WEIGHTS, argument
from specs.linting.rule import Finding, Rule
from specs.linting.view import View

MOST_BEFORE_OUTPUT = 0.7


def _dropouts(view: View) -> Iterator[tuple[Node, float]]:
    for node in view.graph.nodes:
        if node.op in DROPOUTS and argument(node, "noise_shape") is None:
            yield node, argument(node, "rate")


def heavy_before_output(view: View) -> Iterator[Finding]:
    """Most of what the last layer sees is dropped."""
    for node, rate in _dropouts(view):
        last = view.onward(node)
        ends = last is not None and last.op in WEIGHTS
        if ends and last is not None and MOST_BEFORE_OUTPUT <= rate < 1:
            following = view.next(last)
            if view.is_output(last) or (following is not None and following.op in ("Softmax", "Activation")):
                message = f"the output layer sees {1 - rate:.0%} of its input while training; write at most 0.5"
                yield *view.place(node, "rate"), message


def no_dropout(view: View) -> Iterator[Finding]:
    """A rate of 0 that is written as it is, so that nothing can change it."""
    for node, rate in _dropouts(view):
        place = view.place(node, "rate")
        if rate == 0 and not view.is_reference(place):
            yield *place, "dropout of nothing; take the step out, or make its rate a param"


def all_dropped(view: View) -> Iterator[Finding]:
    """A rate of 1."""
    for node, rate in _dropouts(view):
        if rate == 1:
            yield *view.place(node, "rate"), "everything is dropped while training, and nothing learns; write below 1"


def dropout_twice(view: View) -> Iterator[Finding]:
    """Dropout of what was dropped already."""
    for node, rate in _dropouts(view):
        before = view.back(node, SHAPING)
        if before is not None and before.op in DROPOUTS and argument(before, "noise_shape") is None:
            kept = (1 - rate) * (1 - argument(before, "rate"))
            message = f"dropout after the dropout in line {before.mark.line}: together {1 - kept:g}; write one of them"
            yield *view.place(node), message


RULES = (
    Rule(
        "G01",
        heavy_before_output,
        "heavy dropout before the output",
        "The best rate for hidden units is near 0.5; at 0.7 and more the last layer underfits.",
        "Srivastava et al. 2014, Dropout, sections 7.3 and A.4",
    ),
    Rule(
        "G02",
        no_dropout,
        "dropout of rate 0",
        "The layer passes its input on. A rate that is a param may be 0, for it can be set and searched.",
        "https://keras.io/api/layers/regularization_layers/dropout",
    ),
    Rule(
        "G03",
        all_dropped,
        "dropout of rate 1",
        "Every value is set to zero in training, so no gradient passes.",
        "https://keras.io/api/layers/regularization_layers/dropout",
    ),
    Rule(
        "G04",
        dropout_twice,
        "dropout right after dropout",
        "Two rates multiply into one that neither says.",
        "Srivastava et al. 2014, Dropout, section 4",
    ),
)
