"""The signatures of an export beside `serving_default`: functions of TensorFlow around the one that serves.

Each calls that one, so that the graph of the model and its weights are there once; `features` alone has a graph of its
own, over the same weights.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from specs.cutting import with_features
from specs.graph import Graph
from specs.sections.export import answer_names, box_names
from zoo.answers import Gives
from zoo.backend import keras
from zoo.backend import tensorflow as tf
from zoo.building import ending_in
from zoo.data.images import image_shape
from zoo.data.tables import fills_gaps
from zoo.detecting.in_graph import detections
from zoo.exports.decoding import decoded
from zoo.exports.program import float_outputs, input_specs
from zoo.exports.ways import (
    COLUMNS,
    Ways,
    column_places,
    column_types,
    input_columns,
    input_of,
    labels_of,
    tells_classes,
)

Outputs = dict[str, Any]
Function = Callable[..., Outputs]
"""Tensors by name → tensors by name."""


def signatures(serve: Any, model: keras.Model, graph: Graph, ways: Ways) -> dict[str, Any]:
    """Concrete functions by the name of their signature; `serve` is that of `serving_default`."""
    made: dict[str, Made] = {name: SIGNATURES[name](serve, graph, ways) for name in ways.export.signatures}
    if ways.export.features:
        made["features"] = _features(model, graph, ways)
    return {
        name: tf.function(ask, autograph=False).get_concrete_function(**takes) for name, (ask, takes) in made.items()
    }


Made = tuple[Function, dict[str, Any]]
"""A function and the tf.TensorSpec of each of its arguments."""


def _from_bytes(serve: Any, graph: Graph, ways: Ways) -> Made:
    name = graph.inputs[0]
    args = input_of(graph, name)
    one = partial(decoded, size=image_shape(args.shape))

    def ask(image_bytes: Any) -> Outputs:
        pixels = tf.map_fn(one, image_bytes, fn_output_signature=tf.TensorSpec(args.shape, tf.uint8))
        return _with_answers(serve(**{name: tf.cast(pixels, args.dtype)}), ways)

    return ask, {"image_bytes": tf.TensorSpec((None,), tf.string, "image_bytes")}


def _from_text(serve: Any, graph: Graph, ways: Ways) -> Made:
    name = graph.inputs[0]
    shape = (-1, *input_of(graph, name).shape)

    def ask(text: Any) -> Outputs:
        return _with_answers(serve(**{name: tf.reshape(text, shape)}), ways)

    return ask, {"text": tf.TensorSpec((None,), tf.string, "text")}


def _from_columns(serve: Any, graph: Graph, ways: Ways) -> Made:
    columns, types = input_columns(graph, ways), column_types(graph, ways)
    missing = () if ways.table is None else ways.table.missing
    places = {column: place for place, column in column_places(graph, ways).items()}

    def ask(**given: Any) -> Outputs:
        x = {}
        for name, own in columns.items():
            args, gaps = input_of(graph, name), fills_gaps(graph, name)
            read = [_read(given[places[column]], column, missing, gaps) for column in own]
            x[name] = tf.cast(read[0] if args.shape == () else tf.stack(read, axis=1), args.dtype)
        return _with_answers(serve(**x), ways)

    return ask, {places[column]: tf.TensorSpec((None,), dtype, places[column]) for column, dtype in types.items()}


def _read(values: Any, column: str, missing: tuple[str, ...], gaps: bool) -> Any:
    """A column as `zoo.data.columns` reads it; one of numbers that cannot be computed with is refused."""
    if values.dtype == tf.string:
        text = tf.strings.strip(values)
        unknown = tf.reduce_any(tf.equal(text[:, tf.newaxis], tf.constant(missing, tf.string)), axis=1)
        return tf.where(unknown, "", text)
    if values.dtype == tf.float32:
        wrong = tf.math.is_inf(values) if gaps else tf.logical_not(tf.math.is_finite(values))
        told = (
            f"column {column} has a number that is not {'finite' if gaps else 'known; the model fills no gaps there'}"
        )
        with tf.control_dependencies([tf.debugging.Assert(tf.logical_not(tf.reduce_any(wrong)), [told])]):
            return tf.identity(values)
    return values


def _detect(serve: Any, graph: Graph, ways: Ways) -> Made:
    def ask(**inputs: Any) -> Outputs:
        return _with_answers(serve(**inputs), ways)

    return ask, input_specs(graph)


SIGNATURES: Mapping[str, Callable[[Any, Graph, Ways], Made]] = {
    "from_bytes": _from_bytes,
    COLUMNS: _from_columns,
    "from_text": _from_text,
    "detect": _detect,
}


def _features(model: keras.Model, graph: Graph, ways: Ways) -> Made:
    part = with_features(graph, ways.export.features)
    inner = ending_in(model, part)

    def ask(**inputs: Any) -> Outputs:
        return float_outputs(inner, part, inputs)

    return ask, input_specs(graph)


def _with_answers(outputs: Outputs, ways: Ways) -> Outputs:
    """The outputs, and label and score of the best class of each that tells classes, or the boxes that it tells."""
    found = dict(outputs)
    for name, grid in ways.grids.items():
        told = _with_labels(detections(outputs[name], grid, ways.export.detections), name, grid.classes, ways)
        found |= {told_as: told[key] for key, told_as in box_names(name, alone=len(outputs) == 1).items()}
    for name, (label, score) in answer_names(outputs).items():
        values = outputs[name]
        if tells_classes(tuple(values.shape[1:]), ways.gives[name]):
            scores = _class_scores(values, ways.gives[name])
            # A constant, not a table read from assets: the graph needs no start, can be frozen, and a class may be
            # called what no line of a file holds. The assets tell the names to whoever asks serving_default.
            names = tf.constant(labels_of(values.shape[1], name, ways.classes))
            found[label] = tf.gather(names, tf.argmax(scores, axis=1))
            found[score] = tf.reduce_max(scores, axis=1)
    return found


def _with_labels(told: Outputs, output: str, classes: int, ways: Ways) -> Outputs:
    """Boxes with the names of their classes; behind the count stand empty ones."""
    names = tf.constant(labels_of(classes, output, ways.classes))
    there = tf.sequence_mask(told["count"], ways.export.detections.most)
    return {**told, "labels": tf.where(there, tf.gather(names, told["classes"]), "")}


def _class_scores(values: Any, gives: Gives) -> Any:
    """As `zoo.answers.class_scores`, in the graph."""
    alone = values.shape[1] == 1
    if gives == "logits":
        values = tf.sigmoid(values) if alone else tf.nn.softmax(values)
    return tf.concat([1 - values, values], axis=1) if alone else values
