"""A Keras model → the text of a spec that is proven to compute the same."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import specs
from specs.dump import dump_tree
from specs.errors import RunError, UserError
from specs.fold import Layer, fold
from specs.fold_blocks import with_blocks
from specs.fold_steps import Folded, written
from specs.ops import OPS
from zoo.backend import keras
from zoo.building import build
from zoo.import_layers import LAYER_SCALE, SCALED_SUM, flattened, layers_of, nodes_of
from zoo.import_operations import MODULE, OPERATIONS
from zoo.layers import LAYERS
from zoo.penalties import NuclearNorm

APPLICATIONS = "keras.applications."
MAX_CONFIG = 2**24
"""Bytes of the config in an archive."""
TOLERANCE = 1e-5
"""Largest difference of an output, relative to the largest value of that output."""
UNKNOWN_SIZE = 64
"""What stands for a size that is known only at run time when the two models are compared."""

PARTS = ("keras.initializers", "keras.regularizers", "keras.constraints")
"""Modules of what may stand in a layer's config, besides the layer's dtype policy."""
MODELS = ("Functional", "Sequential")
KERAS_OWN = (SCALED_SUM, LAYER_SCALE, ("keras", "Sequential"))
"""Modules and names of what Keras makes of its own that is written as layers of the language."""
OWN = {
    keras.saving.get_registered_name(each): each.__name__
    for each in (*LAYERS.values(), NuclearNorm)
    if each.__module__.startswith("zoo.")
}
"""Classes of ours by the name that Keras finds them under, whatever module an archive names."""
INDEXED = {"Embedding": "input_dim", "CategoryEncoding": "num_tokens"}
"""Layers that take whole numbers below that argument."""


def import_model(source: str, **options: Any) -> str:
    """The YAML text of a spec that computes what a Keras model computes, shown on random inputs.

    `source` is the path of a `.keras` file, or `keras.applications.NAME`, which is made without weights; `options`
    are arguments of that function, such as input_shape.

    Raises UserError where a layer is not of the language, RunError where the two compute different things.
    """
    model = flattened(open_model(source, **options))
    layers, outputs = layers_of(model)
    steps, defaults = fold(*_renamed(layers, outputs))
    text = _text(_name(source), source, steps, defaults, layers, outputs)
    _prove(model, text, list(_pairs(steps, layers, outputs)))
    return text


def open_model(source: str, **options: Any) -> Any:
    """The Keras model of a `.keras` file or of keras.applications."""
    if source.startswith(APPLICATIONS):
        name = source.removeprefix(APPLICATIONS)
        known = sorted(each for each in dir(keras.applications) if each[0].isupper())
        if name not in known:
            raise UserError(f"keras.applications has no {name!r}; it has {', '.join(known)}")
        return getattr(keras.applications, name)(weights=None, **options)
    path = Path(source)
    if path.suffix != ".keras" or not path.is_file():
        raise UserError(f"{source!r} is neither a .keras file nor keras.applications.NAME")
    check_archive(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (TypeError, ValueError) as error:
        # Keras 3.15 does not read every layer back that it writes: RandomShear is one.
        raise UserError(f"{path}: Keras cannot read it back: {str(error).splitlines()[-1]}") from error


def check_archive(path: Path) -> None:
    """Refuses an archive that names anything but layers of the language, before Keras makes anything of it."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
            outside = [name for name in archive.namelist() if name.startswith("/") or ".." in name.split("/")]
            data = file.read(MAX_CONFIG + 1)
        config = json.loads(data) if len(data) <= MAX_CONFIG else None
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: is no .keras file: {error}") from None
    if outside:
        raise UserError(f"{path}: has members outside of itself: {', '.join(sorted(outside)[:5])}")
    if not isinstance(config, dict) or config.get("class_name") not in MODELS:
        raise UserError(f"{path}: holds no functional or sequential model")
    refused = sorted(set(_refused(config.get("config"))))
    if refused or config.get("module") not in ("keras", "keras.src.models.functional", "keras.models"):
        raise UserError(
            f"{path}: not layers of the language, and not loaded: {', '.join(refused) or 'the model itself'}"
        )


def _refused(value: Any) -> Iterator[str]:
    """Names of what an archive's config would have Keras make, and which we do not know."""
    if isinstance(value, dict):
        if "class_name" in value and not _known(value):
            yield f"{value.get('module')}.{value['class_name']}"
        for each in value.values():
            yield from _refused(each)
    elif isinstance(value, list):
        for each in value:
            yield from _refused(each)


def _known(value: dict[str, Any]) -> bool:
    name, module = value["class_name"], value.get("module")
    if value.get("registered_name") in (None, name) and (
        (module, name) in KERAS_OWN or (module == MODULE and name in OPERATIONS)
    ):
        return True
    if value.get("registered_name"):
        return bool(OWN.get(value["registered_name"]) == name)
    if name in ("__keras_tensor__", "DTypePolicy"):
        return module in (None, "keras")
    return (module == "keras.layers" and name in OPS) or module in PARTS


