"""`train.augment`: the steps by which images are changed in training, before the model sees them."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, model_validator

from specs.infer import INFER, Inferred, Shape, ShapeError
from specs.infer.augment import COLOURS, augmented
from specs.ops import OPS
from specs.ops.base import Op
from specs.ops.table import Table, places
from specs.ops.wrapper import Inner

ONLY_HERE: Table[type[Op]] = Table(
    places(
        {
            "specs.ops.policies": (
                "MixUp",
                "CutMix",
                "RandAugment",
                "AugMix",
                "Solarization",
                "AutoContrast",
                "Equalization",
                "ContrastLimitedAdaptiveHistogramEqualization",
            )
        }
    )
)
"""Augmentations that no body has; all keep the shape. `zoo.augmentation` has the same keys; a test asserts it."""

AUGMENTATIONS = (
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomCrop", "RandomShear"),
    *("RandomPerspective", "RandomElasticTransform", "RandomContrast", "RandomBrightness", "RandomHue"),
    *("RandomSaturation", "RandomColorDegeneration", "RandomColorJitter", "RandomGrayscale", "RandomSharpness"),
    *("RandomGaussianBlur", "RandomErasing", "RandomPosterization", "RandomInvert"),
)
"""Layers of bodies that change images at random, and only in training."""

BETWEEN = ("ZeroPadding2D", "CenterCrop", "Resizing", "Rescaling", "GaussianNoise")
"""Layers of bodies that stand between augmentations: a border to crop from, a scale to add noise at."""

MIXES = ("MixUp", "CutMix")
"""Augmentations that make mixtures of labels."""

POLICIES = ("RandAugment", "AugMix")
"""Augmentations that are put together of others for each batch."""

STEPS = (*AUGMENTATIONS, *ONLY_HERE, *BETWEEN)
"""Every name that a step of `train.augment` can have."""


class AugmentStep(Inner):
    """One change, written as a step of a body is: a bare name or {Name: {arguments}}."""

    among = STEPS

    @classmethod
    def model_of(cls, op: str) -> type[Op] | None:
        """The arguments of a change by its name."""
        return ONLY_HERE.get(op) or OPS.get(op)

    @model_validator(mode="before")
    @classmethod
    def _changes_images(cls, value: Any) -> Any:
        (op,) = value if isinstance(value, Mapping) and len(value) == 1 else (value,)
        if isinstance(op, str) and op in OPS and op not in STEPS:
            raise ValueError(f"{op} is no augmentation: it belongs into body")
        return value


def read(value: Any) -> tuple[AugmentStep, ...]:
    """The steps of a list; pydantic's ValidationError where one is wrong."""
    return _reader.validate_python(value)


_reader = TypeAdapter(tuple[AugmentStep, ...])


def inferred(step: AugmentStep, shape: Shape) -> Inferred:
    """What comes of an image of that shape; ShapeError where the step cannot take it.

    >>> (crop,) = read(({"RandomCrop": {"height": 8, "width": 8}},))
    >>> inferred(crop, (32, 32, 3)).output_shape
    (8, 8, 3)
    """
    if step.op in POLICIES and shape[-1] not in (1, COLOURS):
        raise ShapeError("needs one channel, or three: red, green and blue")
    args: Any = step.args
    return augmented(args, shape) if step.op in ONLY_HERE else INFER[step.op](args, shape)
