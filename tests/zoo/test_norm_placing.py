"""The same net with its norms elsewhere: what is built, and that batches and seed are the same."""

import numpy as np
import pytest

import specs
from specs.combinators import Norm, Order
from specs.errors import UserError
from specs.variants import with_norm
from zoo.diagnosing.norm_placing import norm_placing

SPEC = """
name: small
input: {shape: [8, 8, 1]}
expects: {params: 410}
limits: {params: 410}
defaults: {conv: {padding: same, use_bias: false, activation: relu}}
body:
  - Rescaling: {scale: $(1 / 255)}
  - conv: {filters: 4, kernel_size: 3}
  - residual: {shortcut: projection, body: [conv: {filters: 6, kernel_size: 3, strides: 2}]}
  - GlobalAveragePooling2D
  - Dense: {units: 10, activation: softmax}
train: {data: digits, optimizer: {Adam: {learning_rate: 0.01}}}
"""


def ops(order: Order, norm: Norm | None = None) -> list[str]:
    document = with_norm(specs.loads(SPEC), order, norm)
    return [node.op for node in specs.lower(document).nodes]


def test_norms_go_where_they_are_put_in_every_unit() -> None:
    unit = ["Conv2D", "BatchNormalization", "Activation"]
    projection, tail = ["Conv2D", "BatchNormalization"], ["Add", "GlobalAveragePooling2D", "Dense"]
    start = ["InputLayer", "Rescaling"]
    assert ops("conv-norm-act") == [*start, *unit, *unit, *projection, *tail]
    after = ["Conv2D", "Activation", "BatchNormalization"]
    assert ops("conv-act-norm")[:8] == [*start, *after, *after]
    assert ops("norm-act-conv")[2:5] == ["BatchNormalization", "Activation", "Conv2D"]
    assert "BatchNormalization" not in ops("conv-norm-act", "none")


def test_each_place_is_a_training_of_its_own() -> None:
    document = specs.loads(SPEC)
    found = {each.place: each for each in norm_placing(document, steps=10)}
    assert list(found) == ["before the activation", "after the activation", "before the convolution", "none"]
    assert all(len(each.losses) == 10 for each in found.values())
    assert len({each.losses for each in found.values()}) == 4
    before = found["before the activation"]
    assert before.end == pytest.approx(np.mean(before.losses))


def test_where_there_is_no_norm_to_place_a_sentence_says_so() -> None:
    with pytest.raises(UserError, match="digits_mlp: none of its steps is a conv unit with a norm"):
        norm_placing("digits_mlp")
