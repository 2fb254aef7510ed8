"""L: the loss and the output that it is given."""

from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import activation
from specs.linting.rule import Finding, Rule
from specs.linting.view import View

CATEGORICAL = ("SparseCategoricalCrossentropy", "CategoricalCrossentropy")
DISTRIBUTIONS = ("softmax", "sparsemax")
SIGMOIDS = ("sigmoid", "hard_sigmoid", "sparse_sigmoid")


def _from_logits(view: View) -> bool | None:
    """Whether a categorical loss expects logits; None where the model is trained with no such loss."""
    train = view.document.train
    if train is None or train.loss.kind not in CATEGORICAL:
        return None
    return bool(getattr(train.loss.args, "from_logits", False))


def _outputs(view: View, *, classes: bool = True) -> Iterator[Node]:
    """The nodes that the model gives; those with several values, or those with one."""
    for output in view.graph.outputs.values():
        node = view.nodes[output.node]
        if (node.output_shape[-1:] != (1,)) == classes:
            yield node


def softmax_of_logits(view: View) -> Iterator[Finding]:
    """A softmax whose output the loss takes for logits."""
    if _from_logits(view) and view.document.train is not None:
        for node in _outputs(view):
            if activation(node) in DISTRIBUTIONS:
                place = view.nearest("train", "loss", view.document.train.loss.kind, "from_logits")
                yield *place, f"from_logits, but the model ends with {activation(node)}; write from_logits: false"


def no_softmax(view: View) -> Iterator[Finding]:
    """No softmax before a loss that expects probabilities."""
    if _from_logits(view) is False:
        for node in _outputs(view):
            name = activation(node)
            if name not in (*DISTRIBUTIONS, *SIGMOIDS, "unknown"):
                message = (
                    f"the loss expects probabilities, not {name} values; write activation: softmax, or from_logits"
                )
                yield *view.place(node, "activation"), message


def sigmoid_of_classes(view: View) -> Iterator[Finding]:
    """A sigmoid before a loss over classes of which one is right."""
    if _from_logits(view) is not None:
        for node in _outputs(view):
            if activation(node) in SIGMOIDS:
                message = (
                    f"{activation(node)} rates each class by itself, and the loss wants one of them; write softmax"
                )
                yield *view.place(node, "activation"), message


def softmax_of_one(view: View) -> Iterator[Finding]:
    """A softmax over a single value."""
    for node in view.graph.nodes:
        if activation(node) == "softmax" and node.output_shape[-1:] == (1,) and getattr(node.args, "axis", -1) == -1:
            yield *view.place(node, "activation"), "softmax over one value is always 1; write sigmoid, or more units"


def one_class(view: View) -> Iterator[Finding]:
    """One output unit under a loss that counts classes."""
    if _from_logits(view) is not None:
        for node in _outputs(view, classes=False):
            if activation(node) != "softmax":
                yield *view.place(node, "units"), "one unit leaves the loss a single class; write a unit for each class"


RULES = (
    Rule(
        "L01",
        softmax_of_logits,
        "softmax, and a loss from logits",
        "The loss applies softmax itself; twice, it flattens every distribution and training crawls.",
        "https://keras.io/api/losses/probabilistic_losses (from_logits)",
    ),
    Rule(
        "L02",
        no_softmax,
        "no softmax, and a loss from probabilities",
        "The loss takes the logarithm of what it is given; values below zero are clipped and pass no gradient.",
        "https://keras.io/api/losses/probabilistic_losses (from_logits)",
    ),
    Rule(
        "L03",
        sigmoid_of_classes,
        "sigmoid with a categorical loss",
        "Sigmoids do not compete: all of them may be 1. One class of several takes softmax.",
        "https://keras.io/api/losses/probabilistic_losses (SparseCategoricalCrossentropy)",
    ),
    Rule(
        "L04",
        softmax_of_one,
        "softmax over one value",
        "Softmax divides by the sum of all values; of one value that is the value itself.",
        "https://keras.io/api/layers/activations (softmax)",
    ),
    Rule(
        "L05",
        one_class,
        "one output unit with a categorical loss",
        "Labels are class numbers from 0, and each class needs an output of its own; two classes take two units.",
        "https://keras.io/api/losses/probabilistic_losses (SparseCategoricalCrossentropy)",
    ),
)
