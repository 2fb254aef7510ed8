"""Shapes, weights and multiply-accumulates worked out by hand, apart from the rules that infer them."""

import math
from pathlib import Path
from typing import Any

import pytest

import specs

VALID = Path(__file__).parents[1] / "valid"


def lowered(body: str, shape: str = "[8, 8, 3]", **params: Any) -> specs.Graph:
    return specs.lower(specs.loads(f"name: t\nparams: {{p: 1}}\ninput: {{shape: {shape}}}\nbody:\n{body}", **params))


@pytest.mark.parametrize(
    ("step", "shape", "out", "params", "macs"),
    [
        # A 3×3 window over 8×8×3 to 16 channels: 27 weights a channel and a bias, at 6×6 places.
        ("Conv2D: {filters: 16, kernel_size: 3}", "[8, 8, 3]", (6, 6, 16), 16 * 28, 36 * 27 * 16),
        # With `same` and strides 2 an odd size rounds up.
        ("Conv2D: {filters: 2, kernel_size: 3, strides: 2, padding: same}", "[9, 9, 1]", (5, 5, 2), 20, 25 * 18),
        # Dilation 2 makes a 3-window reach over 5 pixels.
        ("Conv2D: {filters: 1, kernel_size: 3, dilation_rate: 2, use_bias: false}", "[8, 8, 1]", (4, 4, 1), 9, 144),
        # Two groups: each filter sees half of the channels.
        ("Conv2D: {filters: 4, kernel_size: 1, groups: 2}", "[5, 5, 6]", (5, 5, 4), 4 * 3 + 4, 25 * 12),
        ("DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 2}", "[5, 5, 3]", (3, 3, 6), 9 * 6 + 6, 9 * 54),
        ("SeparableConv2D: {filters: 7, kernel_size: 3}", "[5, 5, 3]", (3, 3, 7), 27 + 21 + 7, 9 * (27 + 21)),
        # valid: (size - 1) · stride + kernel.
        ("Conv2DTranspose: {filters: 2, kernel_size: 3, strides: 2}", "[4, 4, 5]", (9, 9, 2), 92, 16 * 90),
        ("Conv2DTranspose: {filters: 2, kernel_size: 3, strides: 2, padding: same}", "[4, 4, 5]", (8, 8, 2), 92, 1440),
        ("Dense: {units: 10}", "[20]", (10,), 210, 200),
        ("Dense: {units: 10, use_bias: false}", "[3, 20]", (3, 10), 200, 600),
        ("MaxPooling2D: {pool_size: 3, strides: 2}", "[8, 8, 3]", (3, 3, 3), 0, 0),
        ("MaxPooling2D", "[7, 7, 3]", (3, 3, 3), 0, 0),
        ("AveragePooling2D: {pool_size: [2, 3], padding: same}", "[8, 8, 3]", (4, 3, 3), 0, 0),
        ("BatchNormalization: {center: false}", "[8, 8, 3]", (8, 8, 3), 9, 0),
        ("LayerNormalization: {axis: [1, 2, 3]}", "[8, 8, 3]", (8, 8, 3), 2 * 192, 0),
        ("GroupNormalization: {groups: 3}", "[8, 8, 3]", (8, 8, 3), 6, 0),
        ("PReLU", "[4, 4, 2]", (4, 4, 2), 32, 0),
        ("PReLU: {shared_axes: [1, 2]}", "[4, 4, 2]", (4, 4, 2), 2, 0),
        ("ZeroPadding2D: {padding: [[1, 0], [2, 3]]}", "[4, 4, 2]", (5, 9, 2), 0, 0),
        ("Reshape: {target_shape: [4, -1]}", "[8, 2]", (4, 4), 0, 0),
        ("Flatten", "[8, 2]", (16,), 0, 0),
        ("GlobalMaxPooling2D: {keepdims: true}", "[8, 2, 5]", (1, 1, 5), 0, 0),
    ],
)
def test_layer(step: str, shape: str, out: tuple[int, ...], params: int, macs: int) -> None:
    graph = lowered(f"  - {step}", shape)
    assert (graph.output_shapes()["output"], graph.params, graph.macs) == (out, params, macs)


