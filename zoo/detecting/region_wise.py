"""A model that tells of regions what they are → the boxes of whole images (R-CNN, arXiv:1311.2524, section 2.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specs.graph import Graph
from specs.sections import Train
from specs.sections.export import Detections
from specs.sections.regions import Regions
from zoo.answers import class_scores, gives_of
from zoo.data.dataset import Array
from zoo.data.images import image_shape
from zoo.data.labelling import only_shape
from zoo.data.regions import crop, moves_regions
from zoo.detecting.proposing import proposed
from zoo.detecting.shifting import shifted
from zoo.detecting.suppression import Found, suppressed

Ask = Callable[[dict[str, Array]], Mapping[str, Array]]
"""Regions (regions, height, width, channels) by the input's name → what each output tells of them."""


@dataclass(frozen=True, slots=True)
class RegionWise:
    """How a model is asked about images: it knows regions alone."""

    regions: Regions
    input: str
    size: tuple[int, int, int]
    """Height, width and channels of a region."""
    kind: str
    """The output that tells classes, the last of them the background."""
    logits: bool
    move: str | None
    """The output that moves regions, if one does."""

    @property
    def image(self) -> tuple[int, int, int]:
        """Height, width and channels that an image is brought to."""
        return (self.regions.size, self.regions.size, self.size[2])

    def found_in(self, image: NDArray[np.uint8], ask: Ask, how: Detections) -> Found:
        """What the model tells of an image of that size, as bytes."""
        areas = proposed(image, self.regions.k, self.regions.most)
        if not len(areas):
            return Found(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))
        crops = np.stack([crop(image, area, self.size, self.regions.context) for area in areas])
        told = ask({self.input: crops.astype(np.float32)})
        scores = class_scores(told[self.kind], "logits" if self.logits else "probabilities")
        corners = areas if self.move is None else shifted(areas, told[self.move])
        return suppressed(corners, scores[:, :-1], how)


def region_wise(graph: Graph, train: Train | None) -> RegionWise | None:
    """How a model is asked that was, or is to be, trained on regions; None for any other.

    >>> import specs
    >>> document = specs.load("digits_rcnn")
    >>> found = region_wise(specs.lower(document), document.train)
    >>> found.kind, found.move, found.image
    ('kind', 'move', (96, 96, 1))
    """
    if train is None or not isinstance(train.data.args, Regions):
        return None
    move = next((name for name in graph.outputs if moves_regions(graph, name)), None)
    kind = next(name for name in graph.outputs if name != move)
    logits = gives_of(train, graph, None)[kind] == "logits"
    return RegionWise(train.data.args, graph.inputs[0], image_shape(only_shape(graph)), kind, logits, move)
