"""Whether the losses of masks, and of several tasks, go with what the outputs are."""

from collections.abc import Iterator

from specs.alone import trains_alone
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph
from specs.infer.base import text
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.judging import MASKS
from specs.written import written

Found = Iterator[Problem]


def void_has_a_channel(document: Document, train: Train, graph: Graph) -> Found:
    """Of a mask with one channel the labels are 0 and 1, and nothing can be left out."""
    for name, shape in graph.output_shapes().items():
        output = graph.outputs[name]
        loss = loss_of(train, output)
        if loss.kind in MASKS and shape[-1:] == (1,) and getattr(loss.args, "ignore_class", None) is not None:
            mark, path = written(document, *(("outputs", name) if output.loss else ("train",)), "loss", loss.kind)
            rule = f"ignore_class needs a channel for each class, {name!r} is {text(shape)}"
            yield Problem(mark, path, rule, "end with two channels and softmax")


def tasks_can_be_weighed(document: Document, train: Train, graph: Graph) -> Found:
    """Weights that are learnt are those of several outputs, and nobody else gives them."""
    if train.task_weights == "fixed":
        return
    if len(graph.outputs) == 1:
        mark, path = written(document, "train", "task_weights")
        yield Problem(mark, path, "there is one output, whose loss needs no weight", "take it out")
    for name, output in graph.outputs.items():
        if output.loss_weight != 1:
            mark, path = written(document, "outputs", name, "loss_weight")
            yield Problem(mark, path, "the weight is learnt, for train.task_weights is uncertainty", "keep one")
    yield from trains_alone(document, train, "needs fixed weights of the losses, task_weights is uncertainty")
