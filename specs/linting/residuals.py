"""R: residual connections."""

from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import ACTIVATIONS, CONVS, DROPOUTS, GLOBAL_POOLS, NORMS, activation, kernel, strides
from specs.linting.rule import Finding, Rule
from specs.linting.view import View

_SCALING = ("Rescaling", *DROPOUTS)


def _is_pre_activated(view: View, node: Node | None) -> bool:
    """Whether a node ends norm → activation → convolution."""
    if node is not None and node.op in _SCALING:
        node = view.back(node, _SCALING)
    act = view.before(node) if node is not None and node.op in CONVS and activation(node) == "linear" else None
    norm = view.before(act) if act is not None and act.op in ACTIVATIONS else None
    return norm is not None and norm.op in NORMS


def _ends_pre_activated(view: View, node: Node) -> bool:
    """Whether a sum or a concatenation takes in a branch that ends in a pre-activated convolution."""
    return any(_is_pre_activated(view, view.nodes[name]) for name in node.inputs)


def activation_after_sum(view: View) -> Iterator[Finding]:
    """An activation on the sum of a block that is activated before its convolutions."""
    for node in view.graph.nodes:
        total = view.before(node)
        if node.op in ACTIVATIONS and total is not None and total.op == "Add" and _ends_pre_activated(view, total):
            yield *view.place(node, "activation"), "an activation on the sum of a pre-activation block; leave it out"


def no_final_norm(view: View) -> Iterator[Finding]:
    """Pre-activated convolutions that go into the head as they are."""
    for node in view.graph.nodes:
        before = view.before(node)
        if node.op not in (*GLOBAL_POOLS, "Flatten") or before is None:
            continue
        merged = before.op in ("Add", "Concatenate") and _ends_pre_activated(view, before)
        if merged or _is_pre_activated(view, before):
            message = "what comes in has no norm and activation; put BatchNormalization and Activation before it"
            yield *view.place(node), message


def stride_in_the_1x1(view: View) -> Iterator[Finding]:
    """A strided 1×1 convolution before a wider one."""
    for node in view.graph.nodes:
        if node.op not in CONVS or node.op == "Conv2DTranspose" or kernel(node) != (1, 1) or max(strides(node)) == 1:
            continue
        after = view.onward(node, (*NORMS, *ACTIVATIONS, "ZeroPadding2D"))
        if after is not None and after.op in CONVS and max(kernel(after)) > 1:
            lost = 1 - 1 / (strides(node)[0] * strides(node)[1])
            message = f"throws {lost:.0%} of its input away; stride the wider window in line {after.mark.line} instead"
            yield *view.place(node, "strides"), message


def needless_projection(view: View) -> Iterator[Finding]:
    """`shortcut: projection` where the shapes are the same."""
    for node in view.graph.nodes:
        step = view.steps.get(node.mark)
        if node.op != "Add" or step is None or getattr(step.args, "shortcut", None) != "projection":
            continue
        short = view.nodes[node.inputs[0]]
        conv = view.back(short, NORMS) if short.op in NORMS else short
        if conv is not None and conv.op in CONVS and view.input_shape(conv) == conv.output_shape:
            message = f"a projection of {conv.params:,} weights where the shapes are the same; write shortcut: identity"
            yield *view.place(node, "shortcut"), message


RULES = (
    Rule(
        "R01",
        activation_after_sum,
        "an activation after the sum of a pre-activation block",
        "Pre-activation is there to leave the path from block to block untouched; an activation on the sum cuts it.",
        "arXiv:1603.05027, section 4.1",
    ),
    Rule(
        "R02",
        no_final_norm,
        "a pre-activation net without a norm and activation at its end",
        "Each block normalises and activates what it takes in, so what the last one gives is neither; the paper adds "
        "both after the last block.",
        "arXiv:1603.05027, appendix (implementation details)",
    ),
    Rule(
        "R03",
        stride_in_the_1x1,
        "the stride of a bottleneck in its 1×1 convolution",
        "A 1×1 window of stride 2 never looks at three quarters of its input. Strided in the 3×3, all of it is seen; "
        "top-1 accuracy of ResNet-50 rises by about half a point.",
        "arXiv:1812.01187, section 4.2 (ResNet-B)",
    ),
    Rule(
        "R04",
        needless_projection,
        "a projection where the identity fits",
        "Weights on every shortcut hamper the signal and cost parameters; ResNet-110's error on CIFAR-10 is 6.6 % with "
        "identities and 12.2 % with 1×1 convolutions.",
        "arXiv:1603.05027, table 1",
    ),
)
