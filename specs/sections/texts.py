"""Texts as training data."""

from typing import Annotated

from pydantic import Field

from specs.sections.data import FromFiles


class TextFolder(FromFiles):
    """Texts in one folder a class, path/good/1.txt, path/bad/7.txt, or an archive of such folders as it is.

    Folders around those of the classes, and files that are no .txt, are passed over. Texts are UTF-8; they come into
    the model whole, by `input: {shape: [], dtype: string}`, and its TextVectorization makes words of them.
    """

    path: Annotated[str, Field(min_length=1)]
    """The folder, or a .tar, .tar.gz, .tgz or .zip; relative to the spec."""
