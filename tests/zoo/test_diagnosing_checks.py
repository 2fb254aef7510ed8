"""Checks of `zoo diagnose` one by one, on data from Python: what each of them sees, and what it lets pass."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from zoo.diagnosing import running
from zoo.diagnosing.checks import CHECKS
from zoo.diagnosing.findings import Finding

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(240, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
TWO = "[Dense: {units: 2, activation: softmax}]"
MORE = "optimizer: {Adam: {learning_rate: 0.01}}"


def found(patch: pytest.MonkeyPatch, check: str, data: Any = (X, Y), body: str = TWO, train: str = MORE) -> Finding:
    """What one check says of a small spec with these data."""
    patch.setattr(running, "CHECKS", tuple(each for each in CHECKS if each.name == check))
    text = f"name: small\ninput: {{shape: [4]}}\nbody: {body}\ntrain: {{{train}}}\n"
    (finding,) = zoo.diagnose(specs.loads(text, "small.yaml"), data=data, seconds=1000).findings
    return finding


def tripled(array: Any) -> Any:
    return np.concatenate([array] * 3)


RARE = np.where(np.arange(240) % 24 == 0, 1, 0)
CONSTANT = np.concatenate([X[:, :3], np.ones((240, 1), np.float32)], 1)


@pytest.mark.parametrize(
    ("data", "train", "verdict", "message"),
    [
        ((X, Y), MORE, "fine", "2 classes of"),
        ((tripled(X), tripled(Y)), MORE, "broken", "are exact copies of training examples"),
        ((X, np.ones(240, np.int64)), MORE, "broken", "training examples are of one class, 1"),
        ((X, RARE), MORE, "suspicious", "times as many training examples as 1 ("),
        ((X, RARE), f"{MORE}, class_weight: balanced", "fine", "2 classes of"),
        ((CONSTANT, Y), MORE, "suspicious", "1 columns have one value only (input[3])"),
    ],
)
def test_data(monkeypatch: pytest.MonkeyPatch, data: Any, train: str, verdict: str, message: str) -> None:
    finding = found(monkeypatch, "data", data, train=train)
    assert message in finding.message
    assert finding.verdict == verdict


def test_copies_with_another_label_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    train = X[:150]
    x = np.concatenate([train, train[:20], X[150:]])
    y = np.concatenate([Y[:150], 1 - Y[:20], Y[150:]])
    dataset = zoo.as_dataset((x, y), specs.loads(f"name: a\ninput: {{shape: [4]}}\nbody: {TWO}\ntrain: {{}}\n"))
    finding = found(monkeypatch, "data", dataset)
    assert int(finding.figures["contradicting"] or 0) > 0


@pytest.mark.parametrize(
    ("body", "train", "verdict", "line"),
    [
        ("[Dense: {units: 2, activation: softmax}, Softmax]", MORE, "broken", "softmax twice: softmax1 takes"),
        ("[Dense: {units: 2}]", MORE, "broken", "the loss expects probabilities, not linear values"),
        ("[Dense: {units: 2, activation: sigmoid}]", MORE, "suspicious", "sigmoid rates each class by itself"),
        (TWO, MORE, "fine", "each output gives what its loss takes"),
    ],
)
def test_output_and_loss(monkeypatch: pytest.MonkeyPatch, body: str, train: str, verdict: str, line: str) -> None:
    finding = found(monkeypatch, "output and loss", body=body, train=train)
    assert line in finding.message
    assert finding.verdict == verdict


def deep(layers: int, activation: str, deviation: float) -> str:
    drawn = f"kernel_initializer: {{RandomNormal: {{stddev: {deviation}}}}}"
    return f"[{{Dense: {{units: 8, activation: {activation}, {drawn}}}, repeat: {layers}}}, {TWO[1:]}"


@pytest.mark.parametrize(
    ("body", "verdict", "message"),
    [
        (deep(8, "relu", 6.0), "broken", "gradients explode over 8 layers of relu"),
        (deep(8, "relu", 0.01), "broken", "gradients vanish over 8 layers of relu"),
        (deep(2, "tanh", 3.0), "suspicious", "gives lies where tanh is flat"),
        (deep(2, "relu", 0.5), "fine", "2 layers: the weakest gradient"),
        (
            f"[Dense: {{units: 4, activation: relu, bias_initializer: {{Constant: {{value: -99.0}}}}}}, {TWO[1:]}",
            "broken",
            "100% of dense1's units give 0",
        ),
    ],
)
def test_signals(monkeypatch: pytest.MonkeyPatch, body: str, verdict: str, message: str) -> None:
    finding = found(monkeypatch, "signals at the start", body=body)
    assert message in finding.message
    assert finding.verdict == verdict


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, "fine"), (15.0, "suspicious"), (100.0, "broken"), (0.005, "suspicious")]
)
def test_scale_of_inputs(monkeypatch: pytest.MonkeyPatch, factor: float, verdict: str) -> None:
    assert found(monkeypatch, "scale of inputs", (X * factor, Y)).verdict == verdict
    columns = X * np.array([1, 1, 1, 500], np.float32) / 200
    assert "spreads" in found(monkeypatch, "scale of inputs", (columns, Y)).message


@pytest.mark.parametrize(
    ("size", "verdict"), [(3, "broken"), (4, "suspicious"), (60, "fine")], ids=["drowned", "noisy", "large"]
)
def test_batches_are_too_small_for_batch_norm_by_their_noise(
    monkeypatch: pytest.MonkeyPatch, size: int, verdict: str
) -> None:
    body = "[Dense: {units: 4}, BatchNormalization, Dense: {units: 2, activation: softmax}]"
    finding = found(monkeypatch, "batch norm", body=body, train=f"{MORE}, batch_size: {size}")
    assert finding.verdict == verdict, finding.message


NUMBERS = "loss: MeanSquaredError, optimizer: {Adam: {learning_rate: 0.01}}"


@pytest.mark.parametrize(
    ("targets", "verdict"), [(X[:, :1], "fine"), (X[:, :1] + 10, "suspicious"), (X[:, :1] + 99, "broken")]
)
def test_targets_far_from_0(monkeypatch: pytest.MonkeyPatch, targets: Any, verdict: str) -> None:
    finding = found(monkeypatch, "loss at the start", (X, targets), "[Dense: {units: 1}]", NUMBERS)
    assert finding.verdict == verdict
    assert finding.figures["expected"] == pytest.approx(float(np.mean(targets**2)), rel=0.3)


def test_a_learning_rate_that_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = "optimizer: {SGD: {learning_rate: 1e-7}}"
    finding = found(monkeypatch, "learning rate", (tripled(X), tripled(Y)), train=rate)
    assert (finding.verdict, finding.message.partition(":")[0]) == (
        "broken", "the learning rate 1e-7 is too low",
    )  # fmt: skip
    assert str(finding.suggestion).startswith("small.yaml:4:42: train.optimizer.SGD.learning_rate: write ")


def moved(finding: Finding) -> Sequence[float]:
    return [each.value for each in finding.bars]


def test_updates_are_parts_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = (
        found(monkeypatch, "updates", train=f"optimizer: {{SGD: {{learning_rate: {rate}}}}}")
        for rate in ("1e-3", "1e-2")
    )
    assert moved(large)[0] > 4 * moved(small)[0] > 0
