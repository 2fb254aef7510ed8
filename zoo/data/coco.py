"""COCO's JSON: one file that names images, categories and boxes."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from specs.errors import DataError
from specs.sections.boxes import Coco
from zoo.data.box_files import Annotated, as_boxes, boxed, inside, numbers, tried
from zoo.data.boxes import Boxed
from zoo.files import open_regular

MAX_BYTES = 1024**3
"""Of the file, which is read as a whole; COCO's largest, instances_train2017.json, has 448 MB."""
LISTS = ("images", "annotations", "categories")

Row = Mapping[str, Any]


def coco(arguments: Coco, folder: Path, size: tuple[int, int, int]) -> Boxed:
    """Every image of the file in its order, also those without boxes."""
    path = folder / arguments.path
    found = _read(path)
    names = _categories(path, found["categories"])
    numbered = {identity: number for number, identity in enumerate(names)}
    known = {repr(row.get("id")) for row in found["images"]}
    if len(known) < len(found["images"]):
        raise DataError(f"{path}: two images have the same id")
    rows = tried(path, partial(_box, path, numbered, known), found["annotations"], "annotations")
    boxes: defaultdict[str, list[list[float]]] = defaultdict(list)
    for image, box in filter(None, rows):
        boxes[image].append(box)

    def annotated(row: Row) -> Annotated:
        image = inside(path.parent / arguments.images, row.get("file_name"))
        return Annotated(image, as_boxes(boxes[repr(row.get("id"))]), size=_size(path, row))

    images = tried(path, annotated, found["images"], "images")
    return boxed(path, images, tuple(names.values()), size)


def _read(path: Path) -> dict[str, list[Row]]:
    with open_regular(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES // 1024**2} MiB")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: is no JSON ({error})") from None
    for name in LISTS:
        rows = found.get(name) if isinstance(found, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise DataError(f"{path}: has no list of {name}; a COCO file has {', '.join(LISTS)}")
    return {name: found[name] for name in LISTS}


def _size(path: Path, row: Row) -> tuple[int, int] | None:
    if "width" not in row or "height" not in row:
        return None
    width, height = numbers([row["width"], row["height"]], str(path))
    return int(width), int(height)


def _categories(path: Path, rows: list[Row]) -> dict[int, str]:
    """Names by id, in the order of the ids."""
    found: dict[int, str] = {}
    for row in rows:
        identity, name = row.get("id"), row.get("name")
        if not isinstance(identity, int) or not isinstance(name, str) or identity in found or name in found.values():
            raise DataError(f"{path}: a category needs an id and a name of its own (got {identity!r} and {name!r})")
        found[identity] = name
    return dict(sorted(found.items()))


def _box(path: Path, numbered: dict[int, int], known: set[str], row: Row) -> tuple[str, list[float]] | None:
    """The image and the corners of a box with its class number; None for one that is left out."""
    where = f"{path}: annotation {row.get('id')!r}"
    image, category, box = repr(row.get("image_id")), row.get("category_id"), row.get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        raise DataError(f"{where} has no bbox of four numbers")
    if not isinstance(category, int) or category not in numbered:
        raise DataError(f"{where} has the category {category!r}, which the file does not have")
    if image not in known:
        raise DataError(f"{where} has the image {image}, which the file does not have")
    x, y, width, height = numbers(box, where)
    if row.get("iscrowd") or width == 0 or height == 0:
        return None
    return image, [x, y, x + width, y + height, float(numbered[category])]
