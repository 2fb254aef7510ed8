"""Regions of images as training data, as R-CNN learns from them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.errors import got
from specs.ops.base import NonNegative, Positive, PositiveInt
from specs.sections import boxes
from specs.sections.base import OneOf
from specs.sections.data import Split

Overlap = Annotated[float, Field(gt=0, le=1)]


class BoxedChoice(OneOf):
    """A source of images with boxes."""

    coco: boxes.Coco | None = None
    pascal_voc: boxes.PascalVoc | None = None
    yolo_text: boxes.YoloText | None = None
    digit_canvas: boxes.DigitCanvas | None = None


class Regions(Split):
    """Parts of images that selective search takes for objects, each resized to the input (R-CNN, arXiv:1311.2524).

    A region that overlaps a box is of its class, one that overlaps none is background, the class behind all others. An
    output with `loss: BoxRegression` learns how a region has to be moved to be the box. Regions of one image are all in
    one part. Selective search is OpenCV's (Uijlings et al. 2013, https://doi.org/10.1007/s11263-013-0620-5).
    """

    of: BoxedChoice
    """The images with their boxes, as they would stand under `data`, without arguments that divide them."""
    size: Annotated[PositiveInt, Field(le=2048)] = 256
    """Pixels of the square that an image is resized to before regions are looked for."""
    k: Positive = 150.0
    """How large the segments are that the search begins with (Felzenszwalb and Huttenlocher 2004); less finds more."""
    most: Annotated[PositiveInt, Field(le=10_000)] = 500
    """Regions of an image that a trained model is asked about, at most."""
    per_image: Annotated[PositiveInt, Field(le=1000)] = 32
    """Regions of an image that are learnt, at most, up to half of them objects."""
    foreground: Overlap = 0.5
    """Intersection over union with a box from which on a region is of its class."""
    background: Overlap = 0.3
    """Intersection over union with every box below which a region is background; between the two it is not learnt."""
    context: NonNegative = 0.0
    """What is shown around a region at each side, as a part of its width and height."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        divided = [name for name in Split.model_fields if name in self.of.args.model_fields_set]
        if divided:
            raise ValueError(f"of has {divided[0]}; regions are divided as a whole, write it beside of")
        if self.background > self.foreground:
            raise ValueError(f"background must be at most foreground {got([self.background, self.foreground])}")
        return self

    def source(self) -> tuple[str, Split]:
        """The name of the source of images, and its arguments, divided as the regions are."""
        divided = {name: getattr(self, name) for name in Split.model_fields}
        args: Split = self.of.args  # type: ignore[assignment]
        return self.of.kind, args.model_copy(update=divided)
