"""Real training, small: a multilayer perceptron on the digits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import specs
import tuner
import zoo
from tuner import probing

SPEC = """
name: small
params: {units: 8, learning_rate: 0.01, batch_size: 128, l2: 0.0}
input: {shape: [8, 8, 1]}
body:
  - Rescaling: {scale: $(1 / 16)}
  - Flatten
  - Dense: {units: $units, activation: relu, kernel_regularizer: {l2: $l2}}
  - Dense: {units: 10, activation: softmax}
train: {data: digits, optimizer: {SGD: {learning_rate: $learning_rate}}, batch_size: $batch_size, epochs: 2}
search:
  trials: 2
  space:
    units: {values: [8, 16]}
    learning_rate: {min_value: 1e-2, max_value: 1e-1, sampling: log}
    batch_size: {values: [64, 128]}
    l2: {min_value: 1e-6, max_value: 1e-3, sampling: log}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return path


def test_scores_repeat_and_the_best_spec_gives_the_best_score(spec: Path, tmp_path: Path) -> None:
    """In this process and in a worker; keras-tuner #122: the batch size is a param like any other."""
    first, second = (tuner.search(spec, tmp_path / str(workers), workers=workers) for workers in (0, 1))
    assert [replace(each, seconds=0) for each in first.trials] == [replace(each, seconds=0) for each in second.trials]
    best = specs.load(first.spec)
    fit = zoo.fit(best, zoo.load_data(best))
    assert max(logs["val_accuracy"] for logs in fit.history) == first.best.score


class Killed(BaseException):
    """What nobody catches."""


def test_a_trial_that_was_cut_off_goes_on_at_its_last_epoch(spec: Path, tmp_path: Path) -> None:
    """keras-tuner #439: with its optimizer, so that its scores are those of a trial that nobody disturbed."""
    spec.write_text(SPEC.replace("epochs: 2", "epochs: 4").replace("SGD: {", "SGD: {momentum: 0.9, "))
    calm = tuner.search(spec, tmp_path / "calm", trials=1, workers=0)
    told: list[int] = []

    def follow(event: tuner.Event) -> None:
        if event.kind == "epoch":
            told.append(event.epoch)
            if told == [1, 2]:
                raise Killed

    with pytest.raises(Killed):
        tuner.search(spec, tmp_path / "out", trials=1, workers=0, on_event=follow)
    found = tuner.search(spec, tmp_path / "out", trials=1, workers=0, on_event=follow)
    assert told in ([1, 2, 2, 3, 4], [1, 2, 3, 4])
    assert replace(found.best, seconds=0) == replace(calm.best, seconds=0)
    assert not list((tmp_path / "out" / "trials").iterdir())


def test_a_trial_in_micro_batches_that_was_cut_off_goes_on_in_them(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The optimizer that accumulates gradients has slots of its own, which one without cannot read."""
    fit, sizes, epochs = zoo.fit, [], []

    def little_memory(document: specs.Document, *args: Any, **options: Any) -> Any:
        assert document.train is not None
        sizes.append(document.train.batch_size)
        if document.train.batch_size > 32:
            raise MemoryError
        return fit(document, *args, **options)

    def follow(event: tuner.Event) -> None:
        if event.kind == "epoch":
            epochs.append(event.epoch)
            if epochs == [1, 2]:
                raise Killed

    spec.write_text(SPEC.replace("epochs: 2", "epochs: 3").replace("SGD: {", "SGD: {momentum: 0.9, "))
    monkeypatch.setattr(zoo, "fit", little_memory)
    calm = tuner.search(spec, tmp_path / "calm", trials=1, workers=0, batch_size=64)
    assert sizes == [64, 32]
    with pytest.raises(Killed):
        tuner.search(spec, tmp_path / "out", trials=1, workers=0, batch_size=64, on_event=follow)
    found = tuner.search(spec, tmp_path / "out", trials=1, workers=0, batch_size=64, on_event=follow)
    assert sizes == [64, 32] * 2 + [32]
    assert epochs in ([1, 2, 2, 3], [1, 2, 3])
    assert replace(found.best, seconds=0) == replace(calm.best, seconds=0)
    assert not list((tmp_path / "out" / "trials").iterdir())


def test_a_batch_that_the_memory_will_not_hold_is_never_tried(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """keras-tuner #122: the feasible batch size, from what the spec needs and one step that is measured."""
    from zoo import device_memory

    fit, sizes = zoo.fit, []

    def seen(document: specs.Document, *args: Any, **options: Any) -> Any:
        assert document.train is not None
        sizes.append(document.train.batch_size)
        return fit(document, *args, **options)

    text = SPEC.replace("- Flatten", "- Conv2D: {filters: 64, kernel_size: 1}\n  - Flatten")
    spec.write_text(text.replace("epochs: 2", "epochs: 1"))
    monkeypatch.setattr(zoo, "fit", seen)
    monkeypatch.setattr(probing, "SMALL", 0)
    document = specs.load(spec, batch_size=64)
    room = (probing.needs(document) or 0) - 1
    monkeypatch.setattr(device_memory, "available", lambda: room)
    found = tuner.search(document, tmp_path / "out", trials=1, workers=0)
    assert found.best.micro_batches == 64 // sizes[0] > 1
    assert len(sizes) == 1, "nothing was tried that did not fit"


def test_a_step_is_measured_once_and_only_where_it_may_not_fit(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo import device_memory, step_memory

    document, measured = specs.load(spec, batch_size=64), []
    needs = [probing.needs(document, parts) or 0 for parts in (1, 2, 4, 8)]

    def three_times(document: specs.Document, dataset: object) -> int:
        assert document.train is not None
        measured.append(document.train.batch_size)
        return 3 * (probing.needs(document) or 0)

    monkeypatch.setattr(step_memory, "step_memory", three_times)
    monkeypatch.setattr(probing, "SMALL", 0)
    data: Any = None
    for room, parts, sizes in ((4 * needs[0], 1, []), (3 * needs[1], 2, [16]), (1, 64, [1])):
        monkeypatch.setattr(device_memory, "available", lambda room=room: room)
        measured.clear()
        probe = probing.Probe()
        assert [probe.parts(document, data, 1), probe.parts(document, data, 1), measured] == [parts, parts, sizes]


# Keras 3.15 asks NumPy 2 for an array of its own variables in NumPy 1's way when it saves them.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_hyperband_trains_on_from_the_weights_of_the_round_before(spec: Path, tmp_path: Path) -> None:
    spec.write_text(SPEC.replace("epochs: 2", "epochs: 3"))
    result = tuner.search(spec, tmp_path / "out", oracle="hyperband", trials=4, workers=0)
    assert len(result.trials) == 4
    promoted = next(trial for trial in result.trials if trial.id == 4)
    source = next(trial for trial in result.trials if trial.values == promoted.values and trial.id < 4)
    assert (len(source.history), len(promoted.history)) == (1, 2)
    assert promoted.epoch in (2, 3)
    assert promoted.history[0]["loss"] < source.history[0]["loss"]


def test_a_rate_too_high_fails_with_its_reason(spec: Path, tmp_path: Path) -> None:
    spec.write_text(SPEC.replace("max_value: 1e-1", "max_value: 1e+30").replace("min_value: 1e-2", "min_value: 1e+29"))
    with pytest.raises(tuner.SearchError, match="training diverged in epoch 1"):
        tuner.search(spec, tmp_path / "out", learning_rate=1e30, workers=0)
