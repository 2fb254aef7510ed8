"""What is measured on the training part: the values, their order, and that a run's spec says all of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.document import Document
from specs.errors import DataError
from specs.measured import MEASURED
from zoo.adapting import MEASURES, adapted
from zoo.backend import keras
from zoo.building import typed
from zoo.data.dataset import Examples, InMemory, Part

MIXED = """
name: mixed
inputs:
  numbers: {shape: [2]}
  word: {shape: [1], dtype: string}
  text: {shape: [], dtype: string}
  codes: {shape: [3], dtype: int64}
body:
  - FillMissing:
    name: filled
    from: numbers
  - Normalization:
    name: scaled
  - Discretization: {num_bins: 4, output_mode: count}
    name: bins
  - StringLookup: {max_tokens: 8, output_mode: one_hot, pad_to_max_tokens: true}
    name: word_seen
    from: word
  - TextVectorization: {max_tokens: 6, output_mode: tf_idf, pad_to_max_tokens: true}
    name: text_seen
    from: text
  - IntegerLookup: {max_tokens: 6, output_mode: multi_hot, pad_to_max_tokens: true}
    name: codes_seen
    from: codes
  - Concatenate:
    from: [scaled, bins, word_seen, text_seen, codes_seen]
  - Dense: {units: 2, activation: softmax}
"""
COUNT = 50


def examples() -> Examples:
    random = np.random.default_rng(0)
    numbers = (random.normal(size=(COUNT, 2)) * [3, 5] + [1, 2]).astype(np.float32)
    numbers[::7, 0] = np.nan
    words = np.array([["a"], ["b"], ["a"], ["$c"], [""]] * 10, dtype=object)
    texts = np.array(["a b", "b c", "the b", "d", "e e e f g h"] * 10, dtype=object)
    arrays = {"numbers": numbers, "word": words, "text": texts, "codes": random.integers(0, 9, (COUNT, 3))}
    return Examples({name: InMemory(array) for name, array in arrays.items()}, {"output": np.zeros(COUNT, np.int64)})


def part_of(found: Examples, positions: Any = None) -> Part:
    return Part(found, np.arange(COUNT) if positions is None else np.array(positions))


def tensors(document: Document, found: Examples) -> dict[str, Any]:
    graph = specs.lower(document)
    return {name: typed(graph, name, rows.take(np.arange(COUNT))) for name, rows in found.x.items()}


def outputs(model: keras.Model, name: str, x: dict[str, Any]) -> Any:
    return keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer(name).output)(x))


@pytest.fixture(scope="module")
def document() -> Document:
    return adapted(specs.loads(MIXED), part_of(examples()), batch_size=8)


def test_every_layer_that_is_measured_has_a_measure() -> None:
    assert MEASURES.keys() == MEASURED.keys()


def test_numbers_are_filled_then_scaled(document: Document) -> None:
    numbers = examples().x["numbers"].take(np.arange(COUNT))
    assert np.allclose(document.adapted["filled"]["values"], np.nanmean(numbers, axis=0))
    found = outputs(zoo.build(document), "scaled", tensors(document, examples()))
    assert np.allclose(found.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(found.std(axis=0), 1, atol=1e-5)


def test_intervals_hold_equally_many(document: Document) -> None:
    boundaries = document.adapted["bins"]["bin_boundaries"]
    found = outputs(zoo.build(document), "scaled", tensors(document, examples()))
    share = np.bincount(np.digitize(found.ravel(), boundaries), minlength=4) / found.size
    assert np.allclose(share, 0.25, atol=0.06)  # gaps are all filled with one number


def test_words_are_those_that_keras_itself_takes(document: Document) -> None:
    found = examples()
    texts = found.x["text"].take(np.arange(COUNT)).astype(str)
    layer = keras.layers.TextVectorization(max_tokens=6, output_mode="tf_idf", pad_to_max_tokens=True)
    layer.adapt(texts)
    seen = outputs(zoo.build(document), "text_seen", tensors(document, found))
    assert np.allclose(seen, layer(texts), atol=1e-5)
    assert document.adapted["word_seen"]["vocabulary"] == ("a", "b", "$c", "")


def test_only_the_training_part_is_looked_at() -> None:
    one = adapted(specs.loads(MIXED), part_of(examples(), range(0, COUNT, 5)), batch_size=8)
    assert one.adapted["word_seen"]["vocabulary"] == ("a",)


def test_the_spec_says_all_of_it(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(specs.dump(document), encoding="utf-8")
    again = specs.load(path)
    assert specs.lower(again).adapted == specs.lower(document).adapted
    assert adapted(again, part_of(examples()), batch_size=8) is again
    model, x = zoo.build(document), tensors(document, examples())
    model.save_weights(tmp_path / "all.weights.h5")
    loaded = zoo.build(again)
    loaded.load_weights(tmp_path / "all.weights.h5")
    assert np.array_equal(loaded(x), model(x))
    assert specs.lower(again).params == specs.lower(specs.loads(MIXED)).params == model.count_params()


def test_an_export_of_it_serves_texts(document: Document, tmp_path: Path) -> None:
    report = zoo.export(document, tmp_path / "export")
    assert report.difference < 1e-5


def test_unadapted_it_is_built_as_keras_builds_it() -> None:
    model = zoo.build(specs.loads(MIXED))
    assert model.get_layer("word_seen").get_vocabulary() == ["[UNK]"]


def test_values_are_measured_in_a_block_that_is_used_twice() -> None:
    text = """
