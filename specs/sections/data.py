"""Where the examples come from and how they are divided."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from specs.errors import got
from specs.ops.base import Frozen, PositiveInt, Size
from specs.sections.targets import Target, named_by_output


class Validation(Frozen):
    """How a part is split off that is watched."""

    validation_split: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Fraction of the examples, in (0, 1), watched during training and search; of a source with a test part of its own
    the fraction of the others."""
    labelled: PositiveInt | None = None
    """So many of the training examples, of every class in proportion, are learnt with their labels; of the others only
    `train.pretrain` sees the inputs. Null for all."""
    seed: Size = 0
    """Fixes which example goes where."""


class Split(Validation):
    """How examples are divided. The test part is touched once, after training."""

    test_split: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Fraction of all examples, in (0, 1), kept for the final result."""

    @model_validator(mode="after")
    def _leaves_training_data(self) -> Self:
        if self.validation_split + self.test_split >= 1:
            raise ValueError("validation_split and test_split must leave a part for training")
        return self


class FromFiles(Split):
    """What lies in files of one's own."""

    licence: Annotated[str, Field(min_length=1)] | None = None
    """Under which licence the data are given, such as CC-BY-4.0; exports tell it."""


DIGIT_TARGETS = ("digit", "odd", "ink")
"""What can be learnt of a digit."""


class Digits(Split):
    """scikit-learn's 1,797 real handwritten digits, 8×8 pixels from 0 to 255, ten classes; needs no file."""

    target: Target = "digit"
    """What is learnt; for several outputs, each with its own. digit: ten classes; odd: whether it is, two classes; ink:
    the mean of its pixels as a part of the darkest, a number from 0 to 1."""

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        wrong = [each for each in self.targets(("output",)).values() if each not in DIGIT_TARGETS]
        if wrong:
            raise ValueError(f"target must be {', '.join(DIGIT_TARGETS[:-1])} or {DIGIT_TARGETS[-1]} {got(wrong[0])}")
        return self

    def targets(self, outputs: tuple[str, ...]) -> dict[str, str]:
        """What every output learns."""
        return named_by_output(self.target, outputs)


class Npz(FromFiles):
    """Arrays in a NumPy file: `x` (examples, …) for the input, or one array by the name of each input, and labels."""

    path: Annotated[str, Field(min_length=1)]
    """The .npz file, relative to the spec."""
    target: Target = "y"
    """The array that is to be learnt; for several outputs, each with its array. Integers (examples) are class numbers,
    texts (examples) names of classes; numbers have the shape of the output, (examples, …)."""
    time_major: bool = False
    """Arrays of inputs, and those of outputs with more than one axis, are (time, examples, …) instead."""

    def targets(self, outputs: tuple[str, ...]) -> dict[str, str]:
        """The array of every output."""
        return named_by_output(self.target, outputs)


class ImageFolder(FromFiles):
    """JPEG, PNG, GIF or BMP images in one folder a class: path/cat/1.jpg, path/dog/7.png. Resized to the input."""

    path: Annotated[str, Field(min_length=1)]
    """The folder, or an archive of one (.tar, .tar.gz, .tgz, .zip), relative to the spec."""
