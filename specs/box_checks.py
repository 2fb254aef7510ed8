"""Whether data with boxes, the loss that takes them and the output that tells them fit each other."""

from collections.abc import Iterator

from specs.checks import place
from specs.document import Document
from specs.errors import Problem
from specs.graph import Graph
from specs.infer.base import text
from specs.recipe import grid_of, loss_of
from specs.sections import Train
from specs.sections.boxes import BOXED
from specs.sections.judging import LABELS, LossChoice


def boxes_fit(document: Document, train: Train, graph: Graph) -> Iterator[Problem]:
    """Outputs that tell boxes have a grid for them; data with boxes have such outputs, and no others."""
    # A spec that names no data may be trained on boxes from Python.
    named, boxed = "data" in train.model_fields_set, train.data.kind in BOXED
    shapes = graph.output_shapes()
    for name in graph.labelled:
        output, shape = graph.outputs[name], shapes[name]
        loss = loss_of(train, output)
        mark, path = place(document, *(("outputs", name) if output.loss else ("train", "loss")))
        if LABELS[loss.kind] != "boxes":
            if boxed:
                from specs.data_hints import loss_repairs

                message = f"{train.data.kind} has boxes to tell, {loss.kind} takes none"
                repairs = loss_repairs(document, output, "YoloV1")
                yield Problem(mark, path, message, "write loss: YoloV1", repairs)
        elif grid_of(loss, shape) is None:
            yield Problem(mark, path, f"YoloV1 {_wanted(loss)}, {name!r} is {text(shape)}", _hint(shape))
        elif named and not boxed and train.data.kind != "npz":
            data = place(document, "train", "data")
            message = f"{loss.kind} takes boxes, {train.data.kind} has none"
            yield Problem(*data, message, f"data with boxes are {', '.join(BOXED)}")
        else:
            yield from _classes_have_a_place(document, train, name, loss, shape)


def _classes_have_a_place(
    document: Document, train: Train, name: str, loss: LossChoice, shape: tuple[int | None, ...]
) -> Iterator[Problem]:
    grid = grid_of(loss, shape)
    args = train.data.args
    known = 10 if train.data.kind == "digit_canvas" else len(getattr(args, "classes", None) or ())
    if grid is not None and grid[1] < known:
        per_box = loss.args.boxes  # type: ignore[attr-defined]
        message = f"{train.data.kind} has {known} classes, {name!r} tells {grid[1]} beside {per_box} boxes"
        hint = f"let its last axis be 5 · {per_box} + {known}, {5 * per_box + known}"
        yield Problem(*place(document, "train", "data"), message, hint)


def _wanted(loss: LossChoice) -> str:
    per_box = loss.args.boxes  # type: ignore[attr-defined]
    return f"needs an output of shape (S, S, 5 · {per_box} + classes), more than {5 * per_box} numbers a cell"


def _hint(shape: tuple[int | None, ...]) -> str | None:
    return "end with Reshape: {target_shape: [S, S, 5 · boxes + classes]}" if len(shape) != 3 else None
