"""Whether pairs of examples, the loss that learns of them and the output that tells their distance fit each other."""

from collections.abc import Iterator

from specs.checks import place
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph
from specs.infer.base import text
from specs.known_data import known_of
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.judging import LABELS
from specs.sections.pairs import Pairs
from specs.written import written

DISTANCE = (1,)
"""Shape of an output that tells how far the examples of a pair are apart."""
PAIRED = ("pairs", "npz", "csv", "parquet")
"""Data that may have two examples in one."""


def pairs_fit(document: Document, train: Train, graph: Graph) -> Iterator[Problem]:
    """Contrastive learns a distance, of pairs; pairs have two inputs, and a source with classes."""
    named, shapes = "data" in train.model_fields_set, graph.output_shapes()
    for name in graph.labelled:
        output, shape = graph.outputs[name], shapes[name]
        kind = loss_of(train, output).kind
        if LABELS[kind] != "pairs":
            continue
        if shape != DISTANCE:
            mark, path = place(document, *(("outputs", name) if output.loss else ("train", "loss")))
            message = f"{kind} needs an output of shape {text(DISTANCE)}, a distance; {name!r} is {text(shape)}"
            yield Problem(mark, path, message, "end with EuclideanDistance, from: [one, other]")
        elif named and train.data.kind not in PAIRED:
            message = f"{kind} learns of pairs, {train.data.kind} has none"
            yield Problem(*place(document, "train", "data"), message, "write pairs: {of: {…}} around it")
    if named and isinstance(train.data.args, Pairs):
        yield from _both_are_taken(document, graph)
        yield from _are_of_classes(document, train.data.args)


def _both_are_taken(document: Document, graph: Graph) -> Iterator[Problem]:
    """There are two inputs for them, which are of one kind."""
    mark, path = place(document, "train", "data")
    inputs = graph.input_shapes()
    if len(inputs) != 2:
        message = f"pairs are for two inputs (got {', '.join(inputs)})"
        yield Problem(mark, path, message, "write inputs: {one: {shape: […]}, other: {shape: […]}}")
    elif len(set(inputs.values())) > 1:
        both = " and ".join(f"{name!r} is {text(shape)}" for name, shape in inputs.items())
        yield Problem(mark, path, f"pairs are of examples of one shape; {both}")


def _are_of_classes(document: Document, pairs: Pairs) -> Iterator[Problem]:
    known = known_of(pairs.of.kind, pairs.of.args)
    if known is not None and known.numbers is not None:
        mark, path = written(document, "train", "data", "pairs", "of")
        yield Problem(mark, path, f"{pairs.of.kind} has numbers to tell; pairs need classes, which are equal or not")
