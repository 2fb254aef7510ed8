"""One compiled model for many trainings that differ in numbers which change how much is computed, but not what.

A compiled step is traced once and takes seconds for it; the same model with another rate of dropout, another strength
of a penalty or another decay of the weights is the same step with other numbers. These stand in a variable
(`zoo.adjustable`), or on JAX in an argument (`zoo.traced`). On TensorFlow batches of any size go through one trace.
Before each training the weights, the state of every random number generator and the optimizer's slots are put back, so
that it computes what a model of its own would.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from specs.graph import Graph, Node
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.train import OptimizerChoice
from zoo.adjustable import Adjustable
from zoo.backend import keras
from zoo.teaching import Student
from zoo.traced import Numbers, Place, install

LAYER_NUMBERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout"), ("rate",)),
    "GaussianNoise": ("stddev",),
    "BatchNormalization": ("momentum",),
}
"""Arguments of layers that may change. GaussianDropout takes the root of its rate in Python, before the step."""

PENALISED = frozenset(
    {
        *(f"{kind}{n}D" for kind in ("Conv", "DepthwiseConv", "SeparableConv") for n in (1, 2, 3)),
        *(f"Conv{n}DTranspose" for n in (1, 2, 3)),
        *("Dense", "Maxout", "Embedding", "BatchNormalization", "LayerNormalization", "GroupNormalization"),
    }
)
"""Layers whose penalties may change strength: those that hand the object that they are given to their weights."""

STRENGTHS = ("l1", "l2", "factor")
"""Attributes of penalties that may change."""

FIXED = frozenset({"initial_accumulator_value", "learning_rate_power", "beta_2_decay", "rms_rate", "adam_lr_ratio"})
"""Arguments of optimizers that are used before the first step, or decide in Python what a step computes."""

MODELS = 4
"""Compiled models that are kept; a traced step holds some 4 to 25 MB."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled model, the variable with its numbers, and the optimizer's state before the first step."""

    model: keras.Model
    numbers: Any
    state: tuple[Any, ...]

    def begin(self, fresh: keras.Model, values: list[float]) -> keras.Model:
        """The model, brought to where a training starts: the state of a fresh model, and the values of its numbers."""
        for mine, its in zip(self.model.variables, fresh.variables, strict=True):
            mine.assign(its.value)
        optimizer = self.model.optimizer
        for mine, before in zip(optimizer.variables, self.state, strict=True):
            mine.assign(before)
        if not isinstance(_inner(optimizer)._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            optimizer.learning_rate = float(keras.ops.convert_to_numpy(fresh.optimizer.learning_rate))
        if self.numbers is not None:
            self.numbers.assign(values)
        return self.model


@dataclass(frozen=True, slots=True)
class CompiledModels:
    """The models that were compiled before, by what they compute."""

    kept: "OrderedDict[str, Compiled]" = field(default_factory=OrderedDict)
    most: int = MODELS
    """So many are kept, those that were asked for last."""

    def of(self, fresh: keras.Model, graph: Graph, train: Train) -> keras.Model:
        """A model that is compiled like the fresh one and in its state: one of before, or else the fresh one itself."""
        found = list(places(fresh, graph, train))
        values = [place.value for place in found]
        key = key_of(graph, train, found, _reads_anew(fresh))
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key].begin(fresh, values)
        fresh.optimizer.build(fresh.trainable_variables)
        state = tuple(keras.ops.convert_to_numpy(variable) for variable in fresh.optimizer.variables)
        self.kept[key] = Compiled(fresh, _numbers(fresh, found), state)
        if len(self.kept) > self.most:
            self.kept.popitem(last=False)
        return fresh


def ready(model: keras.Model, graph: Graph, train: Train, models: CompiledModels | None) -> keras.Model:
    """A fresh compiled model, ready to be trained, or one of `models` in its place, which trains to the same bits."""
    if models is not None:
        return models.of(model, graph, train)
    if keras.backend.backend() == "jax":
        _numbers(model, list(places(model, graph, train)))
    return model


def places(model: keras.Model, graph: Graph, train: Train) -> Iterator[Place]:
    """Every number of a compiled model that may change, in an order that models of one key share."""
    layers = {layer.name: layer for layer in model.layers}
    for node in graph.nodes:
        if not node.shares:
            yield from _of_layer(node, layers[node.name])
    yield from optimizer_places(_inner(model.optimizer), train.optimizer)
    if isinstance(model, Student):
        for name in ("temperature", "alpha"):
            yield _attribute("teacher", model.teaching, name)
    losses = model.loss if isinstance(model.loss, dict) else {"": model.loss}
    for name, loss in losses.items():
        yield from loss_places(name, loss)


def _of_layer(node: Node, layer: Any) -> Iterator[Place]:
    for argument in LAYER_NUMBERS.get(node.op, ()):
        yield _attribute(f"layers/{node.name}", layer, argument)
    if node.op not in PENALISED:
        return
    for argument in type(node.args).model_fields:
        penalty = getattr(layer, argument, None) if argument.endswith("_regularizer") else None
        for strength in STRENGTHS:
            if hasattr(penalty, strength):
                yield _attribute(f"layers/{node.name}/{argument}", penalty, strength)


