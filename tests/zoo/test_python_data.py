"""Data given from Python: arrays, streams and sequences."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import DataError
from zoo.data import python

Spec = Callable[[str], Document]

MODEL = """
name: small
params: {data: none.npz}
input: {shape: [3]}
body: [Dense: {units: 2, activation: softmax}]
train: {data: {npz: {path: $data, test_split: 0.25, validation_split: 0.25}}, epochs: 2}
"""

X = np.arange(120, dtype=np.float64).reshape(40, 3)
Y = np.arange(40) % 2


@pytest.fixture
def document(spec: Spec) -> Document:
    return spec(MODEL)


class Sequence:
    """Examples by position, which remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 40

    def __getitem__(self, at: int) -> tuple[Any, Any]:
        self.asked.append(at)
        return X[at], Y[at]


def _stream(batch: int | None = None) -> Any:
    from zoo.backend import tensorflow

    dataset = tensorflow.data.Dataset.from_tensor_slices((X, Y))
    return dataset if batch is None else dataset.batch(batch)


def _grain() -> Any:
    import grain

    return grain.MapDataset.source(list(zip(X, Y, strict=True)))


def _loader() -> Any:
    import grain

    sampler = grain.samplers.IndexSampler(40, num_epochs=1, shuffle=False)
    return grain.DataLoader(data_source=list(zip(X, Y, strict=True)), sampler=sampler, worker_count=0)


@pytest.mark.parametrize(
    "given",
    [
        lambda: (X, Y),
        lambda: ({"input": X}, {"output": Y.reshape(-1, 1)}),
        lambda: (X.tolist(), Y.tolist()),
        _stream,
        lambda: _stream(7),
        Sequence,
        lambda: list(zip(X, Y, strict=True)),
        lambda: _grain(),
        lambda: _grain().batch(7),
        lambda: _grain().to_iter_dataset(),
        lambda: _grain().to_iter_dataset().batch(7),
        lambda: _loader(),
    ],
)
def test_the_same_data_in_any_form_are_the_same_dataset(document: Document, given: Callable[[], Any]) -> None:
    dataset = zoo.as_dataset(given(), document)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [20, 10, 10]
    reference = zoo.as_dataset((X, Y), document)
    for found, wanted in ((dataset.train, reference.train), (dataset.test, reference.test)):
        assert np.array_equal(found.all().x["input"], wanted.all().x["input"])
        assert np.array_equal(found.all().y["output"], wanted.all().y["output"])
    assert found.all().x["input"].dtype == np.float32
    assert dataset.classes == {"output": ("0", "1")}


def test_a_dataset_stays_what_it_is(document: Document) -> None:
    dataset = zoo.as_dataset((X, Y), document)
    assert zoo.as_dataset(dataset, document) is dataset


def test_a_sequence_is_read_when_its_examples_are_needed(document: Document) -> None:
    sequence = Sequence()
    dataset = zoo.as_dataset(sequence, document)
    sequence.asked.clear()
    dataset.train.take(np.array([3, 0]))
    assert sequence.asked == dataset.train.positions[[3, 0]].tolist()


def test_what_grain_filters_and_shuffles_is_learnt(document: Document) -> None:
    source = _grain().map(lambda pair: (pair[0] + 1, pair[1])).filter(lambda pair: pair[0][0] % 2 == 1).shuffle(seed=1)
    dataset = zoo.as_dataset(source, document)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [10, 5, 5]
    found = np.concatenate([part.all().x["input"] for part in (dataset.train, dataset.validation, dataset.test)])
    assert sorted(found[:, 0].tolist()) == [row + 1 for row in X[:, 0] if row % 2 == 0]
    history = zoo.fit(document, source).history
    assert history == zoo.fit(document, source).history


