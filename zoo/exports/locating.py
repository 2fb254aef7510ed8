"""Which layer of a model an export computes otherwise: by exporting ever shorter beginnings of the model."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from specs.graph import Graph, Node, Output
from zoo.backend import keras
from zoo.building import model_of
from zoo.exports.errors import ExportError, NoAnswerError
from zoo.exports.formats import write_format
from zoo.exports.verifying import golden_inputs, golden_outputs, verify

Fails = Callable[[keras.Model, Graph], bool]
"""Whether the export of that model, built from that graph, computes something else."""

WriteProgram = Callable[[keras.Model, Graph, Path], object]


@contextlib.contextmanager
def node_named(kind: str, model: keras.Model, graph: Graph, write: WriteProgram) -> Iterator[None]:
    """An `ExportError` inside says also at which layer the format begins to differ, where that can be found."""
    try:
        yield
    except NoAnswerError:
        raise
    except ExportError as error:
        node = first_differing(model, graph, lambda part, of: _fails_alone(kind, part, of, write))
        if node is None:
            raise
        raise ExportError(f"{error}\nthe first layer that differs is {node.name!r}, {node.op} ({node.mark})") from error


def _fails_alone(kind: str, model: keras.Model, graph: Graph, write: WriteProgram) -> bool:
    asked = golden_inputs(graph)
    expected = golden_outputs(model, graph, asked)
    with TemporaryDirectory() as folder:
        try:
            write(model, graph, Path(folder))
            write_format(kind, Path(folder), model, Path(folder))
            verify(Path(folder), asked, expected, kind)
        except ExportError:
            return True
    return False


def first_differing(model: keras.Model, graph: Graph, fails: Fails) -> Node | None:
    """The node at which the export begins to differ: the model up to it fails, the model up to that before it does not.

    Halves the nodes, in the graph's order, as often as it needs to. None where the model is not built from the graph
    node by node (an ensemble), or where no beginning fails though the whole does.
    """
    steps = [node for node in graph.nodes if node.inputs]
    if {node.name for node in graph.nodes if not node.shares} - {layer.name for layer in model.layers}:
        return None
    good, bad = 0, len(steps)
    if not _fails(model, graph, steps[:bad], fails):
        return None
    while bad - good > 1:
        middle = (good + bad) // 2
        if _fails(model, graph, steps[:middle], fails):
            bad = middle
        else:
            good = middle
    return steps[bad - 1]


def _fails(model: keras.Model, graph: Graph, steps: list[Node], fails: Fails) -> bool:
    part = beginning(graph, steps)
    shorter = model_of(part)
    for layer in shorter.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with a copy of its weights
    return fails(shorter, part)


def beginning(graph: Graph, steps: list[Node]) -> Graph:
    """The graph of these first nodes behind the inputs, ending in each that none of them reads.

    >>> from specs import load, lower
    >>> graph = lower(load("digits_resnet"))
    >>> list(beginning(graph, [node for node in graph.nodes if node.inputs][:3]).outputs)
    ['stem_norm']
    """
    read = {name for node in steps for name in node.inputs}
    inputs = tuple(name for name in graph.inputs if name in read)
    ends = {node.name: Output(node.name) for node in steps if node.name not in read}
    sources = tuple(node for node in graph.nodes if not node.inputs and node.name in read)
    return replace(graph, nodes=sources + tuple(steps), inputs=inputs, outputs=ends)
