"""Images that stay in their files and are decoded when they are taken."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from zoo.data.dataset import Array, Positions, content_head
from zoo.data.images import Pixels, read_image
from zoo.data.threads import in_threads

AT_ONCE = 256
"""Images that are decoded together where all are wanted one after the other."""


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Rows of bytes of shape (files, height, width, channels), none of which is kept.

    `take` raises `DataError` where a file can no longer be read.
    """

    paths: tuple[Path, ...]
    size: tuple[int, int, int]

    @property
    def shape(self) -> tuple[int, ...]:
        """(files, height, width, channels)."""
        return (len(self.paths), *self.size)

    @property
    def nbytes(self) -> int:
        """What all images would take in memory."""
        return math.prod(self.shape)

    def take(self, positions: Positions) -> Array:
        """The images of the files at these positions."""
        height, width, channels = self.size
        read = partial(read_image, height=height, width=width, channels=channels)
        chunk = 1 + len(positions) // 64
        return filled(in_threads(read, [self.paths[at] for at in positions], chunk), len(positions), self.size)

    def content(self, positions: Positions) -> Iterator[bytes]:
        """As of an array of the same images: whether they fit into memory makes no other data of them."""
        yield content_head(np.dtype(np.uint8), (len(positions), *self.size))
        for start in range(0, len(positions), AT_ONCE):
            yield self.take(positions[start : start + AT_ONCE]).tobytes()


def filled(images: Iterable[Pixels], count: int, size: tuple[int, int, int]) -> Pixels:
    """So many images of one size as one array."""
    found = np.empty((count, *size), np.uint8)
    for position, image in enumerate(images):
        found[position] = image
    return found
