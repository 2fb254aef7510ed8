"""A Keras model → the layers of the language, or every reason why it has none."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from specs.errors import UserError
from specs.fold import Layer
from specs.ops import OPS, Op, preprocessing
from specs.ops.inputs import INPUTS
from specs.ops.wrapper import Inner
from zoo.backend import keras
from zoo.import_arguments import said, short, tuples
from zoo.import_operations import layer_for
from zoo.layers import CALL_ARGUMENTS, LAYERS, make_layer

IGNORED = frozenset({"name", "dtype", "trainable", "seed", "data_format"})
"""What says nothing on what a layer computes in inference; where the channels are is checked apart."""
SCALED_SUM = ("keras.src.applications.inception_resnet_v2", "CustomScaleLayer")
"""Module and name of a layer that adds `scale` times its second input to its first: two layers of the language."""
LAYER_SCALE = ("keras.src.applications.convnext", "LayerScale")
"""Module and name of the layer that ours of that name stands for."""


def flattened(model: Any) -> Any:
    """The model with the layers of the sequential models in it in their place, weights and all.

    Raises UserError where two of them have one name.
    """
    flat = keras.Model(model.inputs, model.outputs)
    if not any(isinstance(layer, keras.Sequential) for layer in flat.layers):
        return model
    try:
        return keras.models.clone_model(flat, clone_function=lambda layer: layer, call_function=_called)
    except ValueError as error:
        raise UserError(f"a sequential model in the model cannot be put in its place: {error}") from error


def _called(layer: Any, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(layer, keras.Sequential):
        return layer(*args, **kwargs)
    (x,) = args
    for each in layer.layers:
        x = _called(each, x)
    return x


def layers_of(model: Any) -> tuple[list[Layer], list[str]]:
    """The layers of a functional model in an order in which each follows its inputs, and the names of its outputs.

    Raises UserError that names every layer that the language cannot say.
    """
    flat = keras.Model(model.inputs, model.outputs)
    problems: list[str] = []
    nodes = nodes_of(flat)
    found = [layer for name, inputs in _in_order(flat, problems) for layer in _said(nodes[name][0], inputs, problems)]
    if problems:
        raise UserError("the language cannot say this model:\n  " + "\n  ".join(dict.fromkeys(problems)))
    return found, [tensor._keras_history.operation.name for tensor in flat.outputs]


def _in_order(model: Any, problems: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Depth first from the outputs, so that what follows one another in a branch follows in the list."""
    nodes = nodes_of(model)
    for operation in model.operations:
        if len(nodes[operation.name]) > 1:
            problems.append(f"{operation.name}: is used {len(nodes[operation.name])} times with shared weights")
        is_layer = operation.name in {layer.name for layer in model.layers}
        if not is_layer and layer_for(nodes[operation.name][0]) is None:
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


def nodes_of(model: Any) -> dict[str, list[Any]]:
    """The calls of each operation that are part of the model."""
    found: dict[str, list[Any]] = {each.name: [] for each in model.operations}
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            found[node.operation.name].append(node)
    return found


def _said(node: Any, inputs: tuple[str, ...], problems: list[str]) -> Iterator[Layer]:
    """The layers that a call is of; one with a name that is none of the model's gives what the model gives nowhere."""
    operation = layer_for(node)
    if operation is not None:
        yield Layer(node.operation.name, *operation, inputs)
        return
    made_by = type(node.operation).__module__, type(node.operation).__name__
    if made_by == LAYER_SCALE:
        yield Layer(node.operation.name, "LayerScale", {"init_values": node.operation.init_values}, inputs)
        return
    if made_by != SCALED_SUM or len(inputs) != 2:
        yield _layer(node, inputs, problems)
        return
    name, scale, (first, second) = node.operation.name, node.operation.scale, inputs
    if scale != 1:
        # Keras lets no layer have a name with a slash.
        yield Layer(f"{name}/scaled", "Rescaling", {"scale": scale}, (second,))
        second = f"{name}/scaled"
    yield Layer(name, "Add", {}, (first, second))