def test_training_takes_them(document: Document, tmp_path: Path) -> None:
    run = zoo.train(document, out=tmp_path / "run", data=(X, Y))
    assert run.metrics["data"]["examples"] == {"train": 20, "validation": 10, "test": 10}
    fitted = zoo.fit(document, Sequence())
    assert fitted.history == run.fit.history


def test_a_path_is_the_param_of_that_name(document: Document, tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", x=X, y=Y)
    run = zoo.train(document, out=tmp_path / "run", data=tmp_path / "some.npz")
    assert run.metrics["params"] == {"data": str(tmp_path / "some.npz")}


def test_numbers_to_tell_stay_numbers(spec: Spec) -> None:
    numbers = MODEL.replace("units: 2, activation: softmax", "units: 1")
    document = spec(numbers.replace("epochs: 2", "loss: MeanSquaredError"))
    dataset = zoo.as_dataset((X, X[:, 0]), document)
    assert (dataset.train.all().y["output"].dtype.name, dataset.classes) == ("float32", {})


def test_the_test_part_is_split_off_whatever_the_spec_names(spec: Spec) -> None:
    body = "[Flatten, Dense: {units: 10, activation: softmax}]"
    document = spec(f"name: small\ninput: {{shape: [28, 28, 1]}}\nbody: {body}\ntrain: {{data: mnist}}\n")
    dataset = zoo.as_dataset((np.zeros((40, 28, 28, 1)), np.arange(40) % 10), document)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [26, 6, 8]


def _endless() -> Any:
    return _stream().repeat()


def _generator() -> Iterator[tuple[Any, Any]]:
    yield X[0], Y[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: _endless(), "the data never end; leave out repeat()"),
        (lambda: _stream().take(0), "the data have no examples"),
        (lambda: _stream().map(lambda x, y: x), "the data must be pairs (x, y) (got ndarray)"),
        (lambda: (X, Y[:-1]), "inputs and labels differ in length (got 39, 40)"),
        (lambda: (X[:, :2], Y), "the model takes 3, the data is 2"),
        (lambda: (X, Y + 1), "output 'output' has labels 0 to 1, the data has label 2"),
        (lambda: ({"other": X}, Y), "the data has nothing for 'input' among the inputs"),
        (list, "the data have no examples"),
        (lambda: [X[0]], "the data must be pairs (x, y) (got ndarray)"),
        (lambda: _grain().repeat(), "the data never end; leave out repeat()"),
        (lambda: _grain().to_iter_dataset().filter(lambda pair: False), "the data have no examples"),
        (_generator, "or a stream that begins anew, as tf.data and grain have them (got generator)"),
        (lambda: {"x": X, "y": Y}, "or a stream that begins anew, as tf.data and grain have them (got dict)"),
    ],
)
def test_what_cannot_be_used_is_refused(document: Document, given: Callable[[], Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        zoo.as_dataset(given(), document)
    assert message in str(caught.value)


def test_a_stream_is_drained_within_a_bound(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "MAX_DRAINED", 1000)
    with pytest.raises(DataError, match="more than 0 GiB; give a sequence"):
        zoo.as_dataset(_stream().repeat().take(10**9), document)


def test_several_inputs_are_given_by_name(spec: Spec) -> None:
    document = spec(
        "name: two\ninputs: {a: {shape: [3]}, b: {shape: [3]}}\n"
        "body: [Add: {}, Dense: {units: 2, activation: softmax}]\ntrain: {data: {npz: {path: none.npz}}}\n".replace(
            "Add: {}", "{Add: {}, from: [a, b]}"
        )
    )
    assert specs.lower(document).inputs == ("a", "b")
    examples = [({"a": x, "b": -x}, y) for x, y in zip(X, Y, strict=True)]
    for given in (({"a": X, "b": -X}, Y), examples):
        batch = zoo.as_dataset(given, document).train.all()
        assert np.array_equal(batch.x["a"], -batch.x["b"])
    with pytest.raises(DataError, match="the model has 2 inputs; give a mapping of a, b"):
        zoo.as_dataset((X, Y), document)
