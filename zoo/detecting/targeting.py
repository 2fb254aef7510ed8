"""Which outputs of a model tell boxes, what its losses compare them with, and what they tell."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from specs.graph import Graph
from specs.recipe import grid_of, loss_of
from specs.sections import Train
from specs.sections.export import Detections
from specs.sections.judging import LABELS
from zoo.data.dataset import Array
from zoo.detecting.grid import decoded, grid_targets
from zoo.detecting.suppression import Found, suppressed


class Grid(NamedTuple):
    """How an output tells boxes."""

    cells: int
    """Along each side."""
    boxes: int
    """Of each cell."""
    classes: int


def grids_of(graph: Graph, train: Train | None) -> dict[str, Grid]:
    """The grid of each output that was, or is to be, trained to tell boxes.

    >>> import specs
    >>> document = specs.loads('''
    ... name: tiny
    ... input: {shape: [16, 16, 1]}
    ... body: [Conv2D: {filters: 20, kernel_size: 8, strides: 8}]
    ... train: {data: {digit_canvas: {size: 32}}, loss: YoloV1}
    ... ''')
    >>> grids_of(specs.lower(document), document.train)
    {'output': Grid(cells=2, boxes=2, classes=10)}
    """
    found: dict[str, Grid] = {}
    if train is None:
        return {}
    for name, shape in graph.output_shapes().items():
        loss = loss_of(train, graph.outputs[name])
        grid = grid_of(loss, shape) if LABELS[loss.kind] == "boxes" else None
        if grid is not None:
            cells, classes = grid
            found[name] = Grid(cells, loss.args.boxes, classes)  # type: ignore[attr-defined]
    return found


def targets_of(graph: Graph, train: Train) -> Mapping[str, Callable[[Array], Array]]:
    """By output that tells boxes: boxes (images, most, 5) → the targets of its grid."""
    grids = grids_of(graph, train).items()
    return {name: partial(grid_targets, cells=grid.cells, classes=grid.classes) for name, grid in grids}


def found_in(answers: Array, grid: Grid, how: Detections) -> list[Found]:
    """What an output (images, S, S, 5 · boxes + C) tells of each image."""
    corners, scores = decoded(answers.astype(np.float32), grid.boxes)
    return [suppressed(*each, how) for each in zip(corners, scores, strict=True)]
