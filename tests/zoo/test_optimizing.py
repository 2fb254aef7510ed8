"""A folded model computes what the plain one computes, with fewer layers."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import specs
import zoo
from specs.dump import dump_tree
from specs.errors import UserError
from specs.graph import Graph
from zoo.backend import keras, tensorflow
from zoo.building import build, one_or_all
from zoo.exports import affine, folding, optimizing
from zoo.exports.optimizing import folded

BN = "BatchNormalization"
ODD = {BN: {"epsilon": 0.1, "momentum": 0.5}}
UNSCALED = {BN: {"scale": False}}
UNSHIFTED = {BN: {"center": False, "axis": -1}}
INPUTS = {1: [12, 4], 2: [8, 8, 4], 3: [5, 5, 5, 4]}


def _conv(op: str, **more: Any) -> dict[str, Any]:
    return {op: {**({} if "Depth" in op else {"filters": 6}), "kernel_size": 3, **more}}


WIDE = _conv("DepthwiseConv2D", depth_multiplier=2)
CASES: dict[str, tuple[list[Any], int]] = {
    "transposed 1": ([_conv("Conv1DTranspose"), BN], 0),
    "transposed 2": ([_conv("Conv2DTranspose", strides=2), BN], 0),
    "transposed 3": ([_conv("Conv3DTranspose"), BN], 0),
    "volume": ([_conv("Conv3D", use_bias=False), BN], 0),
    "causal": ([_conv("Conv1D", padding="causal"), UNSHIFTED], 0),
    "padded": ([_conv("Conv2D", padding="same", strides=2, use_bias=False), UNSCALED, "ReLU"], 0),
    "grouped": ([_conv("Conv2D", groups=2), BN], 0),
    "depthwise 1": ([_conv("DepthwiseConv1D", depth_multiplier=3), ODD], 0),
    "depthwise 2": ([WIDE, BN, "ReLU"], 0),
    "separable 1": ([_conv("SeparableConv1D", depth_multiplier=2), BN], 0),
    "separable 2": ([_conv("SeparableConv2D", use_bias=False), BN], 0),
    "dense": ([{"Dense": {"units": 5}}, BN, "ReLU", {"Dense": {"units": 3, "use_bias": False}}, {BN: {"axis": 3}}], 0),
    "dropout between": ([_conv("Conv2D"), {"Dropout": {"rate": 0.5}}, BN, {"SpatialDropout2D": {"rate": 0.1}}], 0),
    "an activation between": ([_conv("Conv2D", activation="relu"), BN], 1),
    "a layer between": ([_conv("Conv2D"), "ReLU", BN], 1),
    "another axis": ([_conv("Conv2D"), {BN: {"axis": 1}}], 1),
    "of the input": ([BN, "ReLU", _conv("Conv2D")], 1),
    "before": ([ODD, _conv("Conv2D", activation="relu")], 0),
    "before, padded": ([BN, _conv("Conv2D", padding="same")], 1),
    "before, 1×1": ([BN, _conv("Conv2D", padding="same", kernel_size=1, strides=2)], 0),
    "before a group": ([BN, _conv("Conv2D", groups=2, use_bias=False)], 0),
    "before a volume": ([BN, _conv("Conv3D")], 0),
    "before dense": ([UNSCALED, {"Dense": {"units": 5, "activation": "tanh"}}], 0),
    "before depthwise": ([UNSHIFTED, WIDE], 0),
    "before separable": ([BN, _conv("SeparableConv2D", depth_multiplier=2, use_bias=False)], 0),
    "before transposed": ([BN, _conv("Conv2DTranspose")], 1),
    "in a row": ([_conv("Conv2D"), BN, BN, _conv("Conv2D", activation="relu"), BN, "Flatten"], 1),
    "a residual unit": (
        [
            {"residual": {"body": [{"conv": {"filters": 4, "kernel_size": 3, "padding": "same"}}]}},
            {"Dropout": {"rate": 0.1}},
        ],
        0,
    ),
    "before two": ([BN, {"parallel": {"branches": [[_conv("Conv2D")], [_conv("Conv2D", use_bias=False), BN]]}}], 0),
    "for two": ([{**_conv("Conv2D"), "name": "c"}, {BN: {}, "name": "n"}, {"Add": None, "from": ["c", "n"]}], 1),
}
"""Steps, and how many batch normalisations are left of them."""

SHARED = {
    "a unit": ("[{conv: {filters: 3, kernel_size: 2}, from: left, name: a}, {share: a, from: right, name: b}]", 0),
    "a convolution with two": (
        "[{Dense: {units: 3}, from: left, name: x}, {BatchNormalization: {}, name: a},"
        " {share: x, from: right, name: y}, {BatchNormalization: {}, name: b}]", 2,
    ),
    "two convolutions with one": (
        "[{Dense: {units: 3}, from: left, name: x}, {BatchNormalization: {}, name: a},"
        " {Dense: {units: 3}, from: right, name: y}, {share: a, from: y, name: b}]", 1,
    ),
    "one that goes elsewhere": (
        "[{Dense: {units: 3}, from: left, name: x}, {BatchNormalization: {}, name: a},"
        " {share: x, from: right, name: b}]", 1,
    ),
}  # fmt: skip


def _net(body: list[Any]) -> Graph:
    text = str(body)
    shape = INPUTS[1 if "1D" in text else 3 if "3D" in text and "Spatial" not in text else 2]
    return specs.lower(specs.loads(dump_tree({"name": "net", "input": {"shape": shape}, "body": body})))


def _lively(graph: Graph) -> keras.Model:
    """A model whose weights are none that an untrained one has."""
    keras.utils.set_random_seed(1)
    model, random = build(graph), np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(
            random.uniform(0.5, 1.5, weight.shape) if "var" in weight.name else random.normal(size=weight.shape)
        )
    return model


def _difference(graph: Graph, model: keras.Model, other: keras.Model) -> float:
    """The largest, as a fraction of the largest value."""
    random = np.random.default_rng(2)
    sizes = {name: (3, *(size or 1 for size in shape)) for name, shape in graph.input_shapes().items()}
    x = {name: random.normal(size=each).astype("float32") for name, each in sizes.items()}
    given = one_or_all(x)
    pairs = zip(keras.tree.flatten(model(given)), keras.tree.flatten(other(given)), strict=True)
    return max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in ((np.array(a), np.array(b)) for a, b in pairs))


def _check(graph: Graph, left: int) -> None:
    model = _lively(graph)
    small, without = folded(model, graph)
    assert _difference(graph, model, small) < 1e-5
    layers = [layer for layer in small.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert (len(layers), without.outputs.keys()) == (left, graph.outputs.keys())
    assert [node.op for node in without.nodes if "Dropout" in node.op] == []
    assert without.params == small.count_params()


@pytest.mark.parametrize("case", CASES)
def test_folded_is_equal(case: str) -> None:
    body, left = CASES[case]
    _check(_net(body), left)


@pytest.mark.parametrize("case", SHARED)
def test_layers_with_shared_weights(case: str) -> None:
    body, left = SHARED[case]
    text = f"""
