"""Regions of images as examples, as R-CNN learns from them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specs.graph import Graph
from specs.sections.judging import LABELS
from specs.sections.regions import Regions
from zoo.data.boxes import Boxed, Boxes, boxes_of, iou
from zoo.data.dataset import Array, Examples, Positions, Rows, content_of
from zoo.data.images import BILINEAR, image_shape
from zoo.data.labelling import only_shape
from zoo.data.threads import in_threads
from zoo.detecting.proposing import check_installed, proposed
from zoo.detecting.shifting import shifts

BACKGROUND = "background"
"""The class behind all others."""

Reader = Callable[[Any, Path, tuple[int, int, int]], Boxed]


@dataclass(frozen=True, slots=True)
class Crops:
    """Rows of bytes: regions of images, cut out and resized when they are taken."""

    images: Rows
    truth: Boxes
    """Of every image its boxes, (images, most, 5)."""
    at: Positions
    """Of every region its image."""
    regions: Array
    """(regions, 4)"""
    size: tuple[int, int, int]
    """Height, width and channels of a row."""
    context: float

    @property
    def shape(self) -> tuple[int, ...]:
        """(regions, height, width, channels)."""
        return (len(self.at), *self.size)

    def take(self, positions: Positions) -> Array:
        """The regions at these positions."""
        needed, which = np.unique(self.at[positions], return_inverse=True)
        images = self.images.take(needed)
        each = zip(which.tolist(), self.regions[positions], strict=True)
        found = [crop(images[image], region, self.size, self.context) for image, region in each]
        return np.stack(found) if found else np.zeros((0, *self.size), np.uint8)

    def content(self, positions: Positions) -> Iterator[bytes]:
        """The images, and where in them the regions lie."""
        yield from self.images.content(np.unique(self.at[positions]))
        yield from content_of(self.at[positions])
        yield from content_of(self.regions[positions])


def crop(image: NDArray[np.uint8], region: Array, size: tuple[int, int, int], context: float) -> NDArray[np.uint8]:
    """A region of an image (…, …, channels) as `size`, without regard to its own proportions (appendix A).

    Around it as much is shown as `context` says, as far as the image goes.
    """
    height, width = image.shape[:2]
    rim = context * np.tile(region[2:] - region[:2], 2) * [-1, -1, 1, 1]
    box = np.clip(region + rim, 0, 1) * [width, height, width, height]
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    return np.asarray(picture.resize((size[1], size[0]), BILINEAR, box=tuple(box.tolist()))).reshape(size)


def regions(readers: dict[str, Reader], arguments: Regions, folder: Path, graph: Graph) -> Examples:
    """Regions of the images that one of `readers` gives, with class and shift; those of an image are a group."""
    check_installed(graph.name)
    size, (kind, of) = image_shape(only_shape(graph)), arguments.source()
    boxed = readers[kind](of, folder, (arguments.size, arguments.size, size[2]))
    count = boxed.images.shape[0]
    learn = partial(_learnt, arguments, boxed)
    found = list(in_threads(learn, range(count)))
    at = np.repeat(np.arange(count), [len(labels) for _, labels, _ in found])
    areas, labels, moves = (np.concatenate(part) for part in zip(*found, strict=True))
    crops = Crops(boxed.images, boxed.boxes, at, areas, size, arguments.context)
    y = {name: moves if moves_regions(graph, name) else labels for name in graph.outputs}
    classes = {name: (*boxed.classes, BACKGROUND) for name in graph.outputs if not moves_regions(graph, name)}
    held_out = int(np.count_nonzero(at >= count - boxed.held_out))
    return Examples({graph.inputs[0]: crops}, y, classes, held_out, groups=at)


def moves_regions(graph: Graph, output: str) -> bool:
    """Whether an output tells how a region has to be moved."""
    loss = graph.outputs[output].loss
    return loss is not None and LABELS[loss.kind] == "shifts"


def _learnt(arguments: Regions, boxed: Boxed, image: int) -> tuple[Array, Array, Array]:
    """What is learnt of one image, its boxes and what is proposed, drawn by its number: areas, classes, shifts."""
    random = np.random.default_rng((arguments.seed, image))
    truth = boxes_of(boxed.boxes[image])
    (pixels,) = boxed.images.take(np.array([image]))
    areas = np.concatenate([truth[:, :4], proposed(pixels, arguments.k, arguments.most)])
    overlap = iou(areas, truth) if len(truth) else np.zeros((len(areas), 1))
    best, which = overlap.max(axis=1), overlap.argmax(axis=1)
    objects = random.permutation(np.flatnonzero(best >= arguments.foreground))[: (arguments.per_image + 1) // 2]
    others = random.permutation(np.flatnonzero(best < arguments.background))[: arguments.per_image - len(objects)]
    labels = np.concatenate([truth[which[objects], 4], np.full(len(others), len(boxed.classes))]).astype(np.int64)
    moves = np.full((len(labels), 4), np.nan, np.float32)
    moves[: len(objects)] = shifts(areas[objects], truth[which[objects]])
    return areas[np.concatenate([objects, others])], labels, moves
