"""Preprocessing and the layers that Keras lacks: what they compute, that they are saved, and what a text becomes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.infer import INFER
from specs.ops import OPS
from zoo.backend import keras, tensorflow
from zoo.layers import make_layer

VALID = Path(__file__).parents[1] / "valid" / "preprocessing.yaml"
CASES: list[tuple[str, dict[str, Any], tuple[int, ...], Any]] = [
    ("StringLookup", {"output_mode": mode, "vocabulary": ("a", "b")}, shape, "a")
    for mode, shape in [("int", (2, 3)), ("one_hot", ()), ("one_hot", (1,)), ("one_hot", (3,)), ("multi_hot", (3,))]
]
CASES += [
    ("IntegerLookup", {"vocabulary": (4, 5), "output_mode": "count", "num_oov_indices": 2}, (3,), 4),
    ("TextVectorization", {"vocabulary": ("a", "b"), "output_sequence_length": 4}, (1,), "a b c"),
    ("TextVectorization", {"vocabulary": ("a", "b"), "output_sequence_length": 2}, (), "a b c"),
    ("TextVectorization", {"vocabulary": ("a", "b"), "output_mode": "count", "ngrams": 2}, (), "a b c"),
    ("TextVectorization", {"vocabulary": ("a", "b"), "output_mode": "tf_idf", "idf_weights": (1.0, 2.0)}, (), "a b"),
    ("Hashing", {"num_bins": 3, "output_mode": "one_hot"}, (1,), "a"),
    ("Hashing", {"num_bins": 3, "output_mode": "multi_hot", "salt": 3}, (4,), 7),
    (
        "StringLookup",
        {"vocabulary": ("a",), "max_tokens": 5, "pad_to_max_tokens": True, "output_mode": "count"},
        (3,),
        "a",
    ),
    ("FillMissing", {"values": (0.0, 1.0)}, (3, 2), np.nan),
    ("Discretization", {"bin_boundaries": (0.0, 1.0), "output_mode": "count"}, (4,), 0.5),
    ("Discretization", {"bin_boundaries": (0.0, 1.0), "output_mode": "one_hot"}, (2, 3), 0.5),
    ("CategoryEncoding", {"num_tokens": 3, "output_mode": "one_hot"}, (2, 1), 1),
    ("CategoryEncoding", {"num_tokens": 3, "output_mode": "multi_hot"}, (4,), 1),
    ("CenterCrop", {"height": 2, "width": 4}, (5, 6, 3), 1.0),
    ("Resizing", {"height": 2, "width": 4, "pad_to_aspect_ratio": True}, (5, 6, 3), 1.0),
    ("Normalization", {"axis": (1, 2), "mean": (1.0, 2.0), "variance": (1.0, 4.0)}, (3, 2), 5.0),
]


@pytest.mark.parametrize(("op", "written", "shape", "value"), CASES, ids=lambda each: str(each)[:40])
def test_what_comes_out_has_the_shape_that_is_inferred(op: str, written: Any, shape: Any, value: Any) -> None:
    """Keras' symbolic shapes of these layers are partly wrong, so they are held to real values."""
    args = OPS[op].model_validate(written)
    values = tensorflow.constant(np.full((2, *shape), value, dtype=object if isinstance(value, str) else None))
    found = make_layer("layer", op, args)(values)
    assert tuple(found.shape) == (2, *INFER[op](args, shape).output_shape)


def test_normalization_gives_zero_mean_and_unit_variance() -> None:
    args = OPS["Normalization"].model_validate({"mean": (1.0, 2.0), "variance": (4.0, 9.0)})
    assert np.allclose(make_layer("n", "Normalization", args)(np.array([[3.0, 8.0]])), [[1, 2]])


def test_gaps_are_filled_column_by_column() -> None:
    layer = make_layer("f", "FillMissing", OPS["FillMissing"].model_validate({"values": (1.0, 2.0)}))
    found = layer(np.array([[np.nan, 5.0], [3.0, np.nan]], np.float32))
    assert np.array_equal(found, [[1, 5], [3, 2]])
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert np.array_equal(again(np.array([[np.nan, np.nan]], np.float32)), [[1, 2]])


def test_maxout_is_the_largest_of_its_dense_pieces(tmp_path: Path) -> None:
    args = OPS["Maxout"].model_validate({"units": 2, "pieces": 3, "bias_initializer": "random_normal"})
    layer = make_layer("m", "Maxout", args)
    x = np.random.default_rng(0).normal(size=(4, 5, 7)).astype("float32")
    pieces = (
        [x @ layer.kernel.numpy()[:, i::3] + layer.bias.numpy()[i::3] for i in range(3)] if layer(x) is not None else []
    )
    assert np.allclose(layer(x), np.max(pieces, axis=0), atol=1e-6)


def _inputs() -> dict[str, Any]:
    return {
        "image": keras.random.uniform((2, 20, 16, 3), seed=1),
        "word": tensorflow.constant([["red"], ["blue"]]),
        "text": tensorflow.constant(["a B c!", ""]),
        "year": tensorflow.constant([[2000], [7]], dtype="int64"),
        "steps": keras.random.uniform((2, 5, 4), seed=1),
        "volume": keras.random.uniform((2, 2, 2, 2, 3), seed=1),
    }


def test_a_model_of_all_of_them_is_trained_saved_and_loaded(tmp_path: Path) -> None:
    model = zoo.build(str(VALID))
    graph = specs.lower(specs.load(str(VALID)))
    assert model.count_params() == graph.params
    for node in graph.nodes:
        assert tuple(model.get_layer(node.name).output.shape[1:]) == node.output_shape, node.name
    model.compile("sgd", "mse")
    assert np.isfinite(model.train_on_batch(_inputs(), keras.ops.zeros((2, 3))))
    model.save(tmp_path / "all.keras")
    again = keras.saving.load_model(tmp_path / "all.keras")
    assert np.array_equal(again(_inputs()), model(_inputs()))
