"""A layer of one's own takes part like any other: checked, built, trained, saved, exported, in the schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import specs
import zoo
from specs.infer import INFER, Inferred, Shape, ShapeError
from specs.ops import OPS, Op
from specs.ops.base import Regularizer
from specs.schema import schema
from specs.step import LAYERS as STEPS
from zoo.backend import keras
from zoo.layers import LAYERS
from zoo.registering import REGISTERED


class Gain(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A learned factor a channel."""

    def __init__(self, initial: float = 0.1, gamma_regularizer: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.initial, self.gamma_regularizer = initial, keras.regularizers.get(gamma_regularizer)

    def build(self, input_shape: Any) -> None:
        start = keras.initializers.Constant(self.initial)
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(name="g", shape=shape, initializer=start, regularizer=self.gamma_regularizer)

    def call(self, inputs: Any) -> Any:
        return inputs * self.gamma

    def get_config(self) -> dict[str, Any]:
        penalty = keras.regularizers.serialize(self.gamma_regularizer)
        return {**super().get_config(), "initial": self.initial, "gamma_regularizer": penalty}


class GainArgs(Op):
    """A learned factor a channel."""

    initial: float = 0.1
    """What the factors start from."""
    gamma_regularizer: Regularizer = None


def gain_rule(args: GainArgs, shape: Shape) -> Inferred:
    if not shape or shape[-1] is None:
        raise ShapeError("needs a known number of channels")
    return Inferred(shape, shape[-1])


SPEC = """
name: scaled
input: {shape: [8, 8, 1]}
defaults: {Gain: {initial: 0.5}}
body:
  - Flatten
  - Dense: {units: 10}
  - Gain: {gamma_regularizer: {l2: 1e-3}}
  - Softmax
train: {epochs: 1}
"""


@pytest.fixture
def registered() -> Iterator[None]:
    zoo.register(Gain, args=GainArgs, infer=gain_rule)
    yield
    for table in (OPS, INFER, LAYERS):
        table.pop("Gain")
    STEPS.remove("Gain")
    REGISTERED.clear()


def test_without_registration_the_layer_is_unknown() -> None:
    with pytest.raises(specs.SpecError, match="no such layer"):
        specs.loads(SPEC)


@pytest.mark.usefixtures("registered")
def test_checked_built_trained_saved_loaded_and_exported(tmp_path: Path) -> None:
    document = specs.loads(SPEC)
    assert specs.lower(document).params == 650 + 10
    model = zoo.build(document)
    (scale,) = (each for each in model.layers if isinstance(each, Gain))
    assert set(scale.gamma.numpy()) == {0.5}
    assert float(scale.gamma_regularizer.l2) == pytest.approx(1e-3)
    run = zoo.train(document, out=tmp_path / "run")
    report = zoo.export(run.directory, out=tmp_path / "export")
    assert report.directory.is_dir()
    model.save(tmp_path / "scaled.keras")
    again = keras.saving.load_model(tmp_path / "scaled.keras")
    images = keras.random.uniform((2, 8, 8, 1), seed=0)
    assert keras.ops.all(again(images) == model(images))


@pytest.mark.usefixtures("registered")
def test_wrong_arguments_are_refused_in_the_words_of_the_language() -> None:
    with pytest.raises(specs.SpecError, match=r"Gain has no 'inital'; did you mean initial\?"):
        specs.loads(SPEC.replace("gamma_regularizer: {l2: 1e-3}", "inital: 2"))
    assert "initial" in schema()["$defs"]["Gain"]["properties"]


@pytest.mark.usefixtures("registered")
def test_a_name_that_exists_is_refused() -> None:
    with pytest.raises(ValueError, match="the language has a Gain"):
        zoo.register(Gain, args=GainArgs, infer=gain_rule)
    with pytest.raises(ValueError, match="the language has a Dense already"):
        zoo.register(type("Dense", (Gain,), {}), args=GainArgs, infer=gain_rule)


def test_what_is_no_layer_is_refused() -> None:
    with pytest.raises(TypeError, match="no subclass"):
        zoo.register(dict, args=GainArgs, infer=gain_rule)
    with pytest.raises(TypeError, match="args of Gain"):
        zoo.register(Gain, args=dict, infer=gain_rule)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="takes no argument"):
        zoo.register(type("Bare", (keras.layers.Layer,), {}), args=GainArgs, infer=gain_rule)
    assert "Gain" not in OPS
