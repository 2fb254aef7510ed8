"""Boxes that were found, as text, as data, as rows, and drawn into their picture."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from specs.errors import DataError, RunError, UserError
from zoo.data.images import FORMATS, SUFFIXES, UNREADABLE
from zoo.detecting.suppression import Found
from zoo.files import open_regular, written_atomically
from zoo.json_text import finite

COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000", "#e0479e", "#469990")
"""Of classes by their number, from the first on again."""
SMALLEST = 320
"""Pixels of the shorter side of what is drawn, at least."""
HEAD = ("source", "label", "score", "x_min", "y_min", "x_max", "y_max")
"""The first line of rows of boxes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box that was found."""

    label: str
    score: float
    """Confidence times the number of the class."""
    corners: tuple[float, float, float, float]
    """x_min, y_min, x_max, y_max as parts of the image's width and height."""
    number: int
    """Of the class."""


def named(found: Found, labels: Sequence[str]) -> tuple[Box, ...]:
    """The boxes with the names of their classes, or their numbers where nobody has named them."""
    rows = zip(found.boxes.tolist(), found.scores.tolist(), found.classes.tolist(), strict=True)
    return tuple(
        Box(labels[number] if number < len(labels) else str(number), score, (*corners,), number)
        for corners, score, number in rows
    )


def told(boxes: Sequence[Box]) -> str:
    """The boxes on a line.

    >>> told([Box("7", 0.9, (0.25, 0, 0.5, 1), 7)]), told([])
    ('7 0.9000 (0.250 0.000 0.500 1.000)', 'nothing found')
    """
    each = [f"{box.label} {box.score:.4f} ({' '.join(f'{side:.3f}' for side in box.corners)})" for box in boxes]
    return ", ".join(each) or "nothing found"


def as_data(boxes: Iterable[Box]) -> list[dict[str, Any]]:
    """The boxes as JSON has them."""
    return [{"label": box.label, "score": finite(box.score), "box": list(box.corners)} for box in boxes]


def rows(source: str, boxes: Iterable[Box]) -> Iterator[list[Any]]:
    """A row for each box, under `HEAD`."""
    return ([source, box.label, box.score, *box.corners] for box in boxes)


def check_folder(folder: Path) -> None:
    """`UserError` where no pictures could be written there."""
    if not folder.is_dir():
        raise UserError(f"{folder}: pictures cannot be written there, it is no directory")


def draw(source: str, boxes: Sequence[Box], folder: Path) -> Path:
    """Writes the image of a file with its boxes into a folder, as a .png of its name; it is enlarged where it is small.

    Raises `UserError` where the source is no file of an image, or where the picture is there already.
    """
    path = Path(source)
    target = folder / f"{path.stem}.png"
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{source}: is no image, so that boxes cannot be drawn into it")
    if target.exists():
        raise UserError(f"{target}: is there already; draw into an empty directory")
    picture = _large(path)
    pencil = ImageDraw.Draw(picture)
    for box in boxes:
        x_min, y_min, x_max, y_max = (side * size for side, size in zip(box.corners, picture.size * 2, strict=True))
        colour = COLOURS[box.number % len(COLOURS)]
        pencil.rectangle((x_min, y_min, max(x_max, x_min), max(y_max, y_min)), outline=colour, width=2)
        pencil.text((x_min + 4, y_min + 2), f"{box.label} {box.score:.2f}", fill=colour)
    try:
        with written_atomically(target) as partial:
            picture.save(partial)
    except OSError as error:
        raise RunError(f"{target}: cannot be written ({error.strerror or error})") from error
    return target


def _large(path: Path) -> Image.Image:
    with open_regular(path) as file:
        try:
            with Image.open(file, formats=FORMATS) as image:
                plain = image.convert("RGB")
        except UNREADABLE as error:
            raise DataError(f"{path}: is not a readable image ({error})") from None
    times = max(1, -(-SMALLEST // min(plain.size)))
    return plain.resize((plain.width * times, plain.height * times), Image.Resampling.NEAREST)
