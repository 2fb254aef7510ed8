"""What is checked where every pixel has a class; only imported where data have masks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specs.document import Document
from specs.graph import Graph
from specs.infer.base import text
from specs.recipe import loss_of

if TYPE_CHECKING:
    from specs.repairs import Repair

Found = tuple[str, str | None, tuple["Repair", ...]]
"""Message, hint and repairs of a problem."""


def masks_fit(document: Document, graph: Graph, output: str, classes: int) -> Iterator[Found]:
    """The output has the size of the input and a channel for each class, and its loss knows what counts for nothing."""
    assert document.train is not None
    data, out = document.train.data, graph.output_shapes()[output]
    size = next(iter(graph.input_shapes().values()))[:2]
    if len(out) != 3 or out[:2] != size:
        wanted = "an output of the size of the image and a channel for each class"
        yield f"{data.kind} has a class for each pixel, which needs {wanted}; {output!r} is {text(out)}", None, ()
    elif out[2] is not None and out[2] < classes and not (out[2] == 1 and classes == 2):
        from specs.data_hints import class_repairs

        end = graph.node(graph.outputs[output].node)
        yield (
            f"{data.kind} has {classes} classes, the output {output!r} is {text(out)}",
            None,
            class_repairs(end, classes),
        )
    yield from _void(document, graph, output)


def _void(document: Document, graph: Graph, output: str) -> Iterator[Found]:
    """What is no class of the data is what the loss ignores."""
    assert document.train is not None
    void: int | None = getattr(document.train.data.args, "ignore", None)
    loss: Any = loss_of(document.train, graph.outputs[output])
    if void is not None and getattr(loss.args, "ignore_class", None) != void:
        from specs.data_hints import loss_repairs

        kind = loss.kind if hasattr(loss.args, "ignore_class") else "DiceCrossentropy"
        repairs = loss_repairs(document, graph.outputs[output], {kind: {"ignore_class": void}})
        yield f"{loss.kind} would count the label {void}, which the data ignore", None, repairs
