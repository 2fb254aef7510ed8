"""The same training in smaller batches."""

from typing import Any

import pytest

import specs
from specs.micro_batches import in_micro_batches
from specs.sections import Train

TEXT = """
name: small
input: {{shape: [4]}}
body: [{{Dense: {{units: 2, activation: softmax}}}}]
train: {{batch_size: 24, {}}}
"""


def train_of(text: str) -> Train:
    """The training of a spec with this in its section."""
    train = specs.loads(TEXT.format(text)).train
    assert train is not None
    return train


def lengths(train: Train | None) -> dict[str, Any]:
    """The schedule's arguments."""
    assert train is not None and train.schedule is not None
    return dict(train.schedule.args)


def test_as_many_batches_more_make_one_step() -> None:
    smaller = in_micro_batches(train_of("optimizer: {SGD: {gradient_accumulation_steps: 3, momentum: 0.5}}"), 4)
    assert smaller is not None
    assert (smaller.batch_size, smaller.optimizer.kind) == (6, "SGD")
    assert smaller.optimizer.args == train_of(
        "optimizer: {SGD: {gradient_accumulation_steps: 12, momentum: 0.5}}"
    ).optimizer.args  # fmt: skip


def test_lengths_of_a_schedule_in_steps_are_longer_and_those_in_epochs_stay() -> None:
    rate = "optimizer: {{SGD: {{learning_rate: {{{}}}}}}}"
    decay = "CosineDecay: {initial_learning_rate: 0.1, decay_steps: 100, warmup_target: 0.2, warmup_steps: 10}"
    found = lengths(in_micro_batches(train_of(rate.format(decay)), 2))
    assert (found["decay_steps"], found["warmup_steps"], found["initial_learning_rate"]) == (200, 20, 0.1)
    stairs = "PiecewiseConstantDecay: {boundaries: [5, 9], values: [0.3, 0.2, 0.1]}"
    found = lengths(in_micro_batches(train_of(rate.format(stairs)), 3))
    assert (found["boundaries"], found["values"]) == ((15, 27), (0.3, 0.2, 0.1))
    epochs = "ExponentialDecay: {initial_learning_rate: 0.1, decay_epochs: 2, decay_rate: 0.5}"
    found = lengths(in_micro_batches(train_of(rate.format(epochs)), 3))
    assert (found["decay_epochs"], found["decay_steps"]) == (2, None)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("epochs: 1", 5),
        ("epochs: 1", 48),
        ("optimizer: {SGD: {use_ema: true}}", 2),
        ("batch_growth: {every_epochs: 2, max_batch_size: 96}", 2),
    ],
)
def test_where_it_would_not_be_the_same_training(text: str, parts: int) -> None:
    assert in_micro_batches(train_of(text), parts) is None
