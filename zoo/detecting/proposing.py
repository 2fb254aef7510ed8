"""Where an image may show an object: OpenCV's selective search (docs/decisions/0029-regions.md)."""

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import UserError
from zoo.data.dataset import Array

STEP = 150.0
"""By how much k grows from one segmentation of the fast search to the next, as OpenCV has it."""
SIGMA = 0.8
"""Blur before segmentation, in pixels, as OpenCV has it."""


def check_installed(name: str) -> None:
    """`UserError` where OpenCV with its contributed modules is missing; `name` is the model that needs it."""
    if importlib.util.find_spec("cv2") is None or not hasattr(importlib.import_module("cv2"), "ximgproc"):
        raise UserError(
            f"{name}: regions are proposed by OpenCV, not installed here; run: pip install 'speczoo[detection]'"
        )


def proposed(image: NDArray[np.uint8], k: float, most: int) -> Array:
    """Regions of an image (height, width, channels) as parts of its size: (regions, 4), the largest first.

    Equal images have equal regions.
    """
    import cv2

    search: Any = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(np.ascontiguousarray(np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image[..., :3]))
    search.switchToSelectiveSearchFast(round(k), round(STEP), SIGMA)
    # It draws the order of its answers, and which of two equal boxes comes first.
    found = np.unique(np.asarray(search.process(), np.int64).reshape(-1, 4), axis=0)
    largest = found[np.argsort(-found[:, 2] * found[:, 3], kind="stable")][:most]
    height, width = image.shape[:2]
    corners = np.concatenate([largest[:, :2], largest[:, :2] + largest[:, 2:]], axis=1)
    return (corners / [width, height, width, height]).astype(np.float32)