name: net
inputs: {{left: {{shape: [2, 2, 4]}}, right: {{shape: [2, 2, 4]}}}}
body: {body}
outputs: {{a: a, b: b}}
"""
    _check(specs.lower(specs.loads(text)), left)


def test_what_is_asked_for_stays() -> None:
    graph = _net(
        [{**_conv("Conv2D"), "name": "c"}, {BN: {}, "name": "n"}, {"Dropout": {"rate": 0.1}, "name": "d"}, "ReLU"]
    )
    for keep, left in ((["c"], 1), (["n"], 0), (["d"], 0)):
        names = {node.name for node in folded(_lively(graph), graph, keep)[1].nodes}
        assert names >= set(keep)
        assert len(names & {"c", "n"}) == 1 + left


def test_wrong_factors_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = _net(CASES["separable 1"][0])
    model = _lively(graph)
    right = affine.affine_of
    monkeypatch.setattr(folding, "affine_of", lambda *given: right(*given)._replace(shift=right(*given).shift * 1.001))
    assert _difference(graph, model, folded(model, graph)[0]) > 1e-5


NET = """
name: small
params: {activation: relu}
input: {shape: [8, 8, 1]}
body:
  - conv: {filters: 4, kernel_size: 3, activation: $activation}
  - Dropout: {rate: 0.3}
  - GlobalAveragePooling2D
  - Dense: {units: 10, activation: softmax}
train: {data: digits, epochs: 1, batch_size: 128}
"""


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("optimizing")
    return zoo.train(specs.loads(NET, file=str(folder / "small.yaml")), out=folder / "run").directory


def test_an_optimised_export_answers_as_the_run_and_has_no_variables(small_run: Path, tmp_path: Path) -> None:
    done = zoo.export(small_run, tmp_path / "small", optimize=True)
    steps = done.optimized
    assert steps is not None
    assert (steps.batch_norms, steps.left, steps.examples) == (1, 0, "64 examples of the test part")
    assert max(done.difference, steps.folded, steps.frozen) <= optimizing.TOLERANCE
    loaded = tensorflow.saved_model.load(str(done.directory))
    serve = loaded.signatures["serving_default"]
    assert (list(serve.structured_input_signature[1]), list(serve.structured_outputs)) == (["input"], ["output"])
    assert serve.variables == ()
    needed = 4 * (3 * 3 * 4 + 4 + 4 * 10 + 10)
    assert (done.directory / "saved_model.pb").stat().st_size > needed
    assert not (done.directory / "variables" / "variables.data-00000-of-00001").stat().st_size > 1_000


def test_an_ensemble_is_folded_member_by_member(small_run: Path, tmp_path: Path) -> None:
    shutil.copytree(small_run, tmp_path / "twin")
    both = zoo.ensemble([small_run, tmp_path / "twin"], tmp_path / "both")
    steps = zoo.export(both.directory, tmp_path / "out", optimize=True).optimized
    assert steps is not None
    assert (steps.batch_norms, steps.left) == (2, 0)


def test_a_step_that_is_not_equal_is_refused(small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = affine.affine_of
    monkeypatch.setattr(folding, "affine_of", lambda *given: right(*given)._replace(shift=right(*given).shift + 0.01))
    with pytest.raises(zoo.ExportError, match="the folded model computes other values than the plain one: output is"):
        zoo.export(small_run, tmp_path / "small", optimize=True)
    assert list(tmp_path.iterdir()) == []


def test_too_many_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizing, "MAX_BYTES", 100)
    with pytest.raises(UserError, match=r"small: has .* GiB of weights, .* export it without --optimize"):
        zoo.export(specs.loads(NET, file=str(tmp_path / "small.yaml")), tmp_path / "out", optimize=True)
