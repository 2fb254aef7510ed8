"""C: what a model costs beside what it gives."""

from collections import defaultdict
from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import argument, kernel
from specs.linting.rule import Finding, Rule
from specs.linting.view import View

WORTH_SAYING = 0.01
"""Fraction of the model's weights that a saving has to reach."""
HUGE = 500_000
"""Weights of a layer after Flatten from which it is called huge, where they are more than half of the model's."""
EXAMPLES = {
    "digits": 1_797,
    "mnist": 60_000,
    "fashion_mnist": 60_000,
    "cifar10": 50_000,
    "cifar100": 50_000,
    "imdb": 25_000,
    "reuters": 8_982,
    "california_housing": 16_512,
    "boston_housing": 404,
}
"""Examples of data that are known without being loaded, without those of a test part of their own."""
MOST_PER_EXAMPLE = 1_000
"""Weights to an example: ResNet-50 has 20 on ImageNet, and WRN-28-10 730 on CIFAR-10, the most of its paper."""


def _plain_windows(view: View, size: int) -> Iterator[tuple[Node, int, int]]:
    """The ordinary size×size convolutions after the first, with their channels in and out."""
    for node in view.graph.nodes:
        if node.op == "Conv2D" and kernel(node) == (size, size) and argument(node, "groups") == 1:
            channels, before = view.input_shape(node)[-1], view.back(node, ("Rescaling", "ZeroPadding2D"))
            if channels is not None and not (before is not None and before.op == "InputLayer"):
                yield node, channels, argument(node, "filters")


def _replaceable(view: View, size: int, taps: int, instead: str) -> Iterator[Finding]:
    """Windows of size² taps that two of `taps` taps each replace, where the weights saved are worth a word."""
    saved: dict[object, int] = defaultdict(int)
    windows = list(_plain_windows(view, size))
    for node, channels, filters in windows:
        saved[node.mark] += size * size * channels * filters - taps * filters * (channels + filters)
    for node, _, _ in windows:
        weights = saved[node.mark]
        if weights >= max(1, WORTH_SAYING * view.graph.params):
            yield *view.place(node, "kernel_size"), f"{instead} see as much with {weights:,} weights fewer"


def five_by_five(view: View) -> Iterator[Finding]:
    """A 5×5 window that two 3×3 replace."""
    yield from _replaceable(view, 5, 9, "two 3×3 windows")


def seven_by_seven(view: View) -> Iterator[Finding]:
    """A 7×7 window, not on the input, that 7×1 and 1×7 replace."""
    yield from _replaceable(view, 7, 7, "a 7×1 and a 1×7 window")


def huge_dense(view: View) -> Iterator[Finding]:
    """Most of the model in the matrix after Flatten."""
    for node in view.graph.nodes:
        flat = view.before(node)
        if node.op != "Dense" or flat is None or flat.op != "Flatten" or not view.input_shape(flat)[-1]:
            continue
        image, channels = view.input_shape(flat), view.input_shape(flat)[-1] or 0
        if len(image) == 3 and node.params >= HUGE and node.params > view.graph.params / 2:
            saved = node.params - (channels + 1) * argument(node, "units")
            message = f"feeds {node.params:,} weights in line {node.mark.line}; GlobalAveragePooling2D saves {saved:,}"
            yield *view.place(flat), message


def too_large_for_the_data(view: View) -> Iterator[Finding]:
    """More weights than the examples can bear."""
    train = view.document.train
    examples = EXAMPLES.get(train.data.kind) if train is not None else None
    if train is None or examples is None:
        return
    part = 1 - getattr(train.data.args, "validation_split", 0) - getattr(train.data.args, "test_split", 0)
    each = view.graph.trainable / (examples * part)
    if each > MOST_PER_EXAMPLE:
        message = f"{view.graph.trainable:,} weights for {examples * part:,.0f} examples, {each:,.0f} to each"
        yield *view.nearest("train", "data"), f"{message}; make the model smaller"


RULES = (
    Rule(
        "C01",
        five_by_five,
        "a 5×5 window that two 3×3 replace",
        "Two 3×3 windows see 5×5 pixels with 18 weights instead of 25 for each pair of channels, and one more "
        "activation. Said where it saves at least 1 % of the model.",
        "arXiv:1512.00567, section 3.1",
    ),
    Rule(
        "C02",
        seven_by_seven,
        "a 7×7 window that 7×1 and 1×7 replace",
        "14 weights see what 49 see for each pair of channels. The window on the input itself is cheap, and nothing "
        "is said of it. Said where it saves at least 1 % of the model.",
        "arXiv:1512.00567, section 3.2",
    ),
    Rule(
        "C03",
        huge_dense,
        "Flatten into a huge Dense",
        "One matrix holds most of the weights, and overfits; global average pooling has none and sums the place out.",
        "arXiv:1312.4400, section 3.2",
    ),
    Rule(
        "C04",
        too_large_for_the_data,
        "more weights than the data can bear",
        "A net with many more weights than examples can learn even random labels by heart.",
        "arXiv:1611.03530, section 2",
    ),
)