def _layer(node: Any, inputs: tuple[str, ...], problems: list[str]) -> Layer:
    """The layer that a call is of, in our terms; without arguments where there are problems."""
    layer: Any = node.operation
    made_by: Any = type(layer)
    op: str = made_by.__name__
    nothing = Layer(layer.name, op, {}, inputs)
    if op not in OPS or made_by is not LAYERS[op]:
        problems.append(f"{layer.name}: no layer {op} in the language")
        return nothing
    if op == "InputLayer":
        kind = {} if layer.dtype == "float32" else {"dtype": layer.dtype}
        return Layer(layer.name, op, {"shape": list(layer.batch_shape[1:]), **kind}, ())
    refused = [f"{layer.name}: {op} {reason}" for reason in _refused(node, op)]
    if refused:
        problems += refused
        return nothing
    model = OPS[op]
    config = _normal(layer)
    given = _given(node, op, config)
    try:
        args = model.model_validate(tuples(given))
        again = _normal(make_layer(layer.name, op, args), len(layer.output.shape))
    except ValueError as error:
        problems.append(f"{layer.name}: {op} cannot be said: {_reason(error)}")
        return nothing
    fields = model.model_fields
    for key in sorted({*config, *again}):
        one, other = (
            (said(key, each.get(key), fields[key]) if key in fields else each.get(key)) for each in (config, again)
        )
        if one != other and not (_is_initializer(key, one) and key not in given) and not _same_range(args, key, other):
            problems.append(f"{layer.name}: {op} with {key} {config.get(key)!r}")
    written = {key: short(key, each) for key, each in given.items() if getattr(args, key) != fields[key].default}
    return Layer(layer.name, op, written, inputs)


def _same_range(args: Op, key: str, value: Any) -> bool:
    """Whether a range of an augmentation reads as the one in the args: Keras keeps 0.1 where it means (-0.1, 0.1)."""
    if not key.endswith("factor") or key not in type(args).model_fields:
        return False
    given = args.model_dump(exclude_unset=True)
    return bool(getattr(type(args).model_validate({**given, key: tuples(value)}), key) == getattr(args, key))


def _refused(node: Any, op: str) -> Iterator[str]:
    """Why a call cannot be said whatever the layer's config is."""
    if any(inspect.isclass(field.annotation) and issubclass(field.annotation, Inner) for field in _fields(op)):
        yield "has a layer inside it, which is not imported"
    if len(node.output_tensors) > 1:
        yield f"gives {len(node.output_tensors)} outputs"
    if any(tensor.dtype == "string" for tensor in (*node.input_tensors, *node.output_tensors)):
        yield "works on text, while the two models are compared on numbers"
    least, most = INPUTS.get(op, (1, 1))
    count = len(node.input_tensors)
    if count < least or (most is not None and count > most):
        yield f"is called on {count} inputs"
    # What prepares images does the same in training, which Keras lets it be told all the same.
    idle = ("training",) if OPS[op].__module__ == preprocessing.__name__ else CALL_ARGUMENTS.get(op, ())
    named = {key: each for key, each in node.arguments.kwargs.items() if key not in idle}
    tensors = {id(tensor) for tensor in node.input_tensors}
    others = [each for each in keras.tree.flatten(node.arguments.args) if id(each) not in tensors]
    # What is None, false or the call's own default is as if it were not given: a model that is read from a file says so
    # of every mask, and Keras records `training=True` of every augmentation, whose call has it by default.
    defaults = inspect.signature(node.operation.call).parameters
    for key, each in [*named.items(), *(("a further argument", each) for each in others)]:
        as_ever = key in defaults and each is defaults[key].default
        if not as_ever and each is not None and each is not False:
            yield f"is called with {key}"


def _fields(op: str) -> Iterable[FieldInfo]:
    return OPS[op].model_fields.values()


def _given(node: Any, op: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an op from its layer's config and from its call."""
    fields = OPS[op].model_fields
    given = {name: said(name, config[name], fields[name]) for name in fields if name in config}
    called = {name: node.arguments.kwargs.get(name) or False for name in CALL_ARGUMENTS.get(op, ())}
    seed = node.operation.get_config().get("seed") if "seed" in fields else None
    sown = {} if seed is None else {"seed": seed}
    return {name: value for name, value in given.items() if not _is_initializer(name, value)} | called | sown


def _is_initializer(name: str, value: Any) -> bool:
    """Whether this is an initialiser that the language has no name for: how training starts, not what is computed."""
    return name.endswith("_initializer") and isinstance(value, Mapping) and "class_name" in value


def _reason(error: ValueError) -> str:
    """The first thing that is wrong, as pydantic or Keras says it."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return ": ".join([*(str(each) for each in first["loc"][:1]), first["msg"]])
    return str(error).splitlines()[-1].strip()


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
