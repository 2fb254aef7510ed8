"""A: activations."""

from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import ACTIVATIONS, DROPOUTS, NORMS, SHAPING, WEIGHTS, activation, argument, kernel
from specs.linting.rule import Finding, Rule
from specs.linting.training import highest_rate
from specs.linting.view import Place, View

DEEP = {"sigmoid": 3, "hard_sigmoid": 3, "tanh": 5, "hard_tanh": 5}
"""So many in a row without a norm or a shortcut vanish. Sigmoid's slope is at most 1/4, tanh's 1 only at 0."""

HOT = {"SGD": 0.1, "RMSprop": 0.01, "Adam": 0.01, "AdamW": 0.01}
"""Learning rates from which units without a norm die; ten times Keras' own defaults."""

LINEAR = (*NORMS, *SHAPING, *DROPOUTS, "Rescaling")
"""What leaves two linear maps one linear map where it stands between them, in inference."""


def vanishing_stack(view: View) -> Iterator[Finding]:
    """Saturating activations one after the other."""
    row: dict[str, tuple[int, str]] = {}
    for node in view.graph.nodes:
        name = activation(node)
        counts = [row[each] for each in node.inputs]
        count, kind = min(counts, default=(0, ""))
        if node.op in NORMS or len(node.inputs) > 1:
            count, kind = 0, ""
        elif name in DEEP:
            count, kind = (count + 1, name) if kind == name else (1, name)
        elif name != "linear":
            count, kind = 0, ""
        row[node.name] = count, kind
        if name in DEEP and count == DEEP[name] and not view.is_output(node):
            message = f"{count} {name} layers in a row let gradients vanish; use relu, a norm or shortcuts"
            yield *view.place(node, "activation"), message


def activation_twice(view: View) -> Iterator[Finding]:
    """An activation of an activation."""
    for node in view.graph.nodes:
        before = view.back(node, (*SHAPING, *DROPOUTS))
        if node.op in ACTIVATIONS and before is not None and activation(node) != "linear":
            first = activation(before)
            # A norm, or anything but a layer that ends in an activation, gives linear here.
            if first not in ("linear", "unknown"):
                message = f"{activation(node)} right after {first} in line {before.mark.line}; leave one out"
                yield *view.place(node), message


def linear_after_linear(view: View) -> Iterator[Finding]:
    """Two layers with weights that are one linear map."""
    for node in view.graph.nodes:
        if node.op not in WEIGHTS or activation(node) != "linear":
            continue
        after = view.onward(node, LINEAR)
        if after is not None and after.op in WEIGHTS and not _factorised(view, node, after):
            message = (
                f"no activation before the layer with weights in line {after.mark.line}; the two are one linear map"
            )
            yield *_missing(view, node, after), message


def _missing(view: View, first: Node, second: Node) -> Place:
    """Where an activation between two layers is missing: at the `linear` of a unit, or else at the first step."""
    for node in (first, second):
        step = view.steps.get(node.mark)
        # Only a unit that is activated first of all has what is missing before the second layer.
        holds = node is first or getattr(step and step.args, "order", "") == "norm-act-conv"
        if (
            holds
            and step is not None
            and "activation" in step.places
            and getattr(step.args, "activation", "") == "linear"
        ):
            return step.places["activation"]
    return view.place(first)


def _factorised(view: View, first: Node, second: Node) -> bool:
    """Whether two linear layers are one on purpose: separable, n×1 and 1×n, or through fewer channels."""
    if "DepthwiseConv2D" in (first.op, second.op):
        return True
    if first.op != "Dense" and sorted((1, max(kernel(first)))) == sorted(kernel(first)) != [1, 1]:
        return kernel(second) == kernel(first)[::-1] or _narrow(view, first, second)
    return _narrow(view, first, second)


def _narrow(view: View, first: Node, second: Node) -> bool:
    """Whether there are fewer channels between two layers than before and after them."""
    between, wide = first.output_shape[-1], (view.input_shape(first)[-1], second.output_shape[-1])
    return between is not None and all(size is not None and between < size for size in wide)


def hot_relu(view: View) -> Iterator[Finding]:
    """ReLU, no norm anywhere, and a high learning rate."""
    train = view.document.train
    kinds = {node.op for node in view.graph.nodes}
    if train is None or kinds & set(NORMS) or not any(activation(node) == "relu" for node in view.graph.nodes):
        return
    kind = train.optimizer.kind
    rate = highest_rate(train)
    if kind in HOT and rate >= HOT[kind]:
        message = (
            f"learning rate {rate:g} with relu and no norm kills units; take a rate below {HOT[kind]:g}, or a norm"
        )
        yield *view.nearest("train", "optimizer", kind, "learning_rate"), message


def selu_without_its_rules(view: View) -> Iterator[Finding]:
    """SELU after weights that were not drawn as it needs."""
    for node in view.graph.nodes:
        drawn = node if node.op in WEIGHTS else view.before(node)
        given = argument(drawn, "kernel_initializer") if drawn is not None and drawn.op in WEIGHTS else None
        if activation(node) == "selu" and drawn is not None and given not in (None, "lecun_normal"):
            yield (
                *view.place(drawn, "kernel_initializer"),
                f"selu after {given}; write kernel_initializer: lecun_normal",
            )


RULES = (
    Rule(
        "A01",
        vanishing_stack,
        "a stack of sigmoid or tanh layers",
        "Each layer multiplies the gradient by a slope of at most 1/4 (sigmoid) or one that falls off away from zero "
        "(tanh), so the first layers learn nothing.",
        "Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, section 3",
    ),
    Rule(
        "A02",
        activation_twice,
        "an activation right after an activation",
        "relu of relu is relu, and softmax of relu cannot tell apart the classes that relu set to zero; most often an "
        "`activation` argument was forgotten.",
        "https://keras.io/api/layers/activations (usage: as an argument or as a layer)",
    ),
    Rule(
        "A03",
        linear_after_linear,
        "two layers with weights and no activation between",
        "The product of two linear maps is one linear map: the second adds weights and nothing it can express. Through "
        "fewer channels, or for a separable window, it is meant, and nothing is said.",
        "Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.1",
    ),
    Rule(
        "A04",
        hot_relu,
        "ReLU with a high learning rate and no norm",
        "One large step can push a unit below zero for every example; its gradient is then zero for good.",
        "https://cs231n.github.io/neural-networks-1 (ReLU units that die where the learning rate is too high)",
    ),
    Rule(
        "A05",
        selu_without_its_rules,
        "SELU without lecun_normal",
        "SELU keeps mean and variance only for weights of mean 0 and variance 1/n, which is lecun_normal.",
        "arXiv:1706.02515, section 'Initialization'; keras.activations.selu",
    ),
)
