"""Boxes in text files, one an image, as darknet has them."""

from functools import partial
from pathlib import Path

import yaml

from specs.errors import DataError
from specs.sections.boxes import YoloText
from zoo.data.archives import members
from zoo.data.box_files import Annotated, as_boxes, boxed, lines_of, numbers, tried
from zoo.data.boxes import Boxed
from zoo.data.images import SUFFIXES
from zoo.files import open_regular

NAMES = ("data.yaml", "classes.txt")
"""Where the names of the classes stand, the first that is there."""
MAX_BYTES = 1024**2
"""Of one file."""


def yolo_text(arguments: YoloText, folder: Path, size: tuple[int, int, int]) -> Boxed:
    """Every image below `images` in the order of the names; one without a text has no boxes."""
    place = folder / arguments.path
    for name in ("images", "labels"):
        if not (place / name).is_dir():
            raise DataError(f"{place}: has no folder {name}")
    classes = read_names(place)
    images, labels = (sorted(each.parts for each in members(place / name)) for name in ("images", "labels"))
    images = [parts for parts in images if Path(parts[-1]).suffix.lower() in SUFFIXES]
    # A text beside no image is a mistake in names, which would leave boxes out unseen.
    alone = {_text(parts) for parts in labels if parts[-1].endswith(".txt")} - {_text(parts) for parts in images}
    if alone:
        raise DataError(f"{place}: {len(alone)} files in labels have no image, the first {'/'.join(min(alone))}")
    found = tried(place, partial(_annotated, place, len(classes)), images, "images")
    return boxed(place, found, classes, size)


def read_names(place: Path) -> tuple[str, ...]:
    """The names of the classes by their numbers."""
    path = next((place / name for name in NAMES if (place / name).exists()), None)
    if path is None:
        raise DataError(f"{place}: has no {' or '.join(NAMES)} with the names of the classes")
    found = _in_yaml(path) if path.suffix == ".yaml" else [line for _, line in lines_of(_read(path))]
    names = tuple(found)
    if not names or len(set(names)) < len(names):
        raise DataError(f"{path}: names {'a class twice' if names else 'no classes'}")
    return names


def _in_yaml(path: Path) -> list[str]:
    try:
        found = yaml.safe_load(_read(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DataError(f"{path}: is no YAML ({str(error).splitlines()[0]})") from None
    names = found.get("names") if isinstance(found, dict) else None
    if isinstance(names, dict) and set(names) == set(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not all(isinstance(name, (str, int)) for name in names):
        raise DataError(f"{path}: has no `names`, a list of the classes or a mapping of their numbers to them")
    return list(map(str, names))


def _read(path: Path) -> str:
    with open_regular(path) as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path}: is larger than {MAX_BYTES // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text in UTF-8 ({error})") from None


def _text(parts: tuple[str, ...]) -> tuple[str, ...]:
    return (*parts[:-1], f"{Path(parts[-1]).stem}.txt")


def _annotated(place: Path, classes: int, parts: tuple[str, ...]) -> Annotated:
    path = place.joinpath("labels", *_text(parts))
    rows = [
        _box(line, classes, f"{path}: line {number}") for number, line in lines_of(_read(path) if path.exists() else "")
    ]
    return Annotated(place.joinpath("images", *parts), as_boxes(rows), relative=True)


def _box(line: str, classes: int, where: str) -> list[float]:
    fields = line.split()
    if len(fields) != 5:
        raise DataError(f"{where} has {len(fields)} fields; a box has 5: class, centre x and y, width, height")
    if not fields[0].isdecimal() or int(fields[0]) >= classes:
        raise DataError(f"{where} has the class {fields[0][:80]!r}; there are 0 to {classes - 1}")
    x, y, width, height = numbers(fields[1:], where)
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2, int(fields[0])]
