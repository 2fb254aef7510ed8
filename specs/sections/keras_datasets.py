"""The datasets of keras.datasets, by name and with its arguments; their published test part is the test part.

Keras keeps the files in ~/.keras/datasets, or under KERAS_HOME, and fetches those that are not there.
"""

from typing import Annotated, Literal

from pydantic import Field

from specs.ops.base import PositiveInt
from specs.sections.data import Validation


class KerasDataset(Validation):
    """What all of them share."""


class Mnist(KerasDataset):
    """Handwritten digits: 60,000 images and 10,000 to test, 28×28 pixels from 0 to 255, ten classes."""


class FashionMnist(KerasDataset):
    """Pieces of clothing: 60,000 images and 10,000 to test, 28×28 pixels from 0 to 255, ten classes."""


class Cifar10(KerasDataset):
    """Photographs: 50,000 images and 10,000 to test, 32×32 pixels of three colours from 0 to 255, ten classes."""


class Cifar100(KerasDataset):
    """Photographs: 50,000 images and 10,000 to test, 32×32 pixels of three colours from 0 to 255."""

    label_mode: Literal["fine", "coarse"] = "fine"
    """fine: 100 classes; coarse: the 20 groups that they belong to."""


class _Sequences(KerasDataset):
    """Texts as the numbers of their words: 0 fills up, 1 begins a text, 2 stands for rare words, 3 for none."""

    num_words: Annotated[int, Field(ge=4, le=10_000_000)] | None = None
    """Numbers from this one on become 2, so that an Embedding needs an input_dim of as many; null for none."""
    maxlen: PositiveInt | None = None
    """Words of an example: shorter texts are filled up in front, longer ones lose their beginning. Where null, as many
    as the input takes, or as the longest text has."""


class Imdb(_Sequences):
    """Film reviews, bad and good, as the numbers of their words: 25,000, and 25,000 to test."""


class Reuters(_Sequences):
    """News of 46 topics as the numbers of their words: 8,982, and 2,246 to test."""


class CaliforniaHousing(KerasDataset):
    """Eight numbers of a district and the median price of its houses in dollars: 16,512 districts, 4,128 to test."""

    version: Literal["large", "small"] = "large"
    """small: 480 districts, and 120 to test."""


class BostonHousing(KerasDataset):
    """Thirteen numbers of a suburb and the median price of its houses in 1,000 dollars: 404, and 102 to test."""
