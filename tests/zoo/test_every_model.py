"""Every shipped model can be trained: its loss falls, gradients reach its weights, and it can be saved and exported.

tests/zoo/shrunk.yaml says what makes a model small; it holds for what extends the model too, so that a new variant
needs no row of its own. Variants that differ in depth or width alone shrink to the same graph, which is trained once.
Saving and exporting go layer by layer: a model is taken through them if it has a layer with arguments that no model
before it had.
"""

import gc
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

import specs
import zoo
from specs.graph import Graph, Node
from zoo.backend import keras, tensorflow
from zoo.building import one_or_all, served, typed
from zoo.exports.program import outputs_of, write_program

TABLE = Path(__file__).with_name("shrunk.yaml")
MAX_PARAMS, MAX_MACS, MAX_LAYERS = 40_000_000, 400_000_000, 350
"""What a model may need here, so that all of them take a few minutes."""
EXAMPLES, STEPS, RATE = 8, 1, 1e-4
TOLERANCE = 1e-5
"""Largest difference of an output after a round trip, relative to the largest value."""

Values = dict[str, NDArray[Any]]


@pytest.fixture(autouse=True)
def models_go() -> Iterator[None]:
    """Keras' models hold themselves in circles: each is some hundred megabytes until the collector comes."""
    yield
    gc.collect()


def shrinking() -> dict[str, dict[str, dict[str, Any]]]:
    """By model, the sections that make it small."""
    rows: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return rows


def sections_of(name: str) -> dict[str, dict[str, Any]]:
    """The sections that make a model small: the row of what it extends, under its own."""
    extended = yaml.safe_load(specs.shipped()[name].read_text(encoding="utf-8")).get("extends")
    inherited = sections_of(extended) if extended in specs.shipped() else {}
    own = shrinking().get(name, {})
    return {key: {**inherited.get(key, {}), **own.get(key, {})} for key in {**inherited, **own}}


@dataclass(frozen=True, slots=True)
class Trained:
    """What was seen of a model: losses on one batch before each step and at the end, weights without a gradient.

    `differences` are those of the outputs after saving and loading, and after exporting and serving.
    """

    losses: tuple[float, ...]
    unreached: tuple[str, ...]
    differences: tuple[float, float] | None


def _computation(graph: Graph) -> tuple[Any, ...]:
    """What a graph computes, whatever it is called and wherever it was written."""
    nodes = tuple((node.name, node.op, node.args, node.inputs) for node in graph.nodes)
    return nodes, tuple((name, output.node, output.loss_weight) for name, output in graph.outputs.items())


def small(name: str) -> Graph:
    """The shrunk model, lowered; it fails where the model is still too large."""
    graph = specs.lower(specs.loads(json.dumps({"name": name, "extends": name, **sections_of(name)})))
    needs = graph.params, graph.macs or 0, len(graph.nodes)
    assert all(need <= most for need, most in zip(needs, (MAX_PARAMS, MAX_MACS, MAX_LAYERS), strict=True)), (
        f"{name} is too large to be trained here ({needs[0]:,} params, {needs[1]:,} MACs, {needs[2]} layers; at most "
        f"{MAX_PARAMS:,}, {MAX_MACS:,} and {MAX_LAYERS}): add to {TABLE.name} what makes it small"
    )
    return graph


@pytest.fixture(scope="module")
def trained() -> Callable[[str], Trained]:
    """What was seen of a model by its name; models that shrink to the same graph are trained once."""
    seen: dict[Any, Trained] = {}
    covered: set[Any] = set()

    def train(name: str) -> Trained:
        graph = small(name)
        key = _computation(graph)
        if key not in seen:
            seen[key] = _train(graph, goes_round=not _kinds(graph) <= covered)
            covered.update(_kinds(graph))
        return seen[key]

    return train


def _kinds(graph: Graph) -> set[Any]:
    """Layers with the names of their arguments, and how many outputs there are: what saving has to do with."""
    layers = {(node.op, *sorted(node.args.model_dump(exclude_defaults=True))) for node in graph.nodes}
    return {*layers, ("outputs", len(graph.outputs)), ("shared", any(node.shares for node in graph.nodes))}


def _train(graph: Graph, goes_round: bool) -> Trained:
    keras.utils.set_random_seed(0)
    model = zoo.build(graph)
    x, y = _examples(graph)
    weights = model.trainable_variables
    optimizer = keras.optimizers.Adam(RATE)
    draws = [layer.seed_generator.state for layer in model.layers if hasattr(layer, "seed_generator")]
    start = [state.numpy() for state in draws]

    def loss_now() -> Any:
        # Dropout draws the same each time, so that only the weights change the loss.
        for state, value in zip(draws, start, strict=True):
            state.assign(value)
        return _loss(graph, model(one_or_all(x), training=True), y)

    losses, unreached = [], []
    for _ in range(STEPS):
        with tensorflow.GradientTape() as tape:
            loss = loss_now()
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        losses.append(float(loss))
        unreached.append(tuple(_unreached(graph, weights, gradients)))
        optimizer.apply(gradients, weights)
    losses.append(float(loss_now()))
    if not goes_round:
        return Trained(tuple(losses), unreached[0], None)
    # Not pytest's folder: it would keep some hundred megabytes for each of the larger models.
    with TemporaryDirectory() as folder:
        return Trained(tuple(losses), unreached[0], _round_trips(graph, model, x, Path(folder)))


