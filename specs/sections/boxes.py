"""Images in which boxes are to be found, as training data."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from specs.errors import got
from specs.ops.base import Positive, PositiveInt
from specs.sections.data import FromFiles, Split

Path = Annotated[str, Field(min_length=1)]

GLYPH = 8
"""Pixels of a digit's side, as scikit-learn has it."""


class Coco(FromFiles):
    """Images with the boxes of a COCO JSON file (https://cocodataset.org/#format-data). Resized to the input.

    Boxes of crowds (`iscrowd: 1`) and boxes without an area are left out. The classes are its categories, in the order
    of their ids.
    """

    path: Path
    """The .json file, relative to the spec."""
    images: Path = "."
    """The folder in which the images lie that it names, seen from the .json file: of COCO's own ../train2017."""


class PascalVoc(FromFiles):
    """Images with the boxes of Pascal VOC's XML files: path/Annotations/*.xml. Resized to the input.

    Pixels are counted from 1, as VOC does; objects that are marked difficult are left out.
    """

    path: Path
    """The folder that holds Annotations, relative to the spec."""
    images: Path = "JPEGImages"
    """The folder of the images, inside `path`."""
    classes: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] | None = None
    """The names of the classes by their numbers; null for all that the files name, in the order of the alphabet."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = self.classes or ()
        twice = [name for index, name in enumerate(names) if name in names[:index]]
        if twice:
            raise ValueError(f"classes has {twice[0]!r} twice")
        return self


class YoloText(FromFiles):
    """Images with boxes in text files: path/images/7.jpg and path/labels/7.txt. Resized to the input.

    A line is a box: class number, centre, width and height, as parts of the image's size. An image without a file has
    no boxes. The names of the classes stand in data.yaml, under `names`, or in classes.txt, one a line.
    """

    path: Path
    """The folder that holds images and labels, relative to the spec."""


class DigitCanvas(Split):
    """Made images with known boxes: scikit-learn's real digits, pasted without overlap on a black square; ten classes.

    Each is cut to its ink, enlarged by a drawn factor and put at a drawn place. No digit of the test part stands in
    another one. Needs no file; equal arguments give equal images.
    """

    size: Annotated[PositiveInt, Field(le=1024)] = 64
    """Pixels along each side."""
    examples: Annotated[PositiveInt, Field(le=100_000)] = 1000
    """Images that are made."""
    most: Annotated[PositiveInt, Field(le=64)] = 5
    """Digits on an image, at most: as many are drawn as from 1 to so many, those without a free place are left out."""
    scale: tuple[Positive, Positive] = (1.5, 3.0)
    """Least and largest factor on the digits' 8 pixels."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        low, high = self.scale
        if not 1 <= low <= high:
            raise ValueError(f"scale must be two numbers from 1 on, the smaller one first {got(list(self.scale))}")
        if high * GLYPH > self.size:
            raise ValueError(f"a digit of {GLYPH} pixels, {high:g} times as large, needs a size of {high * GLYPH:g}")
        return self

    def shape(self) -> tuple[int, int, int]:
        """Of one image: height, width, and one channel."""
        return self.size, self.size, 1


BOXED: dict[str, type[Any]] = {
    "coco": Coco,
    "pascal_voc": PascalVoc,
    "yolo_text": YoloText,
    "digit_canvas": DigitCanvas,
}
"""By name under `train.data`: the sources that have boxes."""