def test_vgg16_by_hand() -> None:
    """Table 1 of arXiv:1409.1556, configuration D: 138 million weights."""
    stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
    steps = "".join(
        f"  - Conv2D: {{filters: {width}, kernel_size: 3, padding: same}}\n    repeat: {count}\n  - MaxPooling2D\n"
        for width, count in stages
    )
    head = "  - Flatten\n  - Dense: {units: 4096}\n    repeat: 2\n  - Dense: {units: 1000}\n"
    graph = lowered(steps + head, "[224, 224, 3]")
    weights, macs, channels, size = 0, 0, 3, 224
    for width, count in stages:
        for _ in range(count):
            weights += (9 * channels + 1) * width
            macs += 9 * channels * width * size * size
            channels = width
        size //= 2
    for inputs, units in ((7 * 7 * 512, 4096), (4096, 4096), (4096, 1000)):
        weights += (inputs + 1) * units
        macs += inputs * units
    assert weights == 138_357_544
    assert (graph.params, graph.macs) == (weights, macs)


def test_conv_unit_by_hand() -> None:
    graph = specs.lower(specs.load(VALID / "conv_kinds.yaml"))
    standard = 3 * 3 * (4 // 4) * 8 + 8
    depthwise = 3 * 3 * 8 + 8
    separable = 1 * 3 * 8 + 8 * 6 + 6
    transposed = 3 * 3 * 6 * 2 + 2
    dilated = 3 * 3 * 2 * 2 + 2
    norms = 4 * (8 + 8 + 6 + 2 + 2)
    assert graph.params == standard + depthwise + separable + transposed + dilated + norms
    assert graph.non_trainable == norms // 2


def test_dense_connections_by_hand() -> None:
    """Widths 4 → 7 → 10; then the nested block: 10 → 13 → 16 → 19, and 3 of its end put to the 10 it began with."""
    graph = specs.lower(specs.load(VALID / "dense_connections.yaml"))
    threes = sum(9 * width * 3 + 3 for width in (4, 7, 19))
    ones = sum(width * 3 + 3 for width in (10, 13, 16))
    assert graph.params == threes + ones
    assert graph.output_shapes() == {"output": (8, 8, 13)}


def test_resnet50_stage_by_hand() -> None:
    """The published 25.6 million, from the widths of table 1 in arXiv:1512.03385 and Keras' biases."""
    total, channels = 7 * 7 * 3 * 64 + 64 + 4 * 64, 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            sizes = [(1, channels, width), (3, width, width), (1, width, 4 * width)]
            if block == 0:
                sizes.append((1, channels, 4 * width))
            total += sum(k * k * i * o + o + 4 * o for k, i, o in sizes)
            channels = 4 * width
    total += 2048 * 1000 + 1000
    assert specs.lower(specs.load("resnet50")).params == total == 25_636_712


def test_unknown_sizes_leave_macs_unknown_and_params_known() -> None:
    graph = specs.lower(specs.load(VALID / "unknown_sizes.yaml"))
    assert graph.macs is None
    assert graph.params == (27 * 4 + 4 + 16) + (36 * 4 + 4 + 16) + (2 * 2 * 8 * 2 + 2) + (2 * 2 + 2)


@pytest.mark.parametrize("size", (1, 2, 3, 4, 7, 8, 13))
@pytest.mark.parametrize("window", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_window_counts_its_places(size: int, window: int, stride: int) -> None:
    """The number of places is what a loop over them counts."""
    places = [start for start in range(0, size, stride) if start + window <= size]
    step = f"  - Conv2D: {{filters: 1, kernel_size: {window}, strides: {stride}, padding: PAD}}"
    same = lowered(step.replace("PAD", "same"), f"[{size}, {size}, 1]")
    assert same.output_shapes()["output"] == (math.ceil(size / stride),) * 2 + (1,)
    if places:
        valid = lowered(step.replace("PAD", "valid"), f"[{size}, {size}, 1]")
        assert valid.output_shapes()["output"] == (len(places), len(places), 1)
    else:
        with pytest.raises(specs.SpecError, match="does not fit into a height"):
            lowered(step.replace("PAD", "valid"), f"[{size}, {size}, 1]")
