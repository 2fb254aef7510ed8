"""What is told of places moves as its image does: masks by the nearest pixel, numbers as the image itself, boxes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from specs.graph import Graph, Shape
from specs.ops.base import Op
from specs.recipe import labels_of, loss_of, tells_pixels
from specs.sections import Train
from specs.sections.judging import LABELS
from zoo.backend import keras
from zoo.layers import LAYERS, keras_arguments
from zoo.moving_boxes import AFFINE, BoxLabels, moved_boxes, padded

MOVES = frozenset(
    {
        *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomCrop", "RandomShear"),
        *("RandomPerspective", "RandomElasticTransform", "ZeroPadding2D", "CenterCrop", "Resizing"),
    }
)
"""Changes after which a pixel is elsewhere; all others leave masks as they are."""


@dataclass(frozen=True, slots=True)
class Mask:
    """What an output learns of each pixel: class numbers (examples, height, width), or a value for each channel."""

    numbers: bool = False
    """No classes: what lies between two pixels has a value between theirs."""
    vectors: bool = False
    """Vectors with 1 at the class; where no image is, that of the first class."""
    fill: float = 0.0
    """The label where no image is: the one that counts for nothing, or else the first class."""


Masks = Sequence[Mask | BoxLabels | None]
"""For each output what it learns of pixels or places; None where it learns of the image as a whole."""


def masks_of(graph: Graph, train: Train) -> Masks:
    """What the outputs of a model that learn labels learn of pixels, in their order.

    >>> import specs
    >>> document = specs.load("digits_mlp")
    >>> masks_of(specs.lower(document), document.train)
    [None]
    """
    return [_learnt(graph, train, name) for name in graph.labelled]


def _learnt(graph: Graph, train: Train, name: str) -> Mask | BoxLabels | None:
    if LABELS[loss_of(train, graph.outputs[name]).kind] == "boxes":
        return BoxLabels()
    return _mask(graph, train, name) if tells_pixels(graph, name) else None


def _mask(graph: Graph, train: Train, name: str) -> Mask:
    loss = loss_of(train, graph.outputs[name])
    form, void = labels_of(loss, graph.output_shapes()[name]), getattr(loss.args, "ignore_class", None)
    return Mask(form == "numbers", form == "one_hot", 0.0 if void is None else float(void))


def move(y: Any, mask: Mask, how: Callable[[Any], Any]) -> Any:
    """Labels of shape (examples, height, width) or (examples, height, width, channels), moved by a function of images.

    >>> flipped = move(keras.ops.array([[[0, 1], [2, 3]]]), Mask(), lambda x: x[:, :, ::-1])
    >>> keras.ops.convert_to_numpy(flipped).tolist()
    [[[1, 0], [3, 2]]]
    """
    ops, flat = keras.ops, len(y.shape) == 3
    values = ops.cast(ops.expand_dims(y, -1) if flat else y, "float32")
    found = how(values)
    if mask.vectors:
        left = 1.0 - ops.sum(found, axis=-1, keepdims=True)
        found = ops.concatenate([found[..., :1] + left, found[..., 1:]], axis=-1)
    return ops.cast(found[..., 0] if flat else found, y.dtype)


def follower(layer: Any, op: str, args: Op, shape: Shape, label: Mask | BoxLabels) -> Callable[[Any, Any], Any]:
    """From what the layer has drawn for images of that shape, and labels, to the labels as they are then."""
    if isinstance(label, Mask):
        moved = mover(layer, op, args, label)
        return lambda how, y: move(y, label, partial(moved, how))
    if op == "ZeroPadding2D":
        return lambda how, y: moved_boxes(y, padded(args, shape, keras.ops.shape(y)[0]))
    return lambda how, y: moved_boxes(y, AFFINE[op](how, args, shape))


def mover(layer: Any, op: str, args: Op, mask: Mask) -> Callable[[Any, Any], Any]:
    """From what the layer has drawn, and labels as images, to where it moves them."""
    if op == "ZeroPadding2D":
        return lambda how, y: layer(y - mask.fill) + mask.fill
    if mask.numbers:
        return lambda how, y: layer.transform_images(y, how, training=True)
    own = type(args).model_fields
    changed = {"fill_value": mask.fill, "value_range": (min(mask.fill, 0.0), 255.0)}
    given = keras_arguments(op, args) | {name: value for name, value in changed.items() if name in own}
    nearest = LAYERS[op](dtype="float32", **given)
    return lambda how, y: nearest.transform_segmentation_masks(y, how, training=True)
