"""Images of which every pixel has a class: from files, or made with known truth."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from specs.ops.base import PositiveInt
from specs.sections.data import FromFiles, Split

Name = Annotated[str, Field(min_length=1)]


class ImageMasks(FromFiles):
    """Images and the class of each of their pixels: images/a.jpg has its classes in masks/a.png."""

    path: Name
    """The folder that holds both, or an archive of one (.tar, .tar.gz, .tgz, .zip), relative to the spec."""
    images: Name = "images"
    """The folder of the images below it."""
    masks: Name = "masks"
    """The folder of the masks: PNG with class numbers, grey or palette, each called as its image is; of two classes 255
    stands for the second too."""
    classes: Annotated[tuple[Name, ...], Field(min_length=2, max_length=255)]
    """What the classes are called, in the order of their numbers; the first is the ground where there is one."""
    ignore: Annotated[int, Field(ge=0, le=255)] | None = None
    """A number that is no class and counts for nothing, the loss's `ignore_class`; null for none."""

    @model_validator(mode="after")
    def _ignores_no_class(self) -> Self:
        if self.ignore is not None and self.ignore < len(self.classes):
            raise ValueError(f"ignore is the number of the class {self.classes[self.ignore]!r}")
        return self


class DigitMasks(Split):
    """scikit-learn's digits on dark canvases, with the class of every pixel; made from the seed, without a file.

    A digit that is on a canvas of one part is on none of another.
    """

    canvases: PositiveInt = 1000
    """How many are made."""
    size: Annotated[int, Field(ge=8, le=1024)] = 32
    """Height and width of a canvas."""
    digits: PositiveInt = 3
    """Digits on a canvas, at most; those that would lie on another are left out."""
    tells: Literal["ink", "digits"] = "digits"
    """ink: ground or ink. digits: ground, or which digit it is, eleven classes."""

    @property
    def classes(self) -> tuple[str, ...]:
        """What the classes are called."""
        return ("ground", "ink") if self.tells == "ink" else ("ground", *map(str, range(10)))
