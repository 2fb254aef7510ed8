"""D: what comes into the model."""

from collections.abc import Iterator

from specs.linting.kinds import NORMS, SHAPING, WEIGHTS, argument
from specs.linting.rule import Finding, Rule
from specs.linting.view import View
from specs.sections.augment import AUGMENTATIONS
from specs.sections.pairs import Pairs

PIXELS = (
    *("digits", "image_folder", "mnist", "fashion_mnist", "cifar10", "cifar100"),
    *("coco", "pascal_voc", "yolo_text", "digit_canvas", "regions", "image_masks", "digit_masks"),
)
"""Data whose values are known to be 0 to 255."""
LARGEST = 10.0
"""Largest magnitude of a scaled pixel."""
SMALLEST = 0.1
"""Smallest distance between black and white."""


def _reads_pixels(view: View) -> bool:
    if view.document.train is None:
        return False
    data = view.document.train.data
    return (data.args.of.kind if isinstance(data.args, Pairs) else data.kind) in PIXELS


def raw_pixels(view: View) -> Iterator[Finding]:
    """Pixels that meet weights unscaled."""
    for name in view.graph.inputs if _reads_pixels(view) else ():
        reached = [name]
        while reached:
            for node in view.after[reached.pop()]:
                if node.op in SHAPING:
                    reached.append(node.name)
                elif node.op in WEIGHTS:
                    message = "pixels from 0 to 255 come in unscaled; put Rescaling: {scale: $(1 / 255)} first"
                    yield *view.place(node), message


def odd_scale(view: View) -> Iterator[Finding]:
    """A Rescaling of pixels into a range that no initial weights are made for."""
    for name in view.graph.inputs if _reads_pixels(view) else ():
        low, high, node = 0.0, 255.0, view.next(view.nodes[name])
        while node is not None and node.op in ("Rescaling", *SHAPING):
            after = view.next(node)
            if node.op == "Rescaling":
                scale, offset = argument(node, "scale"), argument(node, "offset")
                low, high = low * scale + offset, high * scale + offset
                follows = view.onward(node)
                last = follows is None or follows.op not in ("Rescaling", *NORMS)
                if last and (max(abs(low), abs(high)) > LARGEST or abs(high - low) < SMALLEST):
                    message = f"pixels from 0 to 255 become {low:g} to {high:g}; write scale: $(1 / 255)"
                    yield *view.place(node, "scale"), message
            node = after


def exported_augmentation(view: View) -> Iterator[Finding]:
    """Layers of the model that change images at random."""
    for node in view.graph.nodes if view.document.train is not None else ():
        if node.op in AUGMENTATIONS:
            message = f"{node.op} becomes a part of every export; write it under train: augment:"
            yield *view.place(node), message


RULES = (
    Rule(
        "D01",
        raw_pixels,
        "pixels that are not scaled",
        "Initial weights are drawn for inputs of variance 1. Pixels up to 255 make the first steps hundreds of times "
        "too large.",
        "LeCun et al. 1998, Efficient BackProp, section 4.3; https://keras.io/api/layers/preprocessing_layers",
    ),
    Rule(
        "D02",
        odd_scale,
        "pixels that are scaled out of range",
        "Pixels are expected around 0 to 1 or -1 to 1; a scale of 255, or one that is applied twice, is a slip.",
        "LeCun et al. 1998, Efficient BackProp, section 4.3",
    ),
    Rule(
        "D03",
        exported_augmentation,
        "augmentation inside the model",
        "It is for training alone. In the model it is built, saved and exported with it, takes its time in every step, "
        "and RandomCrop cuts images in serving as well; under train.augment it runs beside the training.",
        "https://keras.io/guides/preprocessing_layers, on preprocessing before the model or inside it",
    ),
)
