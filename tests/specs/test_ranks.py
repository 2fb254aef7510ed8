"""The same rules over sequences, images and volumes."""

from typing import Any

import pytest

import specs
from tests.specs.test_laws import computed, lowered
from tests.specs.test_numbers import test_layer as assert_layer

SHAPES = {1: "[12, 4]", 2: "[12, 12, 4]", 3: "[12, 12, 12, 4]"}


def header(rank: int) -> str:
    return f"name: t\ninput: {{shape: {SHAPES[rank]}}}\n"


@pytest.mark.parametrize(
    ("step", "shape", "out", "params", "macs"),
    [
        # A window of 5 over 8×3 to 16 channels: 15 weights a channel and a bias, at 4 places.
        ("Conv1D: {filters: 16, kernel_size: 5}", "[8, 3]", (4, 16), 16 * 16, 4 * 15 * 16),
        # Causal: as many places as there are steps, whatever the dilation.
        ("Conv1D: {filters: 1, kernel_size: 3, padding: causal, dilation_rate: 4}", "[8, 1]", (8, 1), 4, 24),
        ("Conv1D: {filters: 1, kernel_size: 3, padding: causal, strides: 3}", "[8, 1]", (3, 1), 4, 9),
        ("Conv3D: {filters: 2, kernel_size: [1, 2, 3]}", "[4, 4, 4, 5]", (4, 3, 2, 2), 62, 24 * 60),
        ("DepthwiseConv1D: {kernel_size: 3, depth_multiplier: 2}", "[5, 3]", (3, 6), 18 + 6, 3 * 18),
        ("SeparableConv1D: {filters: 7, kernel_size: 3}", "[5, 3]", (3, 7), 9 + 21 + 7, 3 * 30),
        # (4 - 1) · 3 + 2 and two more at the end.
        ("Conv1DTranspose: {filters: 2, kernel_size: 2, strides: 3, output_padding: 2}", "[4, 5]", (13, 2), 22, 80),
        # same with output_padding: (4 - 1) · 2 + 1 + 0.
        (
            "Conv1DTranspose: {filters: 2, kernel_size: 3, strides: 2, padding: same, output_padding: 0}",
            "[4, 5]", (7, 2), 32, 120,
        ),
        ("Conv3DTranspose: {filters: 1, kernel_size: 2, strides: 2}", "[2, 3, 4, 1]", (4, 6, 8, 1), 9, 24 * 8),
        ("MaxPooling1D", "[7, 3]", (3, 3), 0, 0),
        ("AveragePooling3D: {pool_size: [1, 2, 3], padding: same}", "[4, 4, 4, 3]", (4, 2, 2, 3), 0, 0),
        ("GlobalMaxPooling3D: {keepdims: true}", "[4, 4, 4, 3]", (1, 1, 1, 3), 0, 0),
        ("AdaptiveMaxPooling2D: {output_size: [2, 3]}", "[9, 9, 3]", (2, 3, 3), 0, 0),
        ("ZeroPadding1D: {padding: [1, 3]}", "[4, 2]", (8, 2), 0, 0),
        ("ZeroPadding3D: {padding: [1, 0, [2, 3]]}", "[4, 4, 4, 2]", (6, 4, 9, 2), 0, 0),
        ("Cropping2D: {cropping: [[1, 2], 0]}", "[4, 4, 2]", (1, 4, 2), 0, 0),
        ("UpSampling3D: {size: [1, 2, 3]}", "[4, 4, 4, 2]", (4, 8, 12, 2), 0, 0),
        ("Permute: {dims: [3, 1, 2]}", "[4, 5, 6]", (6, 4, 5), 0, 0),
        ("RepeatVector: {n: 3}", "[4]", (3, 4), 0, 0),
    ],
)  # fmt: skip
def test_by_hand(step: str, shape: str, out: tuple[int, ...], params: int, macs: int) -> None:
    assert_layer(step, shape, out, params, macs)


def test_dot_by_hand() -> None:
    body = [{"Dense": {"units": 4}, "name": "keys"}, {"Dot": {"axes": 2}, "from": ["input", "keys"]}]
    graph = lowered(body, header(1))
    assert graph.output_shapes() == {"output": (12, 12)}
    assert graph.nodes[-1].macs == 12 * 12 * 4


@pytest.mark.parametrize("rank", SHAPES)
@pytest.mark.parametrize(
    ("kind", "layer"), [("standard", "Conv{}D"), ("transposed", "Conv{}DTranspose"),
                        ("depthwise", "DepthwiseConv{}D"), ("separable", "SeparableConv{}D")],
)  # fmt: skip
def test_the_unit_is_the_layer_for_its_input(rank: int, kind: str, layer: str) -> None:
    given: dict[str, Any] = {"kernel_size": [3] * rank, "strides": 2, **({} if kind == "depthwise" else {"filters": 5})}
    unit = [{"conv": {**given, "kind": kind, "norm": "none", "activation": "linear"}}]
    if rank == 3 and kind in ("depthwise", "separable"):
        message = (
            rf"kind {kind} needs a sequence \(length, channels\) or an image \(height, width, channels\); the input"
        )
        with pytest.raises(specs.SpecError, match=message):
            lowered(unit, header(rank))
        return
    layers = [{layer.format(rank): given}]
    assert computed(lowered(unit, header(rank)), named=False) == computed(lowered(layers, header(rank)), named=False)


@pytest.mark.parametrize("rank", SHAPES)
def test_a_projection_has_the_body_s_strides(rank: int) -> None:
    body = [{"conv": {"filters": 6, "kernel_size": 3, "padding": "same", "strides": [2, 3, 1][:rank]}}]
    nodes = {
        node.name: node for node in lowered([{"residual": {"shortcut": "auto", "body": body}}], header(rank)).nodes
    }
    projection = nodes["shortcut1_conv"]
    assert projection.op == f"Conv{rank}D"
    assert projection.output_shape == (*(6, 4, 12)[:rank], 6)
    assert projection.params == 4 * 6 + 6


def test_one_problem_where_the_input_is_unknown() -> None:
    """A unit after a broken step is read by its arguments alone: nothing is said that its input might make right."""
    after: list[dict[str, Any]] = [
        {"padding": "causal"},
        {"kernel_size": [1, 2, 3]},
        {"kind": "depthwise", "filters": None},
    ]
    body = [{"conv": {"filters": 2, "kernel_size": 3, **each}} for each in after]
    with pytest.raises(specs.SpecError) as caught:
        lowered([{"Conv2D": {"filters": 0, "kernel_size": 1}}, *body])
    assert len(caught.value.problems) == 1