def loss_places(output: str, loss: Any) -> Iterator[Place]:
    """Every number of a loss that may change: those that Keras hands to a function."""
    arguments = getattr(loss, "_fn_kwargs", {})
    for argument, value in arguments.items():
        if type(value) is float:
            yield Place(f"losses/{output}/{argument}", value, partial(arguments.__setitem__, argument))


def optimizer_places(optimizer: Any, choice: OptimizerChoice) -> Iterator[Place]:
    """Every number of an optimizer and of its schedule that may change, but the learning rate: that is a variable."""
    for argument in type(choice.args).model_fields:
        if argument not in FIXED and type(getattr(optimizer, argument, None)) is float:
            yield _attribute("optimizer", optimizer, argument)
    schedule = optimizer._learning_rate
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return
    for argument, value in vars(schedule).items():
        if type(value) in (int, float):
            yield _attribute("schedule", schedule, argument)
        if isinstance(value, list):
            for index, each in enumerate(value):
                yield Place(f"schedule/{argument}/{index}", each, partial(value.__setitem__, index))


def _attribute(where: str, owner: Any, name: str) -> Place:
    return Place(f"{where}/{name}", float(getattr(owner, name)), partial(setattr, owner, name))


def _reads_anew(model: keras.Model) -> bool:
    """Whether steps of the model can read numbers that change; where JAX does not compile them, they need not."""
    backend = keras.backend.backend()
    return backend == "tensorflow" or (backend == "jax" and model.jit_compile and not model.run_eagerly)


def _numbers(model: keras.Model, found: list[Place]) -> Any:
    """What holds the numbers of the model's steps; None where there are none."""
    if not found or not _reads_anew(model):
        return None
    held = adjustable(found)
    if isinstance(held, Numbers):
        install(model, held)
    return held


def adjustable(found: list[Place]) -> Any:
    """What holds numbers that are read anew in each step, and takes others."""
    if keras.backend.backend() == "jax":
        return Numbers(found)
    from zoo.backend import tensorflow

    variable = tensorflow.Variable([place.value for place in found], dtype="float64", trainable=False)
    for index, place in enumerate(found):
        place.put(Adjustable(place.value, partial(variable.__getitem__, index)))
    return variable


def key_of(graph: Graph, train: Train, found: list[Place], anew: bool) -> str:
    """What a compiled model computes, whatever its numbers are; where none is read `anew`, they are part of that."""
    sorts = {place.name: "a number" if anew and place.value not in (0, 1) else place.value for place in found}
    layers = [(node.name, node.op, node.inputs, node.shares, _of_args(node, sorts)) for node in graph.nodes]
    outputs = [(name, output.node, output.loss_weight) for name, output in graph.outputs.items()]
    measured = {name: {key: np.asarray(value) for key, value in each.items()} for name, each in graph.adapted.items()}
    return json.dumps([layers, outputs, measured, _of_train(graph, train, sorts), sorts], default=_said)


def _of_args(node: Node, sorts: Mapping[str, Any]) -> dict[str, Any]:
    args = _unplaced(f"layers/{node.name}", node.args, sorts)
    if node.op in PENALISED:
        penalties = {name: value for name, value in args.items() if name.endswith("_regularizer") and value is not None}
        args.update({name: _masked(penalty.model_dump()) for name, penalty in penalties.items()})
    return args


def _masked(value: Any) -> Any:
    """A penalty without its strengths, which stand among the places: of which kind it is, and its other arguments."""
    if isinstance(value, dict):
        return {name: "a strength" if name in STRENGTHS else _masked(each) for name, each in value.items()}
    return value


def _of_train(graph: Graph, train: Train, sorts: Mapping[str, Any]) -> list[Any]:
    rate = train.schedule
    schedule = None if rate is None else (rate.kind, [_flag(value) for _, value in rate.args])
    optimizer = _unplaced("optimizer", train.optimizer.args, sorts) | {"learning_rate": schedule}
    losses = {
        name: (loss.kind, _unplaced(f"losses/{name if len(graph.outputs) > 1 else ''}", loss.args, sorts))
        for name, loss in ((name, loss_of(train, output)) for name, output in graph.outputs.items())
    }
    teacher = None if train.teacher is None else _unplaced("teacher", train.teacher, sorts)
    rest = ("metrics", "steps_per_execution", "jit_compile", "precision", "freeze_until", "task_weights")
    return [train.optimizer.kind, optimizer, losses, teacher, *(getattr(train, name) for name in rest)]


def _unplaced(where: str, args: Any, sorts: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that stand in no place."""
    return {name: getattr(args, name) for name in type(args).model_fields if f"{where}/{name}" not in sorts}


def _flag(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else "a number"


def _said(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else repr(value)


def _inner(optimizer: Any) -> Any:
    """The optimizer itself, without what scales the loss of half precision."""
    return getattr(optimizer, "inner_optimizer", optimizer)