def _name(source: str) -> str:
    word = re.sub(r"\W", "_", Path(source.removeprefix(APPLICATIONS)).stem, flags=re.ASCII).lower()
    return word if word.isidentifier() else f"model_{word}"


def _safe(name: str) -> str:
    """A layer's name as a step can have it, and as no step is called by itself (conv1, add2)."""
    return "at_" + re.sub(r"\W", "_", name, flags=re.ASCII)


def _renamed(layers: list[Layer], outputs: list[str]) -> tuple[list[Layer], list[str]]:
    names = {each.name: _safe(each.name) if each.inputs else each.name for each in layers}
    if len(set(names.values())) < len(names):
        names = {name: f"at_{number}" for number, name in enumerate(names)}
    inputs = [each.name for each in layers if not each.inputs]
    names |= (
        dict.fromkeys(inputs, "input") if len(inputs) == 1 else {name: f"input{i}" for i, name in enumerate(inputs)}
    )
    moved = [Layer(names[e.name], e.op, e.args, tuple(names[name] for name in e.inputs)) for e in layers]
    return moved, [names[name] for name in outputs]


def _pairs(steps: list[Folded], layers: list[Layer], outputs: list[str]) -> Iterator[str]:
    """The model's layers in the order of the spec's nodes, inputs left out."""
    back = {new.name: old.name for new, old in zip(_renamed(layers, outputs)[0], layers, strict=True)}
    yield from (back[name] for step in steps for name in step.layers)


def _text(
    name: str, source: str, steps: list[Folded], defaults: dict[str, Any], layers: list[Layer], outputs: list[str]
) -> str:
    moved, ends = _renamed(layers, outputs)
    inputs = {each.name: dict(each.args) for each in moved if not each.inputs}
    tree: dict[str, Any] = {"name": name, "summary": f"Imported from {source}"}
    tree |= {"input": inputs["input"]} if len(inputs) == 1 else {"inputs": inputs}
    tree |= {"defaults": defaults} if defaults else {}
    # A body that is written flat has names that other steps take their input from: no block can stand for it.
    steps, blocks = with_blocks(steps, defaults)
    tree |= {"blocks": blocks} if blocks else {}
    tree["body"] = written(steps)
    if len(ends) > 1:
        tree["outputs"] = {f"output{i}": {"from": end} for i, end in enumerate(ends)}
    return dump_tree(tree)


def _prove(model: Any, text: str, names: list[str]) -> None:
    """RunError unless the spec's model gives the same outputs with the same weights."""
    graph = specs.lower(specs.loads(text, "<imported>"))
    ours = build(graph)
    nodes = [node for node in graph.nodes if node.inputs]
    assert len(nodes) == len(names), "a layer for each node"
    known = {layer.name for layer in model.layers}
    pairs = [(node, name) for node, name in zip(nodes, names, strict=True) if name in known]
    for node, name in pairs:
        ours.get_layer(node.name).set_weights(model.get_layer(name).get_weights())
    random = np.random.default_rng(0)
    given = [_random(random, graph.node(name), _limit(graph, name)) for name in graph.inputs]
    # Every layer's output, not only the last: behind a softmax or a pooling, mistakes become too small to see.
    calls = nodes_of(model)
    theirs = keras.Model(model.inputs, [calls[name][0].output_tensors[0] for _, name in pairs])
    every = keras.Model(ours.inputs, [ours.get_layer(node.name).output for node, _ in pairs])
    expected = _answers(theirs, given)
    places = [list(graph.inputs).index(tensor._keras_history.operation.name) for tensor in ours.inputs]
    found = _answers(every, [given[place] for place in places])
    for (node, _), one, other in zip(pairs, expected, found, strict=True):
        if one.shape != other.shape or not np.abs(one - other).max() <= TOLERANCE * np.abs(one).max():
            raise RunError(f"the spec that was made computes something else at {node.name}; this is a mistake of ours")


def _answers(model: Any, given: list[Any]) -> list[Any]:
    answers = keras.tree.flatten(model(given, training=False))
    return [keras.ops.convert_to_numpy(each) for each in answers]


def _random(random: Any, node: specs.Node, limit: int | None) -> Any:
    """Values for an input; whole numbers below the limit where there is one."""
    shape = (2, *(size or UNKNOWN_SIZE for size in node.output_shape))
    dtype = str(node.args.model_dump()["dtype"])
    if limit is None and "int" in dtype:
        limit = 9
    return random.normal(size=shape).astype(dtype) if limit is None else random.integers(0, limit, shape).astype(dtype)


def _limit(graph: specs.Graph, name: str) -> int | None:
    """What an input's values have to lie below, for the layers that look them up."""
    users = [node for node in graph.nodes if name in node.inputs and node.op in INDEXED]
    return min((getattr(node.args, INDEXED[node.op]) for node in users), default=None)
