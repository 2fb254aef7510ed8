"""What a data source gives, and what training takes."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Examples:
    """All examples of a source: `x` (examples, *shape) with pixels from 0 to 255, `y` (examples) from 0."""

    x: Images
    y: Labels
    classes: tuple[str, ...]
    """Name of each label, by its number."""


@dataclass(frozen=True)
class Dataset:
    """Examples in three parts that share none. The test part is for the final result only.

    `x_*` are float32 of shape (examples, *input shape), pixels from 0 to 255; `y_*` are int64 of shape (examples),
    each a position in `classes`.
    """

    x_train: Images
    y_train: Labels
    x_validation: Images
    y_validation: Labels
    x_test: Images
    y_test: Labels
    classes: tuple[str, ...]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all arrays and class names, as 64 hexadecimal digits: equal only for equal data and split."""
        digest = hashlib.sha256(repr(self.classes).encode())
        for array in (self.x_train, self.y_train, self.x_validation, self.y_validation, self.x_test, self.y_test):
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
