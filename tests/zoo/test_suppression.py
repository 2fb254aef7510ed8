"""Non-maximum suppression against the rule written down box by box, and the figures of boxes against known ones."""

import importlib.util
from typing import Any

import numpy as np
import pytest

from specs.errors import UserError
from specs.sections.export import Detections
from zoo.data.boxes import filled_up
from zoo.detecting.average_precision import check_installed, mean_average_precision
from zoo.detecting.suppression import Found, suppressed

Array = np.ndarray[Any, Any]
SETS, BOXES, CLASSES = 1000, 24, 3


def brute_force(corners: Array, scores: Array, how: Detections) -> list[tuple[float, int, tuple[float, ...]]]:
    """Score, class and corners of what is told, by the rule and without any array."""
    told = []
    for label in range(scores.shape[1]):
        left = sorted(
            ((float(score), at) for at, score in enumerate(scores[:, label]) if score > how.score_threshold),
            key=lambda each: (-each[0], each[1]),
        )
        kept: list[int] = []
        for score, at in left:
            if all(_iou(corners[at].tolist(), corners[other].tolist()) <= how.iou_threshold for other in kept):
                kept.append(at)
                told.append((score, label, tuple(corners[at].tolist())))
    return sorted(told, key=lambda each: -each[0])[: how.most]


def _iou(one: list[float], other: list[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - shared
    return shared / union if union > 0 else 0.0


def random_sets() -> tuple[Array, Array]:
    random = np.random.default_rng(0)
    low = random.uniform(0, 0.6, (SETS, BOXES, 2))
    corners = np.concatenate([low, low + random.uniform(0.05, 0.4, (SETS, BOXES, 2))], axis=-1).astype(np.float32)
    return corners, random.uniform(0, 1, (SETS, BOXES, CLASSES)).astype(np.float32)


HOW = Detections(score_threshold=0.3, iou_threshold=0.35, most=20)


def test_suppression_is_that_of_brute_force_on_a_thousand_random_sets() -> None:
    suppressing = 0
    for corners, scores in zip(*random_sets(), strict=True):
        found, wanted = suppressed(corners, scores, HOW), brute_force(corners, scores, HOW)
        assert [each[1] for each in wanted] == found.classes.tolist()
        np.testing.assert_array_equal([each[0] for each in wanted], found.scores)
        np.testing.assert_array_equal([each[2] for each in wanted], found.boxes)
        everything = suppressed(corners, scores, HOW.model_copy(update={"iou_threshold": 1.0}))
        suppressing += everything.scores.tolist() != found.scores.tolist()
    assert suppressing > SETS / 2


def test_the_suppression_of_exports_is_the_same_on_the_same_sets() -> None:
    from zoo.backend import tensorflow as tf
    from zoo.detecting.in_graph import detections
    from zoo.detecting.targeting import Grid

    corners, scores = random_sets()
    # As outputs of a grid of one cell with so many boxes, each with a confidence of 1: of one class after the other.
    sizes = corners[..., 2:] - corners[..., :2]
    for label in range(CLASSES):
        told = np.concatenate([corners[..., :2] + sizes / 2, np.sqrt(sizes), scores[..., label : label + 1]], axis=-1)
        outputs = np.concatenate([told.reshape(SETS, -1), np.ones((SETS, 1), np.float32)], axis=-1)
        grid = Grid(1, BOXES, 1)
        found = {
            name: each.numpy() for name, each in detections(tf.constant(outputs[:, None, None]), grid, HOW).items()
        }
        for index in range(SETS):
            wanted = brute_force(corners[index], scores[index, :, label : label + 1], HOW)
            count = int(found["count"][index])
            assert count == len(wanted)
            np.testing.assert_allclose(found["scores"][index, :count], [each[0] for each in wanted])
            np.testing.assert_allclose(found["boxes"][index, :count], [each[2] for each in wanted], atol=1e-6)
            assert not found["boxes"][index, count:].any()


def test_boxes_are_cut_off_and_nothing_is_told_of_nothing() -> None:
    corners, scores = np.array([[-0.5, 0.5, 0.5, 1.5]]), np.array([[0.9, 0.1]])
    assert suppressed(corners, scores, Detections()).boxes.tolist() == [[0, 0.5, 0.5, 1]]
    assert suppressed(corners, 0 * scores, Detections()).boxes.shape == (0, 4)


TRUTH = filled_up([np.array([[0.1, 0.1, 0.5, 0.5, 0], [0.6, 0.6, 0.9, 0.9, 1]]), np.array([[0.2, 0.2, 0.6, 0.7, 0]])])


def told(*boxes: tuple[float, ...]) -> Found:
    rows = np.array(boxes).reshape(-1, 6)
    return Found(rows[:, :4], rows[:, 4], rows[:, 5].astype(int))


RIGHT = told((0.1, 0.1, 0.5, 0.5, 0.9, 0), (0.6, 0.6, 0.9, 0.9, 0.8, 1)), told((0.2, 0.2, 0.6, 0.7, 0.7, 0))


def test_right_boxes_are_right_and_none_are_worth_nothing() -> None:
    assert mean_average_precision(TRUTH, RIGHT, 3) == pytest.approx({"map": 1, "map_50": 1})
    assert mean_average_precision(TRUTH, [told(), told()], 3) == {"map": 0, "map_50": 0}
    wrong = [each._replace(classes=1 - each.classes) for each in RIGHT]
    assert mean_average_precision(TRUTH, wrong, 3) == {"map": 0, "map_50": 0}


def test_an_overlap_counts_up_to_its_iou() -> None:
    # 0.32 wide of 0.4: an IoU of 0.8, which reaches 7 of the 10 thresholds 0.5, 0.55, ... 0.95.
    moved = told((0.1, 0.1, 0.42, 0.5, 0.9, 0), (0.6, 0.6, 0.9, 0.9, 0.8, 1)), RIGHT[1]
    found = mean_average_precision(TRUTH, moved, 3)
    assert found["map_50"] == pytest.approx(1)
    assert 0.8 < found["map"] < 1


def test_a_false_alarm_that_is_surer_costs_precision() -> None:
    alarm = told((0.7, 0.1, 0.9, 0.2, 0.95, 0), (0.1, 0.1, 0.5, 0.5, 0.9, 0), (0.6, 0.6, 0.9, 0.9, 0.8, 1)), RIGHT[1]
    # Of class 0: one false, then two right ones, so that precision is 1/2 and 2/3, 2/3 from any recall on.
    assert mean_average_precision(TRUTH, alarm, 3)["map_50"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-3)


def test_without_pycocotools_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"finder: boxes .* pip install 'speczoo\[detection\]'"):
        check_installed("finder")
