"""Whether a classifier is as sure as it is right: the reliability diagram and the expected calibration error."""

from dataclasses import dataclass

import numpy as np

from zoo.data.dataset import Array

BINS = 15
"""As in the paper's figures."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """By bin of confidence, equally wide from 0 to 1: how many answers, how sure they were, how many were right.

    `confidence` is the mean probability that the answers of a bin gave to their class, `accuracy` the share of them
    that is right; both are NaN where the bin is empty. `error` is the expected calibration error: their mean absolute
    difference over all answers. Above the diagonal a model is too careful, below it too sure.
    """

    count: tuple[int, ...]
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    error: float


def calibration(probabilities: Array, labels: Array, bins: int = BINS) -> Calibration:
    """The calibration of probabilities of shape (examples, classes) against labels of shape (examples).

    Guo et al., On Calibration of Modern Neural Networks (arXiv:1706.04599), equations 1 to 3.

    >>> sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    >>> found = calibration(sure, np.array([0, 1, 1, 1]), bins=2)
    >>> found.count, round(found.error, 3)
    ((0, 4), 0.0)
    >>> round(calibration(sure, np.array([0, 1, 1, 1]), bins=10).error, 3)
    0.4
    """
    sure = probabilities.max(axis=-1).astype(np.float64)
    right = probabilities.argmax(axis=-1) == labels
    # A bin holds its upper end: of a probability of 1 too.
    at = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    count, sums, hits = (np.bincount(at, each, minlength=bins) for each in (None, sure, right))
    with np.errstate(invalid="ignore"):
        confidence, accuracy = sums / count, hits / count
    error = float(np.abs(hits - sums).sum() / max(len(sure), 1))
    return Calibration(tuple(count.tolist()), tuple(confidence.tolist()), tuple(accuracy.tolist()), error)
