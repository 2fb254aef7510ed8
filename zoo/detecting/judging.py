"""How well a model finds boxes, on a part of its data."""

from typing import Any

import numpy as np

from specs.graph import Graph
from specs.sections import Train
from specs.sections.export import Detections
from zoo.data.dataset import Array, Part
from zoo.data.regions import Crops
from zoo.detecting.average_precision import check_installed, mean_average_precision
from zoo.detecting.region_wise import RegionWise, region_wise
from zoo.detecting.targeting import found_in, grids_of
from zoo.feeding import Feed
from zoo.scoring import answers_of

JUDGED = Detections(score_threshold=0.001, iou_threshold=0.5, most=100)
"""What is judged: COCO counts up to 100 boxes of an image, and also unsure ones."""


def check_can_judge(graph: Graph, train: Train) -> None:
    """`UserError` where a model tells boxes and what judges them is missing."""
    if grids_of(graph, train) or region_wise(graph, train):
        check_installed(graph.name)


def box_figures(model: Any, graph: Graph, train: Train, feed: Feed, part: Part) -> dict[str, float]:
    """`map` and `map_50` of the first output that tells boxes, or of a model that knows regions; nothing of others."""
    regions = region_wise(graph, train)
    if regions is not None:
        check_installed(graph.name)
        return _region_figures(model, graph, regions, part)
    for output, grid in grids_of(graph, train).items():
        check_installed(graph.name)
        found = [each for answer in answers_of(model, output, feed) for each in found_in(answer, grid, JUDGED)]
        return mean_average_precision(part.examples.y[output][part.positions], found, grid.classes)
    return {}


def _region_figures(model: Any, graph: Graph, regions: RegionWise, part: Part) -> dict[str, float]:
    """Of the whole images that the part's regions are of, with all that is proposed in them."""
    crops = part.examples.x[regions.input]
    assert isinstance(crops, Crops)
    numbers, classes = np.unique(crops.at[part.positions]), graph.output_shapes()[regions.kind][-1] or 1

    def ask(x: dict[str, Array]) -> dict[str, Array]:
        answers = model(x[regions.input], training=False)
        named = answers if isinstance(answers, dict) else {regions.kind: answers}
        return {name: np.asarray(each) for name, each in named.items()}

    found = [regions.found_in(crops.images.take(numbers[at : at + 1])[0], ask, JUDGED) for at in range(len(numbers))]
    return mean_average_precision(crops.truth[numbers], found, classes - 1)
