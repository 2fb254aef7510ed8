"""Whether regions of images, the losses that learn of them and the outputs that tell of them fit each other."""

from collections.abc import Iterator

from specs.checks import place
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph
from specs.infer.base import text
from specs.recipe import loss_of
from specs.sections import Train
from specs.sections.judging import LABELS

SHIFT = (4,)
"""Shape of an output that tells how a region has to be moved."""


def regions_fit(document: Document, train: Train, graph: Graph) -> Iterator[Problem]:
    """Outputs that move regions tell four numbers and are given regions; regions have a class to be told."""
    named, kinds = "data" in train.model_fields_set, {}
    shapes = graph.output_shapes()
    for name in graph.labelled:
        output, shape = graph.outputs[name], shapes[name]
        kinds[name] = loss_of(train, output).kind
        if LABELS[kinds[name]] != "shifts":
            continue
        mark, path = place(document, *(("outputs", name) if output.loss else ("train", "loss")))
        if output.loss is None:
            hint = "it stands beside its source: outputs: {NAME: {from: STEP, loss: BoxRegression}}"
            yield Problem(mark, path, f"{kinds[name]} is the loss of one output, not of all", hint)
        elif shape != SHIFT:
            message = f"{kinds[name]} needs an output of shape {text(SHIFT)}, {name!r} is {text(shape)}"
            yield Problem(mark, path, message, "end with Dense: {units: 4}")
        elif named and train.data.kind not in ("regions", "npz"):
            message = f"{kinds[name]} moves regions, {train.data.kind} has none"
            yield Problem(*place(document, "train", "data"), message, "write regions: {of: {…}} around it")
    if named and train.data.kind == "regions":
        yield from _tell_classes(document, kinds)


def _tell_classes(document: Document, kinds: dict[str, str]) -> Iterator[Problem]:
    """Which of several regions are objects, and of which kind, one output has to tell; at most one moves them."""
    forms = [LABELS[kind] for kind in kinds.values()]
    if sum(form in ("integers", "one_hot") for form in forms) != 1 or forms.count("shifts") > 1 or len(forms) > 2:
        listed = ", ".join(f"{name!r} with {kind}" for name, kind in kinds.items())
        message = f"regions are told by one output with their class and one that moves them at most (got {listed})"
        yield Problem(*place(document, "train", "data"), message)
