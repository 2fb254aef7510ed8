"""I: initial weights."""

from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import ACTIVATIONS, NORMS, WEIGHTS, activation, kernel_initializers
from specs.linting.rule import Finding, Rule
from specs.linting.view import View

DEEP_GLOROT = 5
"""Layers after which the variance under Glorot and ReLU is 1/32 of the input's."""
SATURATING = ("tanh", "sigmoid", "hard_sigmoid", "hard_tanh", "softsign")


def _activated(view: View, node: Node) -> str:
    """The activation right after the weights: the layer's own, or that of the next layer."""
    after = view.next(node)
    if activation(node) == "linear" and after is not None and after.op in ACTIVATIONS:
        return activation(after)
    return activation(node)


def deep_glorot(view: View) -> Iterator[Finding]:
    """Many ReLU layers in a row whose weights are drawn for linear ones, and no norm."""
    row: dict[str, int] = {}
    for node in view.graph.nodes:
        count = min((row[name] for name in node.inputs), default=0)
        if node.op in NORMS or len(node.inputs) > 1:
            count = 0
        elif node.op in WEIGHTS:
            glorot = any(name.startswith("glorot") for name in kernel_initializers(node).values())
            count = count + 1 if glorot and _activated(view, node) == "relu" else 0
            if count == DEEP_GLOROT:
                message = f"{count} relu layers in a row drawn by Glorot, without a norm; write he_normal"
                yield *view.place(node, "kernel_initializer"), message
        row[node.name] = count


def he_under_saturation(view: View) -> Iterator[Finding]:
    """Weights drawn for ReLU under tanh or sigmoid."""
    for node in view.graph.nodes:
        for name, given in kernel_initializers(node).items():
            follows = _activated(view, node)
            if given.startswith("he_") and follows in SATURATING and not view.is_output(node):
                message = f"{given} is made for relu, and {follows} follows; write {name}: glorot_uniform"
                yield *view.place(node, name), message


def constant_kernels(view: View) -> Iterator[Finding]:
    """Kernels that begin all alike, apart from those that begin a branch or the model's output at zero."""
    for node in view.graph.nodes:
        after = view.next(node)
        meant = view.is_output(node) or (after is not None and after.op == "Add")
        for name, given in kernel_initializers(node).items():
            if given in ("zeros", "ones") and not meant:
                yield *view.place(node, name), f"{name}: {given} makes every unit the same for good; draw at random"


RULES = (
    Rule(
        "I01",
        deep_glorot,
        "Glorot's weights under a deep stack of ReLU",
        "ReLU halves the variance at each layer, which Glorot's weights do not make good and He's do; with 30 layers "
        "Glorot's do not learn at all. A norm after each layer makes it of no matter.",
        "arXiv:1502.01852, section 2.2",
    ),
    Rule(
        "I02",
        he_under_saturation,
        "He's weights under tanh or sigmoid",
        "They are drawn twice as wide in variance, for one that loses half of it; tanh and sigmoid then start "
        "saturated.",
        "arXiv:1502.01852, section 2.2; Glorot and Bengio 2010, section 4.2",
    ),
    Rule(
        "I03",
        constant_kernels,
        "a kernel of zeros or ones",
        "Units with the same weights get the same gradient and stay the same; zeros pass no gradient on at all. Zeros "
        "at the end of a residual body, or at the output, are meant, and nothing is said.",
        "Goodfellow, Bengio and Courville 2016, Deep Learning, section 8.4",
    ),
)
