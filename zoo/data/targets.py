"""What a source has to be learnt → what the losses and outputs of a model take, or why they cannot."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from specs.errors import DataError
from specs.graph import Graph, Shape
from specs.infer.base import text
from specs.recipe import grid_of, labels_of, loss_of
from specs.sections import Train
from specs.sections.judging import Labels, LossChoice
from zoo.data.boxes import are_boxes, boxes_of
from zoo.data.dataset import Array, Examples
from zoo.losses import labels_for_loss

INTEGERS: frozenset[Labels] = frozenset({"integers", "sequence", "identities"})
"""Forms of label that are class numbers and nothing else."""


def with_targets(examples: Examples, train: Train, graph: Graph) -> Examples:
    """The same examples with what each output learns; what is no class number for its loss is float32 without classes.

    Integers are class numbers, but where the loss takes numbers of which the output gives one, and where they have the
    shape of the output. Raises `DataError` that names each output whose loss or shape the data do not fit.
    """
    wrong, y, shapes = [], {}, graph.output_shapes()
    for name in graph.labelled:
        shape = shapes[name]
        loss = loss_of(train, graph.outputs[name])
        y[name] = _in_kind(examples.y[name], labels_of(loss, shape), shape)
        wrong += [f"output {name!r} {each}" for each in _misfits_of(loss, y[name], shape)]
    if wrong:
        raise DataError(f"{graph.name}: {'; '.join(wrong)}")
    boxed = {name for name, output in graph.outputs.items() if labels_of(loss_of(train, output), ()) == "boxes"}
    # Where something lies is no class, though classes say what belongs together; nor is a distance.
    placed = {name for name in y if labels_of(loss_of(train, graph.outputs[name]), ()) in ("identities", "pairs")}
    learnt = boxed | {name for name in y if y[name].dtype.kind in "iu"} - placed
    classes = {name: each for name, each in examples.classes.items() if name in learnt}
    return replace(examples, y=y, classes=classes)


def _in_kind(y: Array, form: Labels, shape: Shape) -> Array:
    """Class numbers as they are, everything else as float32."""
    if y.dtype.kind == "f" or form in INTEGERS:
        return y
    numbers = form == "numbers" and shape == (1,)
    vectors = y.ndim > 1 and shape != (1,) and _fits(y.shape[1:], shape)
    return y.astype(np.float32) if numbers or vectors else y


def _misfits_of(loss: LossChoice, y: Array, shape: Shape) -> Iterator[str]:
    form = labels_of(loss, shape)
    return _box_misfits(loss, y, shape) if form == "boxes" else _misfits(y, loss, form, shape)


def _box_misfits(loss: LossChoice, y: Array, shape: Shape) -> Iterator[str]:
    """What is wrong with the boxes of an output that tells such."""
    grid = grid_of(loss, shape)
    if grid is None or not are_boxes(y):
        yield f"has {loss.kind}, which takes boxes (most, 5); the data has {text(y.shape[1:])} {y.dtype} numbers"
        return
    found = boxes_of(y.reshape(-1, y.shape[-1]))
    if not ((found[:, :4] >= 0) & (found[:, :4] <= 1)).all() or not (found[:, :2] < found[:, 2:4]).all():
        yield "has boxes whose corners do not lie in [0, 1], the smaller ones first"
    elif (found[:, 4] % 1).any() or found[:, 4].max(initial=0) >= grid[1]:
        yield f"tells classes 0 to {grid[1] - 1}, the data has class {found[:, 4].max():g}"


def _misfits(y: Array, loss: LossChoice, form: Labels, shape: Shape) -> Iterator[str]:
    """What is wrong with the labels of an output of that shape."""
    given = y.shape[1:]
    if y.dtype.kind == "f" and form in INTEGERS:
        what = f"class numbers; the data has {y.dtype} numbers (for numbers, MeanSquaredError)"
        yield f"has {loss.kind}, which takes {what}"
    elif form == "identities":
        if given or len(shape) != 1:
            yield f"{text(shape)} needs one class number for each example and one axis, the data has {_of_one(given)}"
    elif form == "sequence":
        yield from _beyond(y, shape[-1])
    elif y.dtype.kind == "f":
        if not _fits(given, shape) and not (shape[-1:] == (1,) and _fits(given, shape[:-1])):
            yield f"{text(shape)} takes {_of_one(shape)}, the data has {_of_one(given)}"
        elif form in ("binary", "pairs"):
            yield from _refused(y, loss.kind, shape)
    elif not shape or shape[-1] is None or not _fits(given, shape[:-1]):
        wanted = _of_one(shape[:-1], "class number")
        yield f"{text(shape)} takes {wanted}, the data has {_of_one(given, 'class number')}"
    else:
        # One number for two classes: the probability of the second.
        void = getattr(loss.args, "ignore_class", None)
        yield from _beyond(y if void is None else y[y != void], max(shape[-1], 2))


def _beyond(y: Array, count: int | None) -> Iterator[str]:
    low, high = (int(y.min()), int(y.max())) if y.size else (0, 0)
    if count is not None and (low < 0 or high >= count):
        yield f"has labels 0 to {count - 1}, the data has label {low if low < 0 else high}"


def _refused(y: Array, loss: str, shape: Shape) -> Iterator[str]:
    """What the loss itself says of the values."""
    try:
        labels_for_loss(y, loss, shape[-1] or 1)
    except DataError as error:
        yield str(error)


def _fits(given: tuple[int, ...], shape: Shape) -> bool:
    return len(given) == len(shape) and all(want in (None, have) for have, want in zip(given, shape, strict=True))


def _of_one(shape: Shape, what: str = "number") -> str:
    """What there is for one example.

    >>> _of_one(()), _of_one((3,)), _of_one((8, 8), "class number")
    ('a number', '(3,) numbers', '(8, 8) class numbers')
    """
    return f"{text(shape)} {what}s" if shape else f"a {what}"
