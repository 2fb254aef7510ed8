"""How a region has to be moved to be a box (R-CNN, arXiv:1311.2524, appendix C)."""

import numpy as np

from zoo.data.dataset import Array

SCALE = np.array((0.1, 0.1, 0.2, 0.2), np.float32)
"""Usual sizes of the four numbers, by which they are divided so that a model learns numbers near one, as Fast R-CNN's
code does with what it measured."""


def shifts(regions: Array, boxes: Array) -> Array:
    """Four numbers for each region (regions, 4) and its box (regions, 4+).

    >>> shifts(np.array([[0, 0, 0.5, 0.5]]), np.array([[0.1, 0, 0.6, 0.5]])).round(3).tolist()
    [[2.0, 0.0, 0.0, 0.0]]
    """
    (centre, size), (centre_, size_) = _centre_and_size(regions), _centre_and_size(boxes)
    found = np.concatenate([(centre_ - centre) / size, np.log(size_ / size)], axis=1)
    return np.asarray(found / SCALE, np.float32)


def shifted(regions: Array, by: Array) -> Array:
    """Regions (regions, 4) moved by four numbers each: corners (regions, 4).

    >>> region, box = np.array([[0, 0, 0.5, 0.5]]), np.array([[0.125, 0.25, 1, 0.5]])
    >>> shifted(region, shifts(region, box)).round(3).tolist()
    [[0.125, 0.25, 1.0, 0.5]]
    """
    by = by * SCALE
    centre, size = _centre_and_size(regions)
    # What is learnt badly may be large, and its power beyond all numbers.
    centre, size = centre + by[:, :2] * size, size * np.exp(np.clip(by[:, 2:], -4, 4))
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


def _centre_and_size(boxes: Array) -> tuple[Array, Array]:
    low, high = boxes[:, :2], boxes[:, 2:4]
    return (low + high) / 2, high - low
