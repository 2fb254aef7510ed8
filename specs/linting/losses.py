"""L: the loss and the output that it is given."""

from collections.abc import Iterable, Iterator

from specs.graph import Node
from specs.linting.kinds import activation
from specs.linting.rule import Finding, Rule
from specs.linting.view import Place, View
from specs.recipe import loss_of
from specs.sections.judging import LABELS, LossChoice

CATEGORICAL = (
    "SparseCategoricalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
)
BINARY = ("BinaryCrossentropy", "BinaryFocalCrossentropy")
DISTRIBUTIONS = ("softmax", "sparsemax")
SIGMOIDS = ("sigmoid", "hard_sigmoid", "sparse_sigmoid")
MASKS = "DiceCrossentropy"
"""Of one channel it takes a sigmoid, of several softmax."""
ENDS = {
    **dict.fromkeys(CATEGORICAL, DISTRIBUTIONS),
    **dict.fromkeys(BINARY, SIGMOIDS),
    MASKS: (*DISTRIBUTIONS, *SIGMOIDS),
}
"""Activations that give the probabilities that a loss takes."""

Judged = tuple[Node, LossChoice, Place]
"""The node that computes an output, its loss, and where that was written."""


def _judged(view: View, kinds: Iterable[str]) -> Iterator[Judged]:
    """The outputs that are trained with a loss of these kinds."""
    train = view.document.train
    for name, output in view.graph.outputs.items() if train is not None else ():
        assert train is not None
        if train.step is not None and not output.auxiliary:
            # What is made is held to no loss of its own.
            continue
        loss, keys = loss_of(train, output), ("outputs", name, "loss") if output.loss else ("train", "loss")
        if loss.kind in kinds:
            yield view.nodes[output.node], loss, view.nearest(*keys, loss.kind, "from_logits")


def _of_one(node: Node) -> bool:
    return node.output_shape[-1:] == (1,)


def softmax_of_logits(view: View) -> Iterator[Finding]:
    """An output whose probabilities the loss takes for logits."""
    for node, loss, place in _judged(view, ENDS):
        if (
            getattr(loss.args, "from_logits", False)
            and activation(node) in ENDS[loss.kind]
            and not _is_alone(node, loss)
        ):
            yield *place, f"from_logits, but the model ends with {activation(node)}; write from_logits: false"


def _is_alone(node: Node, loss: LossChoice) -> bool:
    """Whether a loss over classes is given one of them, which is another rule's."""
    return loss.kind in CATEGORICAL and _of_one(node)


def no_softmax(view: View) -> Iterator[Finding]:
    """No softmax, or no sigmoid, before a loss that expects probabilities."""
    for node, loss, _ in _judged(view, ENDS):
        name = activation(node)
        if getattr(loss.args, "from_logits", False) or _is_alone(node, loss):
            continue
        if name not in (*DISTRIBUTIONS, *SIGMOIDS, "unknown"):
            either = ", or from_logits" if hasattr(loss.args, "from_logits") else ""
            first = "sigmoid" if loss.kind == MASKS and _of_one(node) else ENDS[loss.kind][0]
            write = f"write activation: {first}{either}"
            yield *view.place(node, "activation"), f"the loss expects probabilities, not {name} values; {write}"


def sigmoid_of_classes(view: View) -> Iterator[Finding]:
    """A sigmoid before a loss over classes of which one is right."""
    for node, _, _ in _judged(view, (*CATEGORICAL, MASKS)):
        if activation(node) in SIGMOIDS and not _of_one(node):
            message = f"{activation(node)} rates each class by itself, and the loss wants one of them; write softmax"
            yield *view.place(node, "activation"), message


def softmax_of_answers(view: View) -> Iterator[Finding]:
    """A softmax before a loss that judges each output by itself."""
    for node, _, _ in _judged(view, BINARY):
        if activation(node) in DISTRIBUTIONS and not _of_one(node):
            message = f"{activation(node)} lets one output win, and the loss asks each by itself; write sigmoid"
            yield *view.place(node, "activation"), message


def bounded_numbers(view: View) -> Iterator[Finding]:
    """A softmax before a loss for numbers."""
    kinds = [kind for kind, labels in LABELS.items() if labels == "numbers" and kind != "KLDivergence"]
    for node, loss, _ in _judged(view, kinds):
        if activation(node) in DISTRIBUTIONS and not _of_one(node):
            message = f"{loss.kind} is for numbers, and {activation(node)} gives a distribution; write linear"
            yield *view.place(node, "activation"), message


def softmax_of_one(view: View) -> Iterator[Finding]:
    """A softmax over a single value."""
    for node in view.graph.nodes:
        if activation(node) == "softmax" and node.output_shape[-1:] == (1,) and getattr(node.args, "axis", -1) == -1:
            yield *view.place(node, "activation"), "softmax over one value is always 1; write sigmoid, or more units"


def one_class(view: View) -> Iterator[Finding]:
    """One output unit under a loss that counts classes."""
    for node, _, _ in _judged(view, CATEGORICAL):
        if _of_one(node) and activation(node) != "softmax":
            message = (
                "one unit leaves the loss a single class; write a unit for each class, or loss: BinaryCrossentropy"
            )
            yield *view.place(node, "units"), message


RULES = (
    Rule(
        "L01",
        softmax_of_logits,
        "probabilities, and a loss from logits",
        "The loss applies softmax or sigmoid itself; twice, it flattens every distribution and training crawls.",
        "https://keras.io/api/losses/probabilistic_losses (from_logits)",
    ),
    Rule(
        "L02",
        no_softmax,
        "no probabilities, and a loss that takes them",
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
        "Labels are class numbers from 0, and each class needs an output of its own; two classes take two units, or "
        "one with a sigmoid and a binary loss.",
        "https://keras.io/api/losses/probabilistic_losses (SparseCategoricalCrossentropy)",
    ),
    Rule(
        "L06",
        softmax_of_answers,
        "softmax with a binary loss",
        "The loss asks of each output whether it is right; softmax makes them compete, so that no two can be.",
        "https://keras.io/api/losses/probabilistic_losses (BinaryCrossentropy)",
    ),
    Rule(
        "L07",
        bounded_numbers,
        "softmax with a loss for numbers",
        "Values that sum to 1 reach few numbers; and where classes are meant, cross-entropy learns faster from a "
        "distribution than squares do.",
        "Golik, Doetsch and Ney 2013, Cross-Entropy vs. Squared Error Training: a Theoretical and Experimental "
        "Comparison",
    ),
)
