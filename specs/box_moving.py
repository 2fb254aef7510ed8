"""Which steps of `train.augment` boxes can follow."""

from collections.abc import Iterator, Sequence

from specs.errors import Mark, Problem
from specs.infer.base import Shape
from specs.ops.augment import Moved, RandomCrop
from specs.sections.augment import MIXES, POLICIES, AugmentStep, inferred

FOLLOWED = ("RandomFlip", "RandomTranslation", "RandomZoom", "RandomCrop", "ZeroPadding2D")
"""Steps that move pixels and keep the sides of a box straight: `zoo.moving_boxes` has the same; a test asserts it."""
OTHERWISE = {
    **dict.fromkeys(
        ("RandomRotation", "RandomShear", "RandomPerspective", "RandomElasticTransform"),
        "turns or bends images, and a box has straight sides",
    ),
    **dict.fromkeys((*MIXES, *POLICIES), "changes images alone, and boxes would stay where they are"),
    **dict.fromkeys(("CenterCrop", "Resizing"), "is not followed by boxes; RandomCrop and ZeroPadding2D are"),
}
"""Why boxes cannot follow a step; all that is in neither table leaves pixels where they are."""
SHOWN_TWICE = ("reflect", "wrap")
"""Ways to fill what is left empty that would show an object again of which no box tells."""

Place = tuple[AugmentStep, Mark, str]


def found(steps: Sequence[Place], shape: Shape) -> Iterator[Problem]:
    """What is wrong with the steps, the first of which is given images of that shape."""
    for step, mark, path in steps:
        if step.op in OTHERWISE:
            hint = f"boxes follow {', '.join(FOLLOWED)} and all that only changes colours"
            yield Problem(mark, path, f"{step.op} {OTHERWISE[step.op]}", hint)
        args = step.args
        if step.op in FOLLOWED and isinstance(args, Moved) and args.fill_mode in SHOWN_TWICE:
            message = f"{step.op} would show objects twice with fill_mode {args.fill_mode}, of which boxes tell one"
            yield Problem(mark, path, message, "only fill_mode: constant shows each once")
        if isinstance(args, RandomCrop) and not _holds(shape, args):
            yield Problem(mark, path, "RandomCrop enlarges smaller images, which boxes do not follow", "pad them first")
        shape = inferred(step, shape).output_shape


def in_regions(steps: Sequence[Place]) -> Iterator[Problem]:
    """What would make untrue how far a region is from its box: what moves pixels in it, or mixes it with another."""
    for step, mark, path in steps:
        if step.op in FOLLOWED or step.op in OTHERWISE:
            message = f"{step.op} changes where in a region its object is, which BoxRegression learns"
            yield Problem(mark, path, message, "take what only changes colours")


def _holds(shape: Shape, crop: RandomCrop) -> bool:
    height, width, _ = shape
    return height is not None and width is not None and height >= crop.height and width >= crop.width
