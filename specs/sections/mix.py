"""Several sources as one."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.errors import got
from specs.sections.base import OneOf
from specs.sections.data import Digits, ImageFolder, Npz, Split
from specs.sections.keras_datasets import Cifar10, Cifar100, FashionMnist, Imdb, Mnist, Reuters
from specs.sections.texts import TextFolder


class SourceChoice(OneOf):
    """A source that another is made of: one that is divided by chance, and has classes."""

    digits: Digits | None = None
    npz: Npz | None = None
    image_folder: ImageFolder | None = None
    text_folder: TextFolder | None = None
    mnist: Mnist | None = None
    fashion_mnist: FashionMnist | None = None
    cifar10: Cifar10 | None = None
    cifar100: Cifar100 | None = None
    imdb: Imdb | None = None
    reuters: Reuters | None = None


class Mix(Split):
    """Several sources one after the other, divided as a whole; classes of the same name are the same class.

    Of the datasets of Keras both parts are mixed, so that what is published as their test part is no longer one.
    """

    sources: Annotated[tuple[SourceChoice, ...], Field(min_length=2)]
    """The sources, each as it would stand under `data`, without arguments that divide it."""
    take: tuple[Annotated[float, Field(gt=0, le=1)], ...] | None = None
    """For each source the fraction of its examples, in (0, 1], that is taken; null for all."""

    divided: tuple[bool, ...] | None = None
    """For each source whether validation and test get parts of it; one that is not is trained on as a whole, as
    examples are that a model made. Null for all."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for index, source in enumerate(self.sources):
            divided = [name for name in Split.model_fields if name in source.args.model_fields_set]
            if divided:
                raise ValueError(
                    f"sources[{index}] has {divided[0]}; a mix is divided as a whole, write it beside sources"
                )
        if self.take is not None and len(self.take) != len(self.sources):
            raise ValueError(
                f"take must have one fraction for each of the {len(self.sources)} sources {got(self.take)}"
            )
        if self.divided is not None and len(self.divided) != len(self.sources):
            raise ValueError(
                f"divided must be true or false for each of the {len(self.sources)} sources {got(self.divided)}"
            )
        if self.divided is not None and not any(self.divided):
            raise ValueError("divided leaves nothing to validate and test with; one source must be true")
        return self

    def taken(self) -> Iterator[tuple[SourceChoice, float, bool]]:
        """Each source with the fraction that is taken of it, and whether it is divided."""
        count = len(self.sources)
        return zip(self.sources, self.take or (1.0,) * count, self.divided or (True,) * count, strict=True)
