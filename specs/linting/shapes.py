"""S: sizes, windows and strides."""

from collections.abc import Iterator

from specs.graph import Node
from specs.linting.kinds import CONVS, POOLS, WEIGHTS, argument, kernel, strides
from specs.linting.rule import Finding, Rule
from specs.linting.view import View

MOST_AT_ONCE = 4
"""Times that height or width may shrink before a window of stride 1 looks; the stem of ResNet takes 4."""


def _is_patches(view: View, node: Node) -> bool:
    """Whether a convolution cuts the input itself into patches that do not overlap."""
    before = view.back(node, ("Rescaling", "ZeroPadding2D"))
    return before is not None and before.op == "InputLayer" and kernel(node) == strides(node)


def steep_descent(view: View) -> Iterator[Finding]:
    """Height and width that shrink many times before anything looks at what is left."""
    run: dict[str, int] = {}
    for node in view.graph.nodes:
        # Where branches meet, one that has looked is enough.
        before = min((run[name] for name in node.inputs), default=1)
        stride = max(strides(node)) if node.op in (*CONVS, *POOLS) and node.op != "Conv2DTranspose" else 1
        looks = node.op in WEIGHTS and stride == 1
        run[node.name] = 1 if looks or _is_patches(view, node) else before * stride
        if before <= MOST_AT_ONCE < run[node.name]:
            message = f"height and width shrink {run[node.name]} times at once; put a convolution of stride 1 between"
            yield *view.place(node, "strides"), message


def dropped_edge(view: View) -> Iterator[Finding]:
    """A pool that never sees the last row or column."""
    for node in view.graph.nodes:
        if node.op not in POOLS or argument(node, "padding") != "valid":
            continue
        sizes = view.input_shape(node)[:2]
        windows = zip(sizes, kernel(node), strides(node), strict=True)
        left = [(size - window) % stride if size is not None else 0 for size, window, stride in windows]
        before = view.before(node)
        pad = argument(before, "padding") if before is not None and before.op == "ZeroPadding2D" else ((0, 0), (0, 0))
        # Rows of zeros that were put there do not count.
        if any(lost > added for lost, (_, added) in zip(left, pad, strict=True)):
            lost = max(left)
            size = sizes[left.index(lost)]
            message = f"of {size} rows or columns the last {lost} are dropped; write padding: same, or another size"
            yield *view.place(node, "pool_size"), message


def wider_than_the_image(view: View) -> Iterator[Finding]:
    """A window whose outer weights only ever meet the zeros around the image."""
    for node in view.graph.nodes:
        if node.op not in CONVS or node.op == "Conv2DTranspose" or argument(node, "padding") != "same":
            continue
        for size, window, apart in zip(
            view.input_shape(node), kernel(node), argument(node, "dilation_rate"), strict=False
        ):
            if size is not None and (window // 2) * apart >= size:
                message = f"a window of {(window - 1) * apart + 1} over {size} pixels: its edge sees only padding"
                yield *view.place(node, "kernel_size"), f"{message}; make it smaller"
                break


def skipped_pixels(view: View) -> Iterator[Finding]:
    """A window that steps over pixels which no window sees."""
    for node in view.graph.nodes:
        windowed = (node.op in CONVS and node.op != "Conv2DTranspose" and kernel(node) != (1, 1)) or node.op in POOLS
        pairs = zip(kernel(node), strides(node), strict=True)
        if windowed and any(stride > window for window, stride in pairs):
            message = f"strides {max(strides(node))} step over pixels that no window of {max(kernel(node))} sees"
            yield *view.place(node, "strides"), f"{message}; make the window at least as wide as its stride"


def checkerboard(view: View) -> Iterator[Finding]:
    """A transposed convolution whose windows overlap unevenly."""
    for node in view.graph.nodes:
        pairs = list(zip(kernel(node), strides(node), strict=True))
        if node.op == "Conv2DTranspose" and any(window % stride for window, stride in pairs):
            message = "windows overlap unevenly and leave a checkerboard; write a kernel_size that the strides divide"
            yield *view.place(node, "kernel_size"), message


RULES = (
    Rule(
        "S01",
        steep_descent,
        "height and width shrink more than 4 times at once",
        "What is thrown away before a window of stride 1 has looked is lost to all that follows; avoid bottlenecks of "
        "representation early in the net. Patches cut from the input itself are meant, and nothing is said.",
        "arXiv:1512.00567, section 2, principle 1",
    ),
    Rule(
        "S02",
        dropped_edge,
        "pooling that drops the last row",
        "With padding valid the windows that fit are counted down, and what is left at the lower and right edge is "
        "never looked at, in every image.",
        "https://keras.io/api/layers/pooling_layers/max_pooling2d (output shape)",
    ),
    Rule(
        "S03",
        wider_than_the_image,
        "a window wider than what it looks at",
        "Weights that only meet zeros learn nothing and are paid for in memory and time.",
        "arXiv:1706.05587, section 3.3 (dilated windows that degenerate to 1×1)",
    ),
    Rule(
        "S04",
        skipped_pixels,
        "strides wider than the window",
        "The pixels between two windows have no influence on the output. In a 1×1 shortcut it is the custom, and "
        "nothing is said.",
        "arXiv:1812.01187, section 4.2 (ResNet-B)",
    ),
    Rule(
        "S05",
        checkerboard,
        "a transposed convolution that leaves a checkerboard",
        "Where the stride does not divide the window, neighbouring pixels get different numbers of contributions.",
        "Odena et al. 2016, Deconvolution and Checkerboard Artifacts, doi:10.23915/distill.00003",
    ),
)
