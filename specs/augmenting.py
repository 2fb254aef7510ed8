"""Whether the steps of `train.augment` fit the model's input, the data and the loss."""

from collections.abc import Iterator

from specs import box_moving
from specs.checks import place
from specs.document import Document
from specs.errors import Mark, Problem
from specs.graph import Graph
from specs.infer.base import Shape, ShapeError, text
from specs.linting.data import PIXELS
from specs.recipe import loss_of, tells_pixels
from specs.resolve import Report
from specs.sections.augment import MIXES, POLICIES, AugmentStep, inferred
from specs.sections.judging import LABELS
from specs.tree import MappingNode, SequenceNode, walk

PIXEL_RANGE = (0, 255)
"""Values of the pixels that data of images give."""


def check(document: Document, graph: Graph, report: Report) -> None:
    """Reports what does not fit."""
    assert document.train is not None
    shapes = graph.input_shapes()
    mark, path = place(document, "train", "augment")
    if len(shapes) > 1:
        message = f"augment changes the images of one input, the model has {len(shapes)}"
        report(Problem(mark, path, message, "put the layers into body, after the input that they are for"))
        return
    (wanted,) = shapes.values()
    got = _carried_out(document, wanted, report)
    if got is not None and got != wanted:
        hint = "let the last step that changes the size give that of the input"
        report(Problem(mark, path, f"gives images of shape {text(got)}, the input is {text(wanted)}", hint))
    _values_are_pixels(document, report)
    _labels_can_be_mixed(document, graph, report)
    _masks_can_be_moved(document, graph, report)
    forms = {LABELS[loss_of(document.train, output).kind] for output in graph.outputs.values()}
    if "shifts" in forms:
        for problem in box_moving.in_regions(list(steps_of(document))):
            report(problem)
    if "boxes" in forms:
        for problem in box_moving.found(list(steps_of(document)), wanted) if got is not None else ():
            report(problem)


def _carried_out(document: Document, shape: Shape, report: Report) -> Shape | None:
    """The shape of the images after all steps, None where one was refused."""
    for step, mark, path in steps_of(document):
        try:
            shape = inferred(step, shape).output_shape
        except ShapeError as error:
            message = f"{step.op} {error}; its input is {text(shape)}"
            at = _argument(document, path, error.field, mark) if error.field else mark
            report(Problem(at, f"{path}.{error.field}" if error.field else path, message, error.hint))
            return None
    return shape


def _values_are_pixels(document: Document, report: Report) -> None:
    """Of data whose pixels are known, every step is told their range; between a Rescaling and another it is its own."""
    assert document.train is not None
    if document.train.data.kind not in PIXELS or any(step.op == "Rescaling" for step, *_ in steps_of(document)):
        return
    for step, mark, path in steps_of(document):
        given = getattr(step.args, "value_range", PIXEL_RANGE)
        if tuple(given) != PIXEL_RANGE:
            rule = f"must be [0, 255], which the pixels of {document.train.data.kind} have (got {list(given)})"
            report(Problem(_argument(document, path, "value_range", mark), f"{path}.value_range", rule, "leave it out"))


def _labels_can_be_mixed(document: Document, graph: Graph, report: Report) -> None:
    """Mixtures of labels need losses that compare with a vector for each example."""
    assert document.train is not None
    losses = (loss_of(document.train, graph.outputs[name]).kind for name in graph.labelled)
    single = next((loss for loss in losses if LABELS[loss] not in ("one_hot", "boxes")), None)
    for step, mark, path in steps_of(document) if single else ():
        if step.op in MIXES:
            message = f"{step.op} mixes labels, which {single} cannot compare with"
            report(Problem(mark, path, message, "take CategoricalCrossentropy as the loss"))


def _masks_can_be_moved(document: Document, graph: Graph, report: Report) -> None:
    """What is drawn for a batch inside a policy, and what mixes images, is not known of the masks."""
    assert document.train is not None
    pixels = [
        name
        for name in graph.labelled
        if tells_pixels(graph, name) and LABELS[loss_of(document.train, graph.outputs[name]).kind] != "boxes"
    ]
    name = next(iter(pixels), None)
    for step, mark, path in steps_of(document) if name else ():
        if step.op in (*MIXES, *POLICIES):
            message = f"{step.op} changes images alone, and the output {name!r} tells something of each pixel"
            report(Problem(mark, path, message, "name the changes one by one"))


def _argument(document: Document, path: str, name: str, otherwise: Mark) -> Mark:
    """Where an argument of the step at that path stands; where it is not written, the step's own place."""
    node = document.tree.get("train")
    for each in walk(node) if node is not None else ():
        if each.path == f"{path}.{name}":
            return each.mark
    return otherwise


def steps_of(document: Document) -> Iterator[tuple[AugmentStep, Mark, str]]:
    """The steps with the place of each in the text."""
    assert document.train is not None
    node = document.tree.get("train")
    written = node.get("augment") if isinstance(node, MappingNode) else None
    for index, step in enumerate(document.train.augment):
        item = written.items[index] if isinstance(written, SequenceNode) else None
        entry = item.entry(step.op) if isinstance(item, MappingNode) else None
        mark, path = place(document, "train", "augment")
        if item is not None:
            mark, path = (entry.key_mark, entry.value.path) if entry else (item.mark, f"{item.path}.{step.op}")
        yield step, mark, path
