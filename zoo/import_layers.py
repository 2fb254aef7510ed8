"""A Keras model → the layers of the language, or every reason why it has none."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from specs.errors import UserError
from specs.fold import Layer
from specs.ops import OPS
from specs.ops.base import Initializer
from zoo.backend import keras
from zoo.layers import make_layer

IGNORED = frozenset({"name", "dtype", "trainable", "seed", "data_format"})
"""What says nothing on what a layer computes in inference; where the channels are is checked apart."""
SIZES = ("kernel_size", "strides", "dilation_rate", "pool_size", "padding")
"""Arguments for which a number may stand for height and width."""


def layers_of(model: Any) -> tuple[list[Layer], list[str]]:
    """The layers of a functional model in an order in which each follows its inputs, and the names of its outputs.

    Raises UserError that names every layer that the language cannot say.
    """
    flat = keras.Model(model.inputs, model.outputs)
    problems: list[str] = []
    found = [_layer(flat.get_layer(name), inputs, problems) for name, inputs in _in_order(flat, problems)]
    if problems:
        raise UserError("the language cannot say this model:\n  " + "\n  ".join(dict.fromkeys(problems)))
    return found, [tensor._keras_history.operation.name for tensor in flat.outputs]


def _in_order(model: Any, problems: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Depth first from the outputs, so that what follows one another in a branch follows in the list."""
    nodes = _nodes(model)
    for operation in model.operations:
        if len(nodes[operation.name]) > 1:
            problems.append(f"{operation.name}: is used {len(nodes[operation.name])} times with shared weights")
        if operation.name not in {layer.name for layer in model.layers}:
            problems.append(f"{operation.name}: {type(operation).__name__} is an operation, no layer")
    if problems:
        return
    inputs = {
        name: tuple(tensor._keras_history.operation.name for tensor in node.input_tensors)
        for name, (node,) in nodes.items()
    }
    done: dict[str, tuple[str, ...]] = {t._keras_history.operation.name: () for t in model.inputs}
    yield from done.items()
    for tensor in model.outputs:
        stack = [tensor._keras_history.operation.name]
        while stack:
            waiting = [name for name in inputs[stack[-1]] if name not in done]
            if waiting:
                stack.append(waiting[0])
                continue
            name = stack.pop()
            if name not in done:
                done[name] = inputs[name]
                yield name, inputs[name]


def _nodes(model: Any) -> dict[str, list[Any]]:
    """The calls of each operation that are part of the model."""
    found: dict[str, list[Any]] = {each.name: [] for each in model.operations}
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            found[node.operation.name].append(node)
    return found


def _layer(layer: Any, inputs: tuple[str, ...], problems: list[str]) -> Layer:
    op = type(layer).__name__
    nothing = Layer(layer.name, op, {}, inputs)
    if op not in OPS or type(layer) is not getattr(keras.layers, op):
        problems.append(f"{layer.name}: no layer {op} in the language")
        return nothing
    if op == "InputLayer":
        kind = {} if layer.dtype == "float32" else {"dtype": layer.dtype}
        return Layer(layer.name, op, {"shape": list(layer.batch_shape[1:]), **kind}, ())
    config = _normal(layer)
    model = OPS[op]
    given = {name: _value(name, config[name]) for name in model.model_fields if name in config}
    given = {name: value for name, value in given.items() if value is not _UNSAYABLE}
    try:
        args = model.model_validate(_tuples(given))
        again = _normal(make_layer(layer.name, op, args), len(layer.output.shape))
    except ValueError as error:
        problems.append(f"{layer.name}: {op} cannot be said: {str(error).splitlines()[-1].strip()}")
        return nothing
    for key in sorted({*config, *again}):
        if config.get(key) != again.get(key) and not key.endswith("_initializer"):
            problems.append(f"{layer.name}: {op} with {key} {config.get(key)!r}")
    fields = {name: field.default for name, field in model.model_fields.items()}
    return Layer(layer.name, op, {k: _short(k, given[k]) for k in given if getattr(args, k) != fields[k]}, inputs)


_UNSAYABLE = object()
"""An initialiser that the language has no name for: it says how training starts, not what the model computes."""


def _normal(layer: Any, rank: int = 0) -> dict[str, Any]:
    """The layer's own config with axes counted from the end and without what says nothing."""
    config = {key: value for key, value in layer.get_config().items() if key not in IGNORED}
    if layer.get_config().get("data_format", "channels_last") != "channels_last":
        config["data_format"] = layer.data_format
    rank = rank or len(layer.output.shape)
    axis = config.get("axis")
    config |= {"axis": axis[0]} if isinstance(axis, (list, tuple)) and len(axis) == 1 else {}
    if config.get("axis") == rank - 1:
        config["axis"] = -1
    return {key: _plain(value) for key, value in config.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _initializer_names() -> dict[str, str]:
    return {repr(_named(keras.initializers.serialize(keras.initializers.get(n)))): n for n in get_args(Initializer)}


def _named(config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return config["class_name"], {key: value for key, value in config["config"].items() if key != "seed"}


def _value(name: str, value: Any) -> Any:
    """A value of a Keras config as a spec has it."""
    if name.endswith("_initializer") and isinstance(value, Mapping):
        return _initializer_names().get(repr(_named(value)), _UNSAYABLE)
    if name.endswith("_regularizer") and isinstance(value, Mapping):
        return {key: float(value["config"][key]) for key in ("l1", "l2") if key in value["config"]}
    return value


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in value.items()}
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def _short(name: str, value: Any) -> Any:
    """Sizes as one number where it stands for all of them.

    >>> _short("strides", [2, 2]), _short("padding", [[1, 1], [1, 1]]), _short("padding", [[0, 1], [0, 1]])
    (2, 1, [[0, 1], [0, 1]])
    """
    if name not in SIZES or not isinstance(value, list):
        return value
    sides = [_short(name, each) for each in value]
    return sides[0] if sides[0] == sides[1] and not isinstance(sides[0], list) else value
