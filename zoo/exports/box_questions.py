"""What an export has to tell of boxes: what is asked so that there is one right answer, and that answer by NumPy."""

from collections.abc import Callable, Iterator

import numpy as np

from specs.sections.export import Detections, box_names
from zoo.data.boxes import iou
from zoo.data.dataset import Array
from zoo.detecting.grid import decoded
from zoo.detecting.suppression import Found
from zoo.detecting.targeting import found_in
from zoo.exports.verifying import Arrays
from zoo.exports.ways import Ways, labels_of

MARGIN = 1e-5
"""As a fraction of the highest score, and of an IoU: what is closer may be told either way."""
DRAWS = 48
"""Batches that are drawn for one of clear questions, at most."""

Asked = tuple[Arrays, Arrays]


def clear(ask: Callable[[int], Asked], answers: Callable[[Arrays], Arrays], ways: Ways, batch: int) -> Asked:
    """So many questions of those that `ask` draws of which boxes are told one way only; others where there are too few.

    Where two scores, or an IoU and its threshold, are as close as two right computations are, either may come first.
    """
    rows: list[Asked] = []
    others: list[Asked] = []
    for draw in range(DRAWS):
        given, meant = ask(draw)
        found = answers(meant)
        for at in range(batch):
            row = tuple({name: each[at : at + 1] for name, each in part.items()} for part in (given, meant))
            (rows if _is_clear({name: found[name][at : at + 1] for name in ways.grids}, ways) else others).append(row)  # type: ignore[arg-type]
        if len(rows) >= batch:
            break
    chosen = [*rows, *others][:batch]
    given, meant = (
        {name: np.concatenate([row[side][name] for row in chosen]) for name in chosen[0][side]} for side in (0, 1)
    )
    return given, meant


def told_boxes(answers: Arrays, ways: Ways, count: int) -> Arrays:
    """What every output of boxes tells, as the signatures have it; `count` is that of the model's outputs."""
    told: Arrays = {}
    most = ways.export.detections.most
    for output, grid in ways.grids.items():
        names = np.array([each.encode() for each in labels_of(grid.classes, output, ways.classes)])
        rows = found_in(answers[output], grid, ways.export.detections)
        found = {
            "boxes": _filled([each.boxes for each in rows], (most, 4), np.float32),
            "scores": _filled([each.scores for each in rows], (most,), np.float32),
            "classes": _filled([each.classes for each in rows], (most,), np.int32),
            # An axis for the labels that are right, of which there is one.
            "labels": _filled([names[each.classes] for each in rows], (most,), names.dtype)[:, np.newaxis],
            "count": np.array([len(each.scores) for each in rows], np.int32),
        }
        told |= {name: found[key] for key, name in box_names(output, alone=count == 1).items()}
    return told


def _filled(rows: list[Array], shape: tuple[int, ...], dtype: "np.typing.DTypeLike") -> Array:
    found = np.zeros((len(rows), *shape), dtype)
    for row, values in zip(found, rows, strict=True):
        row[: len(values)] = values
    return found


def _is_clear(answer: Arrays, ways: Ways) -> bool:
    how = ways.export.detections
    for output, grid in ways.grids.items():
        (corners,), (scores,) = decoded(answer[output].astype(np.float32), grid.boxes)
        margin = MARGIN * float(np.abs(scores).max(initial=0))
        (found,) = found_in(answer[output], grid, how.model_copy(update={"most": scores.size}))
        if any(each < 2 * margin for each in _distances(scores, found, how)):
            return False
        corners = np.clip(corners, 0, 1)
        for of_class in scores.T:
            candidates = corners[of_class > how.score_threshold]
            if (np.abs(iou(candidates, candidates) - how.iou_threshold) < MARGIN).any():
                return False
    return True


def _distances(scores: Array, found: Found, how: Detections) -> Iterator[float]:
    """How far scores are from the threshold and, within each class and among all that are told, from each other."""
    yield float(np.abs(scores - how.score_threshold).min(initial=np.inf))
    candidates = [each[each > how.score_threshold] for each in scores.T]
    for some in (*candidates, found.scores):
        yield float(np.diff(np.sort(some)).min(initial=np.inf))