def _examples(graph: Graph) -> tuple[dict[str, Any], Values]:
    """One batch: inputs by name, and by output the classes, or numbers for what is no softmax."""
    random = np.random.default_rng(0)
    shapes: dict[str, Any] = dict(graph.input_shapes())
    x = {name: _values(graph, name, random, (EXAMPLES, *shape)) for name, shape in shapes.items()}
    y = {}
    for name, node in _ends(graph):
        shape: Any = (EXAMPLES, *node.output_shape)
        y[name] = random.integers(shape[-1], size=shape[:-1]) if _is_softmax(node) else random.random(shape)
    return x, y


def _values(graph: Graph, name: str, random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Numbers, or words: those of tests/zoo/shrunk.yaml and one more, three in a text; or numbers of words."""
    dtype = getattr(graph.node(name).args, "dtype", "")
    if dtype == "string":
        words = random.choice(["a", "b", "c"], (*shape, 3))
        texts = any(node.op == "TextVectorization" and name in node.inputs for node in graph.nodes)
        return typed(graph, name, np.apply_along_axis(" ".join, -1, words) if texts else words[..., 0])
    return typed(graph, name, random.integers(20, size=shape) if "int" in dtype else random.normal(size=shape))


def _ends(graph: Graph) -> Iterator[tuple[str, Node]]:
    for name, output in graph.outputs.items():
        yield name, graph.node(output.node)


def _is_softmax(node: Node) -> bool:
    return node.op == "Softmax" or getattr(node.args, "activation", "") == "softmax"


def _loss(graph: Graph, outputs: Any, y: Values) -> Any:
    """Cross-entropy of classes, squared error of anything else; outputs weigh as the spec says."""
    total = 0.0
    for name, node in _ends(graph):
        given = outputs[name] if isinstance(outputs, dict) else outputs
        loss = keras.losses.SparseCategoricalCrossentropy() if _is_softmax(node) else keras.losses.MeanSquaredError()
        total += graph.outputs[name].loss_weight * loss(y[name], given)
    return total


def _unreached(graph: Graph, weights: list[Any], gradients: list[Any]) -> Iterator[str]:
    """Weights that the loss does not depend on. A bias before a batch norm is none of them: the norm takes it off."""
    before_norm = {node.inputs[0] for node in graph.nodes if node.op == "BatchNormalization"}
    for weight, gradient in zip(weights, gradients, strict=True):
        layer, _, kind = weight.path.rpartition("/")
        taken_off = kind == "bias" and layer in before_norm
        if gradient is None or not (taken_off or np.any(gradient)):
            yield weight.path


def _round_trips(graph: Graph, model: keras.Model, x: dict[str, Any], folder: Path) -> tuple[float, float]:
    """Differences of the outputs after saving and loading, and after exporting and serving."""
    expected = outputs_of(model, graph, x)
    model.save(folder / "model.keras")
    saved = _difference(outputs_of(keras.models.load_model(folder / "model.keras"), graph, x), expected)
    write_program(*served(model, graph), folder / "program")
    serve = tensorflow.saved_model.load(str(folder / "program")).signatures["serving_default"]
    answered = serve(**{name: tensorflow.constant(values) for name, values in x.items()})
    assert answered.keys() == graph.served().outputs.keys()
    return saved, _difference(answered, expected)


def _difference(found: dict[str, Any], expected: dict[str, Any]) -> float:
    pairs = [(np.asarray(found[name]), np.asarray(expected[name])) for name in found]
    return max(float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs))) for ours, theirs in pairs)


@pytest.mark.parametrize("name", specs.shipped())
def test_the_loss_of_one_batch_falls(name: str, trained: Callable[[str], Trained]) -> None:
    losses = trained(name).losses
    assert np.all(np.isfinite(losses))
    assert losses[-1] < losses[0], losses


@pytest.mark.parametrize("name", specs.shipped())
def test_gradients_reach_every_weight(name: str, trained: Callable[[str], Trained]) -> None:
    assert trained(name).unreached == ()


@pytest.mark.parametrize("name", specs.shipped())
def test_it_is_saved_loaded_and_exported(name: str, trained: Callable[[str], Trained]) -> None:
    differences = trained(name).differences
    if differences is None:
        pytest.skip("models before it have all its layers")
    assert max(differences) < TOLERANCE


def test_every_row_is_of_a_shipped_model() -> None:
    assert shrinking().keys() <= specs.shipped().keys()
