"""Canvases with scikit-learn's digits, and the class of each of their pixels: real images whose truth is known."""

from pathlib import Path

import numpy as np

from specs.graph import Graph
from specs.sections.masks import DigitMasks
from zoo.data.dataset import Array, Examples, InMemory
from zoo.data.labelling import labelled
from zoo.data.splitting import split_indices

SIDE = 8
"""Pixels of a digit, up and across."""
INK = 4
"""Of 16 strengths the least that is ink and not the paper around it."""
SCALES = (1, 2)
"""How many times its size a digit may have on a canvas that holds it so."""


def digit_masks(arguments: DigitMasks, folder: Path, graph: Graph) -> Examples:
    """Canvases of shape (size, size, 1), bytes from 0 to 255, each with the class of every pixel (size, size).

    The digits are divided as the canvases are, so that none is on canvases of two parts.
    """
    from sklearn.datasets import load_digits  # 2 s to import

    digits, count, random = load_digits(), arguments.canvases, np.random.default_rng(arguments.seed)
    own = split_indices(digits.target, arguments)
    parts = split_indices(np.zeros(count, np.int64), arguments)
    x, y = (np.zeros((count, arguments.size, arguments.size), np.uint8) for _ in range(2))
    for canvases, known in zip(parts, own, strict=True):
        for canvas in canvases:
            _draw(x[canvas], y[canvas], digits.images[known], digits.target[known], arguments, random)
    return labelled(graph, InMemory(x[..., np.newaxis]), y, arguments.classes)


def _draw(
    canvas: Array, mask: Array, images: Array, labels: Array, how: DigitMasks, random: np.random.Generator
) -> None:
    """Some of the digits at places of their own, as far as they do not lie on each other."""
    taken = np.zeros_like(mask, bool)
    for _ in range(int(random.integers(1, how.digits + 1))):
        which, scale = int(random.integers(len(images))), int(random.choice(SCALES))
        side = SIDE * scale if SIDE * scale <= how.size else SIDE
        top, left = random.integers(0, how.size - side + 1, 2)
        place = np.s_[top : top + side, left : left + side]
        if not taken[place].any():
            digit = np.kron(images[which], np.ones((side // SIDE, side // SIDE)))
            canvas[place] = np.minimum(digit * 16, 255)
            mask[place] = np.where(digit >= INK, 1 if how.tells == "ink" else 1 + labels[which], 0)
            taken[place] = True
