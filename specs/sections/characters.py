"""The characters of a text as training data."""

from typing import Annotated

from pydantic import Field

from specs.ops.base import PositiveInt
from specs.sections.data import FromFiles


class Characters(FromFiles):
    """A text cut into windows: the numbers of their characters, and at each step that of the next character.

    The test part is the end of the text, the validation part comes before it, and no character stands in two parts.
    """

    path: Annotated[str, Field(min_length=1)]
    """The text file in UTF-8, relative to the spec."""
    window: PositiveInt
    """Characters that the model sees at once."""
    stride: PositiveInt = 1
    """Characters from the start of one window to the start of the next."""
    vocabulary: Annotated[int, Field(ge=2)]
    """How many numbers there are: one each for the most frequent characters of the training part, 0 for others."""
