"""A picture of what `train.augment` does: each row an example as it is, and what several epochs make of it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import specs
from specs.document import Document
from specs.errors import UserError
from zoo.augmenting import augmenter_of
from zoo.data import load_data
from zoo.data.boxes import boxes_of
from zoo.data.dataset import Array
from zoo.data.images import MODES
from zoo.data.loading import training_of
from zoo.files import written_atomically
from zoo.mask_files import painted
from zoo.moving import Mask, masks_of
from zoo.moving_boxes import BoxLabels
from zoo.training import form_of

EXAMPLES, DRAWS = 6, 7
BOX_COLOUR = (255, 0, 0)
CELL, GAP, HEAD = 96, 6, 18
"""Pixels: of the shorter side of an image, at least; between images; of the line above them."""


def contact_sheet(document: Document, path: Path) -> str:
    """Writes the picture as a .png, examples from all over the training part and seven draws of each, and says so.

    Raises `UserError` where the spec has no `train.augment`, `path` is no .png or cannot be written, `DataError` where
    the data cannot be used.
    """
    if path.suffix.lower() != ".png":
        raise UserError(f"{path}: the picture is a .png; name it so")
    train, graph = training_of(document), specs.lower(document)
    augment = augmenter_of(graph, train)
    if augment is None:
        raise UserError(f"{document.file}: has no train.augment; the shortest is `augment: [RandomFlip]`")
    part = load_data(document).train
    spread = np.linspace(0, len(part) - 1, min(EXAMPLES, len(part)), dtype=np.int64)
    taken, form = part.take(spread), form_of(graph, train)
    x = np.asarray(taken.x[graph.inputs[0]], np.float32)
    masks = dict(zip(graph.labelled, masks_of(graph, train), strict=True))
    # What tells of the image as a whole may be numbers, which no mixture takes.
    whole = np.eye(len(x), dtype=np.float32)
    labels = {name: form.labels[name](taken.y[name]) if masks[name] else whole for name in masks}
    drawn = [(x, labels), *(augment(x, labels, train.seed, epoch, 0) for epoch in range(DRAWS))]
    columns = [_shown(images, y, masks) for images, y in drawn]
    try:
        with written_atomically(path) as partial:
            sheet(columns).save(partial)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from None
    return f"wrote {path}: {len(x)} images, and what the first {DRAWS} epochs make of each"


def _shown(images: Array, y: Mapping[str, Array], masks: Mapping[str, Mask | BoxLabels | None]) -> Array:
    """The images with the first masks of classes, or boxes, that are learnt of them."""
    for name, mask in masks.items():
        if isinstance(mask, BoxLabels):
            return with_boxes(images, y[name])
        if mask is not None and not mask.numbers:
            return with_masks(images, y[name])
    return images


def with_boxes(images: Array, boxes: Array) -> Array:
    """Images (rows, height, width, channels) in colours, with the sides of their boxes (rows, most, 5) in red.

    >>> found = with_boxes(np.zeros((1, 4, 4, 1)), np.array([[[0, 0, 0.5, 0.5, 3]]]))
    >>> found.shape, int(np.count_nonzero(found))
    ((1, 4, 4, 3), 4)
    """
    colours = np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images[..., :3]
    found, sizes = colours.copy(), np.array([images.shape[2], images.shape[1]] * 2)
    for image, row in zip(found, boxes, strict=True):
        for x_min, y_min, x_max, y_max in np.rint(boxes_of(row)[:, :4] * sizes).astype(np.int64).tolist():
            inner = np.zeros(image.shape[:2], bool)
            inner[y_min + 1 : y_max - 1, x_min + 1 : x_max - 1] = True
            outline = np.zeros(image.shape[:2], bool)
            outline[y_min:y_max, x_min:x_max] = True
            image[outline & ~inner] = BOX_COLOUR
    return found


def sheet(columns: list[Array]) -> Image.Image:
    """Columns of images (rows, height, width, channels), values from 0 to 255, the first with a wider gap after it.

    >>> sheet([np.zeros((2, 8, 8, 1)), np.full((2, 8, 8, 1), 255.0)]).size
    (216, 222)
    """
    rows, height, width, _ = columns[0].shape
    scale = max(1, -(-CELL // min(height, width)))
    wide, high = width * scale + GAP, height * scale + GAP
    found = Image.new("RGB", (len(columns) * wide + 2 * GAP, HEAD + rows * high), "white")
    draw = ImageDraw.Draw(found)
    for place, images in enumerate(columns):
        left = GAP + place * wide + (GAP if place else 0)
        draw.text((left, 3), f"epoch {place}" if place else "as it is", fill="black")
        for row, image in enumerate(images):
            large = _picture(image).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            found.paste(large, (left, HEAD + row * high))
    return found


def with_masks(images: Array, labels: Array) -> Array:
    """Each image and below it its mask in colours, (2 · examples, height, width, 3).

    >>> with_masks(np.zeros((2, 4, 4, 1)), np.zeros((2, 4, 4), np.int32)).shape
    (4, 4, 4, 3)
    """
    classes = labels if labels.ndim == 3 else labels[..., 0] if labels.shape[-1] == 1 else labels.argmax(axis=-1)
    coloured = np.broadcast_to(images[..., :3], (*images.shape[:3], 3))
    return np.stack([coloured, painted(classes)], axis=1).reshape(-1, *coloured.shape[1:])


def _picture(image: Array) -> Image.Image:
    pixels = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels, MODES[pixels.shape[-1]]).convert("RGB")
