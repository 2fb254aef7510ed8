"""How good boxes are: mean average precision as COCO measures it, by pycocotools (docs/decisions/0028)."""

import contextlib
import importlib.util
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from specs.errors import UserError
from zoo.data.boxes import boxes_of
from zoo.data.dataset import Array
from zoo.detecting.suppression import Found

ONE = 1.0
"""Area of the whole image, since boxes are parts of it; pycocotools wants an area of each true box."""


def check_installed(name: str) -> None:
    """`UserError` where pycocotools is missing; `name` is the model that it is to judge."""
    if importlib.util.find_spec("pycocotools") is None:
        raise UserError(
            f"{name}: boxes are judged by pycocotools, not installed here; run: pip install 'speczoo[detection]'"
        )


def mean_average_precision(truth: Array, found: Sequence[Found], classes: int) -> dict[str, float]:
    """`map`, the mean over IoUs from 0.5 to 0.95 and all classes that occur, and `map_50`, that at 0.5; in [0, 1].

    `truth` are the true boxes of the images (images, most, 5), `found` what is told of each; at most 100 boxes count.

    >>> truth = np.array([[[0, 0, 0.5, 0.5, 0], [0.5, 0.5, 1, 1, 1]]])
    >>> half = Found(truth[0, :1, :4], np.array([0.9]), np.array([0]))
    >>> {name: round(value, 3) for name, value in mean_average_precision(truth, [half], classes=2).items()}
    {'map': 0.5, 'map_50': 0.5}
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    told = list(_told(found))
    if not told:
        return {"map": 0.0, "map_50": 0.0}
    # It prints what it does.
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO()
        known.dataset = {
            "images": [{"id": image} for image in range(len(truth))],
            "categories": [{"id": label} for label in range(classes)],
            "annotations": list(_true(truth)),
            "info": {},
        }
        known.createIndex()
        judge = COCOeval(known, known.loadRes(told), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return {"map": _share(judge.stats[0]), "map_50": _share(judge.stats[1])}


def _share(value: Any) -> float:
    """It says -1 where there is no true box at all, of which nothing can be said."""
    return float(value) if value >= 0 else float("nan")


def _true(truth: Array) -> Iterator[dict[str, Any]]:
    boxes = ((image, box) for image, row in enumerate(truth) for box in boxes_of(row).astype(np.float64))
    # From 1 on: it takes an id of 0 for no match at all.
    for identity, (image, box) in enumerate(boxes, start=1):
        bbox, label = _bbox(box), int(box[4])
        yield {"id": identity, "image_id": image, "category_id": label, "bbox": bbox, "area": ONE, "iscrowd": 0}


def _told(found: Sequence[Found]) -> Iterator[dict[str, Any]]:
    for image, each in enumerate(found):
        for box, score, label in zip(each.boxes.astype(np.float64), each.scores, each.classes, strict=True):
            yield {"image_id": image, "category_id": int(label), "bbox": _bbox(box), "score": float(score)}


def _bbox(box: Array) -> list[float]:
    """Left upper corner, width and height."""
    return [*box[:2].tolist(), *(box[2:4] - box[:2]).tolist()]