name: twice
inputs: {one: {shape: [1]}, two: {shape: [1]}}
blocks:
  prepared: {body: [Normalization]}
body:
  - prepared:
    from: one
    name: first
  - prepared:
    from: two
    name: second
  - Concatenate:
    from: [first, second]
  - Dense: {units: 2, activation: softmax}
"""
    arrays = {"one": np.full((4, 1), 3, np.float32), "two": np.array([[1], [1], [3], [3]], np.float32)}
    found = Examples({name: InMemory(array) for name, array in arrays.items()}, {"output": np.zeros(4, np.int64)})
    values = adapted(specs.loads(text), Part(found, np.arange(4)), batch_size=3).adapted
    assert values["first_normalization1"] == {"mean": (3.0,), "variance": (0.0,)}
    assert values["second_normalization1"] == {"mean": (2.0,), "variance": (1.0,)}


def test_a_column_of_few_values_has_all_its_intervals() -> None:
    text = "name: few\ninput: {shape: [1]}\nbody: [Discretization: {num_bins: 5, output_mode: one_hot}]\n"
    found = Examples({"input": InMemory(np.array([[0], [0], [0], [7]], np.float32))}, {"output": np.zeros(4, np.int64)})
    document = adapted(specs.loads(text), Part(found, np.arange(4)), batch_size=4)
    assert len(document.adapted["discretization1"]["bin_boundaries"]) == 4
    assert zoo.build(document)(np.array([[7.0]])).shape == (1, 5)


def test_nothing_to_measure_from_is_an_error() -> None:
    text = "name: gaps\ninput: {shape: [2]}\nbody: [FillMissing, Dense: {units: 2}]\n"
    found = Examples({"input": InMemory(np.full((3, 2), np.nan, np.float32))}, {"output": np.zeros(3, np.int64)})
    with pytest.raises(DataError, match="fill_missing1: cannot be measured"):
        adapted(specs.loads(text), Part(found, np.arange(3)), batch_size=2)


def test_a_model_that_starts_from_a_run_takes_what_the_run_measured(tmp_path: Path) -> None:
    run, text = tmp_path / "run", MIXED.replace("name: mixed", "name: mixed\nweights: run")
    run.mkdir()
    first = adapted(specs.loads(MIXED), part_of(examples(), range(0, COUNT, 5)), batch_size=8)
    (run / "spec.yaml").write_text(specs.dump(first), encoding="utf-8")
    model = zoo.build(first)
    model.save(run / "model.keras")
    (tmp_path / "second.yaml").write_text(text, encoding="utf-8")
    second = adapted(specs.load(tmp_path / "second.yaml"), part_of(examples()), batch_size=8)
    assert second.adapted == first.adapted
    x = tensors(second, examples())
    assert np.array_equal(zoo.build(tmp_path / "second.yaml")(x), model(x))
